/* Integer work: sorting, hashing, checksums, compression, a regular expression, an interpreter, long numbers. */
#include "bench.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

static void quick(uint32_t *a, long low, long high)
{
    while (high - low > 12) {
        uint32_t pivot = a[(low + high) / 2];
        long i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                uint32_t t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        if (j - low < high - i) {
            quick(a, low, j);
            low = i;
        } else {
            quick(a, i, high);
            high = j;
        }
    }
    for (long i = low + 1; i <= high; i++) {
        uint32_t x = a[i];
        long j = i;
        for (; j > low && a[j - 1] > x; j--)
            a[j] = a[j - 1];
        a[j] = x;
    }
}

static uint64_t sort(void)
{
    enum { N = 100000 };
    static void *slot;
    uint32_t *a = kept(&slot, N * sizeof *a);
    uint64_t state = 88172645463325252ull, sum = 0;
    for (int i = 0; i < N; i++)
        a[i] = (uint32_t)(next_random(&state) >> 32);
    quick(a, 0, N - 1);
    for (int i = 0; i < N; i += 7)
        sum = mix(sum, a[i]);
    return sum;
}

/* Words counted in a table with open addressing. */
static uint64_t hash_table(void)
{
    enum { SLOTS = 1 << 14, TEXT = 200000 };
    static void *text_slot, *key_slot, *count_slot;
    char *text = text_slot;
    if (!text)
        make_text(text = kept(&text_slot, TEXT), TEXT, 12345);
    uint64_t *keys = kept(&key_slot, SLOTS * sizeof *keys);
    uint32_t *counts = kept(&count_slot, SLOTS * sizeof *counts);
    memset(keys, 0, SLOTS * sizeof *keys);
    memset(counts, 0, SLOTS * sizeof *counts);
    uint64_t sum = 0;
    for (int i = 0, start = 0; i < TEXT; i++) {
        if (text[i] > ' ')
            continue;
        uint64_t hash = 0xCBF29CE484222325ull;
        for (int k = start; k < i; k++)
            hash = (hash ^ (unsigned char)text[k]) * 0x100000001B3ull;
        hash = mix(hash, (uint64_t)(start & 255)) | 1;
        uint32_t at = (uint32_t)(hash >> 40) & (SLOTS - 1);
        while (keys[at] && keys[at] != hash)
            at = (at + 1) & (SLOTS - 1);
        keys[at] = hash;
        counts[at]++;
        start = i + 1;
    }
    for (int i = 0; i < SLOTS; i++)
        if (counts[i])
            sum = mix(sum, keys[i] * counts[i]);
    return sum;
}

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void sha256_block(uint32_t h[8], const unsigned char *p)
{
    static uint32_t k[64];
    if (!k[0]) {
        /* the fractions of the cube roots of the first primes, found with integers alone */
        int found = 0;
        for (unsigned n = 2; found < 64; n++) {
            int prime = 1;
            for (unsigned d = 2; d * d <= n; d++)
                prime &= n % d != 0;
            if (!prime)
                continue;
            unsigned __int128 low = 0, high = (unsigned __int128)1 << 36, target = (unsigned __int128)n << 96;
            while (high - low > 1) {
                unsigned __int128 middle = (low + high) / 2;
                if (middle * middle * middle <= target)
                    low = middle;
                else
                    high = middle;
            }
            k[found++] = (uint32_t)low;
        }
    }
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[i - 7] +
            (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
            ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t t2 = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
            ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}

static uint64_t sha256(void)
{
    enum { BYTES = 1 << 19 };
    static void *slot;
    unsigned char *data = slot;
    if (!data)
        make_text(data = kept(&slot, BYTES), BYTES, 777);
    uint32_t h[8] = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    };
    for (int i = 0; i < BYTES; i += 64)
        sha256_block(h, data + i);
    return mix_bytes(0, h, sizeof h);
}

static uint64_t crc(void)
{
    uint32_t table[256], by_table = ~0u, by_bits = ~0u;
    uint64_t state = 99;
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xEDB88320u & -(c & 1));
        table[i] = c;
    }
    for (int i = 0; i < 400000; i++) {
        uint64_t r = i % 8 ? state >> 8 * (i % 8) : next_random(&state);
        by_table = by_table >> 8 ^ table[(by_table ^ r) & 255];
        if (i % 4 == 0) {
            by_bits ^= (uint32_t)r & 255;
            for (int k = 0; k < 8; k++)
                by_bits = by_bits & 1 ? by_bits >> 1 ^ 0xEDB88320u : by_bits >> 1;
        }
    }
    return mix(by_table, by_bits);
}

/* Matches of at least 4 bytes in the last 64 KiB, found by a hash of 4 bytes; literals in runs. */
static size_t squeeze(const unsigned char *in, size_t length, unsigned char *out, uint32_t *heads)
{
    size_t at = 0, o = 0, literals = 0;
    memset(heads, 0xFF, 4096 * sizeof *heads);
    while (at < length) {
        size_t match = 0;
        uint32_t from = 0;
        if (at + 8 <= length) {
            uint32_t four;
            memcpy(&four, in + at, 4);
            uint32_t *head = heads + (four * 2654435761u >> 20);
            from = *head;
            *head = (uint32_t)at;
            if (from != UINT32_MAX && at - from < 65536)
                while (at + match < length && match < 255 && in[from + match] == in[at + match])
                    match++;
        }
        if (match < 4) {
            at++;
            literals++;
        }
        if (literals && (match >= 4 || literals == 127 || at == length)) {
            out[o++] = (unsigned char)literals;
            size_t begin = at - literals;
            memcpy(out + o, in + begin, literals);
            o += literals;
            literals = 0;
        }
        if (match >= 4) {
            out[o++] = 128;
            out[o++] = (unsigned char)match;
            out[o++] = (unsigned char)(at - from);
            out[o++] = (unsigned char)((at - from) >> 8);
            at += match;
        }
    }
    return o;
}

static size_t expand(const unsigned char *in, size_t length, unsigned char *out)
{
    size_t o = 0;
    for (size_t i = 0; i < length;) {
        if (in[i] < 128) {
            size_t n = in[i++];
            memcpy(out + o, in + i, n);
            i += n;
            o += n;
        } else {
            size_t n = in[i + 1], distance = in[i + 2] | (size_t)in[i + 3] << 8;
            i += 4;
            for (; n; n--, o++)
                out[o] = out[o - distance];
        }
    }
    return o;
}

static uint64_t compress(void)
{
    enum { BYTES = 300000 };
    static void *in_slot, *out_slot, *back_slot, *head_slot;
    unsigned char *in = in_slot;
    if (!in)
        make_text(in = kept(&in_slot, BYTES), BYTES, 4711);
    unsigned char *out = kept(&out_slot, 2 * BYTES), *back = kept(&back_slot, BYTES);
    size_t packed = squeeze(in, BYTES, out, kept(&head_slot, 4096 * sizeof(uint32_t)));
    if (expand(out, packed, back) != BYTES || memcmp(in, back, BYTES))
        return fail("what was compressed does not come back");
    return mix_bytes(packed, out, packed);
}

static uint64_t regex(void)
{
    enum { BYTES = 40000 };
    static regex_t pattern;
    static void *slot;
    char *text = slot;
    if (!text) {
        make_text(text = kept(&slot, BYTES + 1), BYTES, 31337);
        for (char *end = text; (end = strchr(end, '\n')); end++)
            *end = 0;
        if (regcomp(&pattern, "(ma[a-z]*|regis(ter|try)) ((of|is|and) )?[a-z]+[, ](when|between|[0-9]+|[a-d]*)",
                REG_EXTENDED))
            return fail("the regular expression does not compile");
    }
    uint64_t sum = 0;
    regmatch_t match[4];
    for (char *line = text; line < text + BYTES; line += strlen(line) + 1)
        for (char *at = line; !regexec(&pattern, at, 4, match, 0); at += match[0].rm_eo)
            sum = mix(sum, (uint64_t)(at - text) + (uint64_t)match[0].rm_so * 65537u + (uint64_t)match[3].rm_so);
    return sum;
}

/* A machine with a stack: counts primes with a program of 8 kinds of instructions. */
enum op { PUSH, LOAD, STORE, ADD, MOD, LESS, JUMP_IF_0, JUMP, HALT };

static uint64_t bytecode(void)
{
    static const int16_t program[] = {
        PUSH, 2, STORE, 0, /* candidate */
        /* 4: */ LOAD, 0, PUSH, 900, LESS, JUMP_IF_0, 57, PUSH, 2, STORE, 1, /* divisor */
        /* 15: */ LOAD, 1, LOAD, 0, LESS, JUMP_IF_0, 40, /* no divisor: prime */
        LOAD, 0, LOAD, 1, MOD, JUMP_IF_0, 47, /* divides: next */
        LOAD, 1, PUSH, 1, ADD, STORE, 1, JUMP, 15, HALT, HALT,
        /* 40: */ LOAD, 2, PUSH, 1, ADD, STORE, 2,
        /* 47: */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JUMP, 4, HALT,
        /* 57: */ HALT,
    };
    int64_t stack[16], variables[4] = { 0 };
    int sp = 0;
    for (const volatile int16_t *pc = program;;) {
        switch (*pc++) {
        case PUSH: stack[sp++] = *pc++; break;
        case LOAD: stack[sp++] = variables[*pc++]; break;
        case STORE: variables[*pc++] = stack[--sp]; break;
        case ADD: sp--; stack[sp - 1] += stack[sp]; break;
        case MOD: sp--; stack[sp - 1] %= stack[sp]; break;
        case LESS: sp--; stack[sp - 1] = stack[sp - 1] < stack[sp]; break;
        case JUMP_IF_0: pc = stack[--sp] ? pc + 1 : program + *pc; break;
        case JUMP: pc = program + *pc; break;
        default: return mix((uint64_t)variables[2], (uint64_t)variables[0]);
        }
    }
}

/* A power modulo a number of 1024 bits, by Montgomery's way. */
static uint64_t long_numbers(void)
{
    enum { WORDS = 16 };
    uint64_t n[WORDS], x[WORDS], r[WORDS], state = 5, inverse = 1;
    for (int i = 0; i < WORDS; i++) {
        n[i] = next_random(&state);
        r[i] = x[i] = next_random(&state);
    }
    n[0] |= 1;
    n[WORDS - 1] |= 1ull << 63;
    for (int i = 0; i < 6; i++)
        inverse *= 2 - n[0] * inverse;
    for (int round = 0; round < 1500; round++) {
        uint64_t t[WORDS + 2] = { 0 };
        for (int i = 0; i < WORDS; i++) {
            const uint64_t *factor = round & 1 ? x : r;
            unsigned __int128 c = 0;
            for (int j = 0; j < WORDS; j++) {
                c += (unsigned __int128)r[i] * factor[j] + t[j];
                t[j] = (uint64_t)c;
                c >>= 64;
            }
            c += t[WORDS];
            t[WORDS] = (uint64_t)c;
            t[WORDS + 1] = (uint64_t)(c >> 64);
            uint64_t m = -(t[0] * inverse);
            c = (unsigned __int128)m * n[0] + t[0];
            c >>= 64;
            for (int j = 1; j < WORDS; j++) {
                c += (unsigned __int128)m * n[j] + t[j];
                t[j - 1] = (uint64_t)c;
                c >>= 64;
            }
            c += t[WORDS];
            t[WORDS - 1] = (uint64_t)c;
            t[WORDS] = t[WORDS + 1] + (uint64_t)(c >> 64);
        }
        memcpy(r, t, sizeof r);
    }
    return mix_bytes(0, r, sizeof r);
}

static int queens(unsigned columns, unsigned left, unsigned right, unsigned all)
{
    int found = 0;
    if (columns == all)
        return 1;
    for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
        unsigned bit = free & -free;
        found += queens(columns | bit, (left | bit) << 1, (right | bit) >> 1, all);
    }
    return found;
}

static uint64_t ten_queens(void)
{
    return mix(1, (uint64_t)queens(0, 0, 0, (1u << 10) - 1) * 1000 + (uint64_t)queens(0, 0, 0, (1u << 8) - 1));
}

/* The C library's string functions on short and long strings. */
static uint64_t strings(void)
{
    enum { BYTES = 60000 };
    static void *slot;
    char *text = slot;
    if (!text)
        make_text(text = kept(&slot, BYTES + 1), BYTES, 2024);
    uint64_t sum = 0;
    for (char *at = text; (at = strchr(at, ' ')); at++)
        sum += (uint64_t)(at - text);
    for (char *at = text; (at = strstr(at, "queue when")); at++)
        sum = mix(sum, (uint64_t)(at - text));
    for (char *at = text; at < text + BYTES - 64; at += 24)
        sum += (uint64_t)(memcmp(at, at + 24, 16) > 0) + strcspn(at, ",\n") + strlen(at) % 7 * (at < text + 2400);
    return mix(sum, strlen(text));
}

const struct workload integer_workloads[] = {
    { "int-sort", "int", sort, 48, 0xd534e3a1cc1f72a1 },
    { "int-hash", "int", hash_table, 64, 0x03f9335e5262dd59 },
    { "int-sha256", "int", sha256, 40, 0x5c6890336fdf8998 },
    { "int-crc", "int", crc, 160, 0xd5c23093ee29733a },
    { "int-compress", "int", compress, 128, 0xdabf19af0f1a06ef },
    { "int-regex", "int", regex, 64, 0x0c1e694b17a7c8d1 },
    { "int-bytecode", "int", bytecode, 120, 0x00031e00001dbbfa },
    { "int-bignum", "int", long_numbers, 200, 0xefb0c15989ee9243 },
    { "int-queens", "int", ten_queens, 800, 0x0b0c7d004aa5d067 },
    { "int-strings", "int", strings, 96, 0x4da3f0c3867ec1e5 },
    { 0 },
};
