/* Floating point: scalar double and float, SSE2 and AVX2 by intrinsics, the x87's 80 bits. No fused operations and no
 * library functions whose last bit depends on the processor. */
#include "bench.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

struct body {
    double x, y, z, vx, vy, vz, mass;
};

static uint64_t nbody(void)
{
    struct body b[5];
    uint64_t state = 3;
    for (int i = 0; i < 5; i++) {
        double *v = &b[i].x;
        for (int k = 0; k < 7; k++)
            v[k] = (double)(next_random(&state) >> 40) / (1 << 24) * (k < 3 ? 30 : k < 6 ? 0.3 : 1);
    }
    for (int step = 0; step < 20000; step++) {
        for (int i = 0; i < 5; i++)
            for (int j = i + 1; j < 5; j++) {
                double dx = b[i].x - b[j].x, dy = b[i].y - b[j].y, dz = b[i].z - b[j].z;
                double d2 = dx * dx + dy * dy + dz * dz + 0.01, force = 0.001 / (d2 * sqrt(d2));
                b[i].vx -= dx * b[j].mass * force;
                b[i].vy -= dy * b[j].mass * force;
                b[i].vz -= dz * b[j].mass * force;
                b[j].vx += dx * b[i].mass * force;
                b[j].vy += dy * b[i].mass * force;
                b[j].vz += dz * b[i].mass * force;
            }
        for (int i = 0; i < 5; i++) {
            b[i].x += 0.001 * b[i].vx;
            b[i].y += 0.001 * b[i].vy;
            b[i].z += 0.001 * b[i].vz;
        }
    }
    return mix_double(mix_double(0, b[0].x), b[4].vz);
}

static uint64_t mandelbrot(void)
{
    uint64_t sum = 0;
    for (int py = 0; py < 64; py++)
        for (int px = 0; px < 64; px++) {
            double cx = px / 24.0 - 2, cy = py / 24.0 - 1.3, x = 0, y = 0;
            int n = 0;
            for (; n < 200 && x * x + y * y < 4; n++) {
                double t = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = t;
            }
            sum = mix(sum, (uint64_t)n);
        }
    return sum;
}

/* Fourier transform of 4096 points there and back; the roots by a recurrence. */
static void transform(double *re, double *im, int n, double sine, double cosine)
{
    double ws[16], wc[16];
    int levels = 0;
    for (int size = 2; size <= n; size *= 2, levels++)
        ;
    ws[levels - 1] = sine;
    wc[levels - 1] = cosine;
    for (int i = levels - 1; i > 0; i--) {
        ws[i - 1] = 2 * ws[i] * wc[i];
        wc[i - 1] = wc[i] * wc[i] - ws[i] * ws[i];
    }
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            double t = re[i];
            re[i] = re[j];
            re[j] = t;
            t = im[i];
            im[i] = im[j];
            im[j] = t;
        }
    }
    for (int size = 2, level = 0; size <= n; size *= 2, level++)
        for (int start = 0; start < n; start += size) {
            double c = 1, s = 0;
            for (int k = start; k < start + size / 2; k++) {
                double r = re[k + size / 2] * c - im[k + size / 2] * s, i = re[k + size / 2] * s + im[k + size / 2] * c;
                re[k + size / 2] = re[k] - r;
                im[k + size / 2] = im[k] - i;
                re[k] += r;
                im[k] += i;
                double t = c * wc[level] - s * ws[level];
                s = c * ws[level] + s * wc[level];
                c = t;
            }
        }
}

static uint64_t fourier(void)
{
    enum { N = 4096 };
    static double re[N], im[N];
    const double sine = 0.0015339801862847655, cosine = 0.9999988234517019;
    for (int i = 0; i < N; i++) {
        re[i] = (i * 37) % 101 - 50;
        im[i] = 0;
    }
    for (int round = 0; round < 4; round++) {
        transform(re, im, N, sine, cosine);
        transform(re, im, N, -sine, cosine);
        for (int i = 0; i < N; i++) {
            re[i] /= N;
            im[i] /= N;
        }
    }
    uint64_t sum = 0;
    for (int i = 0; i < N; i += 5)
        sum = mix_double(sum, re[i]);
    return sum;
}

/* Rays against spheres in single precision: compares, square roots, branches. */
static uint64_t rays(void)
{
    float spheres[12][4];
    uint64_t state = 21, sum = 0;
    for (int i = 0; i < 12; i++)
        for (int k = 0; k < 4; k++)
            spheres[i][k] = (float)(next_random(&state) >> 48) / 16384.0f + (k == 2 ? 5.0f : -2.0f);
    for (int y = 0; y < 96; y++)
        for (int x = 0; x < 96; x++) {
            float dx = (float)(x - 48) / 48.0f, dy = (float)(y - 48) / 48.0f;
            float scale = 1.0f / sqrtf(dx * dx + dy * dy + 1.0f), nearest = 1e30f;
            int hit = -1;
            for (int i = 0; i < 12; i++) {
                const float *s = spheres[i];
                float b = (dx * s[0] + dy * s[1] + s[2]) * scale;
                float d = b * b - (s[0] * s[0] + s[1] * s[1] + s[2] * s[2] - s[3] * s[3] * 0.25f);
                if (d > 0) {
                    float t = b - sqrtf(d);
                    if (t > 0.01f && t < nearest) {
                        nearest = t;
                        hit = i;
                    }
                }
            }
            sum = mix(sum, (uint64_t)(hit + 1) << 32 | (uint32_t)(nearest < 1e29f ? nearest * 1000.0f : 0));
        }
    return sum;
}

/* Between integers and doubles, and comparisons: what a spreadsheet or a script engine does. */
static uint64_t conversions(void)
{
    uint64_t state = 77, sum = 0;
    double total = 0, least = 1e300, most = -1e300;
    for (int i = 0; i < 200000; i++) {
        int64_t n = (int64_t)(next_random(&state) >> 20) - (1ll << 43);
        double d = (double)n * 0.37;
        int32_t whole = (int32_t)(d / 4096);
        float f = (float)d;
        total += d - (double)whole + (double)f;
        least = d < least ? d : least;
        most = d > most ? d : most;
        sum += (uint64_t)(int64_t)(d * 3) + (uint32_t)whole;
    }
    return mix_double(mix_double(mix_double(sum, total), least), most);
}

static uint64_t sse2_matrix(void)
{
    enum { N = 96 };
    static double a[N][N] __attribute__((aligned(16))), b[N][N] __attribute__((aligned(16))),
        c[N][N] __attribute__((aligned(16)));
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (i * 7 + j) % 13 / 8.0;
            b[i][j] = (i + j * 5) % 11 / 4.0;
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j += 4) {
            __m128d s = _mm_setzero_pd(), t = _mm_setzero_pd();
            for (int k = 0; k < N; k++) {
                __m128d f = _mm_set1_pd(a[i][k]);
                s = _mm_add_pd(s, _mm_mul_pd(f, _mm_load_pd(&b[k][j])));
                t = _mm_add_pd(t, _mm_mul_pd(f, _mm_load_pd(&b[k][j + 2])));
            }
            _mm_store_pd(&c[i][j], s);
            _mm_store_pd(&c[i][j + 2], t);
        }
    return mix_bytes(0, c, sizeof c);
}

/* Pixels in whole numbers: unpack, multiply, shift, pack, compare, shuffle. */
static uint64_t sse2_pixels(void)
{
    enum { BYTES = 1 << 16 };
    static unsigned char a[BYTES] __attribute__((aligned(16))), b[BYTES] __attribute__((aligned(16)));
    make_text(a, BYTES, 10);
    memset(b, 60, BYTES);
    __m128i zero = _mm_setzero_si128(), sums = zero;
    for (int pass = 1; pass <= 12; pass++) {
        __m128i weight = _mm_set1_epi16((short)(pass * 16)), rest = _mm_set1_epi16((short)(256 - pass * 16));
        for (int i = 0; i < BYTES; i += 16) {
            __m128i x = _mm_load_si128((__m128i *)(a + i)), y = _mm_load_si128((__m128i *)(b + i));
            __m128i low = _mm_add_epi16(_mm_mullo_epi16(_mm_unpacklo_epi8(x, zero), weight),
                _mm_mullo_epi16(_mm_unpacklo_epi8(y, zero), rest));
            __m128i high = _mm_add_epi16(_mm_mullo_epi16(_mm_unpackhi_epi8(x, zero), weight),
                _mm_mullo_epi16(_mm_unpackhi_epi8(y, zero), rest));
            __m128i r = _mm_packus_epi16(_mm_srli_epi16(low, 8), _mm_srli_epi16(high, 8));
            r = _mm_max_epu8(r, _mm_shuffle_epi32(x, 0x1B));
            sums = _mm_add_epi64(sums, _mm_sad_epu8(r, y));
            sums = _mm_sub_epi32(sums, _mm_cmpgt_epi32(r, y));
            _mm_store_si128((__m128i *)(b + i), r);
        }
    }
    return mix_bytes(mix_bytes(0, &sums, sizeof sums), b, BYTES / 8);
}

__attribute__((target("avx2"))) static uint64_t avx2_double_work(void)
{
    enum { N = 4096 };
    static double a[N] __attribute__((aligned(32)));
    for (int i = 0; i < N; i++)
        a[i] = i / 4096.0;
    for (int pass = 0; pass < 24; pass++)
        for (int i = 0; i < N; i += 8) {
            __m256d x = _mm256_load_pd(a + i), y = _mm256_load_pd(a + i + 4), p = _mm256_set1_pd(0.125),
                q = _mm256_set1_pd(0.25);
            for (int k = 1; k <= 6; k++) {
                __m256d c = _mm256_set1_pd(1.0 / k);
                p = _mm256_add_pd(_mm256_mul_pd(p, x), c);
                q = _mm256_add_pd(_mm256_mul_pd(q, y), c);
            }
            _mm256_store_pd(a + i, _mm256_sub_pd(_mm256_sqrt_pd(p), _mm256_set1_pd(0.5)));
            _mm256_store_pd(a + i + 4, _mm256_div_pd(q, _mm256_max_pd(p, _mm256_set1_pd(2))));
        }
    return mix_bytes(0, a, sizeof a);
}

__attribute__((target("avx2"))) static uint64_t avx2_integer_work(void)
{
    enum { N = 16384 };
    static uint32_t a[N] __attribute__((aligned(32)));
    __m256i sum = _mm256_set1_epi32(7), order = _mm256_setr_epi32(3, 1, 7, 5, 0, 2, 6, 4);
    for (int i = 0; i < N; i++)
        a[i] = (uint32_t)i * 2654435761u;
    for (int pass = 0; pass < 24; pass++)
        for (int i = 0; i < N; i += 8) {
            __m256i x = _mm256_load_si256((__m256i *)(a + i));
            x = _mm256_xor_si256(x, _mm256_slli_epi32(x, 13));
            x = _mm256_xor_si256(x, _mm256_srli_epi32(x, 17));
            x = _mm256_add_epi32(_mm256_mullo_epi32(x, _mm256_set1_epi32(0x01000193)), sum);
            x = _mm256_permutevar8x32_epi32(x, order);
            __m256i above = _mm256_cmpgt_epi32(x, sum);
            sum = _mm256_add_epi32(sum, _mm256_blendv_epi8(x, _mm256_shuffle_epi32(x, 0x4E), above));
            _mm256_store_si256((__m256i *)(a + i), x);
        }
    return mix_bytes(mix_bytes(0, &sum, sizeof sum), a, sizeof a / 4);
}

static uint64_t avx2_double(void)
{
    return __builtin_cpu_supports("avx2") ? avx2_double_work() : fail("no AVX2 here");
}

static uint64_t avx2_integer(void)
{
    return __builtin_cpu_supports("avx2") ? avx2_integer_work() : fail("no AVX2 here");
}

/* As many long doubles as the x87 has registers, and more: loads, stores, arithmetic, square roots, comparisons. */
static uint64_t x87_series(void)
{
    long double sum = 0, sign = 1, root = 0;
    int turns = 0;
    for (int i = 0; i < 100000; i++) {
        long double term = sign / (2 * i + 1);
        sum += term;
        sign = -sign;
        root += sqrtl(sum * sum + term);
        if (root > 100.0L) {
            root -= 100.0L;
            turns++;
        }
    }
    double a = (double)(sum * 4), b = (double)root;
    return mix(mix_double(mix_double(0, a), b), (uint64_t)turns);
}

static uint64_t x87_matrix(void)
{
    enum { N = 48 };
    static long double a[N][N], b[N][N], c[N][N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (long double)(i + 1) / (j + 3);
            b[i][j] = (long double)(j + 2) / (i + 5);
        }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            long double s = 0;
            for (int k = 0; k < N; k++)
                s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
    uint64_t sum = 0;
    for (int i = 0; i < N; i++)
        sum = mix_double(sum, (double)c[i][(i * 7) % N]);
    return sum;
}

static uint64_t x87_round(void)
{
    long double x = 0.1L, total = 0;
    uint64_t sum = 0;
    for (int i = 0; i < 60000; i++) {
        x = 3.9L * x * (1 - x);
        int64_t n = (int64_t)(x * 1e12L);
        total += (long double)n / 7 + (long double)(int32_t)(n >> 8) - (float)x;
        sum += (uint64_t)n;
    }
    return mix_double(sum, (double)total);
}

const struct workload float_workloads[] = {
    { "fp-nbody", "fp", nbody, 32, 0xfb3243971f77091e },
    { "fp-mandelbrot", "fp", mandelbrot, 128, 0xf20eba960c493ed5 },
    { "fp-fourier", "fp", fourier, 64, 0xe805d78b0c345a86 },
    { "fp-rays", "fp", rays, 96, 0xe531e6d287aa5107 },
    { "fp-convert", "fp", conversions, 96, 0x317aa64650fea88b },
    { "fp-sse2-matrix", "fp", sse2_matrix, 120, 0xee6b754a8a1856a5 },
    { "fp-sse2-pixels", "fp", sse2_pixels, 320, 0xb4e28f5be0c7d024 },
    { "fp-avx2-double", "fp", avx2_double, 160, 0xf177ce3ea4c344e5 },
    { "fp-avx2-integer", "fp", avx2_integer, 200, 0x8d3e755bcb688832 },
    { "fp-x87-series", "fp", x87_series, 32, 0xfe15ecda362616e7 },
    { "fp-x87-matrix", "fp", x87_matrix, 96, 0xfb37b37d88e2dd8d },
    { "fp-x87-round", "fp", x87_round, 32, 0x976bc0a38a5deedc },
    { 0 },
};
