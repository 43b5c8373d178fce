package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cards of each PCIe type of the product added to a running guest and taken out again and again, by
 * force and gracefully: what the guest and the host hold is the same at the end as after the first time.
 * {@code -Dbackplane.cycles=100} is the acceptance run.
 */
@Tag("slow")
class CardCyclesIT {

    private static final int CYCLES = Integer.getInteger("backplane.cycles", 4);
    private static final int LIMIT_MINUTES = 9 + CYCLES / 2;
    /** Threads that the runtime keeps for a while for other reasons, such as those of the host's compiler. */
    private static final int SLACK = 6;
    /** What logs may have grown by, in bytes. */
    private static final long MORE_OBJECTS = 2 << 20;
    /** More than the console keeps of what the guest prints, which so does not grow any more. */
    private static final int CONSOLE_BYTES = (2 << 20) + (1 << 16);
    private static final String HELD = "held() { ls /sys/bus/pci/devices; cat /proc/iomem /proc/ioports; "
            + "sed \"s/:.*//\" /proc/interrupts; }; ";

    @TempDir
    private Path folder;

    /**
     * What the runtime holds.
     *
     * @param objects after a collection, bytes of byte arrays and of objects of Backplane's classes, by class; not those
     *                of code caches, which fill while the guest runs, nor the shell's
     */
    private record Held(long threads, long files, Map<String, Long> objects) {
        private static final Pattern ENTRY = Pattern.compile(
                "(?m)^\\s*\\d+:\\s+\\d+\\s+(\\d+)\\s+(\\[B|\\[*L?dev\\.backplane\\.(?!cpu|shell)\\S*)(?: \\(.*)?$");

        static Held by(Process process) throws Exception {
            // first, for the first question of this kind makes the runtime open a socket that stays
            Map<String, Long> objects = objects(process);
            return new Held(count(process, "task"), count(process, "fd"), objects);
        }

        long bytes() {
            return objects.values().stream().mapToLong(Long::longValue).sum();
        }

        /** The classes of whose objects there is more than before. */
        Map<String, Long> growth(Held before) {
            Map<String, Long> more = new TreeMap<>(objects);
            before.objects.forEach((name, bytes) -> more.merge(name, -bytes, Long::sum));
            more.values().removeIf(bytes -> bytes <= 0);
            return more;
        }

        private static Map<String, Long> objects(Process process) throws Exception {
            Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    Long.toString(process.pid()), "GC.class_histogram").redirectErrorStream(true).start();
            String text = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Map<String, Long> bytes = new TreeMap<>();
            for (Matcher matcher = ENTRY.matcher(text); matcher.find();) {
                bytes.merge(matcher.group(2), Long.parseLong(matcher.group(1)), Long::sum);
            }
            assertFalse(bytes.isEmpty(), text.lines().limit(20).toList()::toString);
            return bytes;
        }

        private static long count(Process process, String what) throws IOException {
            try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(process.pid()), what))) {
                return entries.count();
            }
        }
    }

    @Test
    void everythingIsGivenBack() throws Exception {
        Path script = folder.resolve("cycles.gsh");
        Files.writeString(script, script());
        Process process = Distribution.built(folder.resolve("data")).start("run", script.toString());
        CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        List<String> printed = new ArrayList<>();
        Held before;
        Held after;
        try (BufferedReader out = process.inputReader()) {
            await(out, printed, "GATE begin");
            before = Held.by(process);
            Files.move(folder.resolve("begin"), folder.resolve("begun"));
            await(out, printed, "GATE end");
            after = Held.by(process);
            Files.move(folder.resolve("end"), folder.resolve("ended"));
            await(out, printed, "COMPLETE");
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
        assertTrue(printed.stream().anyMatch(line -> line.endsWith("SAME2")), () -> String.join("\n", printed));
        System.out.printf("%d rounds: threads %d, %d; files %d, %d; bytes of objects %d, %d; more of %s%n", CYCLES,
                before.threads, after.threads, before.files, after.files, before.bytes(), after.bytes(),
                after.growth(before));
        assertTrue(after.threads <= before.threads + SLACK, () -> before + ", " + after);
        assertEquals(before.files, after.files, () -> before + ", " + after);
        assertTrue(after.bytes() <= before.bytes() + MORE_OBJECTS, () -> before.bytes() + " bytes at first, "
                + after.bytes() + " at the end; more: " + after.growth(before));
    }

    private String script() throws IOException {
        Path image = Guests.blankDisk(folder.resolve("d.img"), 1 << 20);
        StringBuilder script = new StringBuilder("vm:create t --memory 256M")
                .append(Guests.boot("vmlinuz-cloud", "initrd-cloud.img")).append(" --append \"console=ttyS0\"\n")
                .append("vm:start t\n").append("vm:expect t \"# $\" 480s\n");
        cycle(script, image, true);
        cycle(script, image, false);
        script.append("vm:send t '").append(HELD).append("yes 0123456789abcdef | head -c ").append(CONSOLE_BYTES)
                .append("; held >/before; echo HELD$((1 + 1))\\n'\nvm:expect t HELD2 300s\n");
        gate(script, "begin");
        for (int i = 0; i < CYCLES; i++) {
            cycle(script, image, true);
            cycle(script, image, false);
        }
        script.append("vm:send t 'held >/after; cmp /before /after && echo SAME$((1 + 1))\\n'\n")
                .append("vm:expect t SAME2 60s | cat\n");
        gate(script, "end");
        return script.append("echo COMPLETE\n").toString();
    }

    /**
     * Adds a card of each type, waits until the guest has them, takes them out, waits again. A block of its own, since
     * the shell keeps the streams of all commands of a block until its end.
     */
    private static void cycle(StringBuilder script, Path image, boolean force) {
        script.append("try {\nvm:add t virtio-blk --id a image=").append(image).append('\n')
                .append("vm:add t virtio-rng --id b\nvm:add t virtio-net --id c net=none\n")
                .append("vm:add t e1000 --id d net=none\nvm:add t hda --id e audio=silent\n")
                .append("vm:add t ac97 --id f audio=silent\n")
                .append("vm:send t 'until [ -b /dev/vda ] && [ $(ls /sys/bus/virtio/devices | wc -l) = 3 ] && "
                        + "[ $(ls /sys/bus/pci/devices | grep -cv 0000:00) = 6 ]; do :; done; "
                        + "echo THERE$((1 + 1))\\n'\nvm:expect t THERE2 120s\n");
        script.append("vm:remove t a b c d e f").append(force ? " --force\n" : "\n");
        script.append("vm:send t 'while ls /sys/bus/pci/devices | grep -qv 0000:00; do :; done; "
                + "echo GONE$((1 + 1))\\n'\nvm:expect t GONE2 120s\n} {\nvm:show t | cat\nvm:log t --lines 60 | cat\n"
                + "throw $exception\n}\n");
    }

    private void gate(StringBuilder script, String name) throws IOException {
        Path gate = Files.createDirectories(folder.resolve(name)).resolve("t.yaml");
        script.append("echo GATE ").append(name).append("\ntry { while { true } { vm:export t ").append(gate)
                .append("; sleep 1 } } { echo OPEN }\n");
    }

    private static void await(BufferedReader out, List<String> printed, String wanted) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            printed.add(line);
            if (line.contains(wanted)) {
                return;
            }
        }
        throw new AssertionError("no \"" + wanted + "\" in:\n" + String.join("\n", printed));
    }
}
