// 64-bit: x87 and SSE exceptions, and the areas of FXSAVE, FNSAVE, FNSTENV and XSAVE.
#include "sys.h"

static u8 area[4096] __attribute__((aligned(64)));
asm(".data; one: .float 1.0; zero: .float 0.0; cw: .word 0; mx: .long 0; .balign 16; vec1: .float 1,2,3,4;"
    "vec0: .float 1,0,1,0;"
    "snan: .long 0x7f800001, 0, 0, 0; .text");

SNIP(mf_zero, "fninit; movw $0x33b,cw; fldcw cw; fld1; fldz; fdivrp; nop; fwait; fninit; ret");
SNIP(mf_next_x87, "fninit; movw $0x33b,cw; fldcw cw; fld1; fdivs zero; nop; fld1; fninit; ret");
SNIP(mf_not_by_fnstsw, "fninit; movw $0x33b,cw; fldcw cw; fld1; fdivs zero; fnstsw %ax; fnclex; fwait; fninit; ret");
SNIP(mf_mmx, "fninit; movw $0x33b,cw; fldcw cw; fld1; fdivs zero; pxor %mm0,%mm0; fninit; ret");
SNIP(mf_by_unmasking, "fninit; fld1; fdivs zero; movw $0x33b,cw; fldcw cw; nop; fld1; fninit; ret");
SNIP(mf_fxsave_does_not, "fninit; movw $0x33b,cw; fldcw cw; fld1; fdivs zero; fxsave area; fnclex; fninit; ret");
SNIP(mf_stack, "fninit; movw $0x37e,cw; fldcw cw; fstp %st(0); fwait; fninit; ret");
SNIP(mf_masked, "fninit; fld1; fdivs zero; fwait; fnstsw %ax; fninit; int $0x81");
SNIP(xm_zero, "movl $0x1d80,mx; ldmxcsr mx; movaps vec1,%xmm0; divps vec0,%xmm0; ret");
SNIP(xm_masked, "movl $0x1f80,mx; ldmxcsr mx; movaps vec1,%xmm0; divps vec0,%xmm0; stmxcsr mx; mov mx,%eax; int $0x81");
SNIP(xm_flag_then_unmask, "movl $0x1d84,mx; ldmxcsr mx; addps %xmm0,%xmm0; ret");
SNIP(xm_comiss_snan, "movl $0x1f00,mx; ldmxcsr mx; comiss snan,%xmm0; ret");
SNIP(xm_destination, "movl $0x1d80,mx; ldmxcsr mx; movaps vec1,%xmm0; divps vec0,%xmm0; ret");
SNIP(ldmxcsr_reserved, "movl $0x11f80,mx; ldmxcsr mx; ret");
SNIP(ldmxcsr_reset, "movl $0x1f80,mx; ldmxcsr mx; ret");
SNIP(fxrstor_reserved, "fxsave area; movl $0x11f80,area+24; fxrstor area; ret");
SNIP(fxrstor_odd, "fxrstor area+8; ret");

SNIP(state_1, "fninit; fld1; fldz; fldpi; fxch; fstp %st(1); fxsave area; fnstsw %ax; int $0x81");
SNIP(state_env, "fninit; fld1; fldz; fnstenv area; int $0x81");
SNIP(state_env_16, "fninit; fld1; fldz; .byte 0x66; fnstenv area; int $0x81");
SNIP(state_save, "fninit; fld1; fldpi; fnsave area; fnstsw %ax; fnstcw area+256; int $0x81");
SNIP(state_restore, "fninit; fld1; fldpi; fnsave area; frstor area; fnstsw %ax; int $0x81");
SNIP(state_mmx, "fninit; mov $0x1122334455667788,%rax; movq %rax,%mm3; fxsave area; emms; fxsave area+512; int $0x81");
SNIP(state_init, "fninit; fxsave area; int $0x81");
SNIP(fxsave_rex, "fninit; mov $0x1234,%eax; movq %rax,%xmm15; fxsave64 area; int $0x81");
SNIP(env_masks, "fninit; movw $0x340,cw; fldcw cw; fnstenv area; fnstcw cw; movw cw,%ax; fninit; int $0x81");

static u16 w(int offset) { return *(u16 *)(area + offset); }

static void exceptions(void) {
    check("mf-fwait", mf_zero);
    check("mf-next-x87", mf_next_x87);
    check("mf-not-by-fnstsw", mf_not_by_fnstsw);
    check("mf-mmx", mf_mmx);
    check("mf-by-unmasking", mf_by_unmasking);
    check("mf-fxsave-does-not", mf_fxsave_does_not);
    check("mf-stack-underflow", mf_stack);
    trap_run(mf_masked);
    print("mf-masked: fsw=%x\n", seen.f.ax & 0xFFFF);
    check("xm-divide", xm_zero);
    trap_run(xm_masked);
    print("xm-masked: mxcsr=%x\n", seen.f.ax);
    check("xm-old-flag-does-not", xm_flag_then_unmask);
    check("xm-comiss-snan", xm_comiss_snan);
    trap_run(xm_destination);
    u64 low;
    asm volatile("movq %%xmm0, %0" : "=r"(low));
    u32 mx;
    asm volatile("stmxcsr %0" : "=m"(mx));
    print("xm-destination-unchanged: %q mxcsr=%x\n", low, (uword)mx);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_OSXMMEXCPT);
    check("xm-without-osxmmexcpt", xm_zero);
    WRITE_REG(cr4, READ_REG(cr4) | CR4_OSXMMEXCPT);
    check("ldmxcsr-reserved", ldmxcsr_reserved);
    trap_run(ldmxcsr_reset);
    check("fxrstor-reserved-mxcsr", fxrstor_reserved);
    trap_run(ldmxcsr_reset);
    check("fxrstor-misaligned", fxrstor_odd);
}

static void areas(void) {
    fill(area, 0xEE, 1024);
    trap_run(state_init);
    print("fxsave-init: fcw=%x fsw=%x ftw=%x mxcsr=%x mask-low=%x\n", (uword)w(0), (uword)w(2), (uword)area[4],
        (uword)*(u32 *)(area + 24), (uword)(*(u32 *)(area + 28) & 0xFFBF));
    print("fxsave-leaves-416-up: %x\n", (uword)area[464]);
    trap_run(state_1);
    print("fxsave-two: fsw=%x ftw=%x st0=%x:%q st1=%x:%q fsw-after=%x\n", (uword)w(2), (uword)area[4], (uword)w(40),
        *(u64 *)(area + 32), (uword)w(56), *(u64 *)(area + 48), seen.f.ax & 0xFFFF);
    trap_run(state_env);
    print("fnstenv-32: fcw=%x fsw=%x ftw=%x\n", (uword)w(0), (uword)w(4), (uword)w(8));
    fill(area, 0xEE, 64);
    trap_run(state_env_16);
    print("fnstenv-16: fcw=%x fsw=%x ftw=%x beyond=%x\n", (uword)w(0), (uword)w(2), (uword)w(4), (uword)area[14]);
    trap_run(state_save);
    print("fnsave: fsw=%x ftw=%x st0=%x:%q st1=%x:%q after=%x,%x\n", (uword)w(4), (uword)w(8), (uword)w(36),
        *(u64 *)(area + 28), (uword)w(46), *(u64 *)(area + 38), seen.f.ax & 0xFFFF, (uword)w(256));
    trap_run(state_restore);
    print("frstor: fsw=%x\n", seen.f.ax & 0xFFFF);
    trap_run(state_mmx);
    print("mmx: fsw=%x ftw=%x mm3=%x:%q after-emms-ftw=%x\n", (uword)w(2), (uword)area[4], (uword)w(88),
        *(u64 *)(area + 80), (uword)area[516]);
    trap_run(fxsave_rex);
    print("fxsave64-xmm15: %q\n", *(u64 *)(area + 160 + 15 * 16));
    trap_run(env_masks);
    print("fnstenv-masks-all: saved=%x then=%x\n", (uword)w(0), seen.f.ax & 0xFFFF);
}

SNIP(xgetbv_off, "xor %ecx,%ecx; xgetbv; ret");
SNIP(xgetbv_0, "xor %ecx,%ecx; xgetbv; int $0x81");
SNIP(xgetbv_7, "mov $7,%ecx; xgetbv; ret");
SNIP(xsetbv_no_x87, "xor %ecx,%ecx; mov $2,%eax; xor %edx,%edx; xsetbv; ret");
SNIP(xsetbv_avx_alone, "xor %ecx,%ecx; mov $5,%eax; xor %edx,%edx; xsetbv; ret");
SNIP(xsetbv_high, "xor %ecx,%ecx; mov $3,%eax; mov $0x80000000,%edx; xsetbv; ret");
SNIP(xsetbv_index, "mov $1,%ecx; mov $3,%eax; xor %edx,%edx; xsetbv; ret");
SNIP(xsave_all, "fninit; fld1; mov $-1,%eax; mov $-1,%edx; xsave area; int $0x81");
SNIP(xsave_sse_only, "mov $2,%eax; xor %edx,%edx; xsave area; int $0x81");
SNIP(xsave_odd, "mov $3,%eax; xor %edx,%edx; xsave area+16; ret");
SNIP(xrstor_init, "fld1; mov $3,%eax; xor %edx,%edx; xrstor area; fnstsw %ax; fnstcw cw; movw cw,%cx; int $0x81");
SNIP(xrstor_, "mov $3,%eax; xor %edx,%edx; xrstor area; ret");

static void xsave(void) {
    check("xgetbv-osxsave-clear", xgetbv_off);
    check("xsave-osxsave-clear", xsave_all);
    if (!has_cpuid(1, 0, 2, 26)) {
        return;
    }
    WRITE_REG(cr4, READ_REG(cr4) | CR4_OSXSAVE);
    print("cpuid-osxsave-follows-cr4: %d\n", (uword)has_cpuid(1, 0, 2, 27));
    trap_run(xgetbv_0);
    print("xcr0-at-reset: %x\n", seen.f.ax);
    check("xgetbv-index-7", xgetbv_7);
    check("xsetbv-without-x87", xsetbv_no_x87);
    check("xsetbv-avx-without-sse", xsetbv_avx_alone);
    check("xsetbv-reserved", xsetbv_high);
    check("xsetbv-index-1", xsetbv_index);
    asm volatile("xsetbv" : : "c"(0), "a"(3), "d"(0));
    trap_run(xgetbv_0);
    print("xcr0: %x\n", seen.f.ax);
    u32 r[4];
    cpuid(13, 0, r);
    print("xsave-size-in-use: %x low-components=%x\n", (uword)r[1], (uword)(r[0] & 3));
    fill(area, 0, 1024);
    trap_run(xsave_all);
    print("xsave: bv=%q comp=%q fcw=%x\n", *(u64 *)(area + 512) & 1, *(u64 *)(area + 520), (uword)w(0));
    fill(area, 0xEE, 512);
    fill(area + 512, 0, 64);
    trap_run(xsave_sse_only);
    print("xsave-sse-only: fcw=%x mxcsr=%x\n", (uword)w(0), (uword)*(u32 *)(area + 24));
    check("xsave-misaligned", xsave_odd);
    fill(area, 0, 1024);
    *(u32 *)(area + 24) = 0x1F80;
    trap_run(xrstor_init);
    print("xrstor-initial: fsw=%x fcw=%x\n", seen.f.ax & 0xFFFF, seen.f.cx & 0xFFFF);
    area[512] = 0;
    area[519] = 0x80;
    check("xrstor-bv-reserved", xrstor_);
    area[519] = 0;
    area[528] = 1;
    check("xrstor-header-reserved", xrstor_);
    area[528] = 0;
    *(u32 *)(area + 24) = 0x11F80;
    area[512] = 2;
    check("xrstor-mxcsr-reserved", xrstor_);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_OSXSAVE);
}

void test_main(void) {
    exceptions();
    areas();
    xsave();
}
