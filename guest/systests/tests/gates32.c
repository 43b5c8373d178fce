// 32-bit: interrupt, trap and call gates; privilege changes; what POPF, IRET, CLI, STI and IN may do in each ring.
#include "sys.h"

#define SEL_GATE 0x40
#define SEL_CODE1 0x49
#define SEL_DATA1 0x51
#define SEL_CODE16 0x58
#define SEL_CONF 0x60
#define SEL_C 0x68

SNIP(u_call, "push $0x111; push $0x222; push $0x333; lcall $0x43,$0; int $0x80");
SNIP(k_call, "lcall $0x40,$0; ret");
SNIP(u_jmp, "ljmp $0x43,$0; int $0x80");
SNIP(k_jmp, "ljmp $0x40,$0; ret");
// Shows the frame of a call gate: registers hold the first words on the new stack.
SNIP(target_show, "mov %esp,%edi; mov (%esp),%eax; mov 4(%esp),%ebx; mov 8(%esp),%ecx; mov 12(%esp),%edx;"
    "mov 16(%esp),%esi; mov %ss,%ebp; int $0x81");
SNIP(target_ret, "lret");
SNIP(target_near_ret, "ret");
SNIP(target_ret_8, "lret $8");
SNIP(target_show16, "mov %esp,%edi; xor %eax,%eax; movw (%esp),%ax; movw 2(%esp),%bx; movw 4(%esp),%cx;"
    "movw 6(%esp),%dx;"
    "int $0x81");

static uword top(void) { return tss.t.esp0; }

static void call_gates(void) {
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_show, GATE_CALL, 3, 2);
    user_run(u_call, 2);
    print("call-gate-2-parameters: ip=+%x cs=%x p=%x,%x old-sp=top-%x ss=%x sp=-%x\n", seen.f.ax - (u32)u_call,
        seen.f.bx,
        seen.f.cx, seen.f.dx, USER_STACK_TOP - seen.f.si, seen.f.bp, top() - seen.f.di);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_show, GATE_CALL, 3, 0);
    user_run(u_call, 2);
    print("call-gate-0-parameters: ip=+%x cs=%x old-sp=top-%x old-ss=%x sp=-%x\n", seen.f.ax - (u32)u_call, seen.f.bx,
        USER_STACK_TOP - seen.f.cx, seen.f.dx, top() - seen.f.di);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_ret_8, GATE_CALL, 3, 2);
    user_run(u_call, 2);
    print("call-gate-ret-8: %s ip=+%x cs=%x ss=%x sp=top-%x\n", vector_name(seen.f.vector), seen.f.ip - (u32)u_call,
        seen.f.cs, seen.f.ss, USER_STACK_TOP - seen.f.sp);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_ret, GATE_CALL, 3, 0);
    check("call-gate-same-ring", k_call);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_near_ret, GATE_CALL, 3, 0);
    check("jmp-gate-same-ring", k_jmp);
    check_user("jmp-gate-inner", u_jmp, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE3, (u32)target_show, GATE_CALL, 3, 0);
    user_run(u_call, 2);
    print("call-gate-same-ring-3: %s cs=%x ip=+%x ret-cs=%x\n", vector_name(seen.f.vector), seen.f.cs,
        seen.f.ax - (u32)u_call, seen.f.bx);
    check("call-gate-outer", k_call);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_show, GATE_CALL, 0, 0);
    check_user("call-gate-dpl-0", u_call, 2);
    gdt_call_gate(SEL_GATE, 0, (u32)target_show, GATE_CALL, 3, 0);
    check_user("call-gate-null-target", u_call, 2);
    gdt_call_gate(SEL_GATE, SEL_DATA0, (u32)target_show, GATE_CALL, 3, 0);
    check_user("call-gate-data-target", u_call, 2);
    gdt_call_gate(SEL_GATE, SEL_CODE0, (u32)target_show, GATE_CALL, 3, 0);
    gdt[SEL_GATE / 8] &= ~(1ull << 47);
    check_user("call-gate-absent", u_call, 2);
    gdt_set(SEL_C, 0, 0xFFFFF, 0x1B, BIG | GRAN);
    gdt_call_gate(SEL_GATE, SEL_C, (u32)target_show, GATE_CALL, 3, 0);
    check_user("call-gate-target-absent", u_call, 2);
    gdt_set(SEL_C, 0, 0xFFF, 0x9B, BIG);
    gdt_call_gate(SEL_GATE, SEL_C, 0x2000, GATE_CALL, 3, 0);
    check_user("call-gate-beyond-limit", u_call, 2);
    // 16-bit gate: 16-bit pushes, offset of 16 bits
    gdt_set(SEL_CODE16, (u32)target_show16, 0xFFFF, 0x9B, BIG);
    gdt_call_gate(SEL_GATE, SEL_CODE16, 0, GATE_CALL16, 3, 1);
    user_run(u_call, 2);
    print("call-gate-16-bit: %s cs=%x ip=+%x ret-cs=%x p=%x old-sp=top-%x sp=-%x\n", vector_name(seen.f.vector),
        seen.f.cs,
        (seen.f.ax - (u32)u_call) & 0xFFFF, seen.f.bx & 0xFFFF, seen.f.cx & 0xFFFF,
        (USER_STACK_TOP - seen.f.dx) & 0xFFFF, top() - seen.f.di);
    // Conforming target: no change of ring, so no change of stack
    gdt_set(SEL_CONF, 0, 0xFFFFF, 0x9F, BIG | GRAN);
    gdt_call_gate(SEL_GATE, SEL_CONF, (u32)target_show, GATE_CALL, 3, 2);
    user_run(u_call, 2);
    print("call-gate-conforming: %s cs=%x ip=+%x sp=top-%x\n", vector_name(seen.f.vector), seen.f.cs,
        seen.f.ax - (u32)u_call, USER_STACK_TOP - seen.f.di);
    // Ring 1
    gdt_set(SEL_CODE1 & ~3, 0, 0xFFFFF, 0xBB, BIG | GRAN);
    gdt_set(SEL_DATA1 & ~3, 0, 0xFFFFF, 0xB3, BIG | GRAN);
    static u8 ring1_stack[512];
    tss.t.esp1 = (u32)ring1_stack + sizeof(ring1_stack);
    tss.t.ss1 = SEL_DATA1;
    gdt_call_gate(SEL_GATE, SEL_CODE1, (u32)target_show, GATE_CALL, 3, 1);
    user_run(u_call, 2);
    print("call-gate-to-ring-1: %s(%x) cs=%x ip=+%x p=%x old-sp=top-%x ss=%x\n", vector_name(seen.f.vector),
        seen.f.error,
        seen.f.cs, seen.f.ax - (u32)u_call, seen.f.cx, USER_STACK_TOP - seen.f.dx, seen.f.bp);
    // The stack that the TSS names is not fit
    gdt_call_gate(SEL_GATE, SEL_CODE1, (u32)target_show, GATE_CALL, 3, 0);
    tss.t.ss1 = 0;
    check_user("inner-ss-null", u_call, 2);
    tss.t.ss1 = SEL_DATA1 & ~3;
    check_user("inner-ss-rpl", u_call, 2);
    tss.t.ss1 = SEL_DATA0 | 1;
    check_user("inner-ss-dpl", u_call, 2);
    tss.t.ss1 = SEL_CODE1;
    check_user("inner-ss-code", u_call, 2);
    tss.t.ss1 = 0x7001;
    check_user("inner-ss-beyond-gdt", u_call, 2);
    gdt_set(SEL_C, 0, 0xFFFFF, 0x33, BIG | GRAN);
    tss.t.ss1 = SEL_C | 1;
    check_user("inner-ss-absent", u_call, 2);
    gdt_set(SEL_TSS, (u32)&tss, 0x0B, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    check_user("inner-ss-beyond-tss", u_call, 2);
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) - 1, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
}

SNIP(u_int90, "mov $0x90909090,%eax; int $0x90");
SNIP(int90, "int $0x90; ret");
extern char flags_handler[];
asm(".text; flags_handler: pushf; pop %eax; mov 8(%esp),%ebx; int $0x81");

static void interrupt_gates(void) {
    uword all = 0x246ED7 & ~(uword)FLAG_NT;
    idt_gate(0x90, SEL_CODE0, (u32)flags_handler, GATE_INT, 3, 0);
    user_run(u_int90, all);
    print("int-gate: inside=%x saved=%x\n", seen.f.ax & 0x3F7700, seen.f.bx & 0x3F7700);
    idt_gate(0x90, SEL_CODE0, (u32)flags_handler, GATE_TRAP, 3, 0);
    user_run(u_int90, all);
    print("trap-gate: inside=%x saved=%x\n", seen.f.ax & 0x3F7700, seen.f.bx & 0x3F7700);
    idt_gate(0x90, SEL_CODE0, (u32)vector_stubs[0x90], GATE_INT, 0, 0);
    check_user("int-gate-dpl-0-from-ring-3", u_int90, 2);
    check("int-gate-dpl-0-from-ring-0", int90);
    idt_gate(0x90, SEL_CODE3, (u32)vector_stubs[0x90], GATE_INT, 3, 0);
    check("int-gate-outer", int90);
    gdt_set(SEL_CONF, 0, 0xFFFFF, 0x9F, BIG | GRAN);
    idt_gate(0x90, SEL_CONF, (u32)flags_handler, GATE_INT, 3, 0);
    user_run(u_int90, 2);
    print("int-gate-conforming: %s cs=%x\n", vector_name(seen.f.vector), seen.f.cs);
    gdt_set(SEL_C, 0, 0xFFF, 0x9B, BIG);
    idt_gate(0x90, SEL_C, 0x2000, GATE_INT, 3, 0);
    check("int-gate-beyond-limit", int90);
    gdt_set(SEL_C, 0, 0xFFFFF, 0x1B, BIG | GRAN);
    idt_gate(0x90, SEL_C, 0x2000, GATE_INT, 3, 0);
    check("int-gate-target-absent", int90);
    uword ss0 = tss.t.ss0;
    idt_gate(0x90, SEL_CODE1, (u32)flags_handler, GATE_INT, 3, 0);
    tss.t.ss1 = SEL_DATA0;
    check_user("int-gate-bad-inner-stack", u_int90, 2);
    tss.t.ss0 = ss0;
}

SNIP(u_popf_all, "push $0x247fd7-0x100; popf; pushf; pop %eax; int $0x80");
SNIP(u_popf_none, "push $0; popf; pushf; pop %eax; int $0x80");
SNIP(k_popf_all, "push $0x247fd7-0x100; popf; pushf; pop %eax; push $2; popf; int $0x81");
SNIP(k_popf_vm_rf, "push $0x30002; popf; pushf; pop %eax; int $0x81");
SNIP(k_popfw, "push $0; push $0x7ed7; .byte 0x66; popf; pushf; pop %eax; push $2; popf; int $0x81");
SNIP(u_cli, "cli; pushf; pop %eax; int $0x80");
SNIP(u_sti, "sti; pushf; pop %eax; int $0x80");
SNIP(u_iret_flags, "pushf; mov $0x247ed7,%eax; mov %eax,(%esp); push %cs; push $1f; iret; 1: pushf; pop %eax;"
    "int $0x80");
SNIP(k_iret_flags, "push $0x243ed7; push %cs; push $1f; iret; 1: pushf; pop %eax; push $2; popf; int $0x81");
SNIP(u_retf_to_ring3, "push $0x1b; push $1f; lret; 1: int $0x80");

static void flags(void) {
    uword iopl[] = {0, 0x1000, 0x2000, 0x3000};
    for (uword i = 0; i < 4; i++) {
        user_run(u_popf_all, 2 | iopl[i]);
        print("popf-all-iopl-%d: %x\n", i, seen.f.ax);
        user_run(u_popf_none, 2 | FLAG_IF | iopl[i]);
        print("popf-none-iopl-%d: %x\n", i, seen.f.ax);
        user_run(u_iret_flags, 2 | iopl[i]);
        print("iret-flags-iopl-%d: %x\n", i, seen.f.ax);
        user_run(u_cli, 2 | FLAG_IF | iopl[i]);
        print("cli-iopl-%d: %s %x\n", i, vector_name(seen.f.vector), seen.f.vector == 0x80 ? seen.f.ax : 0);
        user_run(u_sti, 2 | iopl[i]);
        print("sti-iopl-%d: %s %x\n", i, vector_name(seen.f.vector), seen.f.vector == 0x80 ? seen.f.ax : 0);
    }
    trap_run(k_popf_all);
    print("popf-all-ring-0: %x\n", seen.f.ax);
    trap_run(k_popf_vm_rf);
    print("popf-vm-rf-ring-0: %x\n", seen.f.ax);
    trap_run(k_popfw);
    print("popfw-ring-0: %x\n", seen.f.ax);
    trap_run(k_iret_flags);
    print("iret-flags-ring-0: %x\n", seen.f.ax);
}

SNIP(u_in_b, "in $0x71,%al; int $0x80");
SNIP(u_in_w, "mov $0x77,%dx; in %dx,%ax; int $0x80");
SNIP(u_in_d, "mov $0x7c,%dx; in %dx,%eax; int $0x80");
SNIP(u_out_70, "mov $0x70,%dx; out %al,%dx; int $0x80");
SNIP(u_insb, "mov $0x71,%dx; mov $user_stack,%edi; insb; int $0x80");
SNIP(u_outsb_count_0, "mov $0x71,%dx; xor %ecx,%ecx; mov $user_stack,%esi; rep outsb; int $0x80");
SNIP(u_in_ffff, "mov $0xffff,%dx; in %dx,%al; int $0x80");

static void ports(void) {
    fill(tss.io_map, 0, sizeof(tss.io_map));
    tss.io_map[8192] = 0xFF;
    check_user("io-no-map", u_in_b, 2);
    check_user("io-no-map-iopl-3", u_in_b, 0x3002);
    tss.t.io_base = sizeof(tss.t);
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) + 8192, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    tss.io_map[0x71 >> 3] = 1 << 1;
    check_user("io-bit-clear", u_out_70, 2);
    check_user("io-bit-set", u_in_b, 2);
    check_user("io-insb-bit-set", u_insb, 2);
    check_user("io-outsb-count-0", u_outsb_count_0, 2);
    tss.io_map[0x71 >> 3] = 0;
    check_user("io-bit-cleared", u_in_b, 2);
    tss.io_map[0x78 >> 3] = 1;
    check_user("io-word-second-bit-set", u_in_w, 2);
    tss.io_map[0x78 >> 3] = 0;
    check_user("io-word-clear", u_in_w, 2);
    tss.io_map[0x7C >> 3] = 0x80;
    check_user("io-dword-last-bit-set", u_in_d, 2);
    tss.io_map[0x7C >> 3] = 0;
    check_user("io-dword-clear", u_in_d, 2);
    check_user("io-last-port", u_in_ffff, 2);
    // The map ends early: two bytes are always read.
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) + 0x71 / 8, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    check_user("io-map-cut", u_in_b, 2);
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) + 0x71 / 8 + 1, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    check_user("io-map-just-long-enough", u_in_b, 2);
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) - 1, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
}

SNIP(u_sysenter, "std; sysenter; hlt");
extern char sysenter_32[], sysexit_32[];
asm(".text; sysenter_32: mov %esp,%edi; mov %ss,%ebx; mov %cs,%ecx; mov $0x8000,%esp; pushf; pop %eax; int $0x81\n"
    "sysexit_32: mov $sysexit_to,%edx; mov $0x4444,%ecx; sysexit\n"
    "sysexit_to: mov %cs,%eax; mov %ss,%ebx; int $0x80\n");

static void sysenter(void) {
    wrmsr(0x174, 0);
    check_user("sysenter-cs-0", u_sysenter, 2);
    check("sysexit-cs-0", sysexit_32);
    wrmsr(0x174, SEL_CODE0);
    wrmsr(0x175, 0x5678);
    wrmsr(0x176, (u32)sysenter_32);
    user_run(u_sysenter, FLAG_IF | 2);
    print("sysenter: %s cs=%x ss=%x sp=%x flags=%x\n", vector_name(seen.f.vector), seen.f.cx, seen.f.bx, seen.f.di,
        seen.f.ax & 0x3F7700);
    trap_run(sysexit_32);
    print("sysexit: %s cs=%x ss=%x sp=%x\n", vector_name(seen.f.vector), seen.f.ax, seen.f.bx, seen.f.sp);
}

void test_main(void) {
    *(u16 *)0x2000 = 0x82CD; // where gates beyond a limit point to: INT 0x82
    call_gates();
    interrupt_gates();
    flags();
    ports();
    sysenter();
}
