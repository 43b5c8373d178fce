// 64-bit: what enables AVX, what a VEX prefix forbids, YMM state, gathers and masked moves that fault, alignment.
#include "sys.h"

extern u64 pml4[512];
static u64 pdpt1[512] __attribute__((aligned(4096)));
static u64 pd1[512] __attribute__((aligned(4096)));
static u64 pt1[512] __attribute__((aligned(4096)));
static u8 page[4096] __attribute__((aligned(4096)));
static u8 page2[4096] __attribute__((aligned(4096)));
// A window: the first page is there, the second is not, then holes.
#define W 0x8000000000ull
static u8 area[4096] __attribute__((aligned(64)));
static u64 ymm[4] __attribute__((aligned(32)));
static u64 ymm2[4] __attribute__((aligned(32)));
static u32 mx;

SNIP(vaddps, "vaddps %ymm1,%ymm2,%ymm3; ret");
SNIP(vaddss, "vaddss %xmm1,%xmm2,%xmm3; ret");
SNIP(vzeroupper_, "vzeroupper; ret");
SNIP(vldmxcsr_, "vldmxcsr reset_mx; ret");
SNIP(andn_, "andn %eax,%ebx,%ecx; ret");
SNIP(andn_user, "andn %eax,%ebx,%ecx; int $0x80");
SNIP(rorx_, "rorx $3,%eax,%ecx; ret");
asm(".data; .balign 32; reset_mx: .long 0x1f80; .balign 32; ones: .float 1,1,1,1,1,1,1,1; by_zero: .float 1,1,1,1,1,0,1,1;"
    "numbers: .quad 1,2,3,4; .text");

static void enabling(void) {
    check("osxsave-clear", vaddps);
    check("osxsave-clear-scalar", vaddss);
    check("osxsave-clear-vzeroupper", vzeroupper_);
    check("osxsave-clear-vldmxcsr", vldmxcsr_);
    check("osxsave-clear-andn", andn_);
    check("osxsave-clear-rorx", rorx_);
    WRITE_REG(cr4, READ_REG(cr4) | CR4_OSXSAVE);
    check("xcr0-1", vaddps);
    asm volatile("xsetbv" : : "c"(0), "a"(3), "d"(0));
    check("xcr0-3", vaddps);
    u32 r[4];
    cpuid(13, 0, r);
    print("xsave-size-with-3: %x of %x\n", (uword)r[1], (uword)r[2]);
    asm volatile("xsetbv" : : "c"(0), "a"(7), "d"(0));
    cpuid(13, 0, r);
    print("xsave-size-with-7: %x of %x\n", (uword)r[1], (uword)r[2]);
    cpuid(13, 2, r);
    print("ymm-component: %x at %x\n", (uword)r[0], (uword)r[1]);
    check("xcr0-7", vaddps);
    check("xcr0-7-vzeroupper", vzeroupper_);
    WRITE_REG(cr0, READ_REG(cr0) | CR0_TS);
    check("ts", vaddps);
    check("ts-andn", andn_);
    asm volatile("xsetbv" : : "c"(0), "a"(3), "d"(0));
    check("ts-and-xcr0-3", vaddps);
    asm volatile("xsetbv" : : "c"(0), "a"(7), "d"(0));
    WRITE_REG(cr0, (READ_REG(cr0) & ~CR0_TS) | CR0_EM);
    check("em", vaddps);
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_EM);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_OSFXSR);
    check("osfxsr-clear", vaddps);
    WRITE_REG(cr4, READ_REG(cr4) | CR4_OSFXSR);
    check_user("andn-in-ring-3", andn_user, 2);
}

SNIP(xsetbv_4, "xor %ecx,%ecx; mov $5,%eax; xor %edx,%edx; xsetbv; ret");
SNIP(xsetbv_6, "xor %ecx,%ecx; mov $6,%eax; xor %edx,%edx; xsetbv; ret");
SNIP(xsetbv_3, "mov $7,%eax; xor %edx,%edx; xor %ecx,%ecx; xsetbv; int $0x80");
SNIP(p_lock, ".byte 0xf0; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_66, ".byte 0x66; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_f2, ".byte 0xf2; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_f3, ".byte 0xf3; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_rex, ".byte 0x48; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_segment, ".byte 0x65; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_rex_dead, ".byte 0x48,0x3e; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(p_67, ".byte 0x67; vaddps %xmm1,%xmm2,%xmm3; ret");
SNIP(v_map0, ".byte 0xc4,0xe0,0x70,0x58,0xc1; ret");
SNIP(v_map4, ".byte 0xc4,0xe4,0x70,0x58,0xc1; ret");
SNIP(v_vvvv, ".byte 0xc5,0xf0,0x51,0xc1; ret"); // vsqrtps
SNIP(v_l1, ".byte 0xc5,0xfd,0x6e,0xc0; ret"); // vmovd
SNIP(v_l0, ".byte 0xc4,0xe2,0x71,0x36,0xc1; ret"); // vpermd
SNIP(v_w1, ".byte 0xc4,0xe2,0xf1,0x0c,0xc1; ret"); // vpermilps
SNIP(v_w0, ".byte 0xc4,0xe3,0x7d,0x00,0xc1,0x00; ret"); // vpermq
SNIP(v_andn_l1, ".byte 0xc4,0xe2,0x74,0xf2,0xc0; ret");
SNIP(v_zero_vvvv, ".byte 0xc5,0xf0,0x77; ret");
SNIP(v_long, ".byte 0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e,0x3e; vaddps %xmm1,%xmm2,%xmm3; ret");

static void forbidden(void) {
    check("xsetbv-5", xsetbv_4);
    check("xsetbv-6", xsetbv_6);
    check_user("xsetbv-ring-3", xsetbv_3, 2);
    check("lock", p_lock);
    check("prefix-66", p_66);
    check("prefix-f2", p_f2);
    check("prefix-f3", p_f3);
    check("rex", p_rex);
    check("segment-prefix", p_segment);
    check("rex-and-segment-prefix", p_rex_dead);
    check("address-prefix", p_67);
    check("map-0", v_map0);
    check("map-4", v_map4);
    check("vvvv", v_vvvv);
    check("l-1", v_l1);
    check("l-0", v_l0);
    check("w-1", v_w1);
    check("w-0", v_w0);
    check("andn-l-1", v_andn_l1);
    check("vzeroupper-vvvv", v_zero_vvvv);
    check("sixteen-bytes", v_long);
}

static void show_ymm(const char *name, const u64 *v) {
    print("%s: %q %q %q %q\n", name, v[0], v[1], v[2], v[3]);
}

static void halves(void) {
    asm volatile("vmovdqa numbers,%%ymm3; addps ones,%%xmm3; vmovdqa %%ymm3,%0" : "=m"(ymm));
    print("sse-leaves-the-upper-half: %q %q\n", ymm[2], ymm[3]);
    asm volatile("vmovdqa numbers,%%ymm3; vaddps ones,%%xmm3,%%xmm3; vmovdqa %%ymm3,%0" : "=m"(ymm));
    print("vex-clears-the-upper-half: %q %q\n", ymm[2], ymm[3]);
    asm volatile("vmovdqa numbers,%%ymm3; vmovd %%eax,%%xmm3; vmovdqa %%ymm3,%0" : "=m"(ymm) : "a"(5));
    show_ymm("vmovd", ymm);
    asm volatile("vmovdqa numbers,%%ymm15; vzeroupper; vmovdqa %%ymm15,%0" : "=m"(ymm));
    show_ymm("vzeroupper", ymm);
    asm volatile("vmovdqa numbers,%%ymm15; vzeroall; vmovdqa %%ymm15,%0" : "=m"(ymm));
    show_ymm("vzeroall", ymm);
    fill(area, 0, 1024);
    asm volatile("vmovdqa numbers,%%ymm15; xsave area" : : "a"(-1), "d"(-1) : "memory");
    print("xsave: bv=%x ymm15=%q,%q,%q,%q\n", (uword)area[512] & 6, *(u64 *)(area + 400), *(u64 *)(area + 408),
        *(u64 *)(area + 816), *(u64 *)(area + 824));
    asm volatile("vzeroall; xrstor area; vmovdqa %%ymm15,%0" : "=m"(ymm) : "a"(-1), "d"(-1));
    show_ymm("xrstor", ymm);
    asm volatile("vmovdqa numbers,%%ymm15; xrstor area; vmovdqa %%ymm15,%0" : "=m"(ymm) : "a"(3), "d"(0));
    show_ymm("xrstor-without-ymm", ymm);
    area[512] = 3;
    asm volatile("vmovdqa numbers,%%ymm15; xrstor area; vmovdqa %%ymm15,%0" : "=m"(ymm) : "a"(-1), "d"(-1));
    show_ymm("xrstor-initial-ymm", ymm);
}

// The window's end is W + 4096. Index register ymm2, mask ymm3, destination ymm1.
#define LOADS "vmovdqa ymm,%ymm2; vmovdqa ymm2,%ymm3; vmovdqa numbers,%ymm1; mov $0x8000000000,%rbx; "
SNIP(g_dd, LOADS "g_dd_at: vpgatherdd %ymm3,(%rbx,%ymm2,4),%ymm1; ret");
SNIP(g_dd128, LOADS "vpgatherdd %xmm3,(%rbx,%xmm2,4),%xmm1; ret");
SNIP(g_qd, LOADS "vpgatherqd %xmm3,(%rbx,%ymm2,4),%xmm1; ret");
SNIP(g_qq, LOADS "vpgatherqq %ymm3,(%rbx,%ymm2,8),%ymm1; ret");
SNIP(g_dpd, LOADS "vgatherdpd %ymm3,(%rbx,%xmm2,8),%ymm1; ret");
SNIP(g_same, ".byte 0xc4,0xe2,0x69,0x90,0x0c,0x11; ret");
SNIP(m_load, LOADS "vmaskmovps 4096-16(%rbx),%ymm3,%ymm1; ret");
SNIP(m_store, LOADS "vpmaskmovd %ymm1,%ymm3,4096-16(%rbx); ret");
SNIP(store_across, LOADS "vmovdqu %ymm1,4096-8(%rbx); ret");
SNIP(load_across, LOADS "vmovdqu 4096-8(%rbx),%ymm1; ret");

static void after(const char *name) {
    // The vector registers are as the snippet or its fault left them.
    asm volatile("vmovdqa %%ymm1,%0; vmovdqa %%ymm3,%1" : "=m"(ymm), "=m"(ymm2));
    print("%s-destination: %q %q %q %q\n", name, ymm[0], ymm[1], ymm[2], ymm[3]);
    print("%s-mask: %q %q %q %q\n", name, ymm2[0], ymm2[1], ymm2[2], ymm2[3]);
}

static void dwords(u64 *v, u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h) {
    u32 all[8] = {a, b, c, d, e, f, g, h};
    copy(v, all, 32);
}

static void quads(u64 *v, u64 a, u64 b, u64 c, u64 d) {
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
}

#define ON 0xFFFFFFFFu
static void gathers(void) {
    pml4[1] = (uword)pdpt1 | 7;
    pdpt1[0] = (uword)pd1 | 7;
    pd1[0] = (uword)pt1 | 7;
    pt1[0] = (uword)page | 7;
    for (int i = 0; i < 1024; i++) {
        ((u32 *)page)[i] = 0xA000 + i;
    }
    dwords(ymm, 0, 1, 2, 3, 1020, 1021, 1022, 1023);
    dwords(ymm2, ON, 0, ON, ON, ON, 0, 0, ON);
    check("gather", g_dd);
    after("gather");
    dwords(ymm, 5, 6, 2000, 7, 1, 1, 1, 1);
    dwords(ymm2, ON, ON, ON, ON, ON, ON, ON, ON);
    check("gather-faults-at-2", g_dd);
    after("gather-faults-at-2");
    dwords(ymm, 5, 6, 2000, 7, 1, 1, 1, 1);
    dwords(ymm2, ON, ON, 0, ON, ON, ON, ON, ON);
    check("gather-masked-fault", g_dd);
    after("gather-masked-fault");
    dwords(ymm, 5, 6, 7, 2000, 1, 1, 1, 1);
    dwords(ymm2, ON, ON, ON, ON, ON, ON, ON, ON);
    check("gather-128-faults-at-3", g_dd128);
    after("gather-128-faults-at-3");
    dwords(ymm, 5, 6, 7, 8, 1, 1, 1, 1);
    dwords(ymm2, ON, ON, ON, ON, ON, ON, ON, ON);
    check("gather-128", g_dd128);
    after("gather-128");
    dwords(ymm, 9000, 0, 0, 0, 0, 0, 0, 0);
    dwords(ymm2, 0, 0, 0, 0, 0, 0, 0, 0);
    check("gather-nothing", g_dd);
    after("gather-nothing");
    quads(ymm, 1, 2, 3, 4);
    dwords(ymm2, ON, ON, 0, ON, ON, ON, ON, ON);
    check("gather-qd", g_qd);
    after("gather-qd");
    quads(ymm, 3, 1ull << 60, 3, 4);
    quads(ymm2, -1, -1, -1, -1);
    check("gather-noncanonical", g_qq);
    after("gather-noncanonical");
    quads(ymm, 1ull << 32 | 2, 0xFFFFFFFF00000003ull, 3, 4);
    quads(ymm2, -1, -1, -1, 1);
    check("gather-negative-index", g_dpd);
    after("gather-negative-index");
    check("gather-same-register", g_same);
}

static void masked(void) {
    dwords(ymm2, ON, 0, ON, 0, 0, 0, 0, 0);
    check("maskmov-load", m_load);
    after("maskmov-load");
    dwords(ymm2, ON, 0, ON, 0, ON, 0, 0, 0);
    check("maskmov-load-faults", m_load);
    after("maskmov-load-faults");
    dwords(ymm2, 0, ON, 0, ON, 0, 0, 0, 0);
    check("maskmov-store", m_store);
    print("maskmov-store-memory: %q %q\n", *(u64 *)(page + 4080), *(u64 *)(page + 4088));
    dwords(ymm2, 0, 0, 0, 0, 0, ON, 0, 0);
    check("maskmov-store-faults", m_store);
    check("store-across", store_across);
    print("store-across-memory: %q\n", *(u64 *)(page + 4088));
    check("load-across", load_across);
    pt1[1] = (uword)page2 | 7;
    check("store-across-both", store_across);
    print("store-across-both-memory: %q %q %q %q\n", *(u64 *)(page + 4088), *(u64 *)page2, *(u64 *)(page2 + 8),
        *(u64 *)(page2 + 16));
}

SNIP(a_movaps, "vmovaps ymm+16,%ymm1; ret");
SNIP(a_movaps128, "vmovaps ymm+8,%xmm1; ret");
SNIP(a_store, "vmovdqa %ymm1,area+16; ret");
SNIP(a_nt, "vmovntps %ymm1,area+16; ret");
SNIP(a_ntdqa, "vmovntdqa area+16,%ymm1; ret");
SNIP(a_movups, "vmovups ymm+4,%ymm1; ret");
SNIP(a_add, "vaddps ymm+4,%ymm1,%ymm1; ret");
SNIP(a_add_sse, "addps ymm+4,%xmm1; ret");

static void alignment(void) {
    check("vmovaps-by-16", a_movaps);
    check("vmovaps-128-by-8", a_movaps128);
    check("vmovdqa-store-by-16", a_store);
    check("vmovntps-by-16", a_nt);
    check("vmovntdqa-by-16", a_ntdqa);
    check("vmovups-by-4", a_movups);
    check("vaddps-by-4", a_add);
    check("addps-by-4", a_add_sse);
}

SNIP(x_div, "vmovaps ones,%ymm1; vmovaps numbers,%ymm4; vdivps by_zero,%ymm1,%ymm4; ret");
SNIP(x_fma, "vmovaps ones,%ymm1; vmovaps numbers,%ymm4; vfmadd213ps snans,%ymm1,%ymm4; ret");
asm(".data; .balign 32; snans: .long 0,0,0,0,0,0,0x7f800001,0; .text");

static void exceptions(void) {
    mx = 0x1D80;
    asm volatile("ldmxcsr mx");
    check("xm-in-the-upper-lane", x_div);
    asm volatile("vmovaps %%ymm4,%0; stmxcsr mx" : "=m"(ymm));
    show_ymm("xm-destination", ymm);
    print("xm-mxcsr: %x\n", (uword)mx);
    mx = 0x1F00;
    asm volatile("ldmxcsr mx");
    check("xm-fma", x_fma);
    asm volatile("stmxcsr mx");
    print("xm-fma-mxcsr: %x\n", (uword)mx);
    mx = 0x1F80;
    asm volatile("ldmxcsr mx");
}

void test_main(void) {
    if (!has_cpuid(7, 0, 1, 5) || !has_cpuid(1, 0, 2, 12) || !has_cpuid(7, 0, 1, 8)) {
        skip("avx", "no AVX2, FMA and BMI2");
        return;
    }
    enabling();
    forbidden();
    halves();
    gathers();
    masked();
    alignment();
    exceptions();
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_OSXSAVE);
}
