/* Programs from Debian: a unit is a script in programs/ beside the driver, its output is the checksum. */
#define _GNU_SOURCE
#include "bench.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Rates become seconds for this much work. */
#define WORK 1e9

static char why[200];

/*
 * Runs a script. Lines that begin with "rate " tell work per second that the program has measured itself, and are
 * no part of the checksum; the scores of several are added.
 */
static uint64_t script(const char *name)
{
    char folder[PATH_MAX], path[PATH_MAX + 100], line[4096];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (n <= 0)
        return fail("no /proc");
    folder[n] = 0;
    *strrchr(folder, '/') = 0;
    snprintf(path, sizeof path, "%s/programs/%s", folder, name);
    if (access(path, R_OK))
        return fail("its script is not here");
    snprintf(path, sizeof path, "cd '%s/programs' && LC_ALL=C /bin/bash ./%s", folder, name);
    FILE *out = popen(path, "r");
    if (!out)
        return fail("no process");
    uint64_t sum = 0;
    size_t length = 0;
    while (fgets(line, sizeof line, out)) {
        double rate;
        if (sscanf(line, "rate %lf", &rate) == 1 && rate > 0) {
            bench_score += WORK / rate;
        } else {
            length += strlen(line);
            sum = mix_bytes(sum, line, strlen(line));
        }
    }
    int status = pclose(out);
    if (status) {
        snprintf(why, sizeof why, "its script ended with status %d", WEXITSTATUS(status));
        return fail(why);
    }
    return length ? sum : fail("its script printed nothing");
}

static uint64_t openssl(void) { return script("openssl"); }
static uint64_t xz(void) { return script("xz"); }
static uint64_t sqlite(void) { return script("sqlite3"); }
static uint64_t python(void) { return script("python3"); }
static uint64_t compiler(void) { return script("gcc"); }

const struct workload program_workloads[] = {
    { "real-openssl", "real", openssl, 1, 0 },
    { "real-xz", "real", xz, 1, 0 },
    { "real-sqlite3", "real", sqlite, 1, 0 },
    { "real-python3", "real", python, 1, 0 },
    { "real-gcc", "real", compiler, 1, 0 },
    { 0 },
};
