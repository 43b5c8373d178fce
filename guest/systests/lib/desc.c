// GDT, IDT and TSS.
#include "sys.h"

u64 gdt[GDT_ENTRIES] __attribute__((aligned(16)));
u64 idt[512] __attribute__((aligned(16)));
typeof(tss) tss __attribute__((aligned(4096)));
static u8 trap_stack[16384] __attribute__((aligned(16)));

struct table {
    u16 limit;
    uword base;
} __attribute__((packed));

u64 descriptor(u32 base, u32 limit, u8 access, u8 flags) {
    return (u64)(base >> 24) << 56 | (u64)(flags & 15) << 52 | (u64)(limit >> 16 & 15) << 48 | (u64)access << 40
        | (u64)(base & 0xFFFFFF) << 16 | (limit & 0xFFFF);
}

void gdt_set(u16 selector, u32 base, u32 limit, u8 access, u8 flags) {
    gdt[selector >> 3] = descriptor(base, limit, access, flags);
}

void idt_gate(int vector, u16 selector, uword offset, int type, int dpl, int extra) {
    u64 low = (offset & 0xFFFF) | (u64)selector << 16 | (u64)extra << 32 | (u64)(0x80 | dpl << 5 | type) << 40
        | (u64)(offset >> 16 & 0xFFFF) << 48;
#ifdef __x86_64__
    idt[vector * 2] = low;
    idt[vector * 2 + 1] = offset >> 32;
#else
    idt[vector] = low;
#endif
}

void idt_not_present(int vector) {
    idt[sizeof(uword) == 8 ? vector * 2 : vector] &= ~(1ull << 47);
}

void gdt_call_gate(u16 selector, u16 target, uword offset, int type, int dpl, int count) {
    int i = selector >> 3;
    gdt[i] = (offset & 0xFFFF) | (u64)target << 16 | (u64)count << 32 | (u64)(0x80 | dpl << 5 | type) << 40
        | (u64)(offset >> 16 & 0xFFFF) << 48;
#ifdef __x86_64__
    gdt[i + 1] = offset >> 32;
#endif
}

void gdt_load(void) {
    // The firmware's timer interrupt stays out until a test wants it.
    outb(0x21, 0xFF);
    outb(0xA1, 0xFF);
    gdt_set(SEL_DATA0, 0, 0xFFFFF, 0x93, GRAN | BIG);
    gdt_set(SEL_DATA3, 0, 0xFFFFF, 0xF3, GRAN | BIG);
#ifdef __x86_64__
    gdt_set(SEL_CODE0, 0, 0xFFFFF, 0x9B, GRAN | LONG);
    gdt_set(SEL_CODE3C, 0, 0xFFFFF, 0xFB, GRAN | BIG);
    gdt_set(SEL_CODE3, 0, 0xFFFFF, 0xFB, GRAN | LONG);
    gdt_set(SEL_DATA3B, 0, 0xFFFFF, 0xF3, GRAN | BIG);
    gdt_set(SEL_CODE0C, 0, 0xFFFFF, 0x9B, GRAN | BIG);
    tss.t.rsp[0] = (uword)trap_stack + sizeof(trap_stack);
#else
    gdt_set(SEL_CODE0, 0, 0xFFFFF, 0x9B, GRAN | BIG);
    gdt_set(SEL_CODE3, 0, 0xFFFFF, 0xFB, GRAN | BIG);
    tss.t.esp0 = (uword)trap_stack + sizeof(trap_stack);
    tss.t.ss0 = SEL_DATA0;
#endif
    // No I/O map until a test makes one: its offset is beyond the limit.
    tss.t.io_base = 0xFFFF;
    gdt_set(SEL_TSS, (uword)&tss, sizeof(tss.t) - 1, 0x89, 0);
    gdt[(SEL_TSS >> 3) + 1] = 0;

    struct table g = {sizeof(gdt) - 1, (uword)gdt};
    asm volatile("lgdt %0" : : "m"(g));
    for (int v = 0; v < 256; v++) {
        idt_gate(v, SEL_CODE0, (uword)vector_stubs[v], GATE_INT, v == 0x80 || v == 3 || v == 4 ? 3 : 0, 0);
    }
    struct table i = {sizeof(uword) == 8 ? 4095 : 2047, (uword)idt};
    asm volatile("lidt %0" : : "m"(i));
    asm volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; mov %0, %%ss" : : "r"(SEL_DATA0));
    asm volatile("lldt %w0; ltr %w1" : : "r"(0), "r"(SEL_TSS));
}
