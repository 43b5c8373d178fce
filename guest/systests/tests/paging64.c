// 64-bit: 4-level paging. What each access may do for each combination of page bits, error codes, reserved bits,
// accessed and dirty bits, SMEP, SMAP, WP, NX, large pages, and what flushes translations.
#include "sys.h"

#define W 0x8000000000ull // the window of the tests: PML4 entry 1
#define P 1ull
#define RW 2ull
#define US 4ull
#define PWT 8ull
#define PCD 16ull
#define A 32ull
#define D 64ull
#define PS 128ull
#define G 256ull
#define NX (1ull << 63)
#define ALL (P | RW | US)

extern u64 pml4[512];
static u64 pdpt1[512] __attribute__((aligned(4096)));
static u64 pd1[512] __attribute__((aligned(4096)));
static u64 pt1[512] __attribute__((aligned(4096)));
static u8 pages[4][4096] __attribute__((aligned(4096)));
// 2 MiB aligned, below 1 GiB, beyond the program: RAM that nothing uses.
#define LARGE 0x2000000ull
#define HUGE 0ull

asm(".text");
SNIP(kr, "mov $0x8000000000,%rdi; mov (%rdi),%al; ret");
SNIP(kw, "mov $0x8000000000,%rdi; movb $0xc3,8(%rdi); ret");
SNIP(kx, "mov $0x8000000010,%rdi; call *%rdi; ret");
SNIP(ur, "mov $0x8000000000,%rdi; mov (%rdi),%al; int $0x80");
SNIP(uw, "mov $0x8000000000,%rdi; movb $0xc3,8(%rdi); int $0x80");
SNIP(ux, "mov $0x8000000020,%rdi; jmp *%rdi");
SNIP(kr_ac, "stac; mov $0x8000000000,%rdi; mov (%rdi),%al; clac; ret");
SNIP(kw_ac, "stac; mov $0x8000000000,%rdi; movb $0xc3,8(%rdi); clac; ret");
SNIP(kx_ac, "stac; mov $0x8000000010,%rdi; call *%rdi; clac; ret");
SNIP(u_stac, "stac; int $0x80");
SNIP(cmpxchg_fail, "mov $0x8000000000,%rdi; mov $1,%eax; cmpxchg %ecx,(%rdi); ret");
SNIP(xchg_, "mov $0x8000000000,%rdi; xchg %eax,(%rdi); ret");
SNIP(bts_, "mov $0x8000000000,%rdi; btsl $0,(%rdi); ret");
SNIP(add_, "mov $0x8000000000,%rdi; addl $0,(%rdi); ret");
SNIP(cmp_, "mov $0x8000000000,%rdi; cmpl $0,(%rdi); ret");
SNIP(prefetch_, "mov $0x8000000000,%rdi; prefetcht0 (%rdi); ret");
SNIP(lea_, "mov $0x8000000000,%rdi; lea (%rdi),%rax; ret");
SNIP(nop_mem, "mov $0x8000000000,%rdi; nopl (%rdi); ret");
SNIP(invlpg_, "mov $0x8000000000,%rdi; invlpg (%rdi); ret");
SNIP(clflush_, "mov $0x8000000000,%rdi; clflush (%rdi); ret");

// Bytes at the window's places: a return for the kernel, INT 0x80 for ring 3.
static void code_bytes(u8 *page) {
    page[0x10] = 0xC3;
    page[0x20] = 0xCD;
    page[0x21] = 0x80;
}

static void tables(u64 pml4e, u64 pdpte, u64 pde, u64 pte) {
    pml4[1] = (uword)pdpt1 | pml4e;
    pdpt1[0] = pdpte & PS ? pdpte : (uword)pd1 | pdpte;
    pd1[0] = pde & PS ? pde : (uword)pt1 | pde;
    pt1[0] = pte;
    flush_tlb();
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
        uword at = seen.cr2 - W;
        if (at != 0 && at != 8 && at != 0x10 && at != 0x20) {
            print("@%x", seen.cr2);
        }
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

static void permissions(const char *mode) {
    static const struct { const char *name; u64 bits; } leaf[] = {
        {"none", 0}, {"s-ro", P}, {"s-rw", P | RW}, {"u-ro", P | US}, {"u-rw", ALL}, {"s-ro-nx", P | NX},
        {"s-rw-nx", P | RW | NX}, {"u-ro-nx", P | US | NX}, {"u-rw-nx", ALL | NX}, {"absent-all-ones", RW | US | NX},
    };
    for (uword i = 0; i < LEN(leaf); i++) {
        tables(ALL, ALL, ALL, (uword)pages[0] | leaf[i].bits);
        print("%s-4k-", mode);
        accesses(leaf[i].name);
        if (!(leaf[i].bits & P)) {
            continue;
        }
        tables(ALL, ALL, LARGE | PS | leaf[i].bits, 0);
        print("%s-2m-", mode);
        accesses(leaf[i].name);
    }
    // What a level above takes away, the leaf cannot give.
    static const struct { const char *name; u64 l4, l3, l2; } upper[] = {
        {"pml4e-s", P | RW, ALL, ALL}, {"pdpte-s", ALL, P | RW, ALL}, {"pde-s", ALL, ALL, P | RW},
        {"pml4e-ro", P | US, ALL, ALL}, {"pdpte-ro", ALL, P | US, ALL}, {"pde-ro", ALL, ALL, P | US},
        {"pml4e-nx", ALL | NX, ALL, ALL}, {"pdpte-nx", ALL, ALL | NX, ALL}, {"pde-nx", ALL, ALL, ALL | NX},
        {"pml4e-none", 0, ALL, ALL}, {"pdpte-none", ALL, 0, ALL}, {"pde-none", ALL, ALL, 0},
    };
    for (uword i = 0; i < LEN(upper); i++) {
        tables(upper[i].l4, upper[i].l3, upper[i].l2, (uword)pages[0] | ALL);
        print("%s-", mode);
        accesses(upper[i].name);
    }
}

static void reserved_bits(void) {
    u32 r[4];
    cpuid(0x80000008, 0, r);
    u64 high = (r[0] & 0xFF) < 52 ? 1ull << 51 : 0;
    if (high) {
        tables(ALL, ALL, ALL, (uword)pages[0] | ALL | high);
        accesses("rsvd-pte-51");
        tables(ALL, ALL, ALL | high, (uword)pages[0] | ALL);
        accesses("rsvd-pde-51");
        tables(ALL, ALL | high, ALL, (uword)pages[0] | ALL);
        accesses("rsvd-pdpte-51");
        tables(ALL | high, ALL, ALL, (uword)pages[0] | ALL);
        accesses("rsvd-pml4e-51");
        tables(ALL, ALL, ALL, (uword)pages[0] | RW | US | high);
        accesses("rsvd-pte-51-absent");
    }
    tables(ALL | PS, ALL, ALL, (uword)pages[0] | ALL);
    accesses("rsvd-pml4e-ps");
    tables(ALL, ALL, LARGE | ALL | PS | 0x2000, 0);
    accesses("rsvd-2m-bit13");
    tables(ALL, ALL, LARGE | ALL | PS | 0x1000, 0);
    accesses("2m-pat-bit12-allowed");
    tables(ALL, ALL, ALL, (uword)pages[0] | ALL | 0xE00);
    accesses("ignored-bits-allowed");
    tables(ALL, ALL, ALL, (uword)pages[0] | ALL | 0x7FFull << 52);
    accesses("ignored-high-bits-allowed");
    if (has_cpuid(0x80000001, 0, 3, 26)) {
        fill((void *)0x3000000, 0x90, 64);
        code_bytes((u8 *)0x3000000);
        tables(ALL, HUGE | ALL | PS, 0, 0);
        pdpt1[0] |= 0x2000;
        accesses("rsvd-1g-bit13");
        pdpt1[0] = HUGE | ALL | PS;
        flush_tlb();
        // The window's first bytes are now physical 0: only reads and writes there.
        print("1g:");
        outcome("kr", kr, 0);
        outcome("kw", kw, 0);
        outcome("ur", ur, 1);
        print(" a=%d d=%d\n", (uword)!!(pdpt1[0] & A), (uword)!!(pdpt1[0] & D));
    } else {
        skip("rsvd-1g-bit13", "no 1 GiB pages");
        skip("1g", "no 1 GiB pages");
    }
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~0x800ull);
    tables(ALL, ALL, ALL, (uword)pages[0] | ALL | NX);
    accesses("nx-without-nxe");
    tables(ALL, ALL, ALL, (uword)pages[0] | US | RW);
    accesses("absent-without-nxe");
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 0x800);
}

static void ad_line(const char *name, const void *code, u64 pte) {
    tables(ALL, ALL, ALL, (uword)pages[0] | pte);
    trap_run(code);
    // Which accessed bits a walk that faults has set is up to the processor.
    if (seen.trapped) {
        print("%s: %s(%x) pte.d=%d\n", name, vector_name(seen.f.vector), seen.f.error, (uword)!!(pt1[0] & D));
        return;
    }
    print("%s: ok pte.a=%d pte.d=%d pde.a=%d pdpte.a=%d pml4e.a=%d\n", name, (uword)!!(pt1[0] & A),
        (uword)!!(pt1[0] & D), (uword)!!(pd1[0] & A), (uword)!!(pdpt1[0] & A), (uword)!!(pml4[1] & A));
}

static void accessed_dirty(void) {
    ad_line("ad-read", kr, P | RW);
    ad_line("ad-write", kw, P | RW);
    ad_line("ad-exec", kx, P | RW);
    ad_line("ad-write-ro", kw, P);
    ad_line("ad-absent", kr, 0);
    ad_line("ad-cmpxchg-fails", cmpxchg_fail, P | RW);
    ad_line("ad-add-zero", add_, P | RW);
    ad_line("ad-cmp", cmp_, P | RW);
    ad_line("ad-lea", lea_, P | RW);
    ad_line("ad-nop-mem", nop_mem, P | RW);
    ad_line("ad-invlpg", invlpg_, P | RW);
    ad_line("ro-cmpxchg-fails", cmpxchg_fail, P);
    ad_line("ro-xchg", xchg_, P);
    ad_line("ro-bts", bts_, P);
    ad_line("ro-add", add_, P);
    ad_line("ro-cmp", cmp_, P);
    ad_line("absent-xchg", xchg_, 0);
    ad_line("absent-cmp", cmp_, 0);
    ad_line("absent-prefetch", prefetch_, 0);
    ad_line("absent-lea", lea_, 0);
    ad_line("absent-nop-mem", nop_mem, 0);
    ad_line("absent-invlpg", invlpg_, 0);
    ad_line("absent-clflush", clflush_, 0);
    tables(ALL, ALL, LARGE | P | RW | PS, 0);
    trap_run(kr);
    print("ad-2m-read: a=%d d=%d\n", (uword)!!(pd1[0] & A), (uword)!!(pd1[0] & D));
    trap_run(kw);
    print("ad-2m-write: a=%d d=%d\n", (uword)!!(pd1[0] & A), (uword)!!(pd1[0] & D));
}

static u8 peek(void) { return *(volatile u8 *)(W + 0x100); }

static void flushes(void) {
    pages[0][0x100] = 0x11;
    pages[1][0x100] = 0x22;
    u64 a = (uword)pages[0] | P | RW, b = (uword)pages[1] | P | RW;
    tables(ALL, ALL, ALL, a);
    uword before = peek();
    pt1[0] = b;
    invlpg(W);
    print("flush-invlpg: %x %x\n", before, (uword)peek());
    pt1[0] = a;
    flush_tlb();
    before = peek();
    pt1[0] = b;
    flush_tlb();
    print("flush-cr3: %x %x\n", before, (uword)peek());
    pt1[0] = 0;
    invlpg(W);
    trap_run(kr);
    print("flush-to-absent: %s(%x)\n", vector_name(seen.f.vector), seen.f.error);
    pt1[0] = a;
    print("absent-to-present-needs-none: %x\n", (uword)peek());
    WRITE_REG(cr4, READ_REG(cr4) | CR4_PGE);
    pt1[0] = a | G;
    invlpg(W);
    before = peek();
    pt1[0] = b | G;
    invlpg(W);
    print("flush-global-invlpg: %x %x\n", before, (uword)peek());
    pt1[0] = a | G;
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_PGE);
    print("flush-global-pge: %x\n", (uword)peek());
    // A page directory that changes, INVLPG of one address in it
    tables(ALL, ALL, LARGE | P | RW | PS, a);
    *(u8 *)(LARGE + 0x100) = 0x33;
    before = peek();
    pd1[0] = (uword)pt1 | ALL;
    invlpg(W + 0x100);
    print("flush-2m-split: %x %x\n", before, (uword)peek());
}

static void smep_smap(void) {
    if (!has_cpuid(7, 0, 1, 7) || !has_cpuid(7, 0, 1, 20)) {
        return;
    }
    WRITE_REG(cr4, READ_REG(cr4) | CR4_SMEP);
    permissions("smep");
    WRITE_REG(cr4, (READ_REG(cr4) | CR4_SMAP) & ~CR4_SMEP);
    permissions("smap");
    static const struct { const char *name; u64 bits; } leaf[] = {
        {"smap-ac-u-rw", ALL}, {"smap-ac-u-ro", P | US}, {"smap-ac-s-rw", P | RW}, {"smap-ac-u-rw-nx", ALL | NX},
    };
    for (uword i = 0; i < LEN(leaf); i++) {
        tables(ALL, ALL, ALL, (uword)pages[0] | leaf[i].bits);
        print("%s:", leaf[i].name);
        outcome("kr", kr_ac, 0);
        outcome("kw", kw_ac, 0);
        outcome("kx", kx_ac, 0);
        put("\n");
    }
    check_user("stac-in-ring-3", u_stac, 2);
    WRITE_REG(cr4, READ_REG(cr4) | CR4_SMEP);
    permissions("smep-smap");
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_WP);
    permissions("smep-smap-nowp");
    WRITE_REG(cr0, READ_REG(cr0) | CR0_WP);
    WRITE_REG(cr4, READ_REG(cr4) & ~(CR4_SMEP | CR4_SMAP));
}

void test_main(void) {
    for (int i = 0; i < 4; i++) {
        fill(pages[i], 0x90, 4096);
        code_bytes(pages[i]);
    }
    fill((void *)LARGE, 0x90, 4096);
    code_bytes((u8 *)LARGE);
    permissions("wp");
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_WP);
    permissions("nowp");
    WRITE_REG(cr0, READ_REG(cr0) | CR0_WP);
    smep_smap();
    reserved_bits();
    accessed_dirty();
    flushes();
}
