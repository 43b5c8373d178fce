// 64-bit: CPUID basics, model-specific registers and control registers: what they refuse, what reads back.
#include "sys.h"

SNIP(rd, "mov msr_number,%ecx; rdmsr; ret");
SNIP(wr, "mov msr_number,%ecx; mov msr_low,%eax; mov msr_high,%edx; wrmsr; ret");
asm(".data; .globl msr_number, msr_low, msr_high; msr_number: .long 0; msr_low: .long 0; msr_high: .long 0; .text");
extern u32 msr_number, msr_low, msr_high;

static void read_msr(const char *name, u32 number) {
    msr_number = number;
    trap_run(rd);
    print("rdmsr-%s: %s\n", name, seen.trapped ? vector_name(seen.f.vector) : "ok");
}

static void write_msr(const char *name, u32 number, u64 v) {
    msr_number = number;
    msr_low = v;
    msr_high = v >> 32;
    trap_run(wr);
    print("wrmsr-%s: ", name);
    if (seen.trapped) {
        print("%s(%x)\n", vector_name(seen.f.vector), seen.f.error);
    } else {
        put("ok\n");
    }
}

static void identity(void) {
    u32 r[4];
    cpuid(0, 0, r);
    print("cpuid-0: leaves=%s\n", r[0] >= 7 && r[0] < 0x40 ? "sane" : "odd");
    static const struct { const char *name; u32 leaf; int reg, bit; } must[] = {
        {"fpu", 1, 3, 0}, {"pse", 1, 3, 3}, {"tsc", 1, 3, 4}, {"msr", 1, 3, 5}, {"pae", 1, 3, 6}, {"cx8", 1, 3, 8},
        {"apic", 1, 3, 9}, {"sep", 1, 3, 11}, {"pge", 1, 3, 13}, {"cmov", 1, 3, 15}, {"pat", 1, 3, 16},
        {"clflush", 1, 3, 19}, {"mmx", 1, 3, 23}, {"fxsr", 1, 3, 24}, {"sse", 1, 3, 25}, {"sse2", 1, 3, 26},
        {"sse3", 1, 2, 0}, {"ssse3", 1, 2, 9}, {"cx16", 1, 2, 13}, {"sse4.1", 1, 2, 19}, {"sse4.2", 1, 2, 20},
        {"popcnt", 1, 2, 23}, {"syscall", 0x80000001, 3, 11}, {"nx", 0x80000001, 3, 20}, {"lm", 0x80000001, 3, 29},
        {"lahf", 0x80000001, 2, 0},
    };
    for (uword i = 0; i < LEN(must); i++) {
        print("cpuid-%s: %d\n", must[i].name, (uword)has_cpuid(must[i].leaf, 0, must[i].reg, must[i].bit));
    }
    cpuid(1, 0, r);
    print("cpuid-1: apic-id=%x clflush=%x\n", (uword)(r[1] >> 24), (uword)(r[1] >> 8 & 0xFF));
    cpuid(0x80000008, 0, r);
    print("cpuid-address-sizes: linear=%d physical-sane=%d\n", (uword)(r[0] >> 8 & 0xFF),
        (uword)((r[0] & 0xFF) >= 36 && (r[0] & 0xFF) <= 52));
    cpuid(0x12345678, 0, r);
    u32 top[4];
    cpuid(0, 0, top);
    u32 last[4];
    cpuid(top[0], 0, last);
    print("cpuid-beyond-is-last-basic: %d\n",
        (uword)(r[0] == last[0] && r[1] == last[1] && r[2] == last[2] && r[3] == last[3]));
    // With the local APIC off by its MSR, CPUID does not know it.
    u64 base = rdmsr(0x1B);
    wrmsr(0x1B, base & ~0x800ull);
    print("cpuid-apic-when-disabled: %d\n", (uword)has_cpuid(1, 0, 3, 9));
    wrmsr(0x1B, base);
}

static void msrs(void) {
    read_msr("unknown", 0x12345678);
    read_msr("efer", MSR_EFER);
    read_msr("pat", 0x277);
    read_msr("mtrrcap", 0xFE);
    read_msr("apic-base", 0x1B);
    write_msr("unknown", 0x12345678, 0);
    u64 efer = rdmsr(MSR_EFER);
    write_msr("efer-reserved", MSR_EFER, efer | 1 << 9);
    write_msr("efer-lme-while-paging", MSR_EFER, efer & ~0x100ull);
    write_msr("efer-same", MSR_EFER, efer);
    print("efer-lma-is-not-written: %x\n", (uword)(rdmsr(MSR_EFER) & 0xF00));
    u64 pat = rdmsr(0x277);
    print("pat-at-reset: %q\n", pat);
    write_msr("pat-type-2", 0x277, 0x0007040600070402);
    write_msr("pat-type-8", 0x277, 0x0807040600070406);
    write_msr("pat-swapped", 0x277, 0x0607040106070004);
    print("pat-reads-back: %q\n", rdmsr(0x277));
    write_msr("pat-restored", 0x277, 0x0007040600070406);
    write_msr("lstar-canonical", 0xC0000082, 0xFFFF800000000000);
    write_msr("lstar-not-canonical", 0xC0000082, 0x800000000000);
    write_msr("cstar-not-canonical", 0xC0000083, 0x800000000000);
    write_msr("fs-base-not-canonical", 0xC0000100, 0x800000000000);
    write_msr("gs-base-not-canonical", 0xC0000101, 0x1000000000000000);
    write_msr("kernel-gs-not-canonical", 0xC0000102, 0xFFFF7FFFFFFFFFFF);
    write_msr("sysenter-esp-not-canonical", 0x175, 0x800000000000);
    write_msr("sysenter-eip-not-canonical", 0x176, 0x800000000000);
    write_msr("star", 0xC0000081, 0x12345678ABCDEF01);
    print("star-reads-back: %q\n", rdmsr(0xC0000081));
    write_msr("apic-base-reserved", 0x1B, rdmsr(0x1B) | 1);
    u64 t = rdmsr(0x10);
    write_msr("tsc", 0x10, 0x1000);
    u32 lo, hi;
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    print("tsc-written: %s\n", hi == 0 && lo >= 0x1000 ? "counts from there" : "no");
    wrmsr(0x10, t + 100000000);
    if (has_cpuid(0x80000001, 0, 3, 27)) {
        write_msr("tsc-aux", 0xC0000103, 0x123);
        asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(lo));
        print("rdtscp-aux: %x\n", (uword)lo);
    } else {
        skip("wrmsr-tsc-aux", "no RDTSCP");
        skip("rdtscp-aux", "no RDTSCP");
    }
}

SNIP(cr8_16, "mov $16,%eax; mov %rax,%cr8; ret");
SNIP(cr2_any, "mov $0xdeadbeefcafe,%rax; mov %rax,%cr2; mov %cr2,%rdx; int $0x81");
SNIP(pcide_on, "mov %cr4,%rax; or $0x20000,%rax; mov %rax,%cr4; mov %cr3,%rcx; mov %rcx,%rdx; or $5,%rcx;"
    "mov %rcx,%cr3;"
    "mov %cr3,%rcx; and $0xfff,%ecx; mov %rdx,%cr3; and $~0x20000,%rax; mov %rax,%cr4; int $0x81");
SNIP(clts_, "mov %cr0,%rax; or $8,%rax; mov %rax,%cr0; clts; mov %cr0,%rax; and $8,%eax; int $0x81");
SNIP(smsw_64, "smsw %rax; int $0x81");
SNIP(lmsw_, "mov %cr0,%rdx; mov $0,%eax; lmsw %ax; mov %cr0,%rax; mov %rdx,%cr0; and $0xf,%eax; int $0x81");

static void control_registers(void) {
    uword cr3 = READ_REG(cr3);
    check("cr8-16", cr8_16);
    trap_run(cr2_any);
    print("cr2: %x\n", seen.f.dx);
    trap_run(clts_);
    print("clts: %x\n", seen.f.ax);
    trap_run(smsw_64);
    print("smsw-64: %s\n", seen.f.ax == READ_REG(cr0) ? "all of CR0" : "a part");
    trap_run(lmsw_);
    print("lmsw-0-keeps-pe: %x\n", seen.f.ax);
    if (has_cpuid(1, 0, 2, 17)) {
        trap_run(pcide_on);
        print("pcid-reads-back: %x\n", seen.f.cx);
    } else {
        skip("pcid-reads-back", "no PCID");
    }
    WRITE_REG(cr3, cr3);
}

SNIP(rdpmc_, "mov $0x1234,%ecx; rdpmc; ret");
SNIP(cmpxchg16b_, "mov $1,%eax; xor %edx,%edx; mov $3,%ebx; mov $4,%ecx; lock cmpxchg16b cpu_probe; setz %al;"
    "int $0x81");
SNIP(popcnt_, "mov $0xf0f0,%ecx; popcnt %rcx,%rax; int $0x81");
SNIP(lahf_, "stc; lahf; movzx %ah,%eax; int $0x81");
SNIP(crc32_, "mov $0,%eax; mov $0x31,%cl; crc32b %cl,%eax; int $0x81");
SNIP(vmxon_, "vmxon cpu_probe; ret");
SNIP(avx_, ".byte 0xc5,0xf8,0x57,0xc0; ret"); // VXORPS without CR4.OSXSAVE
asm(".data; .balign 16; cpu_probe: .quad 1, 0; .text");

static void instructions(void) {
    check("rdpmc-no-such-counter", rdpmc_);
    trap_run(cmpxchg16b_);
    print("cmpxchg16b: %x\n", seen.f.ax & 0xFF);
    trap_run(popcnt_);
    print("popcnt: %x\n", seen.f.ax);
    trap_run(lahf_);
    print("lahf: %x\n", seen.f.ax & 1);
    trap_run(crc32_);
    print("crc32: %x\n", seen.f.ax);
    check("vmxon", vmxon_);
    check("avx-without-osxsave", avx_);
}

void test_main(void) {
    identity();
    msrs();
    control_registers();
    instructions();
}
