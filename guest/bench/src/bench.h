/* Workloads of the benchmark: what the driver knows of each, and what they share. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

/*
 * A unit is a fixed piece of work that returns a checksum. The same unit gives the same checksum each time, on every
 * processor. FAILED with `bench_error` set says that it could not be done here.
 */
typedef uint64_t (*bench_unit)(void);

struct workload {
    const char *name;
    const char *group;
    bench_unit unit;
    int units;         /* how many make a run */
    uint64_t expected; /* checksum of a unit; 0 if it depends on what is installed */
};

#define FAILED UINT64_MAX

extern const char *bench_error;

/* Score of the last run in seconds, where a program measures a rate by itself; else 0. */
extern double bench_score;

uint64_t fail(const char *why);

/* Pseudo-random numbers (xorshift64*): the same on every platform. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dull;
}

static inline uint64_t mix(uint64_t sum, uint64_t value)
{
    sum ^= value;
    sum *= 0x100000001B3ull;
    return sum ^ sum >> 29;
}

static inline uint64_t mix_double(uint64_t sum, double value)
{
    union { double d; uint64_t u; } bits = { value };
    return mix(sum, bits.u);
}

uint64_t mix_bytes(uint64_t sum, const void *bytes, size_t length);

/* Text that looks like a language: words of a small vocabulary, punctuation, lines. */
void make_text(void *into, size_t length, uint64_t seed);

/* Memory of this size, cleared, kept for the life of the process: the first unit pays for it. */
void *kept(void **slot, size_t size);

extern const struct workload integer_workloads[], memory_workloads[], float_workloads[], call_workloads[],
    system_workloads[], program_workloads[];

/* What `driver nothing` does, for the workload that starts programs. */
extern const char *self_path;

#endif
