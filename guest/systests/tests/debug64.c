// 64-bit: single step, instruction, data and I/O breakpoints, RF, general detect, the debug registers themselves.
#include "sys.h"

static struct { uword ip, dr6, rf; } events[24];
static int count;
static int limit = 16;

// Notes the trap and goes on; RF lets the instruction of an instruction breakpoint run.
static int on_debug(struct frame *f) {
    uword dr6 = READ_REG(dr6);
    if (count < (int)LEN(events)) {
        events[count].ip = f->ip;
        events[count].dr6 = dr6 & 0xE00F;
        events[count].rf = !!(f->flags & FLAG_RF);
        count++;
    }
    WRITE_REG(dr6, 0xFFFF0FF0);
    f->flags |= FLAG_RF;
    if (count >= limit) {
        f->flags &= ~FLAG_TF;
        WRITE_REG(dr7, 0x400);
    }
    return 1;
}

static void traced(const char *name, const void *code, uword dr7) {
    count = 0;
    WRITE_REG(dr6, 0xFFFF0FF0);
    WRITE_REG(dr7, dr7 | 0x400);
    trap_run(code);
    WRITE_REG(dr7, 0x400);
    print("%s:", name);
    if (!count) {
        put(" none");
    }
    for (int i = 0; i < count; i++) {
        uword at = events[i].ip - (uword)code;
        if (at < 0x100) {
            print(" +%x", at);
        } else {
            put(" far");
        }
        print("/%x", events[i].dr6);
    }
    if (seen.trapped) {
        print(" %s", vector_name(seen.f.vector));
    }
    put("\n");
}

#define TF_ON "pushf; orl $0x100,(%rsp); popf; "
#define TF_OFF "pushf; andl $~0x100,(%rsp); popf; "
SNIP(step_plain, TF_ON "nop; inc %eax; mov %eax,%ebx; jmp 1f; nop; 1: nop;" TF_OFF "ret");
SNIP(step_rep, "lea probe(%rip),%rdi; xor %eax,%eax; mov $3,%ecx;" TF_ON "rep stosb; nop;" TF_OFF "ret");
SNIP(step_rep_0, "lea probe(%rip),%rdi; xor %ecx,%ecx;" TF_ON "rep stosb; nop;" TF_OFF "ret");
SNIP(step_mov_ss, "mov %ss,%ecx;" TF_ON "mov %ecx,%ss; nop; nop;" TF_OFF "ret");
SNIP(step_int, TF_ON "int $0x91; nop;" TF_OFF "ret");
SNIP(step_fault, TF_ON "ud2; nop;" TF_OFF "ret");
SNIP(step_iret, "mov %rsp,%rax; push $0x10; push %rax; pushf; orl $0x100,(%rsp); push $8; lea 1f(%rip),%rax; push %rax;"
    "iretq; 1: nop; nop;" TF_OFF "ret");
SNIP(step_pushf, TF_ON "pushf; pop %rax;" TF_OFF "and $0x100,%eax; int $0x81");
SNIP(step_call, TF_ON "call 1f; jmp 2f; 1: ret; 2: " TF_OFF "ret");
SNIP(step_cpuid, "mov %rbx,%rsi; xor %eax,%eax;" TF_ON "cpuid; rdtsc;" TF_OFF "mov %rsi,%rbx; ret");

SNIP(exec_bp, "nop; nop; bp_here: inc %eax; nop; ret");
SNIP(exec_middle, "nop; mov $0x12345678,%eax; bp_middle = . - 2; nop; ret");
SNIP(exec_loop, "mov $3,%ecx; bp_loop: dec %ecx; jnz bp_loop; ret");
SNIP(exec_rep, "lea probe(%rip),%rdi; xor %eax,%eax; mov $3,%ecx; bp_rep: rep stosb; ret");
SNIP(exec_ud, "nop; bp_ud: ud2; ret");
extern char bp_here[], bp_middle[], bp_loop[], bp_rep[], bp_ud[];
asm(".globl bp_here, bp_middle, bp_loop, bp_rep, bp_ud");

// Room below: a test makes this its stack.
asm(".data; .balign 64; .skip 4096; .globl probe; probe: .skip 64; .text");
extern u8 probe[];
SNIP(data_byte, "movb $1,probe(%rip); nop; mov probe(%rip),%al; nop; ret");
SNIP(data_dword, "movl $1,probe(%rip); nop; nop; ret");
SNIP(data_straddle, "movl $1,probe-2(%rip); nop; nop; ret");
SNIP(data_beside, "movl $1,probe+4(%rip); movb $1,probe-1(%rip); nop; ret");
SNIP(data_qword_beside, "movb $1,probe+7(%rip); nop; ret");
SNIP(data_push, "lea probe+8(%rip),%rbx; mov %rsp,%rsi; mov %rbx,%rsp; push %rax; nop; mov %rsi,%rsp; ret");
SNIP(data_rep, "lea probe-2(%rip),%rdi; mov $5,%ecx; xor %eax,%eax; rep stosb; nop; ret");
SNIP(data_rmw, "incl probe(%rip); nop; ret");
SNIP(data_sse, "movups probe-8(%rip),%xmm0; nop; movups %xmm0,probe-8(%rip); nop; ret");
SNIP(io_out, "mov $0,%al; out %al,$0x80; nop; in $0x80,%al; nop; ret");
SNIP(io_beside, "out %al,$0xED; nop; ret");

SNIP(gd_read, "mov %dr0,%rax; nop; ret");
SNIP(dr4_read, "mov %db4,%rax; ret");
SNIP(dr7_high, "mov $1,%eax; shl $32,%rax; mov %rax,%dr7; ret");
SNIP(dr6_high, "mov $1,%eax; shl $32,%rax; mov %rax,%dr6; ret");
SNIP(dr0_any, "mov $0x1234567890,%rax; mov %rax,%dr0; mov %dr0,%rax; int $0x81");
SNIP(rf_pf, "mov $0x9000000000,%rdi; mov (%rdi),%al; ret");
SNIP(rf_int, "int $0x81");

static int skip_ud(struct frame *f) {
    f->ip += 2;
    return 1;
}

static int back(struct frame *f) {
    (void)f;
    return 1;
}

static void single_step(void) {
    hooks[0x91] = back;
    traced("step-plain", step_plain, 0);
    traced("step-rep", step_rep, 0);
    traced("step-rep-0", step_rep_0, 0);
    traced("step-mov-ss", step_mov_ss, 0);
    traced("step-int", step_int, 0);
    hooks[6] = skip_ud;
    traced("step-fault", step_fault, 0);
    hooks[6] = 0;
    traced("step-iret", step_iret, 0);
    traced("step-pushf", step_pushf, 0);
    print("step-pushf-sees-tf: %x\n", seen.f.ax);
    traced("step-call", step_call, 0);
    traced("step-cpuid", step_cpuid, 0);
}

static void instruction_breakpoints(void) {
    WRITE_REG(dr0, bp_here);
    traced("exec-local", exec_bp, 1);
    traced("exec-global", exec_bp, 2);
    traced("exec-disabled", exec_bp, 0);
    traced("exec-in-dr0-other-enabled", exec_bp, 4);
    WRITE_REG(dr3, bp_here);
    traced("exec-dr0-and-dr3", exec_bp, 0x41);
    WRITE_REG(dr0, 0);
    traced("exec-dr3", exec_bp, 0x40);
    WRITE_REG(dr3, 0);
    WRITE_REG(dr0, bp_middle);
    traced("exec-inside-instruction", exec_middle, 1);
    WRITE_REG(dr0, bp_loop);
    traced("exec-loop", exec_loop, 1);
    WRITE_REG(dr0, bp_rep);
    traced("exec-rep", exec_rep, 1);
    WRITE_REG(dr0, bp_ud);
    traced("exec-before-ud", exec_ud, 1);
    // Without RF the breakpoint comes again and again; the pushed RF of the fault is 0.
    WRITE_REG(dr0, bp_here);
    traced("exec-rf", exec_bp, 1);
    print("exec-rf-pushed: %x\n", events[0].rf);
}

#define W_ 1ul
#define RW_ 3ul
#define DR(n, kind, length) (1ul << (n) * 2 | (kind) << (16 + (n) * 4) | (length) << (18 + (n) * 4))

static void data_breakpoints(void) {
    WRITE_REG(dr1, probe);
    traced("data-write-byte", data_byte, DR(1, W_, 0ul));
    traced("data-access-byte", data_byte, DR(1, RW_, 0ul));
    traced("data-write-dword", data_dword, DR(1, W_, 0ul));
    traced("data-write-straddles", data_straddle, DR(1, W_, 0ul));
    traced("data-write-beside", data_beside, DR(1, W_, 3ul));
    traced("data-write-in-qword", data_qword_beside, DR(1, W_, 2ul));
    traced("data-push", data_push, DR(1, W_, 2ul));
    traced("data-rep", data_rep, DR(1, W_, 0ul));
    traced("data-rmw", data_rmw, DR(1, W_, 3ul));
    traced("data-rmw-access", data_rmw, DR(1, RW_, 3ul));
    traced("data-sse", data_sse, DR(1, RW_, 3ul));
    WRITE_REG(dr2, probe + 1);
    traced("data-two-match", data_dword, DR(1, W_, 0ul) | DR(2, W_, 0ul));
    WRITE_REG(dr1, probe + 2);
    traced("data-length-4-rounds-address-down", data_byte, DR(1, W_, 3ul));
}

static void io_breakpoints(void) {
    WRITE_REG(cr4, READ_REG(cr4) | CR4_DE);
    WRITE_REG(dr2, 0x80);
    traced("io", io_out, DR(2, 2ul, 0ul));
    traced("io-beside", io_beside, DR(2, 2ul, 0ul));
    check("dr4-de", dr4_read);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_DE);
    check("dr4-no-de", dr4_read);
}

void test_main(void) {
    hooks[1] = on_debug;
    single_step();
    instruction_breakpoints();
    data_breakpoints();
    io_breakpoints();
    traced("general-detect", gd_read, 0x2000);
    print("general-detect-clears-gd: %x\n", READ_REG(dr7) & 0x2000);
    hooks[1] = 0;
    check("dr7-high-half", dr7_high);
    check("dr6-high-half", dr6_high);
    trap_run(dr0_any);
    print("dr0-64-bit: %x\n", seen.f.ax);
    WRITE_REG(dr6, 0);
    print("dr6-zeros: %x\n", READ_REG(dr6));
    WRITE_REG(dr6, 0xFFFFFFFF);
    print("dr6-ones: %x\n", READ_REG(dr6) & ~0x800ul);
    WRITE_REG(dr7, 0);
    print("dr7-zeros: %x\n", READ_REG(dr7));
    WRITE_REG(dr6, 0xFFFF0FF0);
    trap_run(rf_pf);
    print("rf-of-page-fault: %d\n", (uword)!!(seen.f.flags & FLAG_RF));
    trap_run(rf_int);
    print("rf-of-int-n: %d\n", (uword)!!(seen.f.flags & FLAG_RF));
}
