// 32-bit: exceptions of ordinary instructions, in rings 0 and 3: vector, error code, address of the instruction.
#include "sys.h"

SNIP(div_zero, "nop; xor %eax,%eax; xor %edx,%edx; xor %ecx,%ecx; div %ecx; ret");
SNIP(div_overflow, "mov $2,%edx; mov $1,%ecx; div %ecx; ret");
SNIP(idiv_min, "mov $0x80000000,%eax; cdq; mov $-1,%ecx; idiv %ecx; ret");
SNIP(aam_zero, "aam $0; ret");
SNIP(int1, ".byte 0xf1; ret");
SNIP(int3, "int3; ret");
SNIP(int_3_long, ".byte 0xcd,3; ret");
SNIP(into_set, "mov $0x7fffffff,%eax; add $1,%eax; into; ret");
SNIP(into_clear, "xor %eax,%eax; into; ret");
SNIP(bound_in, "mov $5,%eax; bound %eax,bounds; ret");
SNIP(bound_low, "mov $-11,%eax; bound %eax,bounds; ret");
SNIP(bound_high, "mov $11,%eax; bound %eax,bounds; ret");
asm(".data; bounds: .long -10, 10; scratch: .skip 64; .balign 16; area: .skip 64; .text");
SNIP(ud2_, "ud2; ret");
SNIP(ud1_, ".byte 0x0f,0xb9,0xc0; ret");
SNIP(ud0_, ".byte 0x0f,0xff,0xc0; ret");
SNIP(lea_register, ".byte 0x8d,0xc0; ret");
SNIP(les_register, ".byte 0xc4,0xc0; nop; ret");
SNIP(mov_to_cs, ".byte 0x8e,0xc8; ret");
SNIP(mov_sreg_6, ".byte 0x8e,0xf0; ret");
SNIP(mov_cr1, ".byte 0x0f,0x20,0xc8; ret");
SNIP(mov_cr5, ".byte 0x0f,0x20,0xe8; ret");
SNIP(group3_cmpxchg, ".byte 0x0f,0xc7,0x00; ret");
SNIP(cmpxchg8b_register, ".byte 0x0f,0xc7,0xc8; ret");
SNIP(pop_group_1, "push %eax; .byte 0x8f,0xc8; ret");
SNIP(fe_2, ".byte 0xfe,0xd0; ret");
SNIP(ff_7, ".byte 0xff,0xf8; ret");
SNIP(call_far_register, ".byte 0xff,0xd8; ret");
SNIP(jmp_far_register, ".byte 0xff,0xe8; ret");
SNIP(c6_1, ".byte 0xc6,0xc8,0x00; ret");
SNIP(salc, "stc; .byte 0xd6; mov %eax,%ecx; ret");
SNIP(syscall_off, "syscall; ret");
SNIP(rsm_, "rsm; ret");

// LOCK is allowed on these with a memory destination only.
SNIP(lock_add_mem, "lock addl $1,scratch; ret");
SNIP(lock_add_reg, ".byte 0xf0,0x01,0xc0; ret");
SNIP(lock_add_load, ".byte 0xf0,0x03,0x05; .long scratch; ret");
SNIP(lock_cmp_mem, ".byte 0xf0,0x39,0x05; .long scratch; ret");
SNIP(lock_mov_mem, ".byte 0xf0,0x89,0x05; .long scratch; ret");
SNIP(lock_bt_mem, ".byte 0xf0,0x0f,0xa3,0x05; .long scratch; ret");
SNIP(lock_bts_mem, "lock btsl $1,scratch; ret");
SNIP(lock_not_mem, "lock notl scratch; ret");
SNIP(lock_test_mem, ".byte 0xf0,0xf7,0x05; .long scratch, 1; ret");
SNIP(lock_inc_mem, "lock incl scratch; ret");
SNIP(lock_push_mem, ".byte 0xf0,0xff,0x35; .long scratch; add $4,%esp; ret");
SNIP(lock_xchg_mem, "lock xchg %eax,scratch; ret");
SNIP(lock_xadd_mem, "lock xadd %eax,scratch; ret");
SNIP(lock_cmpxchg8b, "lock cmpxchg8b scratch; ret");
SNIP(lock_nop, ".byte 0xf0,0x90; ret");
SNIP(lock_shl_mem, ".byte 0xf0,0xd1,0x25; .long scratch; ret");

// An instruction has at most 15 bytes.
SNIP(length_15, ".fill 14,1,0x66; nop; ret");
SNIP(length_16, ".fill 15,1,0x66; nop; ret");
SNIP(length_15_long, ".fill 5,1,0x3e; .byte 0x81,0x05; .long scratch; .byte 1,0,0,0; nop; ret");

// Privileged instructions: #GP(0) in ring 3
SNIP(p_hlt, "hlt; int $0x80");
SNIP(p_clts, "clts; int $0x80");
SNIP(p_lgdt, "lgdt scratch; int $0x80");
SNIP(p_lidt, "lidt scratch; int $0x80");
SNIP(p_lldt, "lldt %ax; int $0x80");
SNIP(p_ltr, "ltr %ax; int $0x80");
SNIP(p_lmsw, "lmsw %ax; int $0x80");
SNIP(p_mov_cr0, "mov %cr0,%eax; int $0x80");
SNIP(p_mov_to_cr3, "mov %eax,%cr3; int $0x80");
SNIP(p_mov_dr0, "mov %dr0,%eax; int $0x80");
SNIP(p_invd, "invd; int $0x80");
SNIP(p_wbinvd, "wbinvd; int $0x80");
SNIP(p_invlpg, "invlpg scratch; int $0x80");
SNIP(p_rdmsr, "rdmsr; int $0x80");
SNIP(p_wrmsr, "wrmsr; int $0x80");
SNIP(p_rdpmc, "rdpmc; int $0x80");
SNIP(p_cli, "cli; int $0x80");
SNIP(p_sti, "sti; int $0x80");
SNIP(p_in, "in $0x60,%al; int $0x80");
SNIP(p_out, "out %al,$0x80; int $0x80");
SNIP(p_int_dpl0, "int $0x21; int $0x80");
SNIP(p_int3, "int3; int $0x80");
SNIP(p_into, "mov $0x7fffffff,%eax; add $1,%eax; into; int $0x80");
SNIP(p_smsw, "smsw %ax; int $0x80");
SNIP(p_sgdt, "sgdt scratch; int $0x80");
SNIP(p_sldt, "sldt %ax; int $0x80");
SNIP(p_str, "str %ax; int $0x80");
SNIP(p_rdtsc, "rdtsc; int $0x80");
SNIP(p_cpuid, "cpuid; int $0x80");
SNIP(p_ud2, "ud2; int $0x80");

SNIP(fp_fld, "fld1; fstp %st(0); ret");
SNIP(fp_fwait, "fwait; ret");
SNIP(fp_fnstsw, "fnstsw %ax; ret");
SNIP(fp_fxsave, "fxsave fxarea; ret");
SNIP(fp_mmx, "pxor %mm0,%mm0; emms; ret");
SNIP(fp_sse, "xorps %xmm0,%xmm0; ret");
SNIP(fp_movntq, ".byte 0x0f,0xc3,0x05; .long scratch; ret"); // MOVNTI: no FPU state involved
asm(".data; .balign 16; fxarea: .skip 512; .text");

SNIP(aligned_load, "movaps area,%xmm0; ret");
SNIP(misaligned_load, "movaps area+4,%xmm0; ret");
SNIP(misaligned_fxsave, "fxsave fxarea+8; ret");
SNIP(unaligned_ok, "movups area+4,%xmm0; ret");
SNIP(ac_word, "movw scratch+1,%ax; int $0x80");
SNIP(ac_dword, "movl scratch+2,%eax; int $0x80");
SNIP(ac_aligned, "movl scratch+4,%eax; movw scratch+2,%ax; movb scratch+1,%al; int $0x80");
SNIP(ac_push, "sub $2,%esp; push %eax; int $0x80");
SNIP(idt_limit, "int $0x90; ret");
SNIP(idt_absent, "int $0x42; ret");
SNIP(idt_bad_type, "int $0x43; ret");
SNIP(idt_null_selector, "int $0x44; ret");
SNIP(idt_data_selector, "int $0x45; ret");
SNIP(idt_beyond_gdt, "int $0x46; ret");

static const struct { const char *name; const void *code; } ring0[] = {
    {"de-div-zero", div_zero}, {"de-div-overflow", div_overflow}, {"de-idiv-min", idiv_min}, {"de-aam", aam_zero},
    {"db-int1", int1}, {"bp-int3", int3}, {"bp-int-3-long", int_3_long}, {"of-into-set", into_set},
    {"of-into-clear", into_clear}, {"br-inside", bound_in}, {"br-low", bound_low}, {"br-high", bound_high},
    {"ud-ud2", ud2_}, {"ud-ud1", ud1_}, {"ud-ud0", ud0_}, {"ud-lea-register", lea_register},
    {"ud-les-register", les_register}, {"ud-mov-to-cs", mov_to_cs}, {"ud-mov-sreg-6", mov_sreg_6},
    {"ud-mov-cr1", mov_cr1}, {"ud-mov-cr5", mov_cr5}, {"ud-0fc7-0", group3_cmpxchg},
    {"ud-cmpxchg8b-register", cmpxchg8b_register}, {"ud-8f-1", pop_group_1}, {"ud-fe-2", fe_2}, {"ud-ff-7", ff_7},
    {"ud-call-far-register", call_far_register}, {"ud-jmp-far-register", jmp_far_register}, {"ud-c6-1", c6_1},
    {"salc", salc}, {"ud-syscall-off", syscall_off}, {"ud-rsm", rsm_},
    {"lock-add-mem", lock_add_mem}, {"lock-add-reg", lock_add_reg}, {"lock-add-load", lock_add_load},
    {"lock-cmp-mem", lock_cmp_mem}, {"lock-mov-mem", lock_mov_mem}, {"lock-bt-mem", lock_bt_mem},
    {"lock-bts-mem", lock_bts_mem}, {"lock-not-mem", lock_not_mem}, {"lock-test-mem", lock_test_mem},
    {"lock-inc-mem", lock_inc_mem}, {"lock-push-mem", lock_push_mem}, {"lock-xchg-mem", lock_xchg_mem},
    {"lock-xadd-mem", lock_xadd_mem}, {"lock-cmpxchg8b", lock_cmpxchg8b}, {"lock-nop", lock_nop},
    {"lock-shl-mem", lock_shl_mem}, {"length-15", length_15}, {"length-16", length_16},
    {"length-15-alu", length_15_long},
};
static const struct { const char *name; const void *code; } ring3[] = {
    {"r3-hlt", p_hlt}, {"r3-clts", p_clts}, {"r3-lgdt", p_lgdt}, {"r3-lidt", p_lidt}, {"r3-lldt", p_lldt},
    {"r3-ltr", p_ltr}, {"r3-lmsw", p_lmsw}, {"r3-mov-cr0", p_mov_cr0}, {"r3-mov-to-cr3", p_mov_to_cr3},
    {"r3-mov-dr0", p_mov_dr0}, {"r3-invd", p_invd}, {"r3-wbinvd", p_wbinvd}, {"r3-invlpg", p_invlpg},
    {"r3-rdmsr", p_rdmsr}, {"r3-wrmsr", p_wrmsr}, {"r3-rdpmc", p_rdpmc}, {"r3-cli", p_cli}, {"r3-sti", p_sti},
    {"r3-in", p_in}, {"r3-out", p_out}, {"r3-int-dpl0", p_int_dpl0}, {"r3-int3", p_int3}, {"r3-into", p_into},
    {"r3-smsw", p_smsw}, {"r3-sgdt", p_sgdt}, {"r3-sldt", p_sldt}, {"r3-str", p_str}, {"r3-rdtsc", p_rdtsc},
    {"r3-cpuid", p_cpuid}, {"r3-ud2", p_ud2},
};

static void fpu_matrix(void) {
    static const struct { const char *name; const void *code; } code[] = {
        {"x87", fp_fld}, {"fwait", fp_fwait}, {"fnstsw", fp_fnstsw}, {"fxsave", fp_fxsave}, {"mmx", fp_mmx},
        {"sse", fp_sse}, {"movnti", fp_movntq},
    };
    static const struct { const char *name; u32 set, clear, cr4; } mode[] = {
        {"plain", CR0_MP, CR0_EM | CR0_TS, CR4_OSFXSR}, {"ts", CR0_TS | CR0_MP, CR0_EM, CR4_OSFXSR},
        {"ts-no-mp", CR0_TS, CR0_EM | CR0_MP, CR4_OSFXSR}, {"em", CR0_EM | CR0_MP, CR0_TS, CR4_OSFXSR},
        {"em-ts", CR0_EM | CR0_TS | CR0_MP, 0, CR4_OSFXSR}, {"no-osfxsr", CR0_MP, CR0_EM | CR0_TS, 0},
    };
    uword cr0 = READ_REG(cr0);
    for (uword m = 0; m < LEN(mode); m++) {
        for (uword i = 0; i < LEN(code); i++) {
            WRITE_REG(cr4, mode[m].cr4);
            WRITE_REG(cr0, (cr0 | mode[m].set) & ~mode[m].clear);
            trap_run(code[i].code);
            print("fpu-%s-", mode[m].name);
            show(code[i].name, code[i].code);
        }
    }
    WRITE_REG(cr0, cr0);
    WRITE_REG(cr4, CR4_OSFXSR);
}

static void alignment(void) {
    check("movaps-aligned", aligned_load);
    check("movaps-misaligned", misaligned_load);
    check("fxsave-misaligned", misaligned_fxsave);
    check("movups-misaligned", unaligned_ok);
    check_user("ac-off-word", ac_word, FLAG_AC | 2);
    WRITE_REG(cr0, READ_REG(cr0) | CR0_AM);
    check_user("ac-am-without-ac", ac_word, 2);
    check_user("ac-word", ac_word, FLAG_AC | 2);
    check_user("ac-dword", ac_dword, FLAG_AC | 2);
    check_user("ac-aligned", ac_aligned, FLAG_AC | 2);
    check_user("ac-push", ac_push, FLAG_AC | 2);
    WRITE_REG(cr0, READ_REG(cr0) & ~CR0_AM);
}

static void idt_errors(void) {
    struct { u16 limit; u32 base; } __attribute__((packed)) whole = {2047, (u32)idt}, cut = {0x90 * 8 + 6, (u32)idt};
    asm volatile("lidt %0" : : "m"(cut));
    check("idt-limit", idt_limit);
    asm volatile("lidt %0" : : "m"(whole));
    idt_not_present(0x42);
    idt[0x43] = idt[0x80] & ~(0x1Full << 40);
    idt_gate(0x44, 0, (uword)vector_stubs[0x44], GATE_INT, 3, 0);
    idt_gate(0x45, SEL_DATA0, (uword)vector_stubs[0x45], GATE_INT, 3, 0);
    idt_gate(0x46, GDT_ENTRIES * 8, (uword)vector_stubs[0x46], GATE_INT, 3, 0);
    check("idt-not-present", idt_absent);
    check("idt-bad-type", idt_bad_type);
    check("idt-null-selector", idt_null_selector);
    check("idt-data-selector", idt_data_selector);
    check("idt-beyond-gdt", idt_beyond_gdt);
}

void test_main(void) {
    for (uword i = 0; i < LEN(ring0); i++) {
        check(ring0[i].name, ring0[i].code);
    }
    for (uword i = 0; i < LEN(ring3); i++) {
        check_user(ring3[i].name, ring3[i].code, 2);
    }
    fpu_matrix();
    alignment();
    idt_errors();
}
