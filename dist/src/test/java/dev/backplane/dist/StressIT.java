package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code stress-ng --verify} with two vCPUs on the translator: cpu (all methods), vm, fork, mmap, signal, futex, atomic,
 * self-modification and others in turn. {@code -Dbackplane.stress.minutes=60} is the acceptance run;
 * {@code -Dbackplane.stress.seconds} says how long each set runs. Meanwhile the vCPUs are moved between backends
 * {@code -Dbackplane.stress.moves} times, and the translator's bundle is updated {@code -Dbackplane.stress.updates}
 * times; {@code -Dbackplane.stress.figures=FILE} keeps how long the vCPUs stood and how much memory the process had.
 */
@Tag("slow")
class StressIT {

    private static final int MINUTES = Integer.getInteger("backplane.stress.minutes", 1);
    private static final int SECONDS = Integer.getInteger("backplane.stress.seconds", 5);
    private static final int MOVES = Integer.getInteger("backplane.stress.moves", 20);
    private static final int UPDATES = Integer.getInteger("backplane.stress.updates", 3);
    private static final int LIMIT_MINUTES = 20 + 3 * MINUTES + (MOVES + 10 * UPDATES) / 10;
    private static final String TRANSLATOR = "plugins/dev.backplane.cpu.translator";

    /** Runs sets of stressors in turn until the time is up and /tmp/stop is there; counts sets that fail. */
    private static final String WORK = """
            end=$(($(date +%%s) + %d)); round=0; bad=0
            set_of() {
                stress-ng --verify --timeout %d "$@" >/tmp/out 2>&1 && return
                bad=$((bad + 1)); echo "BAD: $*"; grep -v info: /tmp/out | head -20
            }
            while [ $(date +%%s) -lt $end ] || [ ! -e /tmp/stop ]; do
                round=$((round + 1))
                set_of --cpu 2 --cpu-method all
                set_of --vm 1 --vm-bytes 64M --vm-method all --fork 1
                set_of --mmap 1 --mmap-bytes 32M --signal 1 --futex 1 --atomic 1
                set_of --icache 1 --sigsegv 1 --sigfpe 1 --atomic 2
                set_of --switch 1 --pipe 1 --mutex 1 --fault 1
                set_of --matrix 1 --qsort 1 --vecmath 1
                set_of --clone 1 --mremap 1 --mremap-bytes 16M --context 1
                set_of --exec 1 --bsearch 1 --crypt 1
            done
            dmesg | grep -i "bug:\\|oops\\|lockup\\|stall\\|segfault at" | head -5
            echo "RESULT rounds=$round bad=$bad."
            """;
    private static final Pattern STOOD = Pattern.compile("(?:stood|parked|standing) for (\\d+(?:[.]\\d+)?) ms");

    @TempDir
    private Path folder;

    @Test
    void stressorsVerifyWhileProcessorsAreMovedAndUpdated() throws Exception {
        Distribution distribution = Distribution.built(folder.resolve("data"));
        Path script = folder.resolve("stress.gsh");
        Files.writeString(script, script(distribution.home()));
        Process process = distribution.start("run", script.toString());
        CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        List<String> printed = new ArrayList<>();
        List<Double> moves = new ArrayList<>();
        List<Double> updates = new ArrayList<>();
        List<Double> into = moves;
        StringBuilder memory = new StringBuilder();
        long began = System.nanoTime();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                printed.add(line);
                Matcher stood = STOOD.matcher(line);
                if (line.equals("UPDATES")) {
                    into = updates;
                } else if (stood.find()) {
                    into.add(Double.valueOf(stood.group(1)));
                } else if (line.startsWith("TICK")) {
                    memory.append("%d s: %d MiB%n".formatted(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                            resident(process)));
                }
            }
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
        String all = String.join("\n", printed);
        String figures = "moves: " + summary(moves) + "\nupdates: " + summary(updates) + "\n" + memory;
        System.out.print(figures);
        String file = System.getProperty("backplane.stress.figures");
        if (file != null) {
            Files.writeString(Path.of(file), figures + all);
        }
        assertTrue(Pattern.compile("RESULT rounds=[1-9][0-9]* bad=0[.]").matcher(all).find(), all);
        assertTrue(all.contains("COMPLETE"), all);
        assertTrue(moves.size() >= MOVES, moves.size() + " of " + MOVES + " moves in " + all);
        assertTrue(updates.size() >= UPDATES, updates.size() + " of " + UPDATES + " updates in " + all);
    }

    private static String summary(List<Double> times) {
        if (times.isEmpty()) {
            return "none";
        }
        List<Double> sorted = times.stream().sorted().toList();
        return "%d, vCPUs stood for %.1f ms (median), %.1f ms (worst)".formatted(sorted.size(),
                sorted.get(sorted.size() / 2), sorted.getLast());
    }

    /** Memory of the host process in MiB. */
    private static long resident(Process process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) >> 10;
            }
        }
        return -1;
    }

    private String script(Path home) throws IOException {
        Path work = Guests.blankDisk(folder.resolve("work.img"), 1 << 16);
        Files.write(work, Arrays.copyOf(WORK.formatted(60 * MINUTES, SECONDS).getBytes(StandardCharsets.UTF_8), 1 << 16));
        StringBuilder script = new StringBuilder("vm:create t --memory 768M --cpus 2 --backend translator"
                + Guests.boot("vmlinuz-full", "initrd-full.img") + " --append \"console=ttyS0 root=/dev/vda\"\n"
                + "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n"
                + "vm:add t virtio-blk readonly=on image=" + work + "\n"
                + "vm:start t\ntry {\nvm:expect t \"# $\" 480s\n"
                + "vm:send t 'tr -d \"\\\\0\" </dev/vdb >/tmp/work; . /tmp/work &\\n'\necho TICK start\n");
        for (int move = 1; move <= MOVES; move++) {
            script.append("vm:cpu t ").append(move % 2 == 1 ? "interpreter" : "translator").append(" | cat\n");
        }
        script.append("vm:cpu t translator | cat\necho UPDATES\n");
        for (int update = 1; update <= UPDATES; update++) {
            Path jar = home.resolve(TRANSLATOR + ".jar");
            script.append("plugin:update ").append(Builds.rebuilt(jar, "0.1.0.round" + update,
                    folder.resolve("translator." + update + ".jar"))).append(" | cat\n");
        }
        for (int minute = 1; minute <= MINUTES; minute++) {
            script.append("sleep 60\necho TICK ").append(minute).append("\n");
        }
        return script + "vm:send t ' touch /tmp/stop\\n'\n"
                + "vm:expect t \"RESULT rounds=[0-9]+ bad=[0-9]+[.]\" " + (300 + 60 * SECONDS) + "s | cat\n"
                + "vm:log t --lines 60 | cat\nvm:cpu t | cat\necho COMPLETE\n"
                + "} {\necho LOG\nvm:log t --lines 100 | cat\nthrow $exception\n}\n";
    }
}
