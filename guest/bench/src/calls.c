/* Calls, returns and indirect branches. */
#include "bench.h"

#include <setjmp.h>
#include <stdlib.h>

__attribute__((noinline)) static uint32_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint64_t recursion(void)
{
    return mix(3, fibonacci(25));
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t comparator(void)
{
    enum { N = 20000 };
    static void *slot;
    uint32_t *a = kept(&slot, N * sizeof *a);
    uint64_t state = 5150, sum = 0;
    for (int i = 0; i < N; i++)
        a[i] = (uint32_t)next_random(&state);
    qsort(a, N, sizeof *a, by_value);
    for (int i = 0; i < N; i += 11)
        sum = mix(sum, a[i]);
    return sum;
}

/* Shapes with methods, in the order of a random generator: the branch goes to another place nearly each time. */
struct shape;
struct methods {
    uint64_t (*area)(const struct shape *);
    void (*grow)(struct shape *, uint64_t);
};
struct shape {
    const struct methods *methods;
    uint64_t a, b;
};

static uint64_t square_area(const struct shape *s) { return s->a * s->a; }
static uint64_t box_area(const struct shape *s) { return s->a * s->b; }
static uint64_t triangle_area(const struct shape *s) { return s->a * s->b / 2; }
static uint64_t ring_area(const struct shape *s) { return 3 * (s->a * s->a - s->b * s->b); }
static void grow_a(struct shape *s, uint64_t by) { s->a += by; }
static void grow_both(struct shape *s, uint64_t by) { s->a += by; s->b += by >> 1; }

static uint64_t methods(void)
{
    enum { N = 512 };
    static const struct methods kinds[] = {
        { square_area, grow_a }, { box_area, grow_both }, { triangle_area, grow_both }, { ring_area, grow_a },
    };
    struct shape shapes[N];
    uint64_t state = 66, sum = 0;
    for (int i = 0; i < N; i++) {
        uint64_t r = next_random(&state);
        shapes[i] = (struct shape) { &kinds[r >> 62], r & 1023, r >> 10 & 511 };
    }
    for (int round = 0; round < 200; round++)
        for (int i = 0; i < N; i++) {
            struct shape *s = &shapes[i];
            s->methods->grow(s, (uint64_t)(round & 3));
            sum += s->methods->area(s);
        }
    return mix(1, sum);
}

/* An interpreter whose instructions jump to each other: one indirect branch for each. */
static uint64_t threaded(void)
{
    static const void *const labels[] = { &&add, &&shift, &&xor, &&multiply, &&skip, &&back, &&end };
    unsigned char code[256];
    uint64_t state = 1001, x = 1, count = 0;
    for (int i = 0; i < 254; i++)
        code[i] = (unsigned char)((next_random(&state) >> 40) % 5);
    code[254] = code[255] = 5;
    const unsigned char *pc = code;
#define NEXT goto *labels[*pc++]
    NEXT;
add:
    x += 0x9E3779B97F4A7C15ull;
    NEXT;
shift:
    x = x >> 7 | x << 57;
    NEXT;
xor:
    x ^= x >> 19;
    NEXT;
multiply:
    x *= 0x2545F4914F6CDD1Dull;
    NEXT;
skip:
    pc += (x >> 61 & 1) & (pc - code < 240);
    NEXT;
back:
    if (++count == 800)
        goto *labels[6];
    pc = code;
    NEXT;
end:
    return mix(count, x);
#undef NEXT
}

/* A state machine: a dense switch on each byte. */
static uint64_t machine(void)
{
    enum { BYTES = 60000 };
    static void *slot;
    char *text = slot;
    if (!text)
        make_text(text = kept(&slot, BYTES), BYTES, 9090);
    uint64_t counts[10] = { 0 }, state = 0;
    for (int i = 0; i < BYTES; i++) {
        unsigned c = (unsigned char)text[i];
        switch (state * 4 + (c <= ' ' ? 0 : c < 'a' ? 1 : c < 'm' ? 2 : 3)) {
        case 0: counts[0]++; break;
        case 1: counts[1] += c; state = 1; break;
        case 2: counts[2]++; state = 2; break;
        case 3: counts[3] ^= c; state = 3; break;
        case 4: counts[4]++; state = 0; break;
        case 5: counts[5] += counts[4]; break;
        case 6: state = 2; break;
        case 7: state = 3; counts[6] += 2; break;
        case 8: state = 0; counts[7]++; break;
        case 9: state = 1; break;
        case 10: counts[8] += c; break;
        case 11: state = 3; counts[8] -= 3; break;
        case 12: state = 0; counts[9]++; break;
        case 13: state = 1; counts[9] += 5; break;
        case 14: state = 2; counts[9] ^= c; break;
        default: counts[0] += 3; break;
        }
    }
    uint64_t sum = state;
    for (int i = 0; i < 10; i++)
        sum = mix(sum, counts[i]);
    return sum;
}

/* Returns over several frames at once, as exceptions do. */
static jmp_buf way_out;

__attribute__((noinline)) static int descend(int depth, uint64_t *state)
{
    if (depth == 0) {
        uint64_t r = next_random(state);
        if (r >> 62)
            longjmp(way_out, (int)(r >> 60) + 1);
        return (int)(r & 255);
    }
    return descend(depth - 1, state) + depth;
}

static uint64_t jumps(void)
{
    static uint64_t state, sum;
    static int i;
    state = 12;
    sum = 0;
    for (i = 0; i < 30000; i++) {
        int r = setjmp(way_out);
        sum = mix(sum, (uint64_t)(r ? r : descend(5 + i % 4, &state)));
    }
    return sum;
}

const struct workload call_workloads[] = {
    { "call-recursion", "call", recursion, 500, 0x0125120008d96d96 },
    { "call-comparator", "call", comparator, 96, 0x5f913d2ecae59859 },
    { "call-methods", "call", methods, 160, 0x6baa0f639aa1a91d },
    { "call-threaded", "call", threaded, 320, 0x1092d94a8d4f2695 },
    { "call-switch", "call", machine, 800, 0x07dcb098a279083b },
    { "call-longjmp", "call", jumps, 256, 0x9eeea140a5e5394c },
    { 0 },
};
