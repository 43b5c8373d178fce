// 32-bit: virtual-8086 mode: its segments, what IOPL decides, interrupts out of it and back, ports, faults.
#include "sys.h"

#define CODE 0x6000u // linear address of the code, segment 0x600
#define DATA 0x7000u

SNIP(v_int80, ".code16; mov $0x1234,%ax; int $0x80; .code32");
SNIP(v_int3, ".code16; int3; int $0x80; .code32");
SNIP(v_into, ".code16; mov $0x7fff,%ax; inc %ax; into; int $0x80; .code32");
SNIP(v_cli, ".code16; cli; int3; .code32");
SNIP(v_sti, ".code16; sti; int3; .code32");
SNIP(v_pushf, ".code16; pushf; pop %ax; int3; .code32");
SNIP(v_pushfd, ".code16; pushfl; popl %eax; int3; .code32");
SNIP(v_popf, ".code16; push $0x7ed7; popf; int3; .code32");
SNIP(v_popfd, ".code16; pushl $0x3ed7; popfl; int3; .code32");
SNIP(v_iret, ".code16; push $0x7ed7; push $0x600; push $0x10; iret; nop; nop; nop; nop; nop; nop; int3; int3;"
    "int3; int3; .code32");
SNIP(v_int_dpl0, ".code16; int $0x21; int3; .code32");
SNIP(v_hlt, ".code16; hlt; int3; .code32");
SNIP(v_mov_cr, ".code16; mov %cr0,%eax; int3; .code32");
SNIP(v_lgdt, ".code16; lgdt 0; int3; .code32");
SNIP(v_smsw, ".code16; smsw %ax; int3; .code32");
SNIP(v_lmsw, ".code16; lmsw %ax; int3; .code32");
SNIP(v_arpl, ".code16; arpl %ax,%ax; int3; .code32");
SNIP(v_lar, ".code16; lar %ax,%ax; int3; .code32");
SNIP(v_sldt, ".code16; sldt %ax; int3; .code32");
SNIP(v_ltr, ".code16; ltr %ax; int3; .code32");
SNIP(v_ud, ".code16; ud2; .code32");
SNIP(v_rdmsr, ".code16; rdmsr; .code32");
SNIP(v_in, ".code16; in $0x71,%al; int3; .code32");
SNIP(v_out_80, ".code16; mov $0x70,%dx; out %al,%dx; int3; .code32");
SNIP(v_ds, ".code16; mov $0x700,%ax; mov %ax,%ds; mov 4,%ax; mov %ds,%bx; int3; .code32");
SNIP(v_wrap_word, ".code16; mov 0xffff,%ax; int3; .code32");
SNIP(v_ss_word, ".code16; mov $0xffff,%bp; mov (%bp),%ax; int3; .code32");
SNIP(v_ea_32, ".code16; mov $0x10000,%eax; movb (%eax),%bl; int3; .code32");
SNIP(v_ea_32_ok, ".code16; mov $0x700,%ax; mov %ax,%ds; mov $4,%eax; movw (%eax),%bx; int3; .code32");
SNIP(v_sp_wrap, ".code16; mov $0,%sp; push %ax; mov %sp,%ax; int3; .code32");
SNIP(v_far, ".code16; ljmp $0x5ff,$0x18; nop; nop; nop; mov %cs,%ax; int3; .code32");
SNIP(v_far_call, ".code16; lcall $0x600,$0x10; int3; .balign 16; lret; .code32");
SNIP(v_above_1m, ".code16; mov $0xffff,%ax; mov %ax,%ds; mov $0x1234,%bx; mov 0x10,%bx; int3; .code32");
SNIP(v_div, ".code16; mov $0x77,%bx; div %ah; .code32");
SNIP(v_lock, ".code16; .byte 0xf0; nop; .code32");

static void v86(const char *name, const void *code, uword flags) {
    copy((void *)CODE, code, 64);
    uword frame[] = {0, CODE >> 4, flags | FLAG_VM | 2, 0x400, DATA >> 4, 0x111, 0x222, 0x333, 0x444};
    iret_run(frame, 9);
    print("%s: %s", name, vector_name(seen.f.vector));
    if (seen.f.vector >= 10 && seen.f.vector <= 14) {
        print("(%x)", seen.f.error);
    }
    // Not RF: it is set for faults.
    print(" %x:%x flags=%x ax=%x bx=%x sp=%x\n", seen.f.cs, seen.f.ip, seen.f.flags & 0x3E7700, seen.f.ax, seen.f.bx,
        seen.f.sp);
}

static void sensitive(const char *iopl, uword flags) {
    static const struct { const char *name; const void *code; } cases[] = {
        {"int-80", v_int80}, {"int3", v_int3}, {"into", v_into}, {"cli", v_cli}, {"sti", v_sti}, {"pushf", v_pushf},
        {"pushfd", v_pushfd}, {"popf", v_popf}, {"popfd", v_popfd}, {"iret", v_iret}, {"int-dpl-0", v_int_dpl0},
        {"hlt", v_hlt}, {"in-denied", v_in}, {"out-allowed", v_out_80},
    };
    for (uword i = 0; i < LEN(cases); i++) {
        print("iopl-%s-", iopl);
        v86(cases[i].name, cases[i].code, flags);
    }
}

void test_main(void) {
    tss.t.io_base = sizeof(tss.t);
    tss.io_map[0x71 >> 3] = 2;
    gdt_set(SEL_TSS, (u32)&tss, sizeof(tss.t) + 8192, 0x89, 0);
    asm volatile("ltr %w0" : : "r"(SEL_TSS));
    fill((void *)DATA, 0, 4096);
    ((u16 *)DATA)[2] = 0xABCD;
    ((u16 *)0x100000)[0] = 0x5A5A; // the Multiboot header is there; it has done its work

    v86("segments-code", v_int80, 0x3000);
    print("segments: es=%x ds=%x fs=%x gs=%x ss=%x handler-ds=%x handler-es=%x handler-fs=%x handler-gs=%x\n",
        seen.f.v86_es, seen.f.v86_ds, seen.f.v86_fs, seen.f.v86_gs, seen.f.ss, seen.f.ds, seen.f.es, seen.f.fs,
            seen.f.gs);
    print("frame: below-top=%x\n", (uword)tss.t.esp0 - seen.handler_sp);
    sensitive("0", 0);
    sensitive("2", 0x2000);
    sensitive("3", 0x3000);
    sensitive("3-if", 0x3000 | FLAG_IF);
    static const struct { const char *name; const void *code; } plain[] = {
        {"mov-cr0", v_mov_cr}, {"lgdt", v_lgdt}, {"lmsw", v_lmsw}, {"arpl", v_arpl}, {"lar", v_lar}, {"sldt", v_sldt},
        {"ltr", v_ltr}, {"ud2", v_ud}, {"rdmsr", v_rdmsr}, {"ds-load", v_ds}, {"word-at-ffff", v_wrap_word},
        {"stack-word-at-ffff", v_ss_word}, {"address-10000", v_ea_32}, {"address-32-bit", v_ea_32_ok},
        {"sp-wrap", v_sp_wrap}, {"far-jmp", v_far}, {"far-call", v_far_call}, {"above-1m", v_above_1m}, {"div", v_div},
        {"lock", v_lock},
    };
    for (uword i = 0; i < LEN(plain); i++) {
        v86(plain[i].name, plain[i].code, 0x3000);
    }
    v86("smsw", v_smsw, 0x3000);
    // A gate to a code segment that is not ring 0: #GP with its selector
    idt_gate(0x80, SEL_CODE3, (u32)vector_stubs[0x80], GATE_INT, 3, 0);
    v86("int-to-ring-3-gate", v_int80, 0x3000);
    gdt_set(0x40, 0, 0xFFFFF, 0x9F, BIG | GRAN);
    idt_gate(0x80, 0x40, (u32)vector_stubs[0x80], GATE_INT, 3, 0);
    v86("int-to-conforming", v_int80, 0x3000);
}
