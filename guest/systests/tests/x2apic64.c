// 64-bit: the local APIC through MSRs: transitions of IA32_APIC_BASE, what reads and writes must refuse, interrupts.
#include "sys.h"

#define BASE 0x1B
#define X2(register) (0x800 + (register))
#define SELF_IPI X2(0x3F)
#define ICR X2(0x30)

static volatile uword counts[256];

SNIP(read_msr, "mov msr_index_,%ecx; rdmsr; mov %eax,msr_value_; mov %edx,msr_value_+4; ret");
SNIP(write_msr, "mov msr_index_,%ecx; mov msr_value_,%eax; mov msr_value_+4,%edx; wrmsr; ret");
asm(".data\n.balign 8\n.globl msr_value_, msr_index_\nmsr_value_: .quad 0\nmsr_index_: .long 0\n.text");
extern u64 msr_value_;
extern u32 msr_index_;

static int on_interrupt(struct frame *f) {
    counts[f->vector]++;
    wrmsr(X2(0x0B), 0);
    return 1;
}

static void let_in(void) {
    asm volatile("sti; nop; nop; cli" : : : "memory");
}

// what a read gives, or #GP
static void reads(const char *name, u32 index) {
    msr_index_ = index;
    msr_value_ = 0;
    if (trap_run(read_msr)) {
        print("read-%s: %s\n", name, vector_name(seen.f.vector));
    } else {
        print("read-%s: %q\n", name, msr_value_);
    }
}

static void writes(const char *name, u32 index, u64 value) {
    msr_index_ = index;
    msr_value_ = value;
    print("write-%s: %s\n", name, trap_run(write_msr) ? vector_name(seen.f.vector) : "taken");
}

static void transitions(void) {
    reads("id-in-xapic-mode", X2(0x02));
    writes("tpr-in-xapic-mode", X2(0x08), 0);
    writes("base-x2apic-without-enable", BASE, 0xFEE00400);
    writes("base-reserved-bit", BASE, 0xFEE00A00);
    writes("base-to-x2apic", BASE, 0xFEE00D00);
    writes("base-back-to-xapic", BASE, 0xFEE00900);
    writes("base-disabled", BASE, 0xFEE00100);
    reads("id-while-disabled", X2(0x02));
    writes("base-disabled-to-x2apic", BASE, 0xFEE00D00);
    writes("base-to-xapic", BASE, 0xFEE00900);
    writes("base-to-x2apic-again", BASE, 0xFEE00D00);
    reads("base", BASE);
}

static void registers(void) {
    wrmsr(X2(0x0F), 0x1FF);
    reads("id", X2(0x02));
    reads("ldr", X2(0x0D));
    reads("svr", X2(0x0F));
    reads("eoi", X2(0x0B));
    reads("dfr", X2(0x0E));
    reads("arbitration", X2(0x09));
    reads("icr-high", X2(0x31));
    reads("self-ipi", SELF_IPI);
    reads("beyond", X2(0x40));
    reads("last", X2(0xFF));
    writes("id", X2(0x02), 0);
    writes("version", X2(0x03), 0);
    writes("ldr", X2(0x0D), 0);
    writes("irr", X2(0x20), 0);
    writes("current-count", X2(0x39), 0);
    writes("eoi-not-0", X2(0x0B), 1);
    writes("esr-not-0", X2(0x28), 1);
    writes("tpr-bit-8", X2(0x08), 0x100);
    writes("lvt-timer-reserved", X2(0x32), 1 << 19);
    writes("initial-count-high", X2(0x38), 1ull << 32);
    writes("icr-reserved", ICR, 1 << 20);
}

static void interrupts(void) {
    writes("self-ipi", SELF_IPI, 0x51);
    let_in();
    writes("icr-to-self", ICR, 0x4052);
    let_in();
    writes("icr-shorthand", ICR, 0x44053);
    let_in();
    // Logical ID of processor 0: cluster 0, bit 0
    writes("icr-logical", ICR, 1ull << 32 | 0x4854);
    let_in();
    writes("icr-other-cluster", ICR, 0x10001ull << 32 | 0x4855);
    let_in();
    print("arrived: 51=%d 52=%d 53=%d 54=%d 55=%d\n", counts[0x51], counts[0x52], counts[0x53], counts[0x54],
        counts[0x55]);
    wrmsr(X2(0x08), 0x60);
    wrmsr(SELF_IPI, 0x61);
    let_in();
    print("held-by-tpr: %d cr8=%x\n", counts[0x61], READ_REG(cr8));
    reads("irr-of-61", X2(0x23));
    WRITE_REG(cr8, 0);
    let_in();
    print("released: %d\n", counts[0x61]);
    reads("tpr", X2(0x08));
    wrmsr(X2(0x3E), 0xB);
    wrmsr(X2(0x32), 0x62);
    wrmsr(X2(0x38), 10000);
    for (int i = 0; i < 4000000 && !counts[0x62]; i++) {
        let_in();
    }
    print("timer: %d\n", counts[0x62]);
    reads("current-count", X2(0x39));
    writes("illegal-vector", SELF_IPI, 0x0F);
    wrmsr(X2(0x28), 0);
    reads("esr", X2(0x28));
}

void test_main(void) {
    if (!has_cpuid(1, 0, 2, 21)) {
        print("x2apic: skip (not in CPUID)\n");
        return;
    }
    for (int v = 0x50; v < 0x70; v++) {
        hooks[v] = on_interrupt;
    }
    transitions();
    registers();
    interrupts();
}
