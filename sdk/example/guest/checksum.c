/*
 * Uses the checksum card from user space, with no driver: registers and MSI-X table through sysfs, DMA into a huge page
 * whose physical address pagemap tells, and messages aimed at words of that page (a message is a memory write).
 *
 * Runs jobs until a line comes on standard input, checks every one, and prints "progress N" now and then and at last
 * "RESULT bad=B jobs=N ticks=T masked=M kinds=K". With "-a N" it stays at one algorithm.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HUGE (2u << 20)
#define LARGEST 3000
#define LIMIT_SECONDS 60
#define TICK_MS 20

enum { START = 1, BUSY = 1, DONE = 2, FAILED = 4, TICK = 8 };

/* The layout of the huge page. */
enum { DATA = 0, TARGET = 1 << 20, MAILBOX = TARGET + 64 };

static volatile uint8_t *regs;
static volatile uint32_t *msix;
static uint8_t *page;
static uint64_t physical;
static unsigned bad;

static uint32_t get(int offset) { return *(volatile uint32_t *) (regs + offset); }
static void put(int offset, uint32_t value) { *(volatile uint32_t *) (regs + offset) = value; }
static void put64(int offset, uint64_t value) { *(volatile uint64_t *) (regs + offset) = value; }
static volatile uint32_t *mailbox(int vector) { return (volatile uint32_t *) (page + MAILBOX) + vector; }

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void wrong(const char *what, unsigned job, uint32_t seen, uint32_t expected)
{
    if (bad++ < 10) {
        printf("WRONG job %u: %s is 0x%x, not 0x%x\n", job, what, seen, expected);
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* The folder of the card in sysfs. */
static char *find(void)
{
    static char path[300];
    DIR *all = opendir("/sys/bus/pci/devices");
    for (struct dirent *entry; all && (entry = readdir(all)); ) {
        char id[16] = "";
        snprintf(path, sizeof path, "/sys/bus/pci/devices/%.200s/vendor", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file) {
            if (!fgets(id, sizeof id, file)) {
                id[0] = 0;
            }
            fclose(file);
        }
        if (!strncmp(id, "0xba5e", 6)) {
            *strrchr(path, '/') = 0;
            closedir(all);
            return path;
        }
    }
    fprintf(stderr, "no checksum card\n");
    exit(2);
}

static int file_of(const char *folder, const char *name)
{
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDWR);
    if (fd < 0) {
        die(path);
    }
    return fd;
}

static void *map(const char *folder, const char *name)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file_of(folder, name), 0);
    if (at == MAP_FAILED) {
        die(name);
    }
    return at;
}

/* A page that does not move, and where it is. */
static void get_page(void)
{
    FILE *pages = fopen("/proc/sys/vm/nr_hugepages", "w");
    if (!pages || fprintf(pages, "1\n") < 0 || fclose(pages)) {
        die("nr_hugepages");
    }
    page = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
    if (page == MAP_FAILED) {
        die("huge page");
    }
    page[0] = 1;
    uint64_t entry = 0;
    int pagemap = open("/proc/self/pagemap", O_RDONLY);
    if (pagemap < 0 || pread(pagemap, &entry, 8, (uintptr_t) page / 4096 * 8) != 8) {
        die("pagemap");
    }
    physical = (entry & ((1ull << 55) - 1)) * 4096;
    close(pagemap);
    if (!(entry >> 63) || !physical) {
        die("physical address");
    }
}

/* Memory and bus master on, MSI-X on with both vectors aimed at the mailboxes. */
static void set_up(const char *folder)
{
    int config = file_of(folder, "config");
    uint16_t command;
    uint8_t at = 0x34, id = 0;
    pread(config, &command, 2, 4);
    command |= 6;
    pwrite(config, &command, 2, 4);
    pread(config, &at, 1, at);
    for (int i = 0; at && i < 48; i++) {
        pread(config, &id, 1, at);
        if (id == 0x11) {
            break;
        }
        pread(config, &at, 1, at + 1);
    }
    if (id != 0x11) {
        fprintf(stderr, "no MSI-X\n");
        exit(2);
    }
    for (int vector = 0; vector < 2; vector++) {
        uint64_t address = physical + MAILBOX + 4 * vector;
        msix[4 * vector] = (uint32_t) address;
        msix[4 * vector + 1] = address >> 32;
        msix[4 * vector + 2] = 0xC0DE0000 + vector;
        msix[4 * vector + 3] = 0;
    }
    uint16_t control;
    pread(config, &control, 2, at + 2);
    control |= 0x8000;
    pwrite(config, &control, 2, at + 2);
    close(config);
}

static uint32_t crc(const uint8_t *data, uint32_t length, uint32_t polynomial)
{
    uint32_t value = ~0u;
    while (length--) {
        value ^= *data++;
        for (int i = 0; i < 8; i++) {
            value = value >> 1 ^ (value & 1 ? polynomial : 0);
        }
    }
    return ~value;
}

static uint32_t adler(const uint8_t *data, uint32_t length)
{
    uint32_t a = 1, b = 0;
    while (length--) {
        a = (a + *data++) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static uint32_t expected(unsigned algorithm, const uint8_t *data, uint32_t length)
{
    switch (algorithm) {
        case 0: return crc(data, length, 0xEDB88320);
        case 1: return adler(data, length);
        default: return crc(data, length, 0x82F63B78);
    }
}

static uint32_t random32(void)
{
    static uint64_t state = 88172645463325252ull;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 16;
}

/* Waits until a mailbox holds its message; 0 if it does not come. */
static int message(int vector)
{
    double end = now() + LIMIT_SECONDS;
    while (*mailbox(vector) != 0xC0DE0000u + vector) {
        if (now() > end) {
            return 0;
        }
    }
    return 1;
}

static int pending(int vector)
{
    /* The pending bits are in the upper half of the BAR. */
    return msix[2048 / 4] >> vector & 1;
}

static void job(unsigned number, unsigned algorithm, int masked)
{
    uint32_t length = 1 + random32() % LARGEST;
    uint32_t offset = random32() % 4096;
    uint8_t *data = page + DATA + offset;
    for (uint32_t i = 0; i < length; i++) {
        data[i] = random32();
    }
    uint32_t before = get(0x2C);
    uint64_t target = physical + TARGET;
    memset(page + TARGET, 0xEE, 8);
    *mailbox(0) = 0;
    msix[3] = masked;
    put64(0x10, physical + DATA + offset);
    put(0x18, length);
    put(0x20, target);
    put(0x24, target >> 32);
    put(0x04, algorithm << 4 | START);
    if (masked) {
        double end = now() + LIMIT_SECONDS;
        while (!pending(0) && now() < end) {
        }
        if (!pending(0) || *mailbox(0)) {
            wrong("the masked message", number, *mailbox(0), 0);
        }
        msix[3] = 0;
    }
    if (!message(0)) {
        wrong("the message", number, *mailbox(0), 0xC0DE0000);
    }
    uint32_t sum = expected(algorithm, data, length);
    uint32_t written[2];
    memcpy(written, page + TARGET, 8);
    if (written[0] != sum) {
        wrong("the checksum in memory", number, written[0], sum);
    }
    if (written[1] != before + 1) {
        wrong("the job number in memory", number, written[1], before + 1);
    }
    if (get(0x28) != sum) {
        wrong("RESULT", number, get(0x28), sum);
    }
    if ((get(0x08) & ~TICK) != DONE) {
        wrong("STATUS", number, get(0x08), DONE);
    }
    put(0x08, DONE);
    if (get(0x08) & ~TICK) {
        wrong("STATUS after clearing", number, get(0x08), 0);
    }
    if (get(0x2C) != before + 1) {
        wrong("JOBS", number, get(0x2C), before + 1);
    }
}

int main(int count, char **arguments)
{
    int fixed = count == 3 && !strcmp(arguments[1], "-a") ? atoi(arguments[2]) : -1;
    setvbuf(stdout, NULL, _IOLBF, 0);
    char *folder = find();
    int enable = file_of(folder, "enable");
    if (write(enable, "1", 1) != 1) {
        die("enable");
    }
    get_page();
    regs = map(folder, "resource0");
    msix = map(folder, "resource1");
    set_up(folder);
    if (get(0) != 0x4D555343) {
        wrong("ID", 0, get(0), 0x4D555343);
    }
    unsigned jobs = 0, masked = 0, kinds = 0;
    uint32_t ticks = get(0x34);
    uint32_t first = ticks;
    double began = now(), shown = began;
    *mailbox(1) = 0;
    put(0x30, TICK_MS);
    struct pollfd input = {0, POLLIN, 0};
    while (!poll(&input, 1, 0) && bad < 10) {
        /* Version 1 of the card does not take algorithm 2: CONTROL keeps the last one then. */
        unsigned algorithm = fixed >= 0 ? (unsigned) fixed : jobs % 2;
        put(0x04, algorithm << 4);
        if ((get(0x04) >> 4 & 3) != algorithm) {
            wrong("ALGORITHM", jobs, get(0x04) >> 4 & 3, algorithm);
        }
        int mask = jobs % 8 == 7;
        job(++jobs, algorithm, mask);
        masked += mask;
        kinds |= 1 << algorithm;
        uint32_t t = get(0x34);
        if (t - ticks > 1u << 30) {
            wrong("TICKS", jobs, t, ticks);
        }
        ticks = t;
        if (now() - shown > 0.5) {
            shown = now();
            printf("progress %u\n", jobs);
        }
    }
    double end = now() + LIMIT_SECONDS;
    while (get(0x34) == first && now() < end) {
    }
    if (!message(1)) {
        wrong("the tick's message", jobs, *mailbox(1), 0xC0DE0001);
    }
    put(0x30, 0);
    ticks = get(0x34) - first;
    double possible = (now() - began) * 1000 / TICK_MS + 2;
    if (!ticks || ticks > possible) {
        wrong("the number of ticks", jobs, ticks, (uint32_t) possible);
    }
    printf("RESULT bad=%u jobs=%u ticks=%u masked=%u kinds=%u\n", bad, jobs, ticks, masked, kinds);
    return bad != 0;
}
