// 32-bit: values that control registers must refuse.
#include "sys.h"

SNIP(pg_without_pe, "mov %cr0,%eax; and $~1,%eax; or $0x80000000,%eax; mov %eax,%cr0; ret");
SNIP(nw_without_cd, "mov %cr0,%eax; or $0x20000000,%eax; and $~0x40000000,%eax; mov %eax,%cr0; ret");
SNIP(cr4_reserved, "mov %cr4,%eax; or $0x80000000,%eax; mov %eax,%cr4; ret");
SNIP(cr4_pcide, "mov %cr4,%eax; or $0x20000,%eax; mov %eax,%cr4; ret");
SNIP(lme_pg_no_pae, "mov $0xc0000080,%ecx; rdmsr; or $0x100,%eax; wrmsr; mov %cr0,%eax; or $0x80000000,%eax;"
    "mov %eax,%cr0; ret");
SNIP(cr0_high, "mov %cr0,%eax; or $0x1000,%eax; mov %eax,%cr0; mov %cr0,%eax; and $0x1000,%eax; int $0x81");
SNIP(lmsw_no_clear_pe, "smsw %eax; and $~1,%eax; lmsw %ax; smsw %ax; and $1,%eax; int $0x81");

void test_main(void) {
    trap_run(lmsw_no_clear_pe);
    print("lmsw-cannot-clear-pe: %x\n", seen.f.ax);
    trap_run(cr0_high);
    print("cr0-reserved-bit-12: %x\n", seen.f.ax);
    check("nw-without-cd", nw_without_cd);
    check("pg-without-pe", pg_without_pe);
    check("cr4-reserved", cr4_reserved);
    if (has_cpuid(1, 0, 2, 17)) {
        check("cr4-pcide-outside-long-mode", cr4_pcide);
    } else {
        skip("cr4-pcide-outside-long-mode", "no PCID");
    }
    check("lme-pg-without-pae", lme_pg_no_pae);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~0x100ull);
}
