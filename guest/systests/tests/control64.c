// 64-bit: values that control registers must refuse.
#include "sys.h"

SNIP(cr0_high, "mov %cr0,%rax; mov $1,%ecx; shl $32,%rcx; or %rcx,%rax; mov %rax,%cr0; ret");
SNIP(cr0_no_pe, "mov %cr0,%rax; and $~1,%rax; mov %rax,%cr0; ret");
SNIP(cr0_nw, "mov %cr0,%rax; or $0x20000000,%rax; and $~0x40000000,%rax; mov %rax,%cr0; ret");
SNIP(cr4_no_pae, "mov %cr4,%rax; and $~0x20,%rax; mov %rax,%cr4; ret");
SNIP(cr4_high, "mov %cr4,%rax; mov $1,%ecx; shl $32,%rcx; or %rcx,%rax; mov %rax,%cr4; ret");
SNIP(cr4_la57, "mov %cr4,%rax; or $0x1000,%rax; mov %rax,%cr4; ret");
SNIP(cr3_high, "mov %cr3,%rax; mov $1,%ecx; shl $62,%rcx; or %rcx,%rax; mov %rax,%cr3; ret");
SNIP(pcide_with_cr3_low, "mov %cr3,%rax; mov %rax,%rdx; or $8,%rax; mov %rax,%cr3; mov %cr4,%rax; or $0x20000,%rax;"
    "mov %rax,%cr4; ret");

void test_main(void) {
    uword cr3 = READ_REG(cr3);
    check("cr0-high-half", cr0_high);
    check("cr0-pe-clear-while-pg", cr0_no_pe);
    check("cr0-nw-without-cd", cr0_nw);
    check("cr4-pae-clear-in-long-mode", cr4_no_pae);
    check("cr4-high-half", cr4_high);
    check("cr4-la57-while-paging", cr4_la57);
    check("cr3-bit-62", cr3_high);
    if (has_cpuid(1, 0, 2, 17)) {
        check("pcide-with-pcid-not-0", pcide_with_cr3_low);
        WRITE_REG(cr3, cr3);
    } else {
        skip("pcide-with-pcid-not-0", "no PCID");
    }
}
