// 32-bit: two-level and PAE paging: access rights, 4 MiB and 2 MiB pages, error codes, reserved bits, accessed and
// dirty bits, the PDPTEs that CR3 loads.
#include "sys.h"

#define W 0x80000000u
#define P 1u
#define RW 2u
#define US 4u
#define A 32u
#define D 64u
#define PS 128u
#define ALL (P | RW | US)
#define LARGE 0x2000000u
#define NX (1ull << 63)

static u32 pd[1024] __attribute__((aligned(4096)));
static u32 pt[1024] __attribute__((aligned(4096)));
static u64 pdpt[4] __attribute__((aligned(32)));
static u64 pae_pd[4][512] __attribute__((aligned(4096)));
static u64 pae_pt[512] __attribute__((aligned(4096)));
static u8 page[4096] __attribute__((aligned(4096)));

SNIP(kr, "mov $0x80000000,%edi; mov (%edi),%al; ret");
SNIP(kw, "mov $0x80000000,%edi; movb $0xc3,8(%edi); ret");
SNIP(kx, "mov $0x80000010,%edi; call *%edi; ret");
SNIP(ur, "mov $0x80000000,%edi; mov (%edi),%al; int $0x80");
SNIP(uw, "mov $0x80000000,%edi; movb $0xc3,8(%edi); int $0x80");
SNIP(ux, "mov $0x80000020,%edi; jmp *%edi");

static void code_bytes(u8 *at) {
    fill(at, 0x90, 64);
    at[0x10] = 0xC3;
    at[0x20] = 0xCD;
    at[0x21] = 0x80;
}

static void outcome(const char *label, const void *code, int user) {
    flush_tlb();
    if (user) {
        user_run(code, 2);
    } else {
        trap_run(code);
    }
    print(" %s=", label);
    if (!seen.trapped || seen.f.vector == 0x80) {
        put("ok");
    } else if (seen.f.vector == 14) {
        print("%x", seen.f.error);
    } else {
        print("%s(%x)", vector_name(seen.f.vector), seen.f.error);
    }
}

static void accesses(const char *name) {
    print("%s:", name);
    outcome("kr", kr, 0);
    outcome("kw", kw, 0);
    outcome("kx", kx, 0);
    outcome("ur", ur, 1);
    outcome("uw", uw, 1);
    outcome("ux", ux, 1);
    put("\n");
}

static const struct { const char *name; u32 upper, leaf; } rights[] = {
    {"none", ALL, 0}, {"s-ro", ALL, P}, {"s-rw", ALL, P | RW}, {"u-ro", ALL, P | US}, {"u-rw", ALL, ALL},
    {"upper-s", P | RW, ALL}, {"upper-ro", P | US, ALL}, {"upper-none", 0, ALL},
};

static void two_level(const char *mode) {
    for (uword i = 0; i < LEN(rights); i++) {
        pd[W >> 22] = (u32)pt | rights[i].upper;
        pt[0] = (u32)page | rights[i].leaf;
        print("%s-", mode);
        accesses(rights[i].name);
        if (rights[i].upper == ALL && rights[i].leaf) {
            pd[W >> 22] = LARGE | PS | rights[i].leaf;
            print("%s-4m-", mode);
            accesses(rights[i].name);
        }
    }
}

static void ad(const char *name, u64 *pae, u32 *leaf) {
    const void *code[] = {kr, kw};
    for (int i = 0; i < 2; i++) {
        flush_tlb();
        trap_run(code[i]);
        u32 v = pae ? (u32)*pae : *leaf;
        print("%s-%s: a=%d d=%d\n", name, i ? "write" : "read", (uword)!!(v & A), (uword)!!(v & D));
    }
}

static void legacy(void) {
    // Identity for the low 32 MiB in 4 MiB pages, open to ring 3 (the program runs there).
    fill(pd, 0, sizeof(pd));
    for (u32 i = 0; i < 8; i++) {
        pd[i] = i << 22 | PS | ALL;
    }
    WRITE_REG(cr4, READ_REG(cr4) | CR4_PSE);
    WRITE_REG(cr3, pd);
    WRITE_REG(cr0, READ_REG(cr0) | CR0_PG);
    two_level("pse");
    WRITE_REG(cr0, READ_REG(cr0) | CR0_WP);
    two_level("pse-wp");
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_WP);
    pd[W >> 22] = LARGE | PS | ALL | 0x200000;
    accesses("pse-reserved-bit-21");
    pd[W >> 22] = (u32)pt | ALL;
    pt[0] = (u32)page | ALL;
    ad("ad-4k", 0, pt);
    print("ad-pde: a=%d\n", (uword)!!(pd[W >> 22] & A));
    pd[W >> 22] = LARGE | PS | ALL;
    ad("ad-4m", 0, &pd[W >> 22]);
    // The highest address that PSE-36 reaches beyond 4 GiB is ignored here: bits 13 to 16 are physical 32 to 35.
    // Without PSE the PS bit means nothing.
    for (u32 i = 0; i < 8; i++) {
        pd[i] = i << 22 | PS | ALL;
    }
    static u32 low_pt[1024] __attribute__((aligned(4096)));
    for (u32 i = 0; i < 1024; i++) {
        low_pt[i] = i << 12 | ALL;
    }
    pd[0] = (u32)low_pt | ALL | PS;
    pd[W >> 22] = (u32)pt | ALL | PS;
    // CR4.PSE cannot be cleared with 4 MiB entries in use for this code: go through paging off.
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_PG);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_PSE);
    WRITE_REG(cr3, pd);
    WRITE_REG(cr0, READ_REG(cr0) | CR0_PG);
    accesses("no-pse-ps-ignored");
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_PG);
}

static void pae_tables(u64 pde, u64 pte) {
    pae_pd[2][0] = pde & PS ? pde : (u32)pae_pt | pde;
    pae_pt[0] = pte;
}

static void pae_rights(const char *mode) {
    static const u64 nx[] = {0, NX};
    for (int n = 0; n < 2; n++) {
        for (uword i = 0; i < LEN(rights); i++) {
            pae_tables(rights[i].upper, (u32)page | rights[i].leaf | nx[n]);
            print("%s-%s", mode, n ? "nx-" : "");
            accesses(rights[i].name);
        }
        pae_tables(LARGE | PS | ALL | nx[n], 0);
        print("%s-%s", mode, n ? "nx-" : "");
        accesses("2m-u-rw");
        pae_tables(ALL | nx[n], (u32)page | ALL);
        print("%s-%s", mode, n ? "nx-" : "");
        accesses("pde");
    }
}

SNIP(load_cr3, "mov %cr3,%eax; mov %eax,%cr3; ret");
SNIP(leave_pae, "mov %cr4,%eax; and $~0x20,%eax; mov %eax,%cr4; ret");

static void pae(void) {
    for (int i = 0; i < 4; i++) {
        pdpt[i] = (u32)pae_pd[i] | P;
    }
    for (u32 i = 0; i < 16; i++) {
        pae_pd[0][i] = i << 21 | PS | ALL;
    }
    WRITE_REG(cr4, READ_REG(cr4) | CR4_PAE);
    WRITE_REG(cr3, pdpt);
    if (has_cpuid(0x80000001, 0, 3, 20)) {
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 0x800);
    }
    WRITE_REG(cr0, READ_REG(cr0) | CR0_PG | CR0_WP);
    pae_rights("pae");
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~0x800ull);
    pae_tables(ALL, (u32)page | ALL | NX);
    accesses("pae-nx-without-nxe");
    pae_tables(ALL, (u32)page | ALL | 1ull << 51);
    accesses("pae-reserved-pte-51");
    pae_tables(ALL, (u32)page | ALL | 1ull << 52);
    accesses("pae-reserved-pte-52");
    pae_tables(LARGE | PS | ALL | 0x2000, 0);
    accesses("pae-reserved-2m-13");
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 0x800);
    pae_tables(ALL, (u32)page | ALL);
    ad("ad-pae-4k", pae_pt, 0);
    pae_tables(LARGE | PS | ALL, 0);
    ad("ad-pae-2m", &pae_pd[2][0], 0);
    // The PDPTEs are read when CR3 is loaded, not on each walk.
    pae_tables(ALL, (u32)page | ALL);
    pdpt[2] = 0;
    invlpg(W);
    trap_run(kr);
    print("pdpte-cleared-without-cr3-load: %s\n", seen.trapped ? vector_name(seen.f.vector) : "ok");
    accesses("pdpte-none");
    static const u64 reserved[] = {1 << 1, 1 << 2, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1ull << 51, NX};
    for (uword i = 0; i < LEN(reserved); i++) {
        pdpt[2] = (u32)pae_pd[2] | P | reserved[i];
        print("pdpte-reserved-%q-", reserved[i]);
        check("load-cr3", load_cr3);
    }
    pdpt[2] = (u32)pae_pd[2] | P | 0xE18;
    check("pdpte-allowed-bits", load_cr3);
    pdpt[2] = 0xFFE; // not present: the others do not matter
    check("pdpte-absent-with-bits", load_cr3);
    pdpt[2] = (u32)pae_pd[2] | P;
    flush_tlb();
    WRITE_REG(cr0, READ_REG(cr0) & ~(CR0_PG | CR0_WP));
    check("leave-pae", leave_pae);
}

void test_main(void) {
    code_bytes(page);
    code_bytes((u8 *)LARGE);
    legacy();
    pae();
}
