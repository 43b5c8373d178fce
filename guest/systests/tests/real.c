// 32-bit: back to real mode from protected mode: segments, the interrupt table, faults, limits that stay cached; and
// 16-bit protected mode.
#include "sys.h"

#define BLOB 0x8000u // where the 16-bit code runs, in segment 0
#define OUT 0x7000u // what it leaves
#define STACK 0x6000u
#define SEL_CODE16 0x40
#define SEL_DATA16 0x48
#define SEL_CODE16_FLAT 0x50
#define SEL_BIG16 0x58

// The frame that the real-mode stubs leave at OUT.
struct real_seen {
    u16 vector, ip, cs, flags, sp;
    u16 ax, bx, cx, dx, si, di, ds, es, ss;
};
#define RS (*(volatile struct real_seen *)OUT)

extern char blob[], blob_end[], blob_enter[], blob_stubs[], real_ip, real_ds;
extern void real_run(void);

asm(".text\n"
    // Entered in 32-bit protected mode; comes back there when an interrupt of real mode has been noted.
    ".globl real_run\nreal_run:\n"
    "pusha; mov %esp, real_esp; mov %cr4,%eax; push %eax; pop real_cr4\n"
    "lidt real_idt; ljmp $0x40, $blob_enter - blob + 0x8000\n"
    "real_back: mov $0x10,%eax; mov %eax,%ds; mov %eax,%es; mov %eax,%fs; mov %eax,%gs; mov %eax,%ss\n"
    "mov real_esp,%esp; lidt protected_idt; popa; ret\n"
    ".data\nreal_esp: .long 0\nreal_cr4: .long 0\n.globl real_idt\nreal_idt: .word 0x3ff; .long 0\n"
    "protected_idt: .word 2047; .long idt\n"
    ".section .rodata\n.balign 16\n.globl blob, blob_end, blob_enter, blob_stubs\nblob:\n.code16\n"
    "blob_enter: mov $0x48,%ax; mov %ax,%ss; mov %ax,%es; mov %ax,%fs; mov %ax,%gs\n"
    "mov real_ds_load - blob + 0x8000, %ax; mov %ax,%ds\n"
    "mov %cr0,%eax; and $0xfe,%al; mov %eax,%cr0; ljmp $0,$1f - blob + 0x8000\n"
    // DS is loaded in real mode too, but keeps the limit it had.
    "1: xor %ax,%ax; mov %ax,%ds; mov %ax,%es; mov %ax,%ss; mov $0x6000,%sp; push %ax; popf\n"
    "xor %bx,%bx; xor %cx,%cx; xor %dx,%dx; xor %si,%si; xor %di,%di; jmp *%cs:real_target - blob + 0x8000\n"
    ".globl real_target\nreal_target: .word 0\n.globl real_ds_load\nreal_ds_load: .word 0x48\n"
    "common16: mov %ax,%cs:0x700a; mov %bx,%cs:0x700c; mov %cx,%cs:0x700e; mov %dx,%cs:0x7010\n"
    "mov %si,%cs:0x7012; mov %di,%cs:0x7014; mov %ds,%cs:0x7016; mov %es,%cs:0x7018; mov %ss,%cs:0x701a\n"
    "pop %cs:0x7000; pop %cs:0x7002; pop %cs:0x7004; pop %cs:0x7006; mov %sp,%cs:0x7008\n"
    "xor %ax,%ax; mov %ax,%ds; lgdtl gdt_pointer - blob + 0x8000\n"
    "mov %cr0,%eax; or $1,%al; mov %eax,%cr0; ljmpl $8,$real_back\n"
    "gdt_pointer: .word 511; .long gdt\n"
    ".balign 8\nblob_stubs: .set v, 0\n.rept 256\npush $v; jmp common16\n.balign 8\n.set v, v + 1\n.endr\n"
    "blob_end:\n.code32\n.text\n");
extern char real_target[], real_ds_load[];
extern struct { u16 limit; u32 base; } __attribute__((packed)) real_idt;

#define REAL(label, text) SNIP(label, ".code16; " text "; int $0x80; .balign 16; .code32")
REAL(r_int, "mov $0x1234,%ax; sti; int $0x81");
REAL(r_div, "xor %ax,%ax; div %ah");
REAL(r_ud, "ud2");
REAL(r_int3, "int3");
REAL(r_into, "mov $0x7fff,%ax; inc %ax; into");
REAL(r_bound, "mov $5,%bx; bound %bx,0x7100");
REAL(r_word_ffff, "mov 0xffff,%ax");
REAL(r_ss_ffff, "mov $0xffff,%bp; mov (%bp),%ax");
REAL(r_dword_fffd, "mov 0xfffd,%eax");
REAL(r_ea_10000, "mov $0x10000,%ebx; mov (%ebx),%al");
REAL(r_sp_0, "xor %sp,%sp; push %ax; mov %sp,%ax");
REAL(r_sp_pop, "mov $0xfffe,%sp; pop %ax; mov %sp,%bx; mov $0x6000,%sp");
REAL(r_high_memory, "mov $0xffff,%ax; mov %ax,%ds; mov 0x10,%bx");
REAL(r_length, ".fill 15,1,0x66; nop");
REAL(r_lock, ".byte 0xf0; nop");
REAL(r_sldt, "sldt %ax");
REAL(r_lar, "lar %ax,%ax");
REAL(r_arpl, "arpl %ax,%bx");
REAL(r_ltr, "ltr %ax");
REAL(r_smsw, "smsw %ax; and $0xf,%ax");
REAL(r_popf, "push $0x7ed7; popf; pushf; pop %ax; push $2; popf");
REAL(r_popf_none, "push $0; popf; pushf; pop %ax");
REAL(r_iret, "push $0x3002; push $0; push $1f - r_iret + 0x9000; iret; 1: pushf; pop %ax; push $2; popf");
REAL(r_segments, "mov $0x1234,%ax; mov %ax,%es; mov $0xffff,%ax; mov %ax,%fs; mov %fs,%bx");
REAL(r_lds, "lds 0x7100,%bx; mov %ds,%cx; xor %ax,%ax; mov %ax,%ds");
REAL(r_far_call, "lcall $0x10,$2f - r_far_call + 0x9000 - 0x100; jmp 1f; 2: mov %cs,%ax; lret; 1: mov $7,%bx");
REAL(r_fp, "fninit; fnstcw 0x7100; mov 0x7100,%ax");
REAL(r_unreal, "mov $0x100000,%ebx; mov (%ebx),%ax");
REAL(r_unreal_word_ffff, "mov 0xffff,%ax; mov $0x5151,%ax");
REAL(r_mov_cr0, "mov %cr0,%eax; and $1,%ax");
REAL(r_mov_cs, "mov $0x900,%ax; .byte 0x8e,0xc8");
REAL(r_hlt_free, "cli");
REAL(r_push_segments, "push %cs; pop %ax; push %ss; pop %bx");
REAL(r_sgdt, "sgdt 0x7100; mov 0x7100,%ax");
REAL(r_pe_only, "mov %cr0,%eax; or $1,%al; mov %eax,%cr0; mov %cs,%bx; and $0xfe,%al; mov %eax,%cr0");

static void go(const char *name, const char *code) {
    fill((void *)OUT, 0, sizeof(struct real_seen));
    copy((void *)0x9000, code, 128);
    for (int i = 0; i < 256; i++) {
        ((u32 *)0)[i] = blob_stubs - blob + BLOB + i * 8;
    }
    copy((void *)BLOB, blob, blob_end - blob);
    *(u16 *)(real_target - blob + BLOB) = 0x9000;
    ((u16 *)0x7100)[0] = 10;
    ((u16 *)0x7100)[1] = 20;
    real_run();
    print("%s: %s %x:%x flags=%x sp=%x ax=%x bx=%x\n", name, vector_name(RS.vector & 0xFF), (uword)RS.cs, (uword)RS.ip,
        (uword)(RS.flags & 0x7700), (uword)RS.sp, (uword)RS.ax, (uword)RS.bx);
}

static void real_mode(void) {
    static const struct { const char *name; const char *code; } cases[] = {
        {"int", r_int}, {"div", r_div}, {"ud", r_ud}, {"int3", r_int3}, {"into", r_into}, {"bound", r_bound},
        {"word-at-ffff", r_word_ffff}, {"stack-word-at-ffff", r_ss_ffff}, {"dword-at-fffd", r_dword_fffd},
        {"address-10000", r_ea_10000}, {"sp-0", r_sp_0}, {"sp-pop-wrap", r_sp_pop},
        {"high-memory", r_high_memory}, {"length-16", r_length}, {"lock", r_lock}, {"sldt", r_sldt}, {"lar", r_lar},
        {"arpl", r_arpl}, {"ltr", r_ltr}, {"smsw", r_smsw}, {"popf", r_popf}, {"popf-none", r_popf_none}, {"iret",
            r_iret},
        {"lds", r_lds}, {"far-call", r_far_call}, {"x87", r_fp}, {"cr0", r_mov_cr0}, {"mov-to-cs", r_mov_cs},
        {"cli", r_hlt_free}, {"push-segments", r_push_segments}, {"sgdt", r_sgdt},
        {"pe-and-back", r_pe_only},
    };
    for (uword i = 0; i < LEN(cases); i++) {
        print("real-");
        go(cases[i].name, cases[i].code);
    }
    go("real-segments", r_segments);
    print("real-segments-values: ds=%x es=%x ss=%x fs=%x\n", (uword)RS.ds, (uword)RS.es, (uword)RS.ss, (uword)RS.bx);
    // The table is as long as IDTR says; vector 0x20 is beyond, and that is #GP.
    real_idt.limit = 0x7F;
    go("real-int-beyond-table", r_int);
    real_idt.limit = 0x3FF;
}

static void unreal(void) {
    ((u16 *)0x100000)[0] = 0x5A5A;
    gdt_set(SEL_BIG16, 0, 0xFFFFF, 0x93, GRAN);
    *(u16 *)real_ds_load = SEL_BIG16;
    go("unreal-above-64k", r_unreal);
    go("unreal-word-at-ffff", r_unreal_word_ffff);
    *(u16 *)real_ds_load = SEL_DATA16;
    go("not-unreal-any-more", r_unreal);
}

// 16-bit protected mode: flat 16-bit code segment whose base is the snippet.
SNIP(p_push, ".code16; mov %esp,%ebx; push $-1; pushl $-1; sub %esp,%ebx; mov %bx,%ax; int $0x81; .code32");
SNIP(p_call, ".code16; mov %esp,%ebx; call 1f; 1: sub %esp,%ebx; mov %bx,%cx; pop %ax; int $0x81; .code32");
SNIP(p_jump_wrap, ".code16; mov $0x12340000,%eax; mov $1f - p_jump_wrap,%ax; jmp *%ax; 1: int $0x81; .code32");
SNIP(p_imm, ".code16; mov $0x1234,%ax; mov $0x56789abc,%ebx; int $0x81; .code32");
SNIP(p_ea, ".code16; mov $0x12340001,%ebx; lea 4(%bx),%eax; lea 4(%ebx),%ecx; int $0x81; .code32");
SNIP(p_loop, ".code16; mov $0x10003,%ecx; xor %ax,%ax; 1: inc %ax; loop 1b; int $0x81; .code32");
SNIP(p_jcxz, ".code16; mov $0x10000,%ecx; mov $1,%ax; jcxz 1f; mov $2,%ax; 1: int $0x81; .code32");

static void protected16(const char *name, const void *code) {
    gdt_set(SEL_CODE16_FLAT, (u32)code, 0xFFFF, 0x9B, 0);
    uword frame[] = {0, SEL_CODE16_FLAT, 2};
    iret_run(frame, 3);
    print("%s: %s ip=%x cs=%x ax=%x bx=%x cx=%x\n", name, vector_name(seen.f.vector), seen.f.ip, seen.f.cs, seen.f.ax,
        seen.f.bx & 0xFFFF, seen.f.cx);
}

void test_main(void) {
    gdt_set(SEL_CODE16, 0, 0xFFFF, 0x9B, 0);
    gdt_set(SEL_DATA16, 0, 0xFFFF, 0x93, 0);
    real_mode();
    unreal();
    protected16("p16-push", p_push);
    protected16("p16-call", p_call);
    protected16("p16-jump", p_jump_wrap);
    protected16("p16-immediates", p_imm);
    protected16("p16-addresses", p_ea);
    protected16("p16-loop", p_loop);
    protected16("p16-jcxz", p_jcxz);
}
