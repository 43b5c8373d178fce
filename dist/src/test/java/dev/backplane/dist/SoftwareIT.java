package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real software in a guest with two vCPUs on the translator: gcc compiles a program that tests itself, Python runs tests
 * of its own suite, OpenJDK compiles and runs a program whose threads are compiled while they run. Needs
 * {@code guest/out/jdk.img} ({@code guest/make jdk}), without which it is skipped.
 * {@code -Dbackplane.software.python="test_a test_b"} chooses Python's tests.
 */
@Tag("slow")
class SoftwareIT {

    private static final Duration LIMIT = Duration.ofMinutes(60);
    private static final String IMAGE = "jdk.img";
    private static final String PYTHON = System.getProperty("backplane.software.python",
            "test_struct test_math test_json test_long test_float");

    /** Sorts, hashes, divides, converts and walks lists; says how many of its checks failed. */
    private static final String C = """
            #include <math.h>
            #include <stdint.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            static int bad;
            #define CHECK(x) do { if (!(x)) { bad++; printf("C %d: %s\\n", __LINE__, #x); } } while (0)
            static uint64_t state = 88172645463325252ull;
            static uint64_t next(void) { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
            static int order(const void *a, const void *b) {
                uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
                return x < y ? -1 : x > y;
            }
            static uint32_t crc(const unsigned char *p, size_t n) {
                uint32_t c = ~0u;
                while (n--) { c ^= *p++; for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xEDB88320u : 0); }
                return ~c;
            }
            struct node { struct node *next; uint64_t v; };
            int main(void) {
                enum { N = 200000 };
                uint64_t *v = malloc(N * sizeof *v), sum = 0, again = 0;
                for (int i = 0; i < N; i++) sum += v[i] = next();
                qsort(v, N, sizeof *v, order);
                for (int i = 0; i < N; i++) { again += v[i]; CHECK(!i || v[i - 1] <= v[i]); }
                CHECK(sum == again);
                CHECK(crc((const unsigned char *)"123456789", 9) == 0xCBF43926u);
                for (int i = 0; i < N; i++) {
                    int64_t a = (int64_t)next(), b = (int64_t)(next() >> 40) + 1;
                    CHECK(a / b * b + a % b == a);
                    __int128 p = (__int128)a * b;
                    CHECK((int64_t)(p / b) == a);
                    double d = (double)(a >> 12);
                    CHECK((int64_t)d == a >> 12);
                    CHECK((long double)a + 1.0L - 1.0L == (long double)a);
                }
                char text[64];
                for (int i = 1; i < 20000; i++) {
                    double d = i / 7.0, back;
                    snprintf(text, sizeof text, "%.17g", d);
                    CHECK(sscanf(text, "%lf", &back) == 1 && back == d);
                    CHECK(fabs(sin(d) * sin(d) + cos(d) * cos(d) - 1) < 1e-15);
                    CHECK(fabsl(sqrtl(d) * sqrtl(d) - d) < 1e-15L * d);
                }
                struct node *list = NULL;
                for (int i = 0; i < N; i++) {
                    struct node *n = malloc(sizeof *n);
                    n->v = (uint64_t)i; n->next = list; list = n;
                }
                uint64_t total = 0;
                for (struct node *n = list; n; n = n->next) total += n->v;
                CHECK(total == (uint64_t)N * (N - 1) / 2);
                printf("C bad=%d sum=%016llx\\n", bad, (unsigned long long)sum);
                return bad != 0;
            }
            """;

    /** Threads that sort, hash and throw, long enough to be compiled by both compilers of the virtual machine. */
    private static final String JAVA = """
            import java.security.MessageDigest;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.stream.*;
            public class Work {
                static long mix(long x) { x ^= x >>> 33; x *= 0xff51afd7ed558ccdL; x ^= x >>> 29; return x; }
                static long work(int seed) throws Exception {
                    Random r = new Random(seed);
                    Map<String, Integer> words = new TreeMap<>();
                    long h = 0;
                    for (int i = 0; i < 60000; i++) {
                        words.merge("w" + r.nextInt(5000), 1, Integer::sum);
                        h = mix(h + i);
                        try {
                            if (i % 1000 == 0) throw new IllegalStateException("w" + i);
                        } catch (IllegalStateException e) {
                            h += e.getMessage().hashCode();
                        }
                    }
                    MessageDigest d = MessageDigest.getInstance("SHA-256");
                    for (Map.Entry<String, Integer> e : words.entrySet()) d.update((e.getKey() + e.getValue()).getBytes());
                    double s = IntStream.range(1, 200000).mapToDouble(i -> Math.sin(i) / i).sum();
                    return h ^ Arrays.hashCode(d.digest()) ^ Math.round(s * 1e9);
                }
                public static void main(String[] a) throws Exception {
                    ExecutorService pool = Executors.newFixedThreadPool(3);
                    List<Future<Long>> all = new ArrayList<>();
                    for (int n = 0; n < 24; n++) { int seed = n % 4; all.add(pool.submit(() -> work(seed))); }
                    long[] first = new long[4];
                    int bad = 0;
                    for (int n = 0; n < 24; n++) {
                        long v = all.get(n).get();
                        if (n < 4) first[n] = v; else if (first[n % 4] != v) bad++;
                    }
                    pool.shutdown();
                    System.out.println("JAVA bad=" + bad + " sum=" + Long.toHexString(first[0] ^ first[1] ^ first[2] ^ first[3]));
                }
            }
            """;
    private static final String WORK = """
            cd /tmp
            cat >t.c <<'END'
            %sEND
            cat >Work.java <<'END'
            %sEND
            for level in -O0 -O2 "-O3 -march=haswell"; do
                gcc $level -o t t.c -lm && ./t || echo "C bad=1 at $level"
            done >c.out 2>&1
            echo "RESULT-C good=$(grep -c "^C bad=0" c.out) different=$(grep "^C bad=0" c.out | sort -u | wc -l)."; cat c.out
            python3 -m test -q %s >p.out 2>&1; echo "RESULT-PYTHON status=$?."; tail -n 5 p.out
            javac Work.java && for n in 1 2; do java -Xmx256m Work; done >j.out 2>&1
            echo "RESULT-JAVA good=$(grep -c "^JAVA bad=0" j.out) different=$(grep "^JAVA" j.out | sort -u | wc -l)."; cat j.out
            """;

    @TempDir
    private Path folder;

    @Test
    void gccPythonAndOpenJdkWorkInTheGuest() throws Exception {
        Path image = Path.of("..", "guest", "out", IMAGE).toAbsolutePath().normalize();
        assumeTrue(Files.isRegularFile(image), "guest/out/" + IMAGE + " is missing; guest/make jdk makes it");
        Path work = Guests.blankDisk(folder.resolve("work.img"), 1 << 16);
        Files.write(work, Arrays.copyOf(WORK.formatted(C, JAVA, PYTHON).getBytes(StandardCharsets.UTF_8), 1 << 16));
        Path script = folder.resolve("software.gsh");
        Files.writeString(script, """
                vm:create t --memory 1G --cpus 2 --backend translator%s --append "console=ttyS0 root=/dev/vda"
                vm:add t virtio-blk snapshot=on image=%s
                vm:add t virtio-blk readonly=on image=%s
                vm:start t
                try {
                  vm:expect t "# $" 480s
                  vm:send t 'tr -d "\\\\0" </dev/vdb >/tmp/work; . /tmp/work\\n'
                  vm:expect t "RESULT-C good=3 different=1[.]" 900s | cat
                  vm:expect t "RESULT-PYTHON status=0[.]" 1500s | cat
                  vm:expect t "RESULT-JAVA good=2 different=1[.]" 900s | cat
                  vm:cpu t | cat
                } {
                  vm:log t --lines 60 | cat
                  throw $exception
                }
                """.formatted(Guests.boot("vmlinuz-full", "initrd-full.img"), image, work));
        Outcome outcome = Distribution.built(folder.resolve("data")).run(LIMIT, Map.of(), "run", script.toString());
        System.out.println(outcome.out());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        assertTrue(outcome.out().contains("RESULT-JAVA good=2"), outcome::out);
    }
}
