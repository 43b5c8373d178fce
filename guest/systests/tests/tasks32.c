// 32-bit: hardware task switches by JMP, CALL, INT through a task gate, and IRET; nesting; what a switch saves, loads,
// marks busy; and what is wrong with a TSS.
#include "sys.h"

#define SEL_B 0x40
#define SEL_GATE 0x48
#define SEL_B16 0x50
#define SEL_X 0x58
#define SEL_LDT 0x60
#define SEL_C 0x68 // and two more
#define SEL_Y 0x80

static struct tss32 b __attribute__((aligned(128)));
static u16 b16[22] __attribute__((aligned(128)));
static u8 stack_b[1024] __attribute__((aligned(16)));

SNIP(jmp_b, "mov $0x11,%eax; mov $0x22,%ecx; ljmp $0x40,$0; nop; ret");
SNIP(call_b, "mov $0x11,%eax; lcall $0x40,$0; nop; ret");
SNIP(call_gate_b, "lcall $0x48,$0; nop; ret");
SNIP(jmp_gate_b, "ljmp $0x48,$0; nop; ret");
SNIP(int_b, "int $0x95; nop; ret");
SNIP(jmp_self, "ljmp $0x28,$0; ret");
SNIP(call_b16, "lcall $0x50,$0; nop; ret");
SNIP(u_call_b, "lcall $0x43,$0; int $0x80");
SNIP(u_jmp_b, "ljmp $0x43,$0; int $0x80");
SNIP(u_int_b, "int $0x95; int $0x80");
SNIP(ud_, "ud2; ret");
SNIP(gp_, "mov $0x7000,%eax; mov %eax,%es; ret");
SNIP(iret_nt, "pushf; orl $0x4000,(%esp); popf; iret");
SNIP(x87_, "fnop; ret");

extern char in_b_stop[], in_b_iret[], in_b_jmp_back[], in_b_pop[], in_b_count[];
asm(".text\n"
    "in_b_stop: int $0x81\n"
    "in_b_iret: incl b_runs; iret; incl b_runs; iret\n"
    "in_b_jmp_back: ljmp $0x28,$0; int $0x81\n"
    "in_b_pop: pop %eax; int $0x81\n"
    ".data; .globl b_runs; b_runs: .long 0; .text");
extern u32 b_runs;

static void task(void *code) {
    fill(&b, 0, sizeof(b));
    b.eip = (u32)code;
    b.esp = (u32)stack_b + sizeof(stack_b);
    b.eflags = 2;
    b.cs = SEL_CODE0;
    b.ss = b.ds = b.es = b.fs = b.gs = SEL_DATA0;
    b.eax = 0xB0;
    b.ecx = 0xB1;
    b.edx = 0xB2;
    b.ebx = 0xB3;
    b.ebp = 0xB5;
    b.esi = 0xB6;
    b.edi = 0xB7;
    b.cr3 = READ_REG(cr3);
    b.io_base = 104;
    b.link = 0x7777;
    gdt_set(SEL_B, (u32)&b, 0x67, 0xE9, 0);
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) - 1, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    tss.t.link = 0;
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_TS);
    b_runs = 0;
}

static uword busy(u16 selector) { return gdt[selector >> 3] >> 40 & 0xF; }

static uword tr(void) {
    uword v = 0;
    asm volatile("str %w0" : "+r"(v));
    return v;
}

static void describe(const char *name, const void *code) {
    print("%s: ", name);
    if (seen.trapped) {
        print("%s", vector_name(seen.f.vector));
        if (seen.f.vector >= 10 && seen.f.vector <= 14) {
            print("(%x)", seen.f.error);
        }
        uword ip = seen.f.ip - (u32)code, ip_b = seen.f.ip - b.eip;
        print(" %s+%x nt=%d", ip_b < 8 ? "b" : ip < 0x20 ? "caller" : "far", ip_b < 8 ? ip_b : ip < 0x20 ? ip : 0,
            (uword)!!(seen.f.flags & FLAG_NT));
    } else {
        put("back");
    }
    print(" tr=%x a=%x b=%x b.link=%x ts=%d runs=%d\n", tr(), busy(SEL_TSS), busy(SEL_B), (uword)(b.link & 0xFFFF),
        (uword)!!(READ_REG(cr0) & CR0_TS), (uword)b_runs);
}

static void run(const char *name, void *in_b, const void *code) {
    task(in_b);
    trap_run(code);
    describe(name, code);
}

static void switches(void) {
    run("jmp", in_b_stop, jmp_b);
    print("jmp-registers: %x %x %x %x %x %x %x\n", seen.f.ax, seen.f.cx, seen.f.dx, seen.f.bx, seen.f.bp, seen.f.si,
        seen.f.di);
    print("jmp-saved: ip=+%x ax=%x cx=%x cs=%x ss=%x flags=%x\n", tss.t.eip - (u32)jmp_b, (uword)tss.t.eax,
        (uword)tss.t.ecx, (uword)(tss.t.cs & 0xFFFF), (uword)(tss.t.ss & 0xFFFF), (uword)(tss.t.eflags & 0x247700));
    run("jmp-and-back", in_b_jmp_back, jmp_b);
    run("call-and-iret", in_b_iret, call_b);
    run("call", in_b_stop, call_b);
    print("call-saved: ip=+%x nt=%d\n", tss.t.eip - (u32)call_b, (uword)!!(tss.t.eflags & FLAG_NT));
    gdt_call_gate(SEL_GATE, SEL_B, 0, GATE_TASK, 3, 0);
    run("call-task-gate", in_b_iret, call_gate_b);
    run("jmp-task-gate", in_b_jmp_back, jmp_gate_b);
    idt_gate(0x95, SEL_B, 0, GATE_TASK, 3, 0);
    run("int-task-gate", in_b_iret, int_b);
    run("int-task-gate-stop", in_b_stop, int_b);
    task(in_b_iret);
    user_run(u_call_b, 2);
    describe("ring-3-call", u_call_b);
    print("ring-3-back-in: cs=%x\n", seen.f.cs);
    task(in_b_iret);
    user_run(u_int_b, 2);
    describe("ring-3-int", u_int_b);
    task(in_b_stop);
    gdt_set(SEL_B, (u32)&b, 0x67, 0x89, 0);
    user_run(u_jmp_b, 2);
    describe("ring-3-jmp-dpl-0", u_jmp_b);
    // The task sets TS; the next x87 instruction notices.
    task(in_b_iret);
    trap_run(call_b);
    check("x87-after-switch", x87_);
    // Exceptions through task gates: the error code is pushed on the new stack.
    idt_gate(13, SEL_B, 0, GATE_TASK, 0, 0);
    run("gp-task-gate", in_b_pop, gp_);
    print("gp-task-gate-code: %x saved-ip=+%x\n", seen.f.ax, tss.t.eip - (u32)gp_);
    idt_gate(13, SEL_CODE0, (u32)vector_stubs[13], GATE_INT, 0, 0);
    idt_gate(8, SEL_B, 0, GATE_TASK, 0, 0);
    idt_not_present(6);
    idt_gate(11, 0x7000, 0, GATE_INT, 0, 0);
    run("df-task-gate", in_b_pop, ud_);
    print("df-task-gate-code: %x\n", seen.f.ax);
    idt_gate(8, SEL_CODE0, (u32)vector_stubs[8], GATE_INT, 0, 0);
    idt_gate(6, SEL_CODE0, (u32)vector_stubs[6], GATE_INT, 0, 0);
    idt_gate(11, SEL_CODE0, (u32)vector_stubs[11], GATE_INT, 0, 0);
    // T bit: a debug trap before the first instruction
    task(in_b_stop);
    b.trap = 1;
    WRITE_REG(dr6, 0);
    trap_run(jmp_b);
    describe("t-bit", jmp_b);
    print("t-bit-dr6: %x\n", READ_REG(dr6) & 0xE00F);
    // A task in ring 3, and one in virtual-8086 mode
    task(ud_);
    b.cs = SEL_CODE3;
    b.ss = b.ds = b.es = SEL_DATA3;
    b.fs = b.gs = 0;
    b.esp0 = (u32)stack_b + 512;
    b.ss0 = SEL_DATA0;
    trap_run(jmp_b);
    describe("to-ring-3", jmp_b);
    print("to-ring-3-cs: cs=%x ss=%x stack=%d\n", seen.f.cs, seen.f.ss, (uword)(seen.handler_sp == b.esp0 - 20));
    task(0);
    b.eflags = 2 | FLAG_VM;
    *(u16 *)0x6000 = 0x80CD;
    b.cs = 0x600;
    b.eip = 0;
    b.ss = b.ds = b.es = b.fs = b.gs = 0x123;
    b.esp = 0x100;
    b.esp0 = (u32)stack_b + 512;
    b.ss0 = SEL_DATA0;
    trap_run(jmp_b);
    print("to-v86: %s(%x) vm=%d cs=%x ip=%x ds=%x\n", vector_name(seen.f.vector), seen.f.error,
        (uword)!!(seen.f.flags & FLAG_VM), seen.f.cs, seen.f.ip, seen.f.v86_ds);
    // 16-bit TSS
    task(in_b_iret);
    fill(b16, 0, sizeof(b16));
    gdt_set(SEL_X, (u32)in_b_stop, 0xFFFF, 0x9B, BIG);
    // Words: 7 IP, 8 FLAGS, 9 AX, 13 SP, 17 ES, 18 CS, 19 SS, 20 DS, 21 LDT
    b16[8] = 2;
    b16[9] = 0xA0;
    b16[13] = 0x7000;
    b16[17] = b16[19] = b16[20] = SEL_DATA0;
    b16[18] = SEL_X;
    gdt_set(SEL_B16, (u32)b16, 43, 0x81, 0);
    trap_run(call_b16);
    print("call-16-bit-tss: %s cs=%x ip=%x ax=%x link=%x nt=%d\n", vector_name(seen.f.vector), seen.f.cs, seen.f.ip,
        seen.f.ax & 0xFFFF, (uword)b16[0], (uword)!!(seen.f.flags & FLAG_NT));
}

static void errors(void) {
    idt_gate(0x95, SEL_B, 0, GATE_TASK, 3, 0);
    run("jmp-busy-self", in_b_stop, jmp_self);
    task(in_b_stop);
    gdt_set(SEL_B, (u32)&b, 0x67, 0x8B, 0);
    trap_run(jmp_b);
    describe("jmp-busy", jmp_b);
    gdt_set(SEL_B, (u32)&b, 0x67, 0x8B, 0);
    trap_run(int_b);
    describe("int-busy", int_b);
    task(in_b_stop);
    gdt_set(SEL_B, (u32)&b, 0x67, 0x09, 0);
    trap_run(jmp_b);
    describe("jmp-absent", jmp_b);
    trap_run(int_b);
    describe("int-absent", int_b);
    task(in_b_stop);
    gdt_set(SEL_B, (u32)&b, 0x66, 0x89, 0);
    trap_run(jmp_b);
    describe("jmp-short-tss", jmp_b);
    trap_run(int_b);
    describe("int-short-tss", int_b);
    task(in_b_stop);
    gdt_call_gate(SEL_GATE, SEL_DATA0, 0, GATE_TASK, 3, 0);
    trap_run(call_gate_b);
    describe("gate-to-data", call_gate_b);
    gdt_call_gate(SEL_GATE, 0, 0, GATE_TASK, 3, 0);
    trap_run(call_gate_b);
    describe("gate-to-null", call_gate_b);
    task(in_b_stop);
    trap_run(iret_nt);
    describe("iret-link-0", iret_nt);
    task(in_b_stop);
    tss.t.link = SEL_B;
    trap_run(iret_nt);
    describe("iret-link-not-busy", iret_nt);
    task(in_b_stop);
    tss.t.link = SEL_B;
    gdt_set(SEL_B, (u32)&b, 0x67, 0x8B, 0);
    trap_run(iret_nt);
    describe("iret-link-busy", iret_nt);
    print("iret-saved-nt: %d\n", (uword)!!(tss.t.eflags & FLAG_NT));
}

// Faults that belong to the new task: it is the current one when they are raised. A task of its own takes them, as
// the segment registers of the new task may hold anything.
// One for each vector from #TS to #SS.
static struct tss32 c[3] __attribute__((aligned(128)));
static u8 stack_c[512] __attribute__((aligned(16)));

static void state_error(const char *name) {
    fill(c, 0, sizeof(c));
    for (int i = 0; i < 3; i++) {
        c[i].eip = (u32)in_b_pop;
        c[i].esp = (u32)stack_c + sizeof(stack_c);
        c[i].eflags = 2;
        c[i].cs = SEL_CODE0;
        c[i].ss = c[i].ds = c[i].es = SEL_DATA0;
        c[i].cr3 = READ_REG(cr3);
        gdt_set(SEL_C + i * 8, (u32)&c[i], 0x67, 0x89, 0);
    }
    uword start = b.eip;
    trap_run(jmp_b);
    print("%s: ", name);
    if (tr() >= SEL_C) {
        int i = (tr() - SEL_C) / 8;
        print("%s(%x) link=%x b.ip=%s b.nt=%d a=%x b=%x\n", vector_name(10 + i), seen.f.ax, (uword)(c[i].link & 0xFFFF),
            b.eip == start ? "start" : "elsewhere", (uword)!!(b.eflags & FLAG_NT), busy(SEL_TSS), busy(SEL_B));
    } else {
        print("%s in %x\n", vector_name(seen.f.vector), tr());
    }
}

static void state_errors(void) {
    static const struct { const char *name; u32 offset, value; } cases[] = {
        {"tss-cs-null", 76, 0}, {"tss-cs-data", 76, SEL_DATA0}, {"tss-cs-absent", 76, SEL_X},
        {"tss-cs-rpl", 76, SEL_CODE0 | 1}, {"tss-ss-null", 80, 0}, {"tss-ss-rpl", 80, SEL_DATA0 | 3},
        {"tss-ss-absent", 80, SEL_Y}, {"tss-ss-code", 80, SEL_CODE0}, {"tss-ds-null", 84, 0},
        {"tss-ds-beyond-gdt", 84, 0x7000}, {"tss-es-absent", 72, SEL_Y}, {"tss-fs-system", 88, SEL_TSS},
        {"tss-ldt-data", 96, SEL_DATA0}, {"tss-ldt-in-ldt", 96, 0x0C}, {"tss-ldt-beyond-gdt", 96, 0x7000},
    };
    gdt_set(SEL_X, 0, 0xFFFFF, 0x1B, BIG | GRAN);
    gdt_set(SEL_Y, 0, 0xFFFFF, 0x13, BIG | GRAN);
    for (int v = 10; v < 13; v++) {
        idt_gate(v, SEL_C + (v - 10) * 8, 0, GATE_TASK, 0, 0);
    }
    for (uword i = 0; i < LEN(cases); i++) {
        task(in_b_stop);
        *(u32 *)((u8 *)&b + cases[i].offset) = cases[i].value;
        state_error(cases[i].name);
    }
    for (int v = 10; v < 13; v++) {
        idt_gate(v, SEL_CODE0, (u32)vector_stubs[v], GATE_INT, 0, 0);
    }
    task(in_b_stop);
    gdt_set(SEL_LDT, 0x5000, 0xFF, 0x82, 0);
    b.ldt = SEL_LDT;
    b.fs = 0;
    trap_run(jmp_b);
    describe("tss-ldt", jmp_b);
    uword v = 0;
    asm volatile("sldt %w0" : "+r"(v));
    print("tss-ldt-loaded: %x\n", v);
    asm volatile("lldt %w0" : : "r"(0));
}

void test_main(void) {
    switches();
    errors();
    state_errors();
}
