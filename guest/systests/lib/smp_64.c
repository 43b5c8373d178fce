// Starts the other processors: real mode at 0x9000, the tables of the first processor, then C on a stack each.
#include "sys.h"

#define LAPIC 0xFEE00000ul
#define L(offset) (*(volatile u32 *)(LAPIC + (offset)))
// TSC ticks: some seconds, as another processor may get little of a busy host
#define PATIENCE_TO_START 8000000000ull
#define QUIET 300000000ull

extern char ap_code[], ap_code_end[];
u8 ap_stacks[MAX_PROCESSORS][8192] __attribute__((aligned(16)));
volatile u32 ap_next;
static volatile u32 started;
static void (*ap_function)(u32 number);
asm(".section .rodata\nap_code: .code16\ncli; xor %ax,%ax; mov %ax,%ds; lgdtl 0x9000 + ap_gdtr - ap_code\n"
    "mov %cr0,%eax; or $1,%al; mov %eax,%cr0; ljmpl $0x38,$0x9000 + 1f - ap_code\n"
    "1: .code32\nmov $0x10,%eax; mov %eax,%ds; mov %eax,%es; mov %eax,%ss\n"
    "mov %cr4,%eax; or $0x620,%eax; mov %eax,%cr4; mov $pml4,%eax; mov %eax,%cr3\n"
    "mov $0xc0000080,%ecx; rdmsr; or $0x901,%eax; wrmsr\n"
    "mov %cr0,%eax; or $0x80010022,%eax; and $~0x6000000c,%eax; mov %eax,%cr0; ljmp $8,$2f\n"
    "ap_gdtr: .word 511; .long gdt\nap_code_end:\n"
    ".text\n.code64\n2: mov $1,%edi; lock xaddl %edi,ap_next(%rip); inc %edi; lidt ap_idtr(%rip)\n"
    "cmp $7,%edi; ja 3f; mov %edi,%eax; inc %eax; shl $13,%eax; lea ap_stacks(%eax),%rsp; call ap_enter\n"
    "3: cli; hlt; jmp 3b\n"
    "ap_idtr: .word 4095; .quad idt\n");

void ap_enter(u32 number) {
    asm volatile("lock incl %0" : "+m"(started) : : "memory");
    ap_function(number);
}

u64 ticks(void) {
    u32 lo, hi;
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (u64)hi << 32 | lo;
}

u32 start_processors(void (*function)(u32 number)) {
    ap_function = function;
    copy((void *)0x9000, ap_code, ap_code_end - ap_code);
    L(0xF0) = 0x1FF;
    L(0x300) = 0xC4500;
    for (int i = 0; i < 20000; i++) {
        inb(0x80);
    }
    L(0x300) = 0xC4609;
    for (u64 start = ticks(); ticks() - start < PATIENCE_TO_START && !started;) {
        pause();
    }
    // More may follow the first.
    u32 seen_last = started;
    for (u64 start = ticks(); ticks() - start < QUIET;) {
        if (started != seen_last) {
            seen_last = started;
            start = ticks();
        }
        pause();
    }
    return 1 + (started < MAX_PROCESSORS ? started : MAX_PROCESSORS - 1);
}
