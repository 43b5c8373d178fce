package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles of devices replaced by newer builds while a Debian kernel uses those devices. */
@Tag("slow")
class ReplacementIT {

    private static final int ROUNDS = 3;
    private static final int LIMIT_MINUTES = 9;
    private static final List<String> DEVICES = List.of("disk", "rng", "serial");
    private static final String ENTER = "vm:send t '\\n'\n";
    /**
     * Until Enter is pressed: takes a random block, writes it, reads it back from the disk, not from the cache, and
     * prints a numbered line. Then counts what went wrong and compares the kernel's errors and warnings.
     */
    private static final String WORK = "stty -echo; modprobe -a virtio_rng; dmesg -n 1; "
            + "errors() { dmesg -r | grep \"^<[0-4]>\"; }; errors > /before; "
            + "bad=0; i=0; dmesg -r | grep -q \"^<6>\" || bad=1; "
            + "while ! read -t 0.01 enter; do i=$((i + 1)); k=$((i % 2000)); "
            + "dd if=/dev/hwrng of=/block bs=512 count=1 iflag=fullblock 2>/dev/null || bad=$((bad + 1)); "
            + "dd if=/block of=/dev/vda bs=512 seek=$k conv=notrunc,fsync 2>/dev/null || bad=$((bad + 1)); "
            + "echo 1 > /proc/sys/vm/drop_caches; "
            + "dd if=/dev/vda of=/back bs=512 skip=$k count=1 2>/dev/null; "
            + "cmp -s /block /back || bad=$((bad + 1)); echo line=$i.; done; "
            + "errors > /after; cmp -s /before /after; echo RESULT bad=$bad gained=$? lines=$i.";

    @TempDir
    private Path folder;

    @Test
    void theGuestNoticesNothing() throws Exception {
        Path home = folder.resolve("backplane");
        Builds.copy(Distribution.built(folder).home(), home);
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Path script = folder.resolve("replace.gsh");
        Files.writeString(script, script(watched));
        Process process = new Distribution(home, folder.resolve("data")).start("run", script.toString());
        CompletableFuture.delayedExecutor(LIMIT_MINUTES, TimeUnit.MINUTES).execute(process::destroyForcibly);
        List<String> printed = new ArrayList<>();
        try (BufferedReader out = process.inputReader()) {
            await(out, printed, "SHOWN");
            for (int round = 1; round <= ROUNDS; round++) {
                for (String device : DEVICES) {
                    String bundle = "dev.backplane.device." + device;
                    replace(home.resolve("plugins/" + bundle + ".jar"), "0.1.0.round" + round);
                    await(out, printed, "[" + bundle + " 0.1.0.round" + round + "]");
                }
            }
            Files.move(watched, folder.resolve("enough"));
            await(out, printed, "COMPLETE");
        } finally {
            process.destroy();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
        String all = String.join("\n", printed);
        String told = printed.stream().filter(line -> line.startsWith("RESULT ")).findFirst().orElse(all);
        assertTrue(told.matches("RESULT bad=0 gained=0 lines=[0-9]+[.]"), all);
        int lines = Integer.parseInt(told.replaceAll(".*lines=([0-9]+)[.]", "$1"));
        assertTrue(lines >= ROUNDS * DEVICES.size(), all);
        assertEquals(IntStream.rangeClosed(1, lines).mapToObj(i -> "line=" + i + ".").toList(),
                printed.subList(printed.indexOf("CONSOLE"), printed.size()).stream()
                        .filter(line -> line.matches("line=[0-9]+[.]")).toList());
    }

    /** Boots, starts the work, shows the machine again and again while the folder is there, then ends the work. */
    private String script(Path watched) throws IOException {
        return "vm:create t --memory 256M" + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0\"\n"
                + "vm:add t virtio-blk image=" + Guests.blankDisk(folder.resolve("d.img"), 1 << 20) + "\n"
                + "vm:add t virtio-rng\nvm:start t\ntry {\nvm:expect t \"# $\" 480s\n"
                + "vm:send t '" + WORK + "\\n'\nvm:expect t ^line=5[.]$ 120s\n"
                + "try { while { true } { vm:export t " + watched.resolve("t.yaml")
                + "; vm:show t | cat; echo SHOWN; sleep 1 } } { echo REPLACED }\n" + ENTER
                + "vm:expect t \"RESULT bad=.* lines=[0-9]+[.]\" 120s\n"
                + "} {\nvm:log t --lines 80 | cat\nthrow $exception\n}\n"
                + "echo CONSOLE\nvm:log t --lines 100000 | cat\necho COMPLETE\n";
    }

    /** Reads until a line holds a text; the machine is shown about once a second. */
    private static void await(BufferedReader out, List<String> printed, String wanted) throws IOException {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            printed.add(line);
            if (line.contains(wanted)) {
                return;
            }
        }
        throw new AssertionError("no \"" + wanted + "\" in:\n" + String.join("\n", printed));
    }

    /** Puts the same bundle with another version in the place of a jar. */
    private static void replace(Path jar, String version) throws IOException {
        Path fresh = Builds.rebuilt(jar, version, jar.resolveSibling(jar.getFileName() + ".new"));
        Files.move(fresh, jar, StandardCopyOption.REPLACE_EXISTING);
    }
}
