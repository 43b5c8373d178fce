/* What the kernel does: system calls, context switches, pipes, page faults, processes, files, signals. */
#define _GNU_SOURCE
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

static uint64_t calls(void)
{
    uint64_t sum = 0, parent = (uint64_t)getppid();
    for (int i = 0; i < 20000; i++)
        sum += (uint64_t)syscall(SYS_getppid) == parent;
    return mix(0, sum);
}

/* A byte to another process and back. */
static uint64_t switches(void)
{
    int there[2], back[2], sum = 0;
    if (pipe(there) || pipe(back))
        return fail("no pipe");
    pid_t child = fork();
    if (child < 0)
        return fail("no process");
    if (child == 0) {
        unsigned char c;
        close(there[1]);
        while (read(there[0], &c, 1) == 1) {
            c = (unsigned char)(c * 3 + 1);
            if (write(back[1], &c, 1) != 1)
                break;
        }
        _exit(0);
    }
    close(there[0]);
    unsigned char c = 1;
    for (int i = 0; i < 2000; i++) {
        if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
            return fail("the other process is gone");
        sum += c;
    }
    close(there[1]);
    close(back[0]);
    close(back[1]);
    waitpid(child, NULL, 0);
    return mix(0, (uint64_t)sum);
}

/* Two threads that take turns by a condition variable. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int turn;

static void *other_thread(void *limit)
{
    int n = *(int *)limit;
    pthread_mutex_lock(&lock);
    while (turn < n) {
        while (turn < n && turn % 2 == 0)
            pthread_cond_wait(&turned, &lock);
        turn++;
        pthread_cond_signal(&turned);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static uint64_t threads(void)
{
    pthread_t thread;
    int limit = 2000;
    turn = 0;
    if (pthread_create(&thread, NULL, other_thread, &limit))
        return fail("no thread");
    pthread_mutex_lock(&lock);
    while (turn < limit) {
        while (turn < limit && turn % 2)
            pthread_cond_wait(&turned, &lock);
        turn++;
        pthread_cond_signal(&turned);
    }
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return mix(0, (uint64_t)limit);
}

/* 4 MiB through a pipe, 64 KiB at a time. */
static uint64_t pipes(void)
{
    enum { CHUNK = 65536, CHUNKS = 64 };
    static unsigned char chunk[CHUNK];
    int ends[2];
    if (pipe(ends))
        return fail("no pipe");
    pid_t child = fork();
    if (child < 0)
        return fail("no process");
    if (child == 0) {
        close(ends[0]);
        for (int i = 0; i < CHUNKS; i++) {
            memset(chunk, i, CHUNK);
            for (ssize_t at = 0, n; at < CHUNK; at += n)
                if ((n = write(ends[1], chunk + at, (size_t)(CHUNK - at))) <= 0)
                    _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    ssize_t n, total = 0;
    while ((n = read(ends[0], chunk, CHUNK)) > 0)
        total += n;
    close(ends[0]);
    waitpid(child, NULL, 0);
    return mix(0, (uint64_t)total);
}

static uint64_t faults(void)
{
    enum { PAGES = 1000 };
    unsigned char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return fail("no memory");
    madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
    uint64_t sum = 0;
    for (int i = 0; i < PAGES; i++)
        p[i * PAGE + i] = (unsigned char)i;
    for (int i = 0; i < PAGES; i++)
        sum = mix(sum, p[i * PAGE + i]);
    munmap(p, PAGES * PAGE);
    return sum;
}

static uint64_t mappings(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 500; i++) {
        unsigned char *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED)
            return fail("no memory");
        p[PAGE] = (unsigned char)i;
        mprotect(p, PAGE * 4, PROT_READ);
        sum += p[PAGE];
        munmap(p, 16 * PAGE);
    }
    return mix(0, sum);
}

/* Processes that write to some of what they share with their parent. */
static uint64_t forks(void)
{
    static unsigned char shared[64 * PAGE];
    uint64_t sum = 0;
    for (int i = 0; i < 20; i++) {
        memset(shared, i, sizeof shared);
        pid_t child = fork();
        if (child < 0)
            return fail("no process");
        if (child == 0) {
            for (int k = 0; k < 32; k++)
                shared[k * PAGE] = (unsigned char)(k + i);
            _exit(shared[7 * PAGE] & 127);
        }
        int status;
        waitpid(child, &status, 0);
        sum = mix(sum, (uint64_t)WEXITSTATUS(status) + shared[7 * PAGE]);
    }
    return sum;
}

static uint64_t starts(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child < 0)
            return fail("no process");
        if (child == 0) {
            execl("/proc/self/exe", self_path, "nothing", (char *)NULL);
            _exit(99);
        }
        int status;
        waitpid(child, &status, 0);
        if (!WIFEXITED(status) || WEXITSTATUS(status))
            return fail("a program does not start");
        sum++;
    }
    return mix(0, sum);
}

/* Small files in a folder in memory: made, written, looked at, read, renamed, removed. */
static uint64_t files(void)
{
    enum { FILES = 40, BYTES = 10000 };
    static char data[BYTES], back[BYTES];
    char folder[] = "/tmp/bench-XXXXXX", name[64], other[64];
    uint64_t sum = 0;
    if (!mkdtemp(folder))
        return fail("no folder in /tmp");
    make_text(data, BYTES, 55);
    for (int i = 0; i < FILES; i++) {
        struct stat st;
        snprintf(name, sizeof name, "%s/file-%d", folder, i);
        snprintf(other, sizeof other, "%s/name-%d", folder, i);
        int fd = open(name, O_CREAT | O_RDWR | O_EXCL, 0600);
        if (fd < 0)
            return fail("no file in /tmp");
        for (int at = 0; at < BYTES; at += 1000)
            sum += (uint64_t)write(fd, data + at, 1000);
        sum += (uint64_t)pread(fd, back, BYTES, i);
        close(fd);
        sum += rename(name, other) == 0 && stat(other, &st) == 0 ? (uint64_t)st.st_size : 0;
        sum = mix(sum, (unsigned char)back[i * 100] + (uint64_t)(access(name, F_OK) != 0));
    }
    for (int i = 0; i < FILES; i++) {
        snprintf(other, sizeof other, "%s/name-%d", folder, i);
        sum += unlink(other) == 0;
    }
    rmdir(folder);
    return sum;
}

static volatile sig_atomic_t caught;
static volatile unsigned char *guarded;

static void on_signal(int number)
{
    caught++;
    if (number == SIGSEGV)
        mprotect((void *)guarded, PAGE, PROT_READ | PROT_WRITE);
}

/* Signals that a process sends to itself, and faults that a handler mends. */
static uint64_t signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    if (!guarded)
        guarded = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    caught = 0;
    for (int i = 0; i < 500; i++) {
        raise(SIGUSR1);
        mprotect((void *)guarded, PAGE, PROT_READ);
        guarded[i] = (unsigned char)i;
    }
    return mix(guarded[499], (uint64_t)caught);
}

const struct workload system_workloads[] = {
    { "sys-call", "sys", calls, 64, 0x004e200002f5c060 },
    { "sys-switch", "sys", switches, 12, 0x03df2800186d70f8 },
    { "sys-threads", "sys", threads, 48, 0x0007d0000033c670 },
    { "sys-pipe", "sys", pipes, 32, 0x400000026cc00003 },
    { "sys-fault", "sys", faults, 96, 0xa1e2e0ecc65d209f },
    { "sys-mmap", "sys", mappings, 64, 0x00f34e0006071d8a },
    { "sys-fork", "sys", forks, 12, 0xf88157f6a355d5ff },
    { "sys-exec", "sys", starts, 24, 0x00000a00000040fe },
    { "sys-files", "sys", files, 64, 0x4a9e26c705f2b361 },
    { "sys-signal", "sys", signals, 32, 0x00031b00001d9ee1 },
    { 0 },
};
