package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.BufferedReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left when a runtime ends without warning. */
@Tag("slow")
class CrashIT {

    private static final int SECTOR = 512;
    private static final int ENOUGH = 25;
    private static final Pattern FLUSHED = Pattern.compile("FLUSHED=([0-9]+)[.]");

    @TempDir
    private Path folder;

    private Distribution distribution() {
        return Distribution.built(folder.resolve("data"));
    }

    /** Boots the cloud kernel with an empty disk to the shell of its initial RAM disk. */
    private String bootWith(Path disk) {
        return "vm:create t --memory 256M" + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0\"\nvm:add t virtio-blk image=" + disk
                + "\nvm:start t\nvm:expect t \"# $\" 480s\n";
    }

    private Process start(String script) throws Exception {
        Path file = folder.resolve("crash.gsh");
        Files.writeString(file, script);
        return distribution().start("run", file.toString());
    }

    @Test
    void whatTheGuestSawFlushedIsOnDiskAfterTheRuntimeWasKilled() throws Exception {
        Path disk = Guests.blankDisk(folder.resolve("d.img"), 8 << 20);
        Process process = start(bootWith(disk)
                + "vm:send t 'i=0; while true; do i=$((i + 1)); printf %08d $i | dd of=/dev/vda bs=512 seek=$i "
                + "conv=fsync,notrunc 2>/dev/null && echo FLUSHED=$i.; done\\n'\n"
                + "while { true } { vm:expect t \"FLUSHED=[0-9]+[.]\" 60s | cat }\n");
        List<Integer> flushed = new ArrayList<>();
        StringBuilder printed = new StringBuilder();
        try (BufferedReader out = process.inputReader()) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                printed.append(line).append('\n');
                Matcher matcher = FLUSHED.matcher(line);
                if (matcher.find()) {
                    flushed.add(Integer.valueOf(matcher.group(1)));
                }
                if (flushed.size() == ENOUGH) {
                    break;
                }
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(ENOUGH, flushed.size(), printed::toString);
        try (RandomAccessFile image = new RandomAccessFile(disk.toFile(), "r")) {
            byte[] number = new byte[8];
            for (int sector : flushed) {
                image.seek((long) sector * SECTOR);
                image.readFully(number);
                assertEquals("%08d".formatted(sector), new String(number, StandardCharsets.US_ASCII));
            }
        }
    }

    @Test
    void aSavedMachineGoesOnInANewRuntimeWhereItWas() throws Exception {
        Path disk = Guests.blankDisk(folder.resolve("d.img"), 8 << 20);
        Path state = folder.resolve("t.state");
        Process process = start(bootWith(disk)
                + "vm:send t 'echo WORK$((1 + 1)); i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); "
                + "[ $((i % 1000)) -ne 0 ] || echo $i | dd of=/dev/vda conv=fsync 2>/dev/null; done; "
                + "echo SUM=$i.; head -n 1 /dev/vda\\n'\nvm:expect t WORK2 60s\n"
                + "vm:save t " + state + "\nwhile { true } { sleep 1 }\n");
        boolean saved = false;
        try (BufferedReader out = process.inputReader()) {
            String line = "";
            while (line != null && !saved) {
                line = out.readLine();
                saved = line != null && line.contains("saved to");
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        }
        assertTrue(saved, () -> "not saved; it said: " + lines(process));
        assertTrue(Files.size(state) < 128 << 20, "zero pages are not left out");
        Outcome outcome = distribution().run(Duration.ofMinutes(8), Map.of(), "-c", "vm:destroy t; vm:restore " + state
                + "; vm:expect t \"SUM=20000[.]\" 300s; vm:expect t ^20000$ 60s; vm:stop t");
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
    }

    private static String lines(Process process) {
        return String.join("\n", process.errorReader().lines().toList());
    }
}
