package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Lines of shell scripts for Debian guests with network cards. */
final class NetworkGuest {

    private NetworkGuest() {
    }

    /**
     * Makes a machine that lets the runtime's ssh key in; its cards follow. Several guests on a busy host may get their
     * first timer ticks late, which the kernel is not to take for a broken timer.
     */
    static String create(String name) {
        return "key = (vm:ssh-key)\nvm:create " + name + " --memory 384M"
                + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0 root=LABEL=backplane-root no_timer_check $key\"\n"
                + "vm:add " + name + " virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n";
    }

    /** Types a command and waits for its end. */
    static String run(String name, String command, String mark) {
        return run(name, command, mark, Duration.ofMinutes(6));
    }

    static String run(String name, String command, String mark, Duration limit) {
        return "vm:send " + name + " '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect " + name + " " + mark
                + "2 " + limit.toSeconds() + "s | cat\n";
    }

    /** Waits for the shell, and for the address that the network gave. */
    static String awaitUp(String name) {
        return "vm:expect " + name + " \"# $\" 480s\n"
                + run(name, "until ip -4 addr show eth0 | grep inet; do sleep 0.2; done", "LEASE");
    }

    /** Runs a script to its end; gives what it printed. */
    static String printed(Path folder, String script, Duration limit) throws Exception {
        Path file = folder.resolve("network.gsh");
        Files.writeString(file, script);
        Outcome outcome = Distribution.built(folder.resolve("data")).run(limit, Map.of(), "run", file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        return outcome.out();
    }

    static void assertPrinted(String all, String... texts) {
        for (String text : texts) {
            assertTrue(all.contains(text), () -> "no \"" + text + "\" in:\n" + all);
        }
    }
}
