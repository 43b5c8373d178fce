package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every bundle under a working Debian guest replaced again and again: disks under {@code fio --verify}, a console under
 * steady output, the entropy source, the CPU. {@code -Dbackplane.endurance.rounds=50} is the acceptance run;
 * {@code -Dbackplane.endurance.figures=FILE} keeps the park times; {@code -Dbackplane.endurance.backend=NAME} runs on
 * another CPU backend.
 */
@Tag("slow")
class EnduranceIT {

    private static final int ROUNDS = Integer.getInteger("backplane.endurance.rounds", 3);
    private static final int LIMIT_MINUTES = 9 + ROUNDS;
    private static final String BACKEND = System.getProperty("backplane.endurance.backend", "interpreter");
    private static final int COLLECTIONS = 10;
    private static final long TEST_DISK = 24L << 20;

    /** What is replaced in each round, as the folder of the distribution and the bundle. */
    private static final List<String> BUNDLES = List.of("plugins/dev.backplane.device.disk",
            "plugins/dev.backplane.device.serial", "bundle/dev.backplane.device.virtio",
            "plugins/dev.backplane.device.rng", "plugins/dev.backplane.cpu." + BACKEND,
            "bundle/dev.backplane.cpu.x86");

    /**
     * Each of the workers goes on until /tmp/stop is there and then leaves a line in /tmp/results. The kernel may say
     * once that a timer interrupt took long: it also does on a busy host with nothing replaced.
     */
    private static final String WORK = """
            worker() {
                rounds=0; failed=0
                while [ ! -e /tmp/stop ]; do
                    "$@" || failed=$((failed + 1))
                    rounds=$((rounds + 1))
                done
                echo "$1 rounds=$rounds failed=$failed" >>/tmp/results
            }
            disk() {
                fio --name=$1 --filename=/dev/$1 --rw=randrw --bs=4k --size=3M --direct=1 --ioengine=libaio \\
                    --iodepth=8 --verify=crc32c --verify_fatal=1 --do_verify=1 --end_fsync=1 --randrepeat=0 \\
                    --output=/tmp/$1.out && return
                cat /tmp/$1.out >>/tmp/fio.failures
                return 1
            }
            first() { disk vdb; }
            second() { disk vdc; }
            entropy() { [ "$(dd if=/dev/hwrng bs=512 count=64 iflag=fullblock 2>/dev/null | wc -c)" = 32768 ]; }
            console() {
                n=0
                stty -F /dev/ttyS1 raw
                while [ ! -e /tmp/stop ]; do
                    n=$((n + 1)); echo "line=$n. the quick brown fox jumps over the lazy dog"; read -t 0.01 -u 9
                done >/dev/ttyS1 9<>/tmp/silence
                true
            }
            messages() { dmesg | grep -v "hrtimer: interrupt took"; }
            mkfifo /tmp/silence
            modprobe -q virtio_rng
            sleep 1
            messages >/tmp/before
            worker first & worker second & worker entropy & worker console & wait
            messages >/tmp/after
            diff /tmp/before /tmp/after; cat /tmp/fio.failures 2>/dev/null; cat /tmp/results
            echo "RESULT gained=$(diff /tmp/before /tmp/after | wc -l)."
            """;
    private static final Pattern PARKED = Pattern.compile("(\\S+?):? .*?(?:parked|stood) for (\\d+(?:[.]\\d+)?) ms");

    @TempDir
    private Path folder;

    @Test
    void theGuestNoticesNoneOfManyReplacements() throws Exception {
        Distribution distribution = Distribution.built(folder.resolve("data"));
        Path gates = Files.createDirectory(folder.resolve("gates"));
        Path script = folder.resolve("endurance.gsh");
        Files.writeString(script, script(distribution.home(), gates));
        Process process = distribution.start(Map.of("BACKPLANE_JAVA_OPTIONS", "-XX:SoftRefLRUPolicyMSPerMB=0"),
                "run", script.toString());
        CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        List<String> printed = new ArrayList<>();
        long loadersBefore;
        long loadersAfter;
        try (BufferedReader out = process.inputReader()) {
            await(out, printed, "GATE begin");
            loadersBefore = classLoaders(process);
            Files.move(gates.resolve("begin"), gates.resolve("begun"));
            await(out, printed, "GATE end");
            loadersAfter = classLoaders(process);
            // What a cleaner or a method handle holds goes with a later collection.
            for (int again = 0; again < COLLECTIONS && loadersAfter > loadersBefore; again++) {
                loadersAfter = classLoaders(process);
            }
            Files.move(gates.resolve("end"), gates.resolve("ended"));
            await(out, printed, "COMPLETE");
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + String.join("\n", process.errorReader().lines().toList()));
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
        String all = String.join("\n", printed);
        keepFigures(printed);
        assertTrue(all.contains("RESULT gained=0."), all);
        for (String worker : List.of("first", "second", "entropy", "console")) {
            assertTrue(Pattern.compile("(?m)^" + worker + " rounds=[1-9][0-9]* failed=0$").matcher(all).find(), all);
        }
        checkConsole(printed);
        assertEquals(loadersBefore, loadersAfter, "class loaders of bundles after " + ROUNDS + " rounds");
    }

    private String script(Path home, Path gates) throws IOException {
        Path work = Guests.blankDisk(folder.resolve("work.img"), 1 << 16);
        byte[] text = Arrays.copyOf(WORK.getBytes(StandardCharsets.UTF_8), 1 << 16);
        Files.write(work, text);
        StringBuilder script = new StringBuilder("vm:create t --memory 512M --backend " + BACKEND
                + Guests.boot("vmlinuz-full", "initrd-full.img") + " --append \"console=ttyS0 root=/dev/vda\"\n"
                + "vm:add t serial port=com2 --id con2\n"
                + "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n"
                + "vm:add t virtio-blk image=" + Guests.blankDisk(folder.resolve("b.img"), TEST_DISK) + "\n"
                + "vm:add t virtio-blk snapshot=on image="
                + Guests.blankDisk(folder.resolve("c.img"), TEST_DISK) + "\n"
                + "vm:add t virtio-blk readonly=on image=" + work + "\n"
                + "vm:add t virtio-rng\nvm:start t\ntry {\nvm:expect t \"# $\" 480s\n"
                + "vm:send t 'tr -d \"\\\\0\" </dev/vdd >/tmp/work; . /tmp/work >/tmp/out 2>&1 &\\n'\n"
                + "vm:expect t ^line=30[.] 120s --card con2 | cat\n");
        gate(script, gates, "begin");
        for (int round = 1; round <= ROUNDS; round++) {
            for (String bundle : BUNDLES) {
                Path jar = home.resolve(bundle + ".jar");
                Path fresh = folder.resolve(jar.getFileName() + "." + round + ".jar");
                script.append("plugin:update ").append(Builds.rebuilt(jar, "0.1.0.round" + round, fresh))
                        .append(" | cat\n");
            }
            script.append("echo CONSOLE\nvm:log t --card con2 | cat\necho END\n");
        }
        gate(script, gates, "end");
        script.append("vm:send t ' touch /tmp/stop; wait; cat /tmp/out\\n'\n"
                + "vm:expect t \"RESULT gained=[0-9]+[.]\" 300s | cat\nvm:log t --lines 60 | cat\n"
                + "} {\necho LOG\nvm:log t --lines 80 | cat\nthrow $exception\n}\n"
                + "echo CONSOLE\nvm:log t --card con2 | cat\necho END\necho COMPLETE\n");
        return script.toString();
    }

    /** Lets the script wait until a folder is gone. */
    private static void gate(StringBuilder script, Path gates, String name) throws IOException {
        Path gate = Files.createDirectories(gates.resolve(name)).resolve("t.yaml");
        script.append("echo GATE ").append(name).append("\ntry { while { true } { vm:export t ").append(gate)
                .append("; sleep 1 } } { echo OPEN ").append(name).append(" }\n");
    }

    /** How many class loaders of bundles there are after a collection. */
    private static long classLoaders(Process process) throws Exception {
        Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(process.pid()), "GC.class_histogram").redirectErrorStream(true).start();
        String text = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Matcher matcher = Pattern.compile("\\s(\\d+)\\s+\\d+\\s+org\\.apache\\.felix\\.framework\\.\\S*BundleClassLoader\\b")
                .matcher(text);
        assertTrue(matcher.find(), text.lines().limit(40).toList()::toString);
        return Long.parseLong(matcher.group(1));
    }

    /** The console was printed after each round; within each print no line is missing or doubled, nor between them. */
    private static void checkConsole(List<String> printed) {
        int next = 1;
        int at = -1;
        boolean inside = false;
        for (String line : printed) {
            if (line.equals("CONSOLE")) {
                inside = true;
                at = -1;
            } else if (line.equals("END")) {
                inside = false;
                next = Math.max(next, at);
            } else if (inside && line.matches("line=[0-9]+[.] the quick brown fox jumps over the lazy dog")) {
                int number = Integer.parseInt(line.substring(5, line.indexOf('.')));
                assertTrue(at < 0 ? number <= next + 1 : number == at + 1, "after " + at + " came: " + line);
                at = number;
            }
        }
        assertTrue(next > 100, "the console stood at line " + next);
    }

    private static void await(BufferedReader out, List<String> printed, String wanted) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            printed.add(line);
            if (line.equals(wanted)) {
                return;
            }
        }
        throw new AssertionError("no \"" + wanted + "\" in:\n"
                + String.join("\n", printed.subList(Math.max(0, printed.size() - 120), printed.size())));
    }

    /** Median and worst park time for each bundle, printed and kept if a file is named. */
    private static void keepFigures(List<String> printed) throws IOException {
        Map<String, List<Double>> parks = new TreeMap<>();
        String bundle = "";
        for (String line : printed) {
            if (line.startsWith("dev.backplane.") && line.contains(" replaced by ")) {
                bundle = line.substring(0, line.indexOf(':'));
            }
            Matcher matcher = PARKED.matcher(line);
            if (line.startsWith("  ") && matcher.find()) {
                parks.computeIfAbsent(bundle, any -> new ArrayList<>()).add(Double.valueOf(matcher.group(2)));
            }
        }
        StringBuilder text = new StringBuilder();
        parks.forEach((name, times) -> {
            times.sort(null);
            text.append("%s: %d parks, median %.1f ms, worst %.1f ms%n".formatted(name, times.size(),
                    times.get(times.size() / 2), times.getLast()));
        });
        System.out.print(text);
        String file = System.getProperty("backplane.endurance.figures");
        if (file != null) {
            Files.writeString(Path.of(file), text);
        }
    }
}
