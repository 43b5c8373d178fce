/*
 * Runs workloads and says how long they took.
 *
 *   driver list                      NAME GROUP UNITS of all
 *   driver run NAME [UNITS [COPIES]] one run; UNITS 0 stands for the workload's own number
 *   driver serve                     commands "run ..." and "list" from standard input, until "quit"
 *   driver nothing                   ends at once
 *
 * A run prints "BENCH-BEGIN NAME" and "BENCH NAME SCORE WALL CHECKSUM UNITS COPIES", times in seconds of
 * CLOCK_MONOTONIC, or "BENCH-FAIL NAME REASON". SCORE is WALL but for programs that measure a rate by themselves.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MAX_COPIES = 16 };

const char *bench_error;
double bench_score;
const char *self_path;

/* What a copy tells its parent, in shared memory. */
struct outcome {
    double begin, end, score;
    uint64_t checksum;
    char error[200];
};

static const struct workload *const all[] = {
    integer_workloads, memory_workloads, float_workloads, call_workloads, system_workloads, program_workloads,
};

uint64_t fail(const char *why)
{
    bench_error = why;
    return FAILED;
}

uint64_t mix_bytes(uint64_t sum, const void *bytes, size_t length)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ p[i]) * 0x100000001B3ull;
    return sum ^ sum >> 31;
}

void *kept(void **slot, size_t size)
{
    if (!*slot) {
        *slot = calloc(1, size);
        if (!*slot) {
            printf("BENCH-FAIL memory: out of memory\n");
            exit(1);
        }
    }
    return *slot;
}

void make_text(void *into, size_t length, uint64_t seed)
{
    static const char *const words[] = {
        "the", "of", "a", "machine", "register", "translates", "memory", "and", "is", "to", "page", "every",
        "interrupt", "device", "queue", "when", "it", "runs", "faster", "slowly", "between", "guest", "host",
        "block", "address", "42", "processor", "because", "value", "was", "written", "before",
    };
    char *text = into;
    uint64_t state = seed;
    size_t at = 0;
    while (at < length) {
        uint64_t r = next_random(&state);
        const char *word = words[(r >> 8) % (sizeof words / sizeof *words)];
        size_t n = strlen(word);
        if (at + n + 2 > length) {
            memset(text + at, '.', length - at);
            return;
        }
        memcpy(text + at, word, n);
        at += n;
        text[at++] = (r & 15) == 0 ? '\n' : (r & 15) == 1 ? ',' : ' ';
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const struct workload *find(const char *name)
{
    for (size_t g = 0; g < sizeof all / sizeof *all; g++)
        for (const struct workload *w = all[g]; w->name; w++)
            if (!strcmp(w->name, name))
                return w;
    return NULL;
}

static void list(void)
{
    for (size_t g = 0; g < sizeof all / sizeof *all; g++)
        for (const struct workload *w = all[g]; w->name; w++)
            printf("BENCH-WORKLOAD %s %s %d\n", w->name, w->group, w->units);
    printf("BENCH-LISTED\n");
    fflush(stdout);
}

/* The n-th processor that may be used, and no other: a workload of two processes is not to depend on their number. */
static void pin(int n)
{
    cpu_set_t allowed, one;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return;
    n %= CPU_COUNT(&allowed);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && n-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

static void copy(const struct workload *w, int units, struct outcome *out)
{
    uint64_t first = 0;
    out->begin = now();
    for (int i = 0; i < units; i++) {
        bench_score = 0;
        uint64_t sum = w->unit();
        out->score += bench_score;
        if (sum == FAILED && bench_error) {
            snprintf(out->error, sizeof out->error, "%s", bench_error);
            return;
        }
        if (i == 0)
            first = sum;
        else if (sum != first) {
            snprintf(out->error, sizeof out->error, "unit %d: checksum %016" PRIx64 ", before %016" PRIx64, i, sum,
                first);
            return;
        }
    }
    out->end = now();
    out->checksum = first;
    if (w->expected && first != w->expected)
        snprintf(out->error, sizeof out->error, "wrong: checksum %016" PRIx64 " instead of %016" PRIx64, first,
            w->expected);
}

static void run(const char *name, int units, int copies)
{
    const struct workload *w = find(name);
    if (!w) {
        printf("BENCH-FAIL %s no such workload\n", name);
        return;
    }
    if (units <= 0)
        units = w->units;
    if (copies < 1 || copies > MAX_COPIES)
        copies = 1;
    struct outcome *out = mmap(NULL, sizeof *out * MAX_COPIES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
        0);
    if (out == MAP_FAILED) {
        printf("BENCH-FAIL %s no memory\n", name);
        return;
    }
    printf("BENCH-BEGIN %s\n", name);
    fflush(stdout);
    for (int i = 0; i < copies; i++) {
        snprintf(out[i].error, sizeof out[i].error, "ended early");
        pid_t child = fork();
        if (child == 0) {
            pin(i);
            out[i].error[0] = 0;
            copy(w, units, &out[i]);
            fflush(stdout);
            _exit(0);
        }
        if (child < 0)
            snprintf(out[i].error, sizeof out[i].error, "cannot fork");
    }
    for (int status; wait(&status) > 0;)
        if (WIFSIGNALED(status))
            snprintf(out[0].error, sizeof out[0].error, "killed by signal %d", WTERMSIG(status));
    double begin = out[0].begin, end = out[0].end, score = out[0].score;
    for (int i = 0; i < copies; i++) {
        if (out[i].error[0]) {
            printf("BENCH-FAIL %s %s\n", name, out[i].error);
            goto done;
        }
        if (out[i].checksum != out[0].checksum) {
            printf("BENCH-FAIL %s copies have different checksums\n", name);
            goto done;
        }
        begin = out[i].begin < begin ? out[i].begin : begin;
        end = out[i].end > end ? out[i].end : end;
    }
    printf("BENCH %s %.6f %.6f %016" PRIx64 " %d %d\n", name, score > 0 ? score : end - begin, end - begin,
        out[0].checksum, units, copies);
done:
    fflush(stdout);
    munmap(out, sizeof *out * MAX_COPIES);
}

/* A console as a line: no echo, no translation of what is sent. */
static void quiet_console(void)
{
    struct termios t;
    if (tcgetattr(0, &t))
        return;
    t.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    tcsetattr(0, TCSANOW, &t);
}

static void serve(void)
{
    char line[200], name[100];
    quiet_console();
    printf("BENCH-READY\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        int units = 0, copies = 1;
        if (sscanf(line, "run %99s %d %d", name, &units, &copies) >= 1)
            run(name, units, copies);
        else if (!strncmp(line, "list", 4))
            list();
        else if (!strncmp(line, "quit", 4))
            return;
    }
}

int main(int argc, char **argv)
{
    self_path = argv[0];
    if (argc >= 2 && !strcmp(argv[1], "nothing"))
        return 0;
    if (argc == 2 && !strcmp(argv[1], "list"))
        list();
    else if (argc == 2 && !strcmp(argv[1], "serve"))
        serve();
    else if (argc >= 3 && !strcmp(argv[1], "run"))
        run(argv[2], argc > 3 ? atoi(argv[3]) : 0, argc > 4 ? atoi(argv[4]) : 1);
    else {
        fprintf(stderr, "usage: driver list | run NAME [UNITS [COPIES]] | serve\n");
        return 2;
    }
    return 0;
}
