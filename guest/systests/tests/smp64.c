// 64-bit: two processors: locked instructions, memory order, IPIs between them, TLB shootdown, changed code. The second
// one runs 64-bit code of ours. Without a second one, all lines are skipped.
#include "sys.h"

#define LAPIC 0xFEE00000ul
#define L(offset) (*(volatile u32 *)(LAPIC + (offset)))
#define ROUNDS 100000u
// TSC ticks: some seconds, as the second processor may get little of a busy host
#define PATIENCE 60000000000ull

extern u64 pml4[512];
static u64 pdpt1[512] __attribute__((aligned(4096)));
static u64 pd1[512] __attribute__((aligned(4096)));
static u64 pt1[512] __attribute__((aligned(4096)));
static u8 pages[2][4096] __attribute__((aligned(4096)));
#define W 0x8000000000ull

// What the second processor is to do; it answers by setting done to the same number.
static volatile u32 job, done;
static volatile u32 stop, got_ipi, from_ap;
static volatile u64 counter, plain, data, flag, errors;
static volatile u32 spin;
static struct { u64 a, b; } pair __attribute__((aligned(16)));
static u8 straddle[8192 + 64] __attribute__((aligned(4096)));
static u8 code[64] __attribute__((aligned(64)));

static void lock_add(void) {
    for (u32 i = 0; i < ROUNDS; i++) {
        asm volatile("lock incq %0" : "+m"(counter) : : "memory");
    }
}

static void lock_straddle(void) {
    for (u32 i = 0; i < ROUNDS / 10; i++) {
        asm volatile("lock incq %0" : "+m"(*(u64 *)(straddle + 4093)) : : "memory");
    }
}

static void xchg_lock(void) {
    for (u32 i = 0; i < ROUNDS / 4; i++) {
        u32 taken = 1;
        while (1) {
            asm volatile("xchg %0, %1" : "+r"(taken), "+m"(spin) : : "memory");
            if (!taken) {
                break;
            }
            pause();
        }
        plain = plain + 1;
        asm volatile("movl $0, %0" : "=m"(spin) : : "memory");
    }
}

static void cmpxchg16(void) {
    for (u32 i = 0; i < ROUNDS / 4; i++) {
        u64 a = pair.a, b = pair.b;
        u8 ok;
        do {
            asm volatile("lock cmpxchg16b %1; setz %0" : "=q"(ok), "+m"(pair), "+a"(a), "+d"(b)
                : "b"(a + 1), "c"(b + 2) : "memory");
        } while (!ok);
    }
}

static void bit_lock(void) {
    for (u32 i = 0; i < ROUNDS / 4; i++) {
        u8 was;
        do {
            asm volatile("lock btsl $7, %1; setc %0" : "=q"(was), "+m"(spin) : : "memory");
        } while (was);
        plain = plain + 1;
        asm volatile("lock btrl $7, %0" : "+m"(spin) : : "memory");
    }
}

static void cmpxchg_add(void) {
    for (u32 i = 0; i < ROUNDS / 4; i++) {
        u8 ok;
        u64 old = counter;
        do {
            asm volatile("lock cmpxchgq %3, %1; setz %0" : "=q"(ok), "+m"(counter), "+a"(old) : "r"(old + 3) : "memory");
        } while (!ok);
    }
}

static void xadd_sum(void) {
    for (u32 i = 0; i < ROUNDS / 4; i++) {
        u64 one = 1;
        asm volatile("lock xaddq %0, %1" : "+r"(one), "+m"(counter) : : "memory");
    }
}

// Stores are seen in order, and loads look in order: a reader that sees the flag sees the data.
static void writer(void) {
    for (u64 i = 1; i <= ROUNDS; i++) {
        asm volatile("mov %1, %0" : "=m"(data) : "r"(i) : "memory");
        asm volatile("mov %1, %0" : "=m"(flag) : "r"(i) : "memory");
    }
}

static void reader(void) {
    u64 f = 0;
    while (f < ROUNDS) {
        u64 d;
        asm volatile("mov %1, %0" : "=r"(f) : "m"(flag) : "memory");
        asm volatile("mov %1, %0" : "=r"(d) : "m"(data) : "memory");
        if (d < f) {
            errors = errors + 1;
        }
    }
}

static int on_ipi(struct frame *f) {
    (void)f;
    got_ipi = got_ipi + 1;
    L(0xB0) = 0;
    return 1;
}

static int on_shootdown(struct frame *f) {
    (void)f;
    invlpg(W);
    got_ipi = got_ipi + 1;
    L(0xB0) = 0;
    return 1;
}

static void ap_main(u32 number) {
    if (number > 1) {
        return;
    }
    L(0xF0) = 0x1FF;
    L(0x80) = 0;
    done = 1;
    u32 last = 0;
    for (;;) {
        u32 j = job;
        if (j == last) {
            pause();
            continue;
        }
        switch (j) {
            case 2: lock_add(); break;
            case 3: lock_straddle(); break;
            case 4: xchg_lock(); break;
            case 5: cmpxchg16(); break;
            case 6: bit_lock(); break;
            case 7: cmpxchg_add(); break;
            case 8: xadd_sum(); break;
            case 9: reader(); break;
            case 10: // wait in HLT for 100 interrupts
                while (got_ipi < 100) {
                    asm volatile("sti; hlt; cli" : : : "memory");
                }
                break;
            case 11: // look at the window until the second page shows
                asm volatile("sti");
                while (*(volatile u8 *)W != 2) {
                    from_ap = 1;
                    pause();
                }
                asm volatile("cli");
                break;
            case 12: // call the code until it answers 77
                while (((u32 (*)(void))code)() != 77) {
                    from_ap = 1;
                    asm volatile("cpuid" : : "a"(0) : "rbx", "rcx", "rdx", "memory");
                }
                break;
        }
        last = j;
        done = j;
    }
}

static int wait_done(u32 j) {
    for (u64 start = ticks(); ticks() - start < PATIENCE;) {
        if (done == j) {
            return 1;
        }
        pause();
    }
    print("second-processor-is-late: %d\n", (uword)j);
    return 0;
}

static void both(u32 j, void (*mine)(void)) {
    counter = plain = spin = 0;
    job = j;
    mine();
    wait_done(j);
}

static u32 ap_id;

static void ipi(int vector) {
    while (L(0x300) & 0x1000) {
        pause();
    }
    L(0x310) = ap_id << 24;
    L(0x300) = 0x4000 | vector;
}

static int start(void) {
    ap_id = 1;
    return start_processors(ap_main) > 1;
}

static const char *const names[] = {"second-processor", "lock-inc", "lock-inc-on-two-pages", "xchg-lock", "cmpxchg16b",
    "bts-lock", "cmpxchg", "xadd", "stores-in-order", "ipi-wakes-hlt", "tlb-shootdown", "changed-code"};

void test_main(void) {
    if (!start()) {
        for (uword i = 0; i < LEN(names); i++) {
            skip(names[i], "no second processor with APIC ID 1");
        }
        return;
    }
    print("%s: started\n", names[0]);
    both(2, lock_add);
    print("%s: %d\n", names[1], (uword)counter);
    both(3, lock_straddle);
    print("%s: %d\n", names[2], (uword)*(u64 *)(straddle + 4093));
    both(4, xchg_lock);
    print("%s: %d\n", names[3], (uword)plain);
    both(5, cmpxchg16);
    print("%s: %d %d\n", names[4], (uword)pair.a, (uword)pair.b);
    both(6, bit_lock);
    print("%s: %d\n", names[5], (uword)plain);
    both(7, cmpxchg_add);
    print("%s: %d\n", names[6], (uword)counter);
    both(8, xadd_sum);
    print("%s: %d\n", names[7], (uword)counter);
    both(9, writer);
    print("%s: %d errors\n", names[8], (uword)errors);

    hooks[0x70] = on_ipi;
    got_ipi = 0;
    job = 10;
    for (u32 i = 0; i < 100; i++) {
        ipi(0x70);
        for (u64 start = ticks(); ticks() - start < PATIENCE && got_ipi <= i;) {
            pause();
        }
    }
    wait_done(10);
    print("%s: %d\n", names[9], (uword)got_ipi);

    pml4[1] = (uword)pdpt1 | 7;
    pdpt1[0] = (uword)pd1 | 7;
    pd1[0] = (uword)pt1 | 7;
    pages[0][0] = 1;
    pages[1][0] = 2;
    pt1[0] = (uword)pages[0] | 7;
    hooks[0x71] = on_shootdown;
    got_ipi = 0;
    from_ap = 0;
    job = 11;
    for (u64 start = ticks(); ticks() - start < PATIENCE && !from_ap;) {
        pause();
    }
    pt1[0] = (uword)pages[1] | 7;
    ipi(0x71);
    print("%s: %s\n", names[10], wait_done(11) && got_ipi == 1 ? "seen" : "stale");

    code[0] = 0xB8;
    code[1] = 11;
    code[5] = 0xC3;
    from_ap = 0;
    job = 12;
    for (u64 start = ticks(); ticks() - start < PATIENCE && !from_ap;) {
        pause();
    }
    *(volatile u8 *)(code + 1) = 77;
    print("%s: %s\n", names[11], wait_done(12) ? "seen" : "stale");
}
