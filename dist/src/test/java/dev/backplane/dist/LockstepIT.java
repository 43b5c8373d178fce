package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A boot in which the interpreter repeats everything that the translator does. {@code -Dbackplane.lockstep.guest=full}
 * boots Debian from its disk, with DMA, to its prompt.
 */
@Tag("slow")
class LockstepIT {

    private static final boolean FULL = "full".equals(System.getProperty("backplane.lockstep.guest"));
    private static final Duration LIMIT = Duration.ofMinutes(FULL ? 60 : 20);
    private static final long FEWEST_INSTRUCTIONS = 100_000_000;

    @TempDir
    private Path folder;

    @Test
    void theTranslatorDoesWhatTheInterpreterDoesFromPowerOnToThePrompt() throws Exception {
        Path script = folder.resolve("lockstep.gsh");
        Files.writeString(script, """
                vm:create t --memory 512M --backend lockstep%s --append "console=ttyS0 root=/dev/vda"
                %s
                vm:start t
                try {
                  vm:expect t "# $" %ds
                  vm:send t 'echo $((6 * 7)) is the answer\\n'
                  vm:expect t "42 is the answer" 300s | cat
                  vm:cpu t | cat
                  vm:cpu t interpreter
                  vm:cpu t lockstep
                  vm:send t 'echo $((7 * 7)) is another\\n'
                  vm:expect t "49 is another" 300s | cat
                  vm:cpu t | cat
                } {
                  vm:log t --lines 40 | cat
                  vm:show t | cat
                  throw $exception
                }
                """.formatted(FULL ? Guests.boot("vmlinuz-full", "initrd-full.img")
                        : Guests.boot("vmlinuz-cloud", "initrd-test.img"),
                FULL ? "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") : "",
                LIMIT.toSeconds() - 300));
        Distribution distribution = Distribution.built(folder.resolve("data"));
        Outcome outcome = distribution.run(LIMIT, Map.of(), "run", script.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out() + tail(distribution));
        Matcher instructions = Pattern.compile("instructions +([0-9][0-9, ]*)").matcher(outcome.out());
        assertTrue(instructions.find(), outcome::out);
        assertTrue(Long.parseLong(instructions.group(1).replaceAll("[^0-9]", "")) > FEWEST_INSTRUCTIONS, outcome::out);
        System.out.println(outcome.out());
    }

    private static String tail(Distribution distribution) {
        try {
            return distribution.log();
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
