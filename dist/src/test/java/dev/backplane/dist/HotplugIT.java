package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Cards that come and go under one running Debian kernel: the machine is booted once, each test looks at its step. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HotplugIT {

    private static final int DISK_BYTES = 4 << 20;
    /** One slot holds the disk that is there at power-on. */
    private static final int FREE_SLOTS = 15;
    private static final String ADD_DISK = "vm:add t virtio-blk --id hot --slot slot2 image=%s | cat";
    private static final String SUM = "vm:send t 'until [ -b /dev/vdb ]; do :; done; "
            + "echo SIZE=$(blockdev --getsize64 /dev/vdb) SUM=$(md5sum < /dev/vdb)\\n'\n"
            + "vm:expect t \"SIZE=[0-9]+ SUM=[0-9a-f]{32}\" 120s | cat";
    private static final String GONE = "vm:send t 'while [ -e /dev/vdb ]; do :; done; echo GONE$((1 + 1))\\n'\n"
            + "vm:expect t GONE2 120s | cat";
    private static final String CARDS = "while set -- /sys/bus/pci/devices/*; [ $# -ne %s ]; do :; done; "
            + "echo %s$((1 + 1))\\n'\nvm:expect t %2$s2 120s | cat";

    private String contents;
    private String printed;

    private static String refused(String command) {
        return "try { " + command + "; echo ACCEPTED } { echo refused: ($exception message) }\n";
    }

    @BeforeAll
    void changeTheHardwareOfARunningMachine(@TempDir Path folder) throws Exception {
        byte[] bytes = new byte[DISK_BYTES];
        new Random(3).nextBytes(bytes);
        Path image = Files.write(folder.resolve("hot.img"), bytes);
        contents = "SIZE=" + DISK_BYTES + " SUM="
                + HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        Path script = folder.resolve("hotplug.gsh");
        Files.writeString(script, script(Guests.blankDisk(folder.resolve("cold.img"), 1 << 20), image));
        Outcome outcome = Distribution.built(folder.resolve("data"))
                .run(Duration.ofMinutes(10), Map.of(), "run", script.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        printed = outcome.out();
    }

    private static String script(Path cold, Path image) {
        StringBuilder script = new StringBuilder("vm:create t --memory 256M")
                .append(Guests.boot("vmlinuz-cloud", "initrd-cloud.img")).append(" --append \"console=ttyS0\"\n")
                .append("vm:add t virtio-blk --id cold --slot slot1 image=").append(cold).append('\n')
                .append("vm:start t\ntry {\n");
        step(script, "boot", refused("vm:remove t cold"), "vm:add t virtio-rng --id early --slot slot3 | cat",
                "vm:expect t \"# $\" 480s",
                "vm:send t 'until grep -q 0x1005 /sys/bus/pci/devices/0000:03:00.0/device 2>/dev/null || "
                        + "grep -q 0x1044 /sys/bus/pci/devices/0000:03:00.0/device; do :; done; "
                        + "echo EARLY$((1 + 1))\\n'\nvm:expect t EARLY2 120s | cat", "vm:remove t early | cat");
        String add = ADD_DISK.formatted(image);
        step(script, "added", add, SUM);
        step(script, "removed", "vm:remove t hot | cat", GONE, add, SUM);
        step(script, "refused", refused("vm:remove t nothing"), refused("vm:remove t serial0"),
                refused("vm:add t virtio-rng --slot slot2"), SUM, "vm:show t | cat");
        step(script, "forced", "vm:remove t hot --force | cat", GONE, add, SUM);
        step(script, "loaded", "vm:send t 'while dd if=/dev/vdb of=/dev/null bs=64k 2>/dev/null; do :; done & "
                + "echo BEGUN$((1 + 1))\\n'\nvm:expect t BEGUN2 120s", "vm:remove t hot | cat", GONE,
                "vm:send t 'wait; echo ENDED$((1 + 1))\\n'\nvm:expect t ENDED2 120s | cat");
        step(script, "forcedLoad", add, SUM, "vm:send t 'while dd if=/dev/vdb of=/dev/null bs=64k iflag=direct "
                + "2>/dev/null; do :; done & echo BEGUN$((1 + 1))\\n'\nvm:expect t BEGUN2 120s",
                "vm:remove t hot --force | cat", GONE, "vm:send t 'wait; echo ENDED$((1 + 1))\\n'",
                "vm:expect t ENDED2 60s | cat", add, SUM, "vm:remove t hot | cat", GONE);
        step(script, "full", "vm:send t 'set -- /sys/bus/pci/devices/*; B=$#; echo COUNTED$((1 + 1))\\n'",
                "vm:expect t COUNTED2 120s");
        for (int i = 1; i <= FREE_SLOTS; i++) {
            script.append("vm:add t virtio-rng --id rng").append(i).append(" | cat\n");
        }
        script.append("vm:send t '").append(CARDS.formatted("$((B + " + FREE_SLOTS + "))", "FULL")).append('\n')
                .append(refused("vm:add t virtio-rng --id late"));
        for (int i = 1; i <= FREE_SLOTS; i++) {
            script.append("vm:remove t rng").append(i).append(" --force | cat\n");
        }
        script.append("vm:send t '").append(CARDS.formatted("$B", "EMPTY")).append('\n');
        return script.append("echo STEP end\n} {\nvm:show t | cat\nvm:log t --lines 80 | cat\nthrow $exception\n}\n")
                .toString();
    }

    private static void step(StringBuilder script, String name, String... commands) {
        script.append("echo STEP ").append(name).append('\n').append(String.join("\n", commands)).append('\n');
    }

    /** What was printed in a step. */
    private String printedIn(String step) {
        int begin = printed.indexOf("STEP " + step + "\n");
        assertTrue(begin >= 0, printed);
        return printed.substring(begin, printed.indexOf("STEP ", begin + 1));
    }

    private void assertPrinted(String step, String... texts) {
        String text = printedIn(step);
        for (String expected : texts) {
            assertTrue(text.contains(expected), () -> "no \"" + expected + "\" in:\n" + text);
        }
    }

    @Test
    void aDiskThatIsAddedIsThereWithItsSizeAndContents() {
        assertPrinted("added", "t: virtio-blk added as hot in slot2", contents);
    }

    @Test
    void duringBootARemovalIsRefusedWithTheReasonAndACardThatIsAddedIsFoundLater() {
        assertPrinted("boot", "refused: ", "does not handle hot-plug (yet)", "virtio-rng added as early in slot3",
                "EARLY2", "t: early removed");
    }

    @Test
    void aDiskThatIsPulledByForceUnderLoadIsGoneAndItsSlotTakesItAgain() {
        assertPrinted("forcedLoad", "t: hot removed", "GONE2", "ENDED2", contents);
    }

    @Test
    void aDiskThatIsRemovedIsGoneAndItsSlotTakesItAgain() {
        assertPrinted("removed", "t: hot removed", "GONE2", "t: virtio-blk added as hot in slot2", contents);
    }

    @Test
    void aDiskThatIsPulledByForceIsGoneAndItsSlotTakesItAgain() {
        assertPrinted("forced", "t: hot removed", "GONE2", "t: virtio-blk added as hot in slot2", contents);
    }

    @Test
    void whatCannotBeRemovedOrAddedIsRefusedByNameAndChangesNothing() {
        String text = printedIn("refused");
        assertEquals(3, text.lines().filter(line -> line.startsWith("refused: ")).count(), text);
        assertTrue(text.lines().anyMatch(line -> line.startsWith("refused: ") && line.contains("nothing")), text);
        assertTrue(text.lines().anyMatch(line -> line.startsWith("refused: ") && line.contains("serial0")), text);
        assertTrue(text.lines().anyMatch(line -> line.startsWith("refused: ") && line.contains("slot2")), text);
        assertPrinted("refused", contents, "3 cards, 14 slots free", "slot2  hot  virtio-blk", "serial0  serial");
    }

    @Test
    void aDiskThatIsBeingReadCanBeRemovedAndTheGuestLivesOn() {
        assertPrinted("loaded", "t: hot removed", "GONE2", "ENDED2");
    }

    @Test
    void aFullBackplaneTakesNoMoreAndSaysSo() {
        assertPrinted("full", "t: virtio-rng added as rng15 in slot16", "FULL2", "all 16 slots are taken", "EMPTY2");
    }
}
