// 64-bit: exceptions of ordinary instructions, addresses that are not canonical, the stack frame of an interrupt,
// IST, double faults, and what an instruction that faults half-way leaves behind.
#include "sys.h"

SNIP(div_zero, "xor %eax,%eax; xor %edx,%edx; xor %ecx,%ecx; div %rcx; ret");
SNIP(idiv_min, "mov $1,%eax; shl $63,%rax; cqo; mov $-1,%rcx; idiv %rcx; ret");
SNIP(int3, "int3; ret");
SNIP(int1, ".byte 0xf1; ret");
SNIP(op_into, ".byte 0xce; ret");
SNIP(op_aaa, ".byte 0x37; ret");
SNIP(op_daa, ".byte 0x27; ret");
SNIP(op_aam, ".byte 0xd4,0x0a; ret");
SNIP(op_pusha, ".byte 0x60; ret");
SNIP(op_popa, ".byte 0x61; ret");
SNIP(op_push_es, ".byte 0x06; ret");
SNIP(op_pop_ds, ".byte 0x1f; ret");
SNIP(op_82, ".byte 0x82,0xc0,0; ret");
SNIP(op_salc, ".byte 0xd6; ret");
SNIP(op_callf, ".byte 0x9a,0,0,0,0,0,0; ret");
SNIP(op_jmpf, ".byte 0xea,0,0,0,0,0,0; ret");
SNIP(op_ud2, "ud2; ret");
SNIP(op_sysenter_cs0, "sysenter; ret");
SNIP(lock_reg, ".byte 0xf0,0x48,0x01,0xc0; ret");
SNIP(lock_rex_between, ".byte 0x48,0xf0,0x01,0x05; .long scratch-1f; 1: ret");
SNIP(mov_cr8_lock, ".byte 0xf0,0x0f,0x20,0xc0; ret");
SNIP(mov_cr9, ".byte 0x44,0x0f,0x20,0xc8; ret");
SNIP(mov_dr8, ".byte 0x44,0x0f,0x21,0xc0; ret");
SNIP(length_15, ".fill 14,1,0x66; nop; ret");
SNIP(length_16, ".fill 15,1,0x66; nop; ret");
asm(".data; .balign 16; scratch: .skip 64; .text");

#define BAD "mov $0x800000000000,%rdi; "
SNIP(nc_load, BAD "mov (%rdi),%al; ret");
SNIP(nc_store, BAD "mov %al,(%rdi); ret");
SNIP(nc_rbp, "mov %rbp,%rsi;" BAD "mov %rdi,%rbp; mov (%rbp),%al; mov %rsi,%rbp; ret");
SNIP(nc_rsp, "mov %rsp,%rsi;" BAD "mov %rdi,%rsp; mov (%rsp),%al; mov %rsi,%rsp; ret");
SNIP(nc_push, "mov %rsp,%rsi;" BAD "lea 8(%rdi),%rsp; push %rax; mov %rsi,%rsp; ret");
SNIP(nc_pop, "mov %rsp,%rsi;" BAD "mov %rdi,%rsp; pop %rax; mov %rsi,%rsp; ret");
SNIP(nc_call, BAD "call *%rdi; ret");
SNIP(nc_jmp, BAD "jmp *%rdi; ret");
SNIP(nc_ret, BAD "push %rdi; ret");
SNIP(nc_lea, BAD "lea (%rdi),%rax; ret");
SNIP(nc_invlpg, BAD "invlpg (%rdi); ret");
SNIP(nc_prefetch, BAD "prefetcht0 (%rdi); ret");
SNIP(nc_fs, BAD "mov %fs:(%rdi),%al; ret");
SNIP(nc_high_end, "mov $0xffff7fffffffffff,%rdi; mov (%rdi),%al; ret");
SNIP(nc_straddle, "mov $0x7fffffffffff,%rdi; mov (%rdi),%ax; ret");
SNIP(nc_movs, BAD "lea scratch,%rsi; mov $1,%ecx; rep movsb; ret");
SNIP(nc_movs_count_0, BAD "lea scratch,%rsi; xor %ecx,%ecx; rep movsb; ret");
SNIP(nc_wrmsr_fsbase, "mov $0xc0000100,%ecx; mov $0x8000,%edx; xor %eax,%eax; wrmsr; ret");
SNIP(nc_lgdt, "sub $32,%rsp; sgdt (%rsp); lgdt bad_gdt; lgdt (%rsp); add $32,%rsp; ret");
asm(".data; bad_gdt: .word 0xffff; .quad 0x800000000000; .text");
SNIP(nc_iret, BAD "mov %rsp,%rsi; push $0x10; push %rsi; pushf; push $8; push %rdi; iretq");

SNIP(null_ss_ring0, "xor %eax,%eax; mov %ss,%ecx; mov %eax,%ss; mov %ecx,%ss; ret");
SNIP(null_ds, "xor %eax,%eax; mov %eax,%ds; mov scratch(%rip),%al; mov $0x10,%eax; mov %eax,%ds; ret");
SNIP(u_null_ss, "xor %eax,%eax; mov %eax,%ss; int $0x80");
SNIP(u_hlt, "hlt; int $0x80");
SNIP(u_cli, "cli; int $0x80");
SNIP(u_in, "in $0x60,%al; int $0x80");
SNIP(u_swapgs, "swapgs; int $0x80");
SNIP(u_kernel_page, "mov 0x100000,%al; int $0x80");
SNIP(u_sysret, "sysretq; int $0x80");
SNIP(u_int_dpl0, "int $0x21; int $0x80");
SNIP(u_cr8, "mov %cr8,%rax; int $0x80");
SNIP(u_xsetbv, "xsetbv; int $0x80");
SNIP(u_sgdt, "sub $32,%rsp; sgdt (%rsp); int $0x80");
SNIP(u_smsw, "smsw %eax; int $0x80");
SNIP(u_sldt, "sldt %eax; int $0x80");
SNIP(u_str, "str %eax; int $0x80");
SNIP(u_sidt, "sub $32,%rsp; sidt (%rsp); int $0x80");
SNIP(u_rdtsc, "rdtsc; int $0x80");
SNIP(u_rdpmc, "xor %ecx,%ecx; rdpmc; int $0x80");

static const struct { const char *name; const void *code; int user; } plain[] = {
    {"de-div-zero", div_zero, 0}, {"de-idiv-min", idiv_min, 0}, {"bp-int3", int3, 0}, {"db-int1", int1, 0},
    {"ud-into", op_into, 0}, {"ud-aaa", op_aaa, 0}, {"ud-daa", op_daa, 0}, {"ud-aam", op_aam, 0},
    {"ud-pusha", op_pusha, 0}, {"ud-popa", op_popa, 0}, {"ud-push-es", op_push_es, 0}, {"ud-pop-ds", op_pop_ds, 0},
    {"ud-82", op_82, 0}, {"ud-salc", op_salc, 0}, {"ud-callf", op_callf, 0}, {"ud-jmpf", op_jmpf, 0},
    {"ud-ud2", op_ud2, 0}, {"sysenter-cs-0", op_sysenter_cs0, 0}, {"ud-lock-reg", lock_reg, 0},
    {"rex-before-lock-is-ignored", lock_rex_between, 0}, {"ud-lock-mov-cr", mov_cr8_lock, 0},
    {"ud-mov-cr9", mov_cr9, 0}, {"ud-mov-dr8", mov_dr8, 0}, {"length-15", length_15, 0}, {"length-16", length_16, 0},
    {"nc-load", nc_load, 0}, {"nc-store", nc_store, 0}, {"nc-rbp", nc_rbp, 0}, {"nc-rsp", nc_rsp, 0},
    {"nc-push", nc_push, 0}, {"nc-pop", nc_pop, 0}, {"nc-call", nc_call, 0}, {"nc-jmp", nc_jmp, 0},
    {"nc-ret", nc_ret, 0}, {"nc-lea", nc_lea, 0}, {"nc-invlpg", nc_invlpg, 0}, {"nc-prefetch", nc_prefetch, 0},
    {"nc-fs", nc_fs, 0}, {"nc-high-end", nc_high_end, 0},
    {"nc-straddle", nc_straddle, 0}, {"nc-movs", nc_movs, 0}, {"nc-movs-count-0", nc_movs_count_0, 0},
    {"nc-wrmsr-fsbase", nc_wrmsr_fsbase, 0}, {"nc-lgdt", nc_lgdt, 0}, {"nc-iret", nc_iret, 0},
    {"null-ss-ring-0", null_ss_ring0, 0}, {"null-ds", null_ds, 0}, {"r3-null-ss", u_null_ss, 1}, {"r3-hlt", u_hlt, 1},
    {"r3-cli", u_cli, 1}, {"r3-in", u_in, 1}, {"r3-swapgs", u_swapgs, 1}, {"r3-kernel-page", u_kernel_page, 1},
    {"r3-sysret", u_sysret, 1}, {"r3-int-dpl0", u_int_dpl0, 1}, {"r3-mov-cr8", u_cr8, 1}, {"r3-xsetbv", u_xsetbv, 1},
    {"r3-sgdt", u_sgdt, 1}, {"r3-smsw", u_smsw, 1}, {"r3-sldt", u_sldt, 1}, {"r3-str", u_str, 1},
    {"r3-sidt", u_sidt, 1}, {"r3-rdtsc", u_rdtsc, 1}, {"r3-rdpmc", u_rdpmc, 1},
};

static void control_bits(void) {
    if (has_cpuid(7, 0, 2, 2)) {
        WRITE_REG(cr4, READ_REG(cr4) | CR4_UMIP);
        check_user("umip-sgdt", u_sgdt, 2);
        check_user("umip-sidt", u_sidt, 2);
        check_user("umip-smsw", u_smsw, 2);
        check_user("umip-sldt", u_sldt, 2);
        check_user("umip-str", u_str, 2);
        WRITE_REG(cr4, READ_REG(cr4) & ~CR4_UMIP);
    }
    WRITE_REG(cr4, READ_REG(cr4) | CR4_TSD);
    check_user("tsd-rdtsc", u_rdtsc, 2);
    WRITE_REG(cr4, READ_REG(cr4) & ~CR4_TSD);
}

// The processor aligns the stack to 16 before it pushes five words (and an error code).
SNIP(odd_ud, "mov %rsp,%rsi; and $-16,%rsp; sub $5,%rsp; ud2");
SNIP(odd_gp, "mov %rsp,%rsi; and $-16,%rsp; sub $5,%rsp;" BAD "mov (%rdi),%al");

static u8 ist_stack[4096] __attribute__((aligned(16)));

static void stacks(void) {
    trap_run(odd_ud);
    print("frame-align-no-code: misaligned=%x below=%x ss=%x\n", seen.handler_sp & 15, seen.f.sp - seen.handler_sp,
        seen.f.ss);
    trap_run(odd_gp);
    print("frame-align-code: misaligned=%x below=%x ss=%x\n", seen.handler_sp & 15, seen.f.sp - seen.handler_sp,
        seen.f.ss);
    uword top = (uword)ist_stack + sizeof(ist_stack);
    tss.t.ist[2] = top;
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_INT, 0, 3);
    trap_run(op_ud2);
    print("ist-3: top-%x\n", top - seen.handler_sp);
    tss.t.ist[2] = top - 3;
    trap_run(op_ud2);
    print("ist-3-odd: top-%x\n", top - seen.handler_sp);
    user_run(op_ud2, 2);
    print("ist-3-from-ring-3: top-%x ss=%x\n", top - seen.handler_sp, seen.f.ss);
    // A stack pointer that is not canonical: #SS while #UD, which is benign, is delivered. EXT is set: no INT n.
    tss.t.ist[2] = 0x800000000000;
    check("ist-not-canonical", op_ud2);
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_INT, 0, 0);
    user_run(op_ud2, 2);
    print("ring-3-frame: below=%x ss=%x cs=%x\n", (uword)tss.t.rsp[0] - seen.handler_sp, seen.f.ss, seen.f.cs);
}

SNIP(push_bad_stack, "mov %rsp,%rsi; mov $0x9000000000,%rsp; ud2");
SNIP(int_bad_stack, "mov %rsp,%rsi; mov $0x9000000000,%rsp; int $0x81");
SNIP(page_fault, "mov $0x9000000000,%rdi; mov (%rdi),%al; ret");
SNIP(gp_now, BAD "mov (%rdi),%al; ret");

static void double_faults(void) {
    idt_gate(8, SEL_CODE0, (uword)vector_stubs[8], GATE_INT, 0, 1);
    tss.t.ist[0] = (uword)ist_stack + sizeof(ist_stack);
    // #UD is benign: the page fault of its delivery comes first. It can be delivered on an IST stack.
    idt_gate(14, SEL_CODE0, (uword)vector_stubs[14], GATE_INT, 0, 2);
    tss.t.ist[1] = (uword)ist_stack + 2048;
    trap_run(push_bad_stack);
    print("ud-then-pf: %s(%x) ip+%x cr2=%x\n", vector_name(seen.f.vector), seen.f.error,
        seen.f.ip - (uword)push_bad_stack, seen.cr2);
    trap_run(int_bad_stack);
    print("int-then-pf: %s(%x) ip+%x cr2=%x\n", vector_name(seen.f.vector), seen.f.error,
        seen.f.ip - (uword)int_bad_stack, seen.cr2);
    // A page fault whose own gate is absent: #NP is contributory, so double fault.
    idt_not_present(14);
    check("pf-then-np", page_fault);
    idt_gate(14, SEL_CODE0, (uword)vector_stubs[14], GATE_INT, 0, 0);
    // #GP whose gate names a bad selector: two contributory faults
    idt_gate(13, 0x1F8, (uword)vector_stubs[13], GATE_INT, 0, 0);
    check("gp-then-gp", gp_now);
    idt_gate(13, SEL_CODE0, (uword)vector_stubs[13], GATE_INT, 0, 0);
    // #UD is benign: what goes wrong with its gate is reported as it is, with EXT set (it is no INT n).
    idt_not_present(6);
    check("ud-then-np", op_ud2);
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_INT, 0, 0);
    idt_gate(6, SEL_CODE0, 0x800000000000, GATE_INT, 0, 0);
    check("gate-offset-not-canonical", op_ud2);
    idt_gate(6, SEL_CODE0C, (uword)vector_stubs[6], GATE_INT, 0, 0);
    check("gate-to-32-bit-code", op_ud2);
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_INT16, 0, 0);
    check("gate-16-bit", op_ud2);
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_TASK, 0, 0);
    check("gate-task", op_ud2);
    idt_gate(6, SEL_CODE0, (uword)vector_stubs[6], GATE_INT, 0, 0);
}

// Instructions that fault half-way: registers as the SDM has them at the fault.
static u8 buffer[8192] __attribute__((aligned(4096)));
extern u64 pml4[512];
static u64 pdpt1[512] __attribute__((aligned(4096)));
static u64 pd1[512] __attribute__((aligned(4096)));
static u64 pt1[512] __attribute__((aligned(4096)));
#define W 0x8000000000ull

SNIP(rep_movs_out, "cld; mov $0x8000000ff0,%rdi; lea scratch,%rsi; mov $32,%ecx; rep movsb; ret");
SNIP(rep_movsq_in, "cld; mov $0x8000000fe0,%rsi; lea scratch,%rdi; mov $8,%ecx; rep movsq; ret");
SNIP(rep_stos, "cld; mov $0x8000000fe0,%rdi; mov $0x5a,%al; mov $64,%ecx; rep stosb; ret");
SNIP(rep_stosd_straddle, "cld; mov $0x8000000ff6,%rdi; mov $0x5a5a5a5a,%eax; mov $4,%ecx; rep stosl; ret");
SNIP(rep_scas, "cld; mov $0x8000000fe0,%rdi; mov $0x77,%al; mov $64,%ecx; repne scasb; ret");
SNIP(rep_lods_down, "std; mov $0x8000000003,%rsi; mov $16,%ecx; rep lodsb; cld; ret");
SNIP(push_page, "mov %rsp,%r12; mov $0x8000001008,%rsp; push %rax; mov %r12,%rsp; ret");
SNIP(push_straddle, "mov %rsp,%r12; mov $0x8000001004,%rsp; push %rax; mov %r12,%rsp; ret");
SNIP(pop_page, "mov %rsp,%r12; mov $0x8000001000,%rsp; mov $0x1111,%eax; pop %rax; mov %r12,%rsp; ret");
SNIP(call_page, "mov %rsp,%r12; mov $0x8000001008,%rsp; call 1f; 1: mov %r12,%rsp; ret");
SNIP(pop_to_bad, "mov %rsp,%r12; push $7; mov $0x8000001000,%rdi; popq (%rdi); mov %r12,%rsp; ret");
SNIP(enter_page, "mov %rsp,%r12; mov %rbp,%r13; mov $0x8000001008,%rsp; enter $16,$0; mov %r12,%rsp;"
    "mov %r13,%rbp; ret");
SNIP(leave_page, "mov %rsp,%r12; mov %rbp,%r13; mov $0x8000001000,%rbp; leave; mov %r12,%rsp; mov %r13,%rbp; ret");
SNIP(store_straddle, "mov $0x8000000ffc,%rdi; mov $-1,%rax; mov %rax,(%rdi); ret");
SNIP(movups_straddle, "mov $0x8000000ff8,%rdi; pcmpeqd %xmm0,%xmm0; movups %xmm0,(%rdi); ret");
SNIP(xadd_bad, "mov $0x8000001000,%rdi; mov $5,%eax; lock xadd %eax,(%rdi); ret");
SNIP(cmpxchg16b_bad, "mov $0x8000001000,%rdi; mov $5,%eax; lock cmpxchg16b (%rdi); ret");
SNIP(cmpxchg16b_odd, "mov $0x8000000008,%rdi; cmpxchg16b (%rdi); ret");
SNIP(fetch_straddle, "mov $0x8000000fff,%rdi; movb $0xb0,(%rdi); jmp *%rdi");

static void half_way(void) {
    static const struct { const char *name; const void *code; } cases[] = {
        {"rep-movsb", rep_movs_out}, {"rep-movsq", rep_movsq_in}, {"rep-stosb", rep_stos},
        {"rep-stosd-straddle", rep_stosd_straddle}, {"repne-scasb", rep_scas}, {"rep-lodsb-down", rep_lods_down},
        {"push", push_page}, {"push-straddle", push_straddle}, {"pop", pop_page}, {"call", call_page},
        {"pop-mem", pop_to_bad}, {"enter", enter_page}, {"leave", leave_page}, {"store-straddle", store_straddle},
        {"movups-straddle", movups_straddle}, {"xadd", xadd_bad}, {"cmpxchg16b", cmpxchg16b_bad},
        {"cmpxchg16b-odd", cmpxchg16b_odd}, {"fetch-straddle", fetch_straddle},
    };
    pml4[1] = (uword)pdpt1 | 7;
    pdpt1[0] = (uword)pd1 | 7;
    pd1[0] = (uword)pt1 | 7;
    idt_gate(14, SEL_CODE0, (uword)vector_stubs[14], GATE_INT, 0, 2);
    idt_gate(13, SEL_CODE0, (uword)vector_stubs[13], GATE_INT, 0, 2);
    tss.t.ist[1] = (uword)ist_stack + sizeof(ist_stack);
    for (uword i = 0; i < LEN(cases); i++) {
        pt1[0] = (uword)buffer | 3;
        pt1[1] = 0;
        flush_tlb();
        fill(buffer, 0, sizeof(buffer));
        trap_run(cases[i].code);
        uword written = 0;
        for (int b = 0; b < 4096; b++) {
            written += buffer[b] != 0;
        }
        uword at = seen.f.ip - (uword)cases[i].code;
        if (at > 0x100) {
            at = seen.f.ip - W;
        }
        print("half-%s: %s(%x) ip+%x cr2=%x cx=%x", cases[i].name, vector_name(seen.f.vector), seen.f.error, at,
            seen.f.vector == 14 ? seen.cr2 : 0, seen.f.cx);
        // An address of the program itself is not printed: it moves with the compiler.
        print(" si=%x di=%x sp=%x ax=%x written=%d\n", seen.f.si >> 32 ? seen.f.si : 0,
            seen.f.di >> 32 ? seen.f.di : 0, seen.f.sp >> 32 ? seen.f.sp : 0, seen.f.ax & 0xFFFF, written);
    }
}

// Alignment checks: by the size of the operand (SDM vol. 3, table 7-7), in ring 3 only.
#define U "scratch+0x40000000"
SNIP(ac_word, "movw " U "+1,%ax; int $0x80");
SNIP(ac_store_word, "movw %ax," U "+3; int $0x80");
SNIP(ac_qword, "movq " U "+4,%rax; int $0x80");
SNIP(ac_fine, "movl " U "+4,%eax; movq " U "+8,%rax; movb " U "+1,%al; int $0x80");
SNIP(ac_rmw, "incl " U "+2; int $0x80");
SNIP(ac_lock, "lock incl " U "+2; int $0x80");
SNIP(ac_push, "sub $4,%rsp; push %rax; int $0x80");
SNIP(ac_call, "sub $2,%rsp; call 1f; 1: int $0x80");
SNIP(ac_movs, "mov $" U "+2,%esi; mov $" U "+8,%edi; mov $2,%ecx; rep movsl; int $0x80");
SNIP(ac_movsd, "movsd " U "+4,%xmm0; int $0x80");
SNIP(ac_movss, "movss " U "+4,%xmm0; movss %xmm0," U "+2; int $0x80");
SNIP(ac_movaps, "movaps " U "+8,%xmm0; int $0x80");
SNIP(ac_fld32, "fninit; flds " U "+2; int $0x80");
SNIP(ac_fld64, "fninit; fldl " U "+4; int $0x80");
SNIP(ac_fld80, "fninit; fldt " U "+4; int $0x80");
SNIP(ac_fst80, "fninit; fld1; fstpt " U "+4; int $0x80");
SNIP(ac_fld80_fine, "fninit; fldt " U "+8; fstpt " U "+8; int $0x80");
SNIP(ac_env, "fninit; fnstenv " U "+2; int $0x80");
SNIP(ac_env_fine, "fninit; fnstenv " U "+4; int $0x80");
SNIP(ac_bt, "mov $33,%eax; bt %eax," U "+2; int $0x80");
SNIP(ac_cmpxchg8b, "lock cmpxchg8b " U "+4; int $0x80");
SNIP(ac_ring_0, "pushf; orl $0x40000,(%rsp); popf; movl scratch+1,%eax; pushf; andl $~0x40000,(%rsp); popf; ret");

static const struct { const char *name; const void *code; } aligned[] = {
    {"ac-word", ac_word}, {"ac-store-word", ac_store_word}, {"ac-qword", ac_qword}, {"ac-fine", ac_fine},
    {"ac-rmw", ac_rmw}, {"ac-lock", ac_lock}, {"ac-push", ac_push}, {"ac-call", ac_call}, {"ac-movs", ac_movs},
    {"ac-movsd", ac_movsd}, {"ac-movss", ac_movss}, {"ac-movaps-is-gp", ac_movaps}, {"ac-fld-32", ac_fld32},
    {"ac-fld-64", ac_fld64}, {"ac-fld-80", ac_fld80}, {"ac-fstp-80", ac_fst80}, {"ac-fld-80-fine", ac_fld80_fine},
    {"ac-fnstenv", ac_env}, {"ac-fnstenv-fine", ac_env_fine}, {"ac-bt", ac_bt}, {"ac-cmpxchg8b", ac_cmpxchg8b},
};

static void alignment(void) {
    WRITE_REG(cr0, READ_REG(cr0) | CR0_AM);
    for (uword i = 0; i < LEN(aligned); i++) {
        check_user(aligned[i].name, aligned[i].code, FLAG_AC | 2);
    }
    check_user("ac-flag-clear", ac_word, 2);
    check("ac-ring-0", ac_ring_0);
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_AM);
    check_user("ac-am-clear", ac_word, FLAG_AC | 2);
}

void test_main(void) {
    // Some of these leave no usable stack.
    tss.t.ist[1] = (uword)ist_stack + sizeof(ist_stack);
    for (int v = 12; v < 15; v++) {
        idt_gate(v, SEL_CODE0, (uword)vector_stubs[v], GATE_INT, 0, 2);
    }
    for (uword i = 0; i < LEN(plain); i++) {
        if (plain[i].user) {
            check_user(plain[i].name, plain[i].code, 2);
        } else {
            check(plain[i].name, plain[i].code);
        }
    }
    gdt_load();
    control_bits();
    stacks();
    double_faults();
    half_way();
    alignment();
}
