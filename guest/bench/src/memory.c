/* Work on memory: chains of pointers, streams, matrices, copies, random updates, lists. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    uint64_t value[7];
};

/* A single cycle through all nodes in random order. */
static struct node *cycle(void **slot, size_t count)
{
    struct node *nodes = *slot;
    if (nodes)
        return nodes;
    nodes = kept(slot, count * sizeof *nodes);
    uint32_t *order = malloc(count * sizeof *order);
    uint64_t state = 4242;
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = next_random(&state) % i;
        uint32_t t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (size_t i = 0; i < count; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % count]];
        nodes[order[i]].value[0] = i * 2654435761u;
    }
    free(order);
    return nodes;
}

static uint64_t chase(struct node *at, size_t steps)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < steps; i++) {
        sum += at->value[0];
        at = at->next;
    }
    return mix(sum, at->value[0]);
}

static uint64_t chase_small(void)
{
    static void *slot;
    return chase(cycle(&slot, 400), 2000000);
}

static uint64_t chase_large(void)
{
    static void *slot;
    return chase(cycle(&slot, 1 << 18), 20000);
}

static uint64_t stream(void)
{
    enum { N = 1 << 18 };
    static void *sa, *sb, *sc;
    double *a = kept(&sa, N * sizeof *a), *b = kept(&sb, N * sizeof *b), *c = kept(&sc, N * sizeof *c);
    for (int i = 0; i < N; i++)
        a[i] = i;
    for (int i = 0; i < N; i++)
        c[i] = a[i];
    for (int i = 0; i < N; i++)
        b[i] = 3 * c[i];
    for (int i = 0; i < N; i++)
        c[i] = a[i] + b[i];
    for (int i = 0; i < N; i++)
        a[i] = b[i] + 3 * c[i];
    return mix_double(mix_double(0, a[N - 1]), c[N / 2]);
}

static uint64_t matrix(void)
{
    enum { N = 128 };
    static int32_t a[N][N], b[N][N], c[N][N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * 3 - j;
            b[i][j] = i ^ j;
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            int32_t sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    return mix_bytes(0, c, sizeof c);
}

static uint64_t copies(void)
{
    enum { BYTES = 1 << 20 };
    static void *slot;
    unsigned char *p = kept(&slot, 2 * BYTES);
    uint64_t state = 1, sum = 0;
    memset(p, 0, 2 * BYTES);
    for (int i = 0; i < 8; i++) {
        memset(p + i * 1000, i + 1, 64000);
        memcpy(p + BYTES, p, BYTES / 2);
        memmove(p + 100, p + 64, BYTES / 2);
    }
    for (int i = 0; i < 20000; i++) {
        uint64_t r = next_random(&state);
        memcpy(p + BYTES + (r & 65535), p + (r >> 16 & 65535), (r >> 32 & 255) + 1);
    }
    for (int i = 0; i < 2 * BYTES; i += 61)
        sum = mix(sum, p[i]);
    return sum;
}

/* Adds at random places of 32 MiB: every access another page. */
static uint64_t updates(void)
{
    enum { WORDS = 1 << 22 };
    static void *slot;
    uint64_t *table = kept(&slot, WORDS * sizeof *table), state = 17, sum = 0;
    for (int i = 0; i < 100000; i++) {
        uint64_t r = next_random(&state);
        table[r >> 42] = r;
    }
    for (int i = 0; i < WORDS; i += 4099)
        sum = mix(sum, table[i]);
    return sum;
}

/* A list that is made, turned around, sorted by merging, and freed: small blocks of malloc. */
struct item {
    struct item *next;
    uint32_t key;
};

static struct item *merge_sort(struct item *list, int count)
{
    if (count < 2) {
        if (list)
            list->next = NULL;
        return list;
    }
    struct item *second = list, *head = NULL, **end = &head;
    for (int i = 0; i < count / 2; i++)
        second = second->next;
    second = merge_sort(second, count - count / 2);
    list = merge_sort(list, count / 2);
    while (list && second) {
        struct item **least = list->key <= second->key ? &list : &second;
        *end = *least;
        end = &(*least)->next;
        *least = (*least)->next;
    }
    *end = list ? list : second;
    return head;
}

static uint64_t lists(void)
{
    enum { N = 20000 };
    struct item *list = NULL, *turned = NULL;
    uint64_t state = 8, sum = 0;
    for (int i = 0; i < N; i++) {
        struct item *item = malloc(sizeof *item);
        item->key = (uint32_t)(next_random(&state) >> 40);
        item->next = list;
        list = item;
    }
    for (int pass = 0; pass < 9; pass++) {
        while (list) {
            struct item *next = list->next;
            list->next = turned;
            turned = list;
            list = next;
        }
        list = turned;
        turned = NULL;
    }
    list = merge_sort(list, N);
    while (list) {
        struct item *next = list->next;
        sum = mix(sum, list->key);
        free(list);
        list = next;
    }
    return sum;
}

/* Bytes of a picture turned by 90 degrees: long strides. */
static uint64_t transpose(void)
{
    enum { N = 1024 };
    static void *from_slot, *to_slot;
    unsigned char *from = from_slot, *to = kept(&to_slot, N * N);
    if (!from)
        make_text(from = kept(&from_slot, N * N), N * N, 6);
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++)
            to[x * N + N - 1 - y] = from[y * N + x];
    uint64_t sum = 0;
    for (int i = 0; i < N * N; i += 37)
        sum = mix(sum, to[i]);
    return sum;
}

const struct workload memory_workloads[] = {
    { "mem-chase-small", "mem", chase_small, 96, 0xecdbf69b4cff6366 },
    { "mem-chase-large", "mem", chase_large, 128, 0x8fe54034c749f309 },
    { "mem-stream", "mem", stream, 256, 0xb2626c5de851a0a7 },
    { "mem-matrix", "mem", matrix, 160, 0xd4f5d20a9a552a53 },
    { "mem-copy", "mem", copies, 160, 0xf4e8d2c5fb4d0ed3 },
    { "mem-random", "mem", updates, 32, 0x9fe9f9b9155c788e },
    { "mem-list", "mem", lists, 32, 0x4deb90f71b48f888 },
    { "mem-transpose", "mem", transpose, 80, 0x64c76246199c9e65 },
    { 0 },
};
