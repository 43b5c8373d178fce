// 64-bit: compatibility mode, far transfers, IRETQ, call gates, segment loads and system segments of IA-32e mode.
#include "sys.h"

#define SEL_GATE 0x60 // two entries
#define SEL_A 0x70
#define SEL_B 0x78
#define SEL_BIG 0x80 // a 16-byte system descriptor

static void from_compat(const char *name, const void *code, u16 cs, uword flags) {
    uword frame[] = {(uword)code + user_alias, cs, flags, USER_STACK_TOP, SEL_DATA3};
    iret_run(frame, 5);
    print("%s: %s", name, vector_name(seen.f.vector));
    if (seen.f.vector >= 10 && seen.f.vector <= 14) {
        print("(%x)", seen.f.error);
    }
    uword ip = seen.f.ip - (uword)code - user_alias;
    print(" ip+%x cs=%x ss=%x sp=top-%x ax=%x bx=%x\n", ip, seen.f.cs, seen.f.ss, USER_STACK_TOP - seen.f.sp,
        seen.f.ax, seen.f.bx);
}

// Ring 3, 32-bit. Upper halves of registers are zero when 64-bit code sees them again (for those written).
SNIP(c_plain, ".code32; mov $-1,%eax; inc %eax; dec %eax; mov $5,%ebx; int $0x80; .code64");
SNIP(c_push, ".code32; push %eax; pushw %ax; pusha; int $0x80; .code64");
SNIP(c_inc_is_not_rex, ".code32; mov $1,%eax; .byte 0x40; mov $2,%ebx; int $0x80; .code64");
SNIP(c_wrap, ".code32; mov $0xfffffff0,%edi; lea 0x20(%edi),%eax; mov %eax,%ebx; int $0x80; .code64");
SNIP(c_arpl, ".code32; mov $0x10,%eax; mov $0x13,%ebx; arpl %bx,%ax; setz %bl; int $0x80; .code64");
SNIP(c_ud64, ".code32; aam $0; int $0x80; .code64");
SNIP(c_into, ".code32; mov $0x7fffffff,%eax; inc %eax; into; int $0x80; .code64");
SNIP(c_far_jump, ".code32; ljmp $0x2b,$1f+0x40000000; .code64; 1: mov $0x123456789,%rax; mov %cs,%ebx; int $0x80");
SNIP(c_far_call, ".code32; lcall $0x2b,$1f+0x40000000; int $0x80; .code64; 1: mov $0x123456789,%rax;"
    "mov %cs,%ebx; lretl");
SNIP(c_null_ds, ".code32; xor %eax,%eax; mov %eax,%ds; mov (%eax),%bl; int $0x80; .code64");
SNIP(c_ds_limit, ".code32; mov $0x73,%eax; mov %eax,%ds; mov 0xfff,%bl; mov 0x1000,%bl; int $0x80; .code64");
SNIP(c_ds_base, ".code32; mov $0x7b,%eax; mov %eax,%ds; mov 4,%eax; mov $0x23,%ebx; mov %ebx,%ds; int $0x80; .code64");
SNIP(c_hlt, ".code32; hlt; .code64");
SNIP(c_cpl0_page, ".code32; mov $0x23,%eax; mov %eax,%ds; mov 0x100000,%al; int $0x80; .code64");
SNIP(c_16bit, ".code16; mov $0x1234,%ax; push %ax; mov $0x99,%bx; int $0x80; .code64");
SNIP(c_popf, ".code32; push $0x3202; popf; pushf; pop %eax; int $0x80; .code64");
SNIP(u64_seg_loads, "mov $0x73,%eax; mov %eax,%ds; mov sys_probe(%rip),%eax; mov $0,%ebx; mov %ebx,%ds;"
    "mov sys_probe(%rip),%ebx; int $0x80");
asm(".data; sys_probe: .long 0x5150; .text");

static void compat(void) {
    static u8 zeros[0x1004];
    gdt_set(SEL_A, (u32)(uword)zeros + 0x40000000, 0xFFF, 0xF3, BIG); // 4 KiB of data, ring 3
    static u32 words[2] = {0x11111111, 0x22222222};
    gdt_set(SEL_B, (u32)(uword)words + 0x40000000, 0xFFFFF, 0xF3, GRAN | BIG);
    from_compat("compat-plain", c_plain, SEL_CODE3C, 2);
    from_compat("compat-push", c_push, SEL_CODE3C, 2);
    from_compat("compat-inc-is-not-rex", c_inc_is_not_rex, SEL_CODE3C, 2);
    from_compat("compat-wrap", c_wrap, SEL_CODE3C, 2);
    from_compat("compat-arpl", c_arpl, SEL_CODE3C, 2);
    from_compat("compat-aam", c_ud64, SEL_CODE3C, 2);
    from_compat("compat-into", c_into, SEL_CODE3C, 2);
    from_compat("compat-far-jump-to-64", c_far_jump, SEL_CODE3C, 2);
    from_compat("compat-far-call-to-64", c_far_call, SEL_CODE3C, 2);
    from_compat("compat-null-ds", c_null_ds, SEL_CODE3C, 2);
    from_compat("compat-ds-limit", c_ds_limit, SEL_CODE3C, 2);
    from_compat("compat-ds-base", c_ds_base, SEL_CODE3C, 2);
    from_compat("compat-hlt", c_hlt, SEL_CODE3C, 2);
    from_compat("compat-kernel-page", c_cpl0_page, SEL_CODE3C, 2);
    from_compat("compat-popf", c_popf, SEL_CODE3C, 2);
    from_compat("long-ds-has-no-limit", u64_seg_loads, SEL_CODE3, 2);
    gdt_set(0x90, (u32)(uword)c_16bit + 0x40000000, 0xFFFF, 0xFB, 0);
    uword frame[] = {0, 0x93, 2, USER_STACK_TOP, SEL_DATA3};
    iret_run(frame, 5);
    print("compat-16-bit: %s ip=%x cs=%x ax=%x sp=top-%x\n", vector_name(seen.f.vector), seen.f.ip, seen.f.cs,
        seen.f.ax & 0xFFFF, USER_STACK_TOP - seen.f.sp);
}

SNIP(arrive3, "int $0x80");
SNIP(arrive0, "mov $0x1234,%eax; int $0x81");
SNIP(iret_with_nt, "pushf; orl $0x4000,(%rsp); popf; mov %rsp,%rax; push $0x10; push %rax; pushf; push $8;"
    "push $0; iretq");

static void iret_case(const char *name, const void *to, u16 cs, uword flags, u16 ss, uword sp) {
    uword frame[] = {(uword)to, cs, flags, sp, ss};
    iret_run(frame, 5);
    print("%s: %s", name, vector_name(seen.f.vector));
    if (seen.f.vector >= 10 && seen.f.vector <= 14) {
        print("(%x) cs=%x\n", seen.f.error, seen.f.cs);
    } else {
        print(" cs=%x ss=%x flags=%x\n", seen.f.cs, seen.f.ss, seen.f.flags & 0x3FFF00);
    }
}

static void irets(void) {
    uword u = (uword)arrive3 + user_alias, k = (uword)arrive0, usp = USER_STACK_TOP, ksp = (uword)user_stack + 8192;
    iret_case("iret-same-ring", arrive0, SEL_CODE0, 2, SEL_DATA0, ksp);
    iret_case("iret-same-ring-null-ss", arrive0, SEL_CODE0, 2, 0, ksp);
    iret_case("iret-ring-3", (void *)u, SEL_CODE3, 2, SEL_DATA3, usp);
    iret_case("iret-ring-3-null-ss", (void *)u, SEL_CODE3, 2, 0, usp);
    iret_case("iret-ring-3-null-ss-rpl-3", (void *)u, SEL_CODE3, 2, 3, usp);
    iret_case("iret-ring-3-ss-dpl-0", (void *)u, SEL_CODE3, 2, SEL_DATA0, usp);
    iret_case("iret-ring-3-ss-rpl-0", (void *)u, SEL_CODE3, 2, SEL_DATA3 & ~3, usp);
    iret_case("iret-null-cs", (void *)k, 0, 2, SEL_DATA0, ksp);
    iret_case("iret-data-cs", (void *)k, SEL_DATA0, 2, SEL_DATA0, ksp);
    iret_case("iret-cs-rpl-3-dpl-0", (void *)u, SEL_CODE0 | 3, 2, SEL_DATA3, usp);
    iret_case("iret-cs-beyond-gdt", (void *)k, 0x3F8 + 8, 2, SEL_DATA0, ksp);
    gdt_set(SEL_A, 0, 0xFFFFF, 0x9B, GRAN | BIG | LONG);
    iret_case("iret-cs-l-and-d", (void *)k, SEL_A, 2, SEL_DATA0, ksp);
    gdt_set(SEL_A, 0, 0xFFFFF, 0x1B, GRAN | LONG);
    iret_case("iret-cs-absent", (void *)k, SEL_A, 2, SEL_DATA0, ksp);
    gdt_set(SEL_A, 0, 0xFFFFF, 0x73, GRAN | BIG);
    iret_case("iret-ss-absent", (void *)u, SEL_CODE3, 2, SEL_A | 3, usp);
    iret_case("iret-compat-null-ss", (void *)u, SEL_CODE3C, 2, 3, usp);
    iret_case("iret-nt", (void *)k, SEL_CODE0, 2 | FLAG_NT, SEL_DATA0, ksp);
    iret_case("iret-flags-all", (void *)u, SEL_CODE3, 0x247EFF & ~FLAG_NT, SEL_DATA3, usp);
    iret_case("iret-flags-reserved", (void *)u, SEL_CODE3, 0x8028 | 2, SEL_DATA3, usp);
    // NT set when IRETQ runs: no nested tasks in long mode
    trap_run(iret_with_nt);
    print("iret-while-nt: %s(%x)\n", vector_name(seen.f.vector), seen.f.error);
}

SNIP(u_call_gate, "push $0x55; lcall *gate_pointer(%rip); int $0x80");
SNIP(u_jmp_gate, "ljmp *gate_pointer(%rip); int $0x80");
SNIP(k_call_gate, "lcall *gate_pointer(%rip); ret");
asm(".data; gate_pointer: .long 0; .word 0x63; .text");
extern char gate_target[], gate_target_ret[];
asm(".text; gate_target: mov %rsp,%rax; mov (%rsp),%rcx; mov 8(%rsp),%rdx; mov 16(%rsp),%rsi; mov 24(%rsp),%rdi;"
    "mov %ss,%ebx; int $0x81\n"
    "gate_target_ret: lretq\n");

static void gates(void) {
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_CALL, 3, 0);
    user_run(u_call_gate, 2);
    print("call-gate: %s sp=-%x ip=+%x cs=%x old-sp=top-%x old-ss=%x ss=%x\n", vector_name(seen.f.vector),
        tss.t.rsp[0] - seen.f.ax, seen.f.cx - (uword)u_call_gate - user_alias, seen.f.dx, USER_STACK_TOP - seen.f.si,
        seen.f.di, seen.f.bx);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target_ret, GATE_CALL, 3, 0);
    user_run(u_call_gate, 2);
    print("call-gate-and-back: %s cs=%x ss=%x sp=top-%x ip=+%x\n", vector_name(seen.f.vector), seen.f.cs, seen.f.ss,
        USER_STACK_TOP - seen.f.sp, seen.f.ip - (uword)u_call_gate - user_alias);
    check("call-gate-from-ring-0", k_call_gate);
    check_user("jmp-gate-inner", u_jmp_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_CALL, 0, 0);
    check_user("call-gate-dpl", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0C, (uword)gate_target, GATE_CALL, 3, 0);
    check_user("call-gate-to-32-bit", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, 0x800000000000, GATE_CALL, 3, 0);
    check_user("call-gate-not-canonical", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_CALL, 3, 0);
    gdt[SEL_GATE / 8] &= ~(1ull << 47);
    check_user("call-gate-absent", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_CALL, 3, 0);
    gdt[SEL_GATE / 8 + 1] |= 0x1Full << 40;
    check_user("call-gate-upper-type", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_CALL16, 3, 0);
    check_user("call-gate-16-bit", u_call_gate, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (uword)gate_target, GATE_TASK, 3, 0);
    check_user("call-task-gate", u_call_gate, 2);
    gdt_set(SEL_GATE, (u32)(uword)&tss, sizeof(tss.t) - 1, 0xE9, 0);
    gdt[SEL_GATE / 8 + 1] = 0;
    check_user("call-tss", u_call_gate, 2);
}

SNIP(lldt_a, "mov $0x80,%eax; lldt %ax; xor %eax,%eax; lldt %ax; ret");
SNIP(ltr_a, "mov $0x80,%eax; ltr %ax; ret");
SNIP(ltr_null, "xor %eax,%eax; ltr %ax; ret");
SNIP(lar_lsl, "mov $0x80,%ecx; lar %ecx,%eax; setz %bl; lsl %ecx,%edx; setz %bh; int $0x81");
SNIP(mov_ss_dpl3, "mov %ss,%ecx; mov $0x23,%eax; mov %eax,%ss; mov %ecx,%ss; ret");
SNIP(mov_ss_code, "mov $0x08,%eax; mov %eax,%ss; ret");
SNIP(mov_ds_xonly, "mov $0x70,%eax; mov %eax,%ds; ret");
SNIP(mov_fs_beyond, "mov $0x500,%eax; mov %eax,%fs; ret");
SNIP(mov_fs_ldt_null, "mov $0xc,%eax; mov %eax,%fs; ret");
SNIP(lgs_64, "lgs gs_pointer(%rip),%eax; mov %gs,%ebx; int $0x81");
SNIP(movsxd_, "mov $0x80000000,%ecx; movslq %ecx,%rax; int $0x81");
SNIP(mov_ss_upper, "mov %ss,%rax; int $0x81");
asm(".data; gs_pointer: .long 0x1234; .word 0x23; .text");

static void big(u32 base, u32 upper, u32 limit, u8 access) {
    gdt_set(SEL_BIG, base, limit, access, 0);
    gdt[SEL_BIG / 8 + 1] = (u64)upper << 32;
}

static void system_segments(void) {
    big(0x5000, 0, 0xFFF, 0x82);
    check("lldt", lldt_a);
    trap_run(lar_lsl);
    print("lar-lsl-ldt: %x %x zf=%x\n", seen.f.ax, seen.f.dx, seen.f.bx & 0xFFFF);
    big(0x5000, 0, 0xFFF, 0x02);
    check("lldt-absent", lldt_a);
    big(0x5000, 0, 0xFFF, 0x89);
    check("lldt-of-tss", lldt_a);
    big((u32)(uword)&tss, 0, 0x67, 0x8B);
    check("ltr-busy", ltr_a);
    big((u32)(uword)&tss, 0, 0x67, 0x81);
    check("ltr-16-bit", ltr_a);
    check("ltr-null", ltr_null);
    big((u32)(uword)&tss, 0, 0x67, 0x09);
    check("ltr-absent", ltr_a);
    big((u32)(uword)&tss, 0x1F00, 0x67, 0x89);
    check("ltr-upper-type", ltr_a);
    big((u32)(uword)&tss, 0, 0x67, 0x89);
    check("ltr", ltr_a);
    print("ltr-marks-busy: %x\n", (uword)(gdt[SEL_BIG / 8] >> 40 & 0xFF));
    trap_run(lar_lsl);
    print("lar-lsl-tss: %x %x zf=%x\n", seen.f.ax, seen.f.dx, seen.f.bx & 0xFFFF);
    gdt_call_gate(SEL_BIG, SEL_CODE0, 0x1234, GATE_CALL, 3, 0);
    trap_run(lar_lsl);
    print("lar-lsl-call-gate: %x zf=%x\n", seen.f.ax, seen.f.bx & 0xFFFF);
    gdt_set(SEL_BIG, 0, 0xFFF, 0x85, 0);
    trap_run(lar_lsl);
    print("lar-lsl-task-gate: zf=%x\n", seen.f.bx & 0xFFFF);
    gdt_set(SEL_A, 0, 0xFFFFF, 0x98, GRAN | LONG);
    check("mov-ss-dpl-3", mov_ss_dpl3);
    check("mov-ss-code", mov_ss_code);
    check("mov-ds-execute-only", mov_ds_xonly);
    check("mov-fs-beyond-gdt", mov_fs_beyond);
    check("mov-fs-no-ldt", mov_fs_ldt_null);
    trap_run(lgs_64);
    print("lgs: ax=%x gs=%x\n", seen.f.ax, seen.f.bx);
    trap_run(movsxd_);
    print("movsxd: %x\n", seen.f.ax);
    trap_run(mov_ss_upper);
    print("mov-ss-to-64-bit-register: %x\n", seen.f.ax);
}

void test_main(void) {
    compat();
    irets();
    gates();
    system_segments();
}
