// 64-bit: memory ordering between two, three and four processors: litmus tests with the outcomes that x86 forbids
// (Intel SDM vol. 3, 9.2; names as in the literature). With too few processors a test is skipped. What is allowed but
// not on every machine seen is told in lines that are not compared.
#include "sys.h"

#define N 2048
#define BATCHES 500

// Instance i of a variable: one cache line. Round b writes values that no earlier round wrote.
static volatile u32 x[N][16] __attribute__((aligned(4096)));
static volatile u32 y[N][16] __attribute__((aligned(4096)));
static u32 r[4][N] __attribute__((aligned(4096)));
static u32 q[4][N] __attribute__((aligned(4096)));

static volatile u32 arrived, epoch, current, threads, batch;

static inline void order(void) { asm volatile("" : : : "memory"); }
static inline void mfence(void) { asm volatile("mfence" : : : "memory"); }
static inline void locked(void) { asm volatile("lock orl $0,-8(%%rsp)" : : : "memory"); }
static inline void swap(volatile u32 *p, u32 v) { asm volatile("xchg %0,%1" : "+r"(v), "+m"(*p) : : "memory"); }
static inline void cpuid_(void) { u32 v[4]; cpuid(0, 0, v); order(); }
static inline void iret_(void) {
    asm volatile("mov %%rsp,%%rax; mov %%ss,%%ecx; push %%rcx; push %%rax; pushf; mov %%cs,%%ecx; push %%rcx; push $1f; "
        "iretq; 1:" : : : "rax", "rcx", "memory");
}
static inline void invlpg_(void) { asm volatile("invlpg (%0)" : : "r"(0) : "memory"); }
static inline void cr3_(void) { flush_tlb(); order(); }

static void barrier(void) {
    u32 e = epoch;
    u32 one = 1;
    asm volatile("lock xaddl %0,%1" : "+r"(one), "+m"(arrived) : : "memory");
    if (one + 1 == threads) {
        arrived = 0;
        order();
        epoch = e + 1;
        return;
    }
    while (epoch == e) {
        pause();
    }
}

// One pass over all instances: b is what this round writes (b + 1 is free too).
#define PASS(name, body) \
    static void name(u32 me, u32 b) { \
        (void)me; (void)b; \
        for (u32 i = 0; i < N; i++) { body; order(); } \
    }
#define X x[i][0]
#define Y y[i][0]
#define R r[me][i]
#define Q q[me][i]

PASS(x_then_read_y, X = b; order(); R = Y)
PASS(y_then_read_x, Y = b; order(); R = X)
PASS(x_mfence_read_y, X = b; mfence(); R = Y)
PASS(y_mfence_read_x, Y = b; mfence(); R = X)
PASS(x_lock_read_y, X = b; locked(); R = Y)
PASS(y_lock_read_x, Y = b; locked(); R = X)
PASS(x_xchg_read_y, swap(&X, b); R = Y)
PASS(y_xchg_read_x, swap(&Y, b); R = X)
PASS(x_cpuid_read_y, X = b; cpuid_(); R = Y)
PASS(y_cpuid_read_x, Y = b; cpuid_(); R = X)
PASS(x_iret_read_y, X = b; iret_(); R = Y)
PASS(y_iret_read_x, Y = b; iret_(); R = X)
PASS(x_invlpg_read_y, X = b; invlpg_(); R = Y)
PASS(y_invlpg_read_x, Y = b; invlpg_(); R = X)
PASS(x_cr3_read_y, X = b; cr3_(); R = Y)
PASS(y_cr3_read_x, Y = b; cr3_(); R = X)
PASS(x_own_read_y, X = b; order(); Q = X; order(); R = Y)
PASS(y_own_read_x, Y = b; order(); Q = Y; order(); R = X)
PASS(write_x_y, X = b; order(); Y = b)
PASS(read_y_x, R = Y; order(); Q = X)
PASS(read_x_y, R = X; order(); Q = Y)
PASS(read_y_x_mfence, R = Y; mfence(); Q = X)
PASS(read_x_y_mfence, R = X; mfence(); Q = Y)
PASS(read_x_write_y, R = X; order(); Y = b)
PASS(read_y_write_x, R = Y; order(); X = b)
PASS(write_x_y2, X = b; order(); Y = b + 1)
PASS(write_y_x2, Y = b; order(); X = b + 1)
PASS(write_x2_y, X = b + 1; order(); Y = b)
PASS(read_y_write_x1, R = Y; order(); X = b)
PASS(write_x, X = b)
PASS(write_y, Y = b)
PASS(swap_x, swap(&X, b))
PASS(swap_y, swap(&Y, b))
PASS(read_x_x, R = X; order(); Q = X)
PASS(write_y2_mfence_read_x, Y = b + 1; mfence(); R = X)
PASS(write_x_mfence_y, X = b; mfence(); Y = b)
PASS(count_x, asm volatile("lock incl %0" : "+m"(X) : : "memory"))

// Forbidden outcomes, of one instance after a round. Something that is not yet b is old.
#define SEES(name, condition) static int name(u32 i, u32 b) { (void)b; return condition; }
#define NEW(v) ((v) >= b)
SEES(both_old, !NEW(r[0][i]) && !NEW(r[1][i]))
SEES(own_old, !NEW(q[0][i]) || !NEW(q[1][i]))
SEES(flag_without_data, NEW(r[1][i]) && !NEW(q[1][i]))
SEES(both_new, NEW(r[0][i]) && NEW(r[1][i]))
SEES(readers_disagree, NEW(r[2][i]) && !NEW(q[2][i]) && NEW(r[3][i]) && !NEW(q[3][i]))
SEES(both_first, X == b && Y == b)
SEES(overtaken, NEW(r[1][i]) && X == b + 1)
SEES(not_causal, NEW(r[1][i]) && NEW(r[2][i]) && !NEW(q[2][i]))
SEES(backwards, NEW(r[1][i]) && !NEW(q[1][i]))
SEES(last_yet_old, Y == b + 1 && !NEW(r[1][i]))
SEES(lost, X != b * 2)

typedef void (*pass)(u32 me, u32 b);
static const struct {
    const char *name;
    u32 threads;
    pass passes[4];
    int (*sees)(u32 i, u32 b);
    int allowed; // the outcome is a legal one, counted for people
} tests[] = {
    {"store-buffering", 2, {x_then_read_y, y_then_read_x}, both_old, 1},
    {"store-buffering-own", 2, {x_own_read_y, y_own_read_x}, own_old, 0},
    {"store-buffering-mfence", 2, {x_mfence_read_y, y_mfence_read_x}, both_old, 0},
    {"store-buffering-lock", 2, {x_lock_read_y, y_lock_read_x}, both_old, 0},
    {"store-buffering-xchg", 2, {x_xchg_read_y, y_xchg_read_x}, both_old, 0},
    {"store-buffering-cpuid", 2, {x_cpuid_read_y, y_cpuid_read_x}, both_old, 0},
    {"store-buffering-iret", 2, {x_iret_read_y, y_iret_read_x}, both_old, 0},
    {"store-buffering-invlpg", 2, {x_invlpg_read_y, y_invlpg_read_x}, both_old, 0},
    {"store-buffering-cr3", 2, {x_cr3_read_y, y_cr3_read_x}, both_old, 0},
    {"message-passing", 2, {write_x_y, read_y_x}, flag_without_data, 0},
    {"message-passing-mfence", 2, {write_x_mfence_y, read_y_x_mfence}, flag_without_data, 0},
    {"load-buffering", 2, {read_x_write_y, read_y_write_x}, both_new, 0},
    {"two-plus-two-writes", 2, {write_x_y2, write_y_x2}, both_first, 0},
    {"s", 2, {write_x2_y, read_y_write_x1}, overtaken, 0},
    {"r-mfence", 2, {write_x_mfence_y, write_y2_mfence_read_x}, last_yet_old, 0},
    {"read-read-coherence", 2, {write_x, read_x_x}, backwards, 0},
    {"lock-inc", 2, {count_x, count_x}, lost, 0},
    {"write-to-read-causality", 3, {write_x, read_x_write_y, read_y_x}, not_causal, 0},
    {"iriw", 4, {write_x, write_y, read_x_y, read_y_x}, readers_disagree, 0},
    {"iriw-lock", 4, {swap_x, swap_y, read_x_y, read_y_x}, readers_disagree, 0},
    {"iriw-mfence", 4, {write_x, write_y, read_x_y_mfence, read_y_x_mfence}, readers_disagree, 0},
};

static void work(u32 me) {
    // What the processor does in a test of fewer threads is to wait.
    u32 done = 0;
    for (;;) {
        u32 job = current;
        if (job == done) {
            pause();
            continue;
        }
        done = job;
        if (me < threads) {
            for (u32 n = 0; n < BATCHES; n++) {
                barrier();
                tests[job - 1].passes[me](me, batch);
                barrier();
            }
        }
    }
}

static u32 run(u32 t) {
    u32 seen_count = 0;
    threads = tests[t].threads;
    for (u32 i = 0; i < N; i++) {
        X = Y = 0;
    }
    // A counter is compared with how often it was counted: its rounds are numbered from 1.
    u32 step = tests[t].sees == lost ? 1 : 2;
    batch = step;
    arrived = 0;
    order();
    current = t + 1;
    for (u32 n = 0; n < BATCHES; n++) {
        barrier();
        tests[t].passes[0](0, batch);
        barrier();
        for (u32 i = 0; i < N; i++) {
            seen_count += tests[t].sees(i, batch);
        }
        batch += step;
        order();
    }
    return seen_count;
}

void test_main(void) {
    u32 processors = start_processors(work);
    for (u32 t = 0; t < LEN(tests); t++) {
        if (processors < tests[t].threads) {
            skip(tests[t].name, "too few processors");
            continue;
        }
        u32 n = run(t);
        if (tests[t].allowed) {
            print("%s: skip (allowed, seen %d times)\n", tests[t].name, (uword)n);
        } else {
            print("%s: %d forbidden outcomes\n", tests[t].name, (uword)n);
        }
    }
}
