// 32-bit: segment loads and their checks, limits (also expand-down), types, LAR LSL VERR VERW ARPL, LDT.
#include "sys.h"

#define SEL_A 0x40
#define SEL_CONF 0x48

static u8 area[8192] __attribute__((aligned(4096)));
static u64 ldt[4] __attribute__((aligned(8)));

// Each loads DS with selector 40 and accesses one address; AX holds what was read.
SNIP(at_0, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0,%al; int $0x81");
SNIP(at_fff, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0xfff,%al; int $0x81");
SNIP(at_ffe_word, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0xffe,%ax; int $0x81");
SNIP(at_fff_word, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0xfff,%ax; int $0x81");
SNIP(at_ffd_dword, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0xffd,%eax; int $0x81");
SNIP(at_1000, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0x1000,%al; int $0x81");
SNIP(at_1fff, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0x1fff,%al; int $0x81");
SNIP(at_10000, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0x10000,%al; int $0x81");
SNIP(at_ffff_word, "mov $0x40,%eax; mov %eax,%ds; xor %eax,%eax; mov 0xffff,%ax; int $0x81");
SNIP(write_0, "mov $0x40,%eax; mov %eax,%ds; movb $0x77,0; int $0x81");
SNIP(exec_only_read, "mov $0x40,%eax; mov %eax,%ds; mov 0,%al; int $0x81");
SNIP(cs_write, "movb $0,%cs:0x100000; ret");
SNIP(cs_read, "mov %cs:0x100000,%al; ret");
// In ring 3: the handler needs a stack of its own.
SNIP(stack_limit, "mov $0x43,%eax; mov %eax,%ss; mov $0x1000,%esp; push %eax; mov $0xffc,%esp; pop %ecx;"
    "mov $0x1002,%esp; push %eax; int $0x80");
SNIP(stack_read, "mov $0x43,%eax; mov %eax,%ss; mov $0x2000,%ebp; mov (%ebp),%al; int $0x80");
SNIP(stack_expand_down, "mov $0x43,%eax; mov %eax,%ss; mov $0x1004,%esp; push %eax; push %eax; int $0x80");
SNIP(stack_16_wrap, "mov $0x43,%eax; mov %eax,%ss; mov $0x12340002,%esp; push %ax; push %ax; int $0x80");
SNIP(movs_limit, "mov $0x40,%eax; mov %eax,%es; mov $0xffe,%edi; mov $area,%esi; mov $4,%ecx; cld; rep movsb; ret");

static void probe(const char *segment, const char *name, const void *code) {
    trap_run(code);
    print("%s-%s: ", segment, name);
    if (seen.trapped && seen.f.vector == 0x81) {
        print("ok %x\n", seen.f.ax & 0xFF);
    } else {
        print("%s(%x) ip+%x\n", vector_name(seen.f.vector), seen.f.error, seen.f.ip - (uword)code);
    }
}

static void limits(void) {
    fill(area, 0x11, 4096);
    fill(area + 4096, 0x22, 4096);
    u32 base = (u32)area;
    gdt_set(SEL_A, base, 0xFFF, 0x93, BIG);
    probe("limit-fff", "0", at_0);
    probe("limit-fff", "fff", at_fff);
    probe("limit-fff", "ffe-word", at_ffe_word);
    probe("limit-fff", "fff-word", at_fff_word);
    probe("limit-fff", "ffd-dword", at_ffd_dword);
    probe("limit-fff", "1000", at_1000);
    gdt_set(SEL_A, base, 0, 0x93, BIG | GRAN);
    probe("limit-page", "fff", at_fff);
    probe("limit-page", "1000", at_1000);
    gdt_set(SEL_A, base, 0xFFF, 0x97, BIG);
    probe("down-fff", "0", at_0);
    probe("down-fff", "fff", at_fff);
    probe("down-fff", "fff-word", at_fff_word);
    probe("down-fff", "1000", at_1000);
    probe("down-fff", "10000", at_10000);
    gdt_set(SEL_A, base, 0xFFF, 0x97, 0);
    probe("down-fff-small", "1000", at_1000);
    probe("down-fff-small", "ffff-word", at_ffff_word);
    probe("down-fff-small", "10000", at_10000);
    gdt_set(SEL_A, base, 0, 0x97, BIG | GRAN);
    probe("down-page", "fff", at_fff);
    probe("down-page", "1000", at_1000);
    gdt_set(SEL_A, base, 0xFFF, 0x91, BIG);
    probe("read-only", "read", at_0);
    probe("read-only", "write", write_0);
    gdt_set(SEL_A, base, 0xFFF, 0x9B, BIG);
    probe("code-readable", "read", at_0);
    probe("code-readable", "write", write_0);
    gdt_set(SEL_A, base, 0xFFF, 0x99, BIG);
    probe("code-execute-only", "load", exec_only_read);
    gdt_set(SEL_A, base, 0xFFF, 0xF3, BIG);
    check_user("stack-limit", stack_limit, 2);
    check_user("stack-read-beyond", stack_read, 2);
    gdt_set(SEL_A, base, 0xFFF, 0xF7, BIG);
    check_user("stack-expand-down", stack_expand_down, 2);
    // B clear: SP is used, and the upper half of ESP stays.
    gdt_set(SEL_A, base - 0xF000, 0xFFFF, 0xF3, 0);
    user_run(stack_16_wrap, 2);
    print("stack-16-bit: %s sp=%x\n", vector_name(seen.f.vector), seen.f.sp);
    gdt_set(SEL_A, base, 0xFFF, 0x93, BIG);
    trap_run(movs_limit);
    print("movs-limit: %s(%x) cx=%x di=%x\n", seen.trapped ? vector_name(seen.f.vector) : "none",
        seen.trapped ? seen.f.error : 0, seen.trapped ? seen.f.cx : 0, seen.trapped ? seen.f.di : 0);
    check("cs-override-write", cs_write);
    check("cs-override-read", cs_read);
}

SNIP(load_ds, "mov $0x40,%eax; mov %eax,%ds; ret");
SNIP(load_ss, "mov %ss,%ecx; mov $0x40,%eax; mov %eax,%ss; mov %ecx,%ss; ret");
SNIP(load_ss_null, "xor %eax,%eax; mov %eax,%ss; ret");
SNIP(load_ss_rpl, "mov $0x13,%eax; mov %eax,%ss; ret");
SNIP(pop_ds, "push $0x40; pop %ds; ret");
SNIP(lds_, "lds far_pointer,%eax; ret");
SNIP(use_null_ds, "xor %eax,%eax; mov %eax,%ds; mov $3,%eax; mov %eax,%ds; mov 0x100000,%al; ret");
SNIP(load_es_beyond, "mov $0x7000,%eax; mov %eax,%es; ret");
SNIP(load_es_ldt, "mov $0x0c,%eax; mov %eax,%es; mov %es:0,%al; ret");
SNIP(load_es_ldt_beyond, "mov $0x24,%eax; mov %eax,%es; ret");
SNIP(jmp_conf, "ljmp $0x48,$1f; 1: mov %cs,%eax; int $0x81");
SNIP(u_jmp_conf, "ljmp $0x48,$1f; 1: mov %cs,%eax; int $0x80");
SNIP(jmp_a, "ljmp $0x40,$1f; 1: mov %cs,%eax; int $0x81");
SNIP(u_jmp_code0, "ljmp $0x08,$1f; 1: int $0x80");
SNIP(u_jmp_code0_rpl3, "ljmp $0x0b,$1f; 1: int $0x80");
SNIP(jmp_null, "ljmp $0,$1f; 1: ret");
SNIP(jmp_beyond_limit, "ljmp $0x40,$0x2000");
SNIP(jmp_code3, "ljmp $0x1b,$1f; 1: ret");
SNIP(u_retf_inner, "push $0x08; push $0; lret");
SNIP(u_load_dpl0, "mov $0x10,%eax; mov %eax,%es; int $0x80");
SNIP(u_load_dpl0_rpl3, "mov $0x13,%eax; mov %eax,%es; int $0x80");
SNIP(u_load_dpl3_rpl0, "mov $0x20,%eax; mov %eax,%es; int $0x80");
SNIP(u_load_conf, "mov $0x48,%eax; mov %eax,%es; int $0x80");
SNIP(u_load_ss0, "mov $0x10,%eax; mov %eax,%ss; int $0x80");
SNIP(u_load_ss_rpl0, "mov $0x20,%eax; mov %eax,%ss; int $0x80");
SNIP(outer_ret_clears, "mov $0x10,%eax; mov %eax,%es; mov $0x23,%eax; mov %eax,%fs; mov $0x48,%eax; mov %eax,%gs;"
    "push $0x23; push $user_stack+4096; push $0x1b; push $1f; lret; 1: mov %es,%eax; mov %fs,%ebx; mov %gs,%ecx;"
    "int $0x80");
asm(".data; far_pointer: .long 0x12345678; .word 0x40; .text");

static void loads(void) {
    static const struct { const char *name; u8 access; } kinds[] = {
        {"data-rw", 0x92}, {"data-ro", 0x90}, {"data-absent", 0x12}, {"code-x", 0x98}, {"code-xr", 0x9A},
        {"code-absent", 0x1A}, {"conforming-xr", 0x9E}, {"ldt", 0x82}, {"call-gate", 0x8C},
        {"data-dpl-3", 0xF2}, {"type-0", 0x80},
    };
    for (uword i = 0; i < LEN(kinds); i++) {
        gdt_set(SEL_A, 0, 0xFFFFF, kinds[i].access, BIG | GRAN);
        print("load-ds-");
        check(kinds[i].name, load_ds);
        print("accessed-%s: %x\n", kinds[i].name, (uword)(gdt[SEL_A / 8] >> 40 & 0xFF));
        gdt_set(SEL_A, 0, 0xFFFFF, kinds[i].access, BIG | GRAN);
        print("load-ss-");
        check(kinds[i].name, load_ss);
        print("jmp-");
        check(kinds[i].name, jmp_a);
    }
    check("load-ss-null", load_ss_null);
    check("load-ss-rpl", load_ss_rpl);
    gdt_set(SEL_A, 0, 0xFFFFF, 0x12, BIG | GRAN);
    check("pop-ds-absent", pop_ds);
    check("lds-absent", lds_);
    check("use-null-ds", use_null_ds);
    check("load-es-beyond-gdt", load_es_beyond);
    check("load-es-no-ldt", load_es_ldt);
    ldt[1] = descriptor((u32)area, 0xFFF, 0x92, BIG);
    gdt_set(0x50, (u32)ldt, sizeof(ldt) - 1, 0x82, 0);
    asm volatile("lldt %w0" : : "r"(0x50));
    check("load-es-ldt", load_es_ldt);
    print("accessed-in-ldt: %x\n", (uword)(ldt[1] >> 40 & 0xFF));
    check("load-es-ldt-beyond", load_es_ldt_beyond);
    asm volatile("lldt %w0" : : "r"(0));

    gdt_set(SEL_CONF, 0, 0xFFFFF, 0x9E, BIG | GRAN);
    trap_run(jmp_conf);
    print("jmp-conforming: cs=%x\n", seen.f.cs);
    user_run(u_jmp_conf, 2);
    print("jmp-conforming-from-ring-3: %s cs=%x ax=%x\n", vector_name(seen.f.vector), seen.f.cs, seen.f.ax);
    gdt_set(SEL_A, 0, 0xFFF, 0x9A, BIG);
    check("jmp-beyond-limit", jmp_beyond_limit);
    check("jmp-null", jmp_null);
    check("jmp-to-ring-3-code", jmp_code3);
    check_user("ring-3-jmp-to-ring-0-code", u_jmp_code0, 2);
    check_user("ring-3-jmp-to-ring-0-code-rpl-3", u_jmp_code0_rpl3, 2);
    check_user("ring-3-retf-inner", u_retf_inner, 2);
    check_user("ring-3-load-dpl-0", u_load_dpl0, 2);
    check_user("ring-3-load-dpl-0-rpl-3", u_load_dpl0_rpl3, 2);
    check_user("ring-3-load-dpl-3-rpl-0", u_load_dpl3_rpl0, 2);
    check_user("ring-3-load-conforming", u_load_conf, 2);
    check_user("ring-3-load-ss-dpl-0", u_load_ss0, 2);
    check_user("ring-3-load-ss-rpl-0", u_load_ss_rpl0, 2);
    trap_run(outer_ret_clears);
    print("retf-outer-clears: es=%x fs=%x gs=%x cs=%x\n", seen.f.ax & 0xFFFF, seen.f.bx & 0xFFFF, seen.f.cx & 0xFFFF,
        seen.f.cs);
}

// AX: LAR, DX: LSL, BX: ZF of LAR, LSL, VERR, VERW from bit 0 on
#define INSPECT(end) "mov $0x40,%ecx; xor %ebx,%ebx; mov $0xdddd,%eax; mov $0xdddd,%edx;" \
    "lar %ecx,%eax; jnz 1f; or $1,%ebx; 1: lsl %ecx,%edx; jnz 1f; or $2,%ebx; 1: verr %cx; jnz 1f; or $4,%ebx;" \
    "1: verw %cx; jnz 1f; or $8,%ebx; 1: " end
SNIP(inspect0, INSPECT("int $0x81"));
SNIP(inspect3, INSPECT("int $0x80"));
SNIP(inspect_rpl3, "mov $0x43,%ecx; lar %ecx,%eax; setz %bl; verr %cx; setz %bh; int $0x81");
SNIP(inspect_null, "xor %ecx,%ecx; mov $7,%eax; lar %ecx,%eax; setz %bl; verr %cx; setz %bh; int $0x81");
SNIP(inspect_beyond, "mov $0x7000,%ecx; mov $7,%eax; lar %ecx,%eax; setz %bl; verw %cx; setz %bh; int $0x81");
SNIP(arpl_up, "mov $0x11,%eax; mov $0x22,%ebx; arpl %bx,%ax; setz %bl; int $0x81");
SNIP(arpl_same, "mov $0x13,%eax; mov $0x22,%ebx; arpl %bx,%ax; setz %bl; int $0x81");

static void inspection(void) {
    for (int type = 0; type < 32; type++) {
        // 0 to 15 are system types, 16 to 31 code and data
        gdt_set(SEL_A, 0x12345678, 0x1234, 0xC0 | 0x20 | type, 0x5);
        trap_run(inspect0);
        print("inspect-%x: lar=%x lsl=%x zf=%x", (uword)type, seen.f.ax & 0xF0FFFF, seen.f.dx, seen.f.bx);
        user_run(inspect3, 2);
        print(" ring3=%x", seen.f.bx);
        gdt_set(SEL_A, 0x12345678, 0x1234, 0x80 | type, 0x5);
        user_run(inspect3, 2);
        print(" dpl0-ring3=%x\n", seen.f.bx);
    }
    gdt_set(SEL_A, 0, 0xFFFFF, 0x93, BIG | GRAN);
    trap_run(inspect0);
    print("inspect-granular: lsl=%x\n", seen.f.dx);
    trap_run(inspect_rpl3);
    print("inspect-dpl-0-rpl-3: zf=%x\n", seen.f.bx & 0xFFFF);
    trap_run(inspect_null);
    print("inspect-null: zf=%x ax=%x\n", seen.f.bx & 0xFFFF, seen.f.ax);
    trap_run(inspect_beyond);
    print("inspect-beyond-gdt: zf=%x ax=%x\n", seen.f.bx & 0xFFFF, seen.f.ax);
    trap_run(arpl_up);
    print("arpl-up: ax=%x zf=%x\n", seen.f.ax, seen.f.bx & 0xFF);
    trap_run(arpl_same);
    print("arpl-same: ax=%x zf=%x\n", seen.f.ax, seen.f.bx & 0xFF);
}

void test_main(void) {
    limits();
    loads();
    inspection();
}
