// 64-bit: interrupts that reach the processor: 8259 and PIT, local APIC timer and IPIs, priorities, IOAPIC, HPET, the
// shadow of STI, HLT, NMI, and the start of a second processor.
#include "sys.h"

#define LAPIC 0xFEE00000ul
#define IOAPIC 0xFEC00000ul
#define HPET 0xFED00000ul
#define L(offset) (*(volatile u32 *)(LAPIC + (offset)))
#define PATIENCE 400000000ul

static volatile uword counts[256];
static volatile u8 order[64];
static volatile int order_length;
static int eoi_lapic = 1, eoi_pic = 0;

static int on_interrupt(struct frame *f) {
    counts[f->vector]++;
    if (order_length < 64) {
        order[order_length++] = f->vector;
    }
    if (eoi_pic) {
        if (f->vector >= 0x28) {
            outb(0xA0, 0x20);
        }
        outb(0x20, 0x20);
    } else if (eoi_lapic) {
        L(0xB0) = 0;
    }
    return 1;
}

static void forget(void) {
    for (int i = 0; i < 256; i++) {
        counts[i] = 0;
    }
    order_length = 0;
}

// true when the count of a vector reaches n before the patience ends
static int reached(int vector, uword n) {
    for (uword i = 0; i < PATIENCE / 64; i++) {
        if (counts[vector] >= n) {
            return 1;
        }
        asm volatile("sti; nop; cli");
        inb(0x80);
    }
    return 0;
}

static void yes(const char *name, int value) {
    print("%s: %s\n", name, value ? "yes" : "no");
}

static void pic_init(void) {
    outb(0x20, 0x11);
    outb(0xA0, 0x11);
    outb(0x21, 0x20);
    outb(0xA1, 0x28);
    outb(0x21, 4);
    outb(0xA1, 2);
    outb(0x21, 1);
    outb(0xA1, 1);
    outb(0x21, 0xFF);
    outb(0xA1, 0xFF);
}

static void pit_rate(u16 divisor) {
    outb(0x43, 0x34);
    outb(0x40, divisor & 0xFF);
    outb(0x40, divisor >> 8);
}

static void pic_and_pit(void) {
    pic_init();
    eoi_pic = 1;
    pit_rate(11932);
    outb(0x21, 0xFE);
    yes("pit-irq0-through-8259", reached(0x20, 3));
    outb(0x21, 0xFF);
    forget();
    yes("pit-masked-is-silent", !counts[0x20]);
    // Without an EOI no second one comes.
    eoi_pic = 0;
    eoi_lapic = 0;
    outb(0x21, 0xFE);
    reached(0x20, 1);
    for (int i = 0; i < 200000; i++) {
        asm volatile("sti; nop; cli");
        inb(0x80);
    }
    print("pit-without-eoi: %d\n", counts[0x20]);
    outb(0x20, 0x0B);
    print("8259-in-service: %x\n", (uword)inb(0x20));
    outb(0x20, 0x20);
    outb(0x20, 0x0B);
    print("8259-in-service-after-eoi: %x\n", (uword)inb(0x20));
    outb(0x21, 0xFF);
    print("8259-mask-reads-back: %x\n", (uword)inb(0x21));
    // The RTC behind the slave: periodic interrupts
    eoi_pic = 1;
    forget();
    outb(0x70, 0x0A);
    outb(0x71, 0x26);
    outb(0x70, 0x0B);
    u8 b = inb(0x71);
    outb(0x70, 0x0B);
    outb(0x71, b | 0x40);
    outb(0x70, 0x0C);
    inb(0x71);
    outb(0x21, 0xFB);
    outb(0xA1, 0xFE);
    yes("rtc-irq8-through-slave", reached(0x28, 1));
    outb(0x70, 0x0B);
    outb(0x71, b);
    outb(0x70, 0x0C);
    inb(0x71);
    outb(0x21, 0xFF);
    outb(0xA1, 0xFF);
    eoi_pic = 0;
    // PIT counter 2 and its output at port 61
    outb(0x61, (inb(0x61) & 0xFC) | 1);
    outb(0x43, 0xB0);
    outb(0x42, 0xFF);
    outb(0x42, 0x0F);
    int before = !(inb(0x61) & 0x20), after = 0;
    for (uword i = 0; i < PATIENCE / 64 && !after; i++) {
        after = inb(0x61) >> 5 & 1;
    }
    yes("pit-counter-2-low-then-high", before && after);
}

static void self_ipi(int vector) {
    L(0x310) = 0;
    L(0x300) = 0x40000 | 0x4000 | vector;
}

static void lapic(void) {
    eoi_lapic = 1;
    wrmsr(0x1B, rdmsr(0x1B) | 0x800);
    print("lapic-base: %q bsp=%d\n", rdmsr(0x1B) & 0xFFFFF000, (uword)(rdmsr(0x1B) >> 8 & 1));
    L(0xF0) = 0x1FF;
    L(0x80) = 0;
    print("lapic-id: %x version-low=%x lvts=%s\n", (uword)(L(0x20) >> 24), (uword)(L(0x30) & 0xF0),
        (L(0x30) >> 16 & 0xFF) >= 3 ? "4+" : "few");
    forget();
    self_ipi(0x51);
    yes("self-ipi", reached(0x51, 1));
    forget();
    L(0x300) = 0x40000 | 0x52;
    yes("self-ipi-shorthand", reached(0x52, 1));
    forget();
    L(0x310) = L(0x20);
    L(0x300) = 0x4000 | 0x53;
    yes("ipi-physical-to-self", reached(0x53, 1));
    // Interrupts off: both wait in the IRR; the higher vector is taken first.
    forget();
    self_ipi(0x61);
    self_ipi(0x91);
    self_ipi(0x71);
    print("irr: %x %x %x\n", (uword)L(0x230), (uword)L(0x240), (uword)L(0x220));
    reached(0x61, 1);
    print("priority-order: %x %x %x\n", (uword)order[0], (uword)order[1], (uword)order[2]);
    // The task priority holds back classes up to its own.
    forget();
    L(0x80) = 0x70;
    self_ipi(0x75);
    self_ipi(0x85);
    asm volatile("sti; nop; nop; cli");
    print("tpr-70: 75=%d 85=%d ppr=%x cr8=%x\n", counts[0x75], counts[0x85], (uword)L(0xA0), READ_REG(cr8));
    WRITE_REG(cr8, 6);
    print("cr8-is-tpr: %x\n", (uword)L(0x80));
    yes("tpr-lowered-releases", reached(0x75, 1));
    WRITE_REG(cr8, 0);
    // In service: equal and lower classes wait for the EOI, higher ones do not.
    forget();
    eoi_lapic = 0;
    self_ipi(0x75);
    asm volatile("sti; nop; nop; cli");
    self_ipi(0x76);
    self_ipi(0x65);
    self_ipi(0x85);
    asm volatile("sti; nop; nop; cli");
    print("in-service: 75=%d 76=%d 65=%d 85=%d isr=%x %x ppr=%x\n", counts[0x75], counts[0x76], counts[0x65],
        counts[0x85], (uword)L(0x130), (uword)L(0x140), (uword)L(0xA0));
    L(0xB0) = 0;
    L(0xB0) = 0;
    eoi_lapic = 1;
    reached(0x65, 1);
    print("after-eoi: %d %d\n", counts[0x76], counts[0x65]);
}

static void lapic_timer(void) {
    forget();
    L(0x3E0) = 0xB;
    L(0x320) = 0x41;
    L(0x380) = 100000;
    yes("timer-one-shot", reached(0x41, 1));
    for (int i = 0; i < 100000; i++) {
        asm volatile("sti; nop; cli");
        inb(0x80);
    }
    print("timer-one-shot-fires-once: %d count=%x\n", counts[0x41], (uword)L(0x390));
    forget();
    L(0x320) = 0x20042;
    L(0x380) = 100000;
    yes("timer-periodic", reached(0x42, 3));
    L(0x380) = 0;
    forget();
    L(0x320) = 0x10043;
    L(0x380) = 1000;
    for (int i = 0; i < 50000; i++) {
        asm volatile("sti; nop; cli");
        inb(0x80);
    }
    print("timer-masked: %d\n", counts[0x43]);
    // HLT ends with the interrupt; STI lets it run first.
    forget();
    L(0x320) = 0x44;
    L(0x380) = 100000;
    asm volatile("sti; hlt; cli");
    print("hlt-wakes: %d\n", counts[0x44]);
    if (has_cpuid(1, 0, 2, 24)) {
        L(0x320) = 0x40045;
        u32 lo, hi;
        asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
        wrmsr(0x6E0, ((u64)hi << 32 | lo) + 1000000);
        yes("tsc-deadline", reached(0x45, 1));
        print("tsc-deadline-disarms: %q\n", rdmsr(0x6E0));
    } else {
        skip("tsc-deadline", "not in CPUID");
        skip("tsc-deadline-disarms", "not in CPUID");
    }
    L(0x320) = 0x10000;
}

static u32 ioapic_read(u32 index) {
    *(volatile u32 *)IOAPIC = index;
    return *(volatile u32 *)(IOAPIC + 0x10);
}

static void ioapic_write(u32 index, u32 v) {
    *(volatile u32 *)IOAPIC = index;
    *(volatile u32 *)(IOAPIC + 0x10) = v;
}

static void ioapic(void) {
    print("ioapic: pins=%d\n", (uword)(ioapic_read(1) >> 16 & 0xFF) + 1);
    forget();
    pit_rate(11932);
    ioapic_write(0x15, L(0x20));
    ioapic_write(0x14, 0xA1);
    yes("pit-through-ioapic-pin-2", reached(0xA1, 2));
    ioapic_write(0x14, 0x100A1);
    asm volatile("sti; nop; nop; cli"); // one that was on its way
    forget();
    for (int i = 0; i < 50000; i++) {
        asm volatile("sti; nop; cli");
        inb(0x80);
    }
    print("ioapic-masked: %d\n", counts[0xA1]);
}

static void hpet(void) {
    volatile u64 *h = (volatile u64 *)HPET;
    print("hpet: present=%d timers=%s period-sane=%d\n", (uword)((u32)h[0] >> 16 != 0xFFFF),
        (h[0] >> 8 & 0x1F) >= 2 ? "3+" : "few",
        (uword)((h[0] >> 32) > 0 && (h[0] >> 32) <= 100000000));
    h[0x10 / 8] = 0;
    h[0xF0 / 8] = 0;
    h[0x10 / 8] = 1;
    u64 a = h[0xF0 / 8];
    for (int i = 0; i < 1000; i++) {
        inb(0x80);
    }
    yes("hpet-counts", h[0xF0 / 8] > a);
    h[0x10 / 8] = 0;
    a = h[0xF0 / 8];
    for (int i = 0; i < 1000; i++) {
        inb(0x80);
    }
    yes("hpet-stops", h[0xF0 / 8] == a);
    // Timer 0, one-shot, legacy replacement: IOAPIC pin 2
    forget();
    ioapic_write(0x15, L(0x20));
    ioapic_write(0x14, 0xA2);
    h[0xF0 / 8] = 0;
    h[0x100 / 8] = (h[0x100 / 8] & ~0x3E4Eull) | 4;
    h[0x108 / 8] = 100000;
    h[0x10 / 8] = 3;
    yes("hpet-timer-0-legacy", reached(0xA2, 1));
    ioapic_write(0x14, 0x10000);
    h[0x10 / 8] = 0;
    h[0x100 / 8] &= ~4ull;
}

SNIP(sti_shadow, "cli; mov $0x40054,%ecx; mov $0xFEE00300,%edx; movl %ecx,(%rdx); nop; sti; cli; nop; ret");
SNIP(sti_shadow_2, "cli; mov $0x40055,%ecx; mov $0xFEE00300,%edx; movl %ecx,(%rdx); nop; sti; nop; nop; cli; ret");

static int note_ip(struct frame *f) {
    counts[f->vector]++;
    counts[0] = f->ip;
    L(0xB0) = 0;
    return 1;
}

static void shadows(void) {
    forget();
    hooks[0x54] = hooks[0x55] = note_ip;
    trap_run(sti_shadow);
    print("sti-then-cli: %d\n", counts[0x54]);
    reached(0x54, 1);
    trap_run(sti_shadow_2);
    // The instruction behind STI is done before the interrupt: CLI 1, MOV 5, MOV 5, MOV 2, NOP 1, STI 1, NOP 1
    print("sti-then-nop: %d ip=+%x\n", counts[0x55], counts[0] - (uword)sti_shadow_2);
    hooks[0x54] = hooks[0x55] = on_interrupt;
}

static int on_nmi(struct frame *f) {
    (void)f;
    counts[2]++;
    return 1;
}

static void nmi(void) {
    forget();
    hooks[2] = on_nmi;
    L(0x310) = L(0x20);
    L(0x300) = 0x4400;
    for (int i = 0; i < 100000 && !counts[2]; i++) {
        inb(0x80);
    }
    print("nmi-with-if-clear: %d\n", counts[2]);
}

// The second processor begins in real mode at 0x9000: it counts itself and stops.
extern char ap_start[], ap_end[];
asm(".section .rodata\nap_start: .code16\ncli; xor %ax,%ax; mov %ax,%ds; lock incw 0x7000; mov %cs,%ax;"
    "mov %ax,0x7002; mov %sp,0x7004;"
    "mov %cr0,%eax; mov %eax,0x7008; 1: hlt; jmp 1b; ap_end: .code64\n.text");

static void second_processor(void) {
    volatile u16 *note = (volatile u16 *)0x7000;
    copy((void *)0x9000, ap_start, ap_end - ap_start);
    fill((void *)0x7000, 0, 16);
    L(0x300) = 0xC4500;
    for (int i = 0; i < 20000; i++) {
        inb(0x80);
    }
    L(0x300) = 0xC4609;
    for (int i = 0; i < 400000 && !note[4]; i++) {
        inb(0x80);
    }
    for (int i = 0; i < 20000; i++) {
        inb(0x80);
    }
    if (!note[0]) {
        skip("second-processor", "only one");
        skip("second-sipi-is-ignored", "only one");
        return;
    }
    print("second-processor: started=%d cs=%x cr0=%x\n", (uword)(note[0] > 0), (uword)note[1],
        (uword)*(volatile u32 *)0x7008);
    // A second SIPI means nothing to a processor that runs.
    u16 before = note[0];
    L(0x300) = 0xC4609;
    for (int i = 0; i < 20000; i++) {
        inb(0x80);
    }
    yes("second-sipi-is-ignored", note[0] == before);
}

void test_main(void) {
    for (int v = 0x20; v < 256; v++) {
        if (v != 0x80 && v != 0x81) {
            hooks[v] = on_interrupt;
        }
    }
    pic_and_pit();
    lapic();
    lapic_timer();
    ioapic();
    hpet();
    shadows();
    nmi();
    second_processor();
}
