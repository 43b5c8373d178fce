package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The net commands on a Debian kernel's card: capture, shape, link, and what a save and an update leave of them. */
@Tag("slow")
class CablesIT {

    private static final Path TSHARK = Path.of("/usr/bin/tshark");
    private static final Pattern RTT = Pattern.compile("round-trip min/avg/max = ([0-9.]+)/");

    @TempDir
    private Path folder;

    /** Types a command and waits for its end. */
    private static String run(String command, String mark) {
        return "vm:send t '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect t " + mark + "2 120s | cat\n";
    }

    private static String ping(String mark) {
        return run("ping -c 3 -i 0.2 10.0.2.2 | tail -3", mark);
    }

    @Test
    void aCableIsCapturedShapedPulledSavedAndItsBackendReplaced() throws Exception {
        Path capture = folder.resolve("t.pcapng");
        Path state = folder.resolve("t.state");
        Path jar = Path.of("target", "backplane", "plugins", "dev.backplane.host.net.jar").toAbsolutePath();
        Path fresh = Builds.rebuilt(jar, "0.1.0.next", folder.resolve("host.jar"));
        String script = "vm:create t --memory 256M" + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0 root=/dev/vda quiet\"\n"
                + "vm:add t virtio-net net=user --id net0\nvm:start t\nnet:capture t net0 " + capture + "\n"
                + "vm:expect t \"# $\" 300s\n"
                + run("ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0", "UP")
                + ping("PLAIN") + "net:shape t net0 delay=100ms rate=50M loss=0%\n" + ping("SHAPED")
                + "net:show\nnet:shape t net0 off\nnet:link t net0 down\n"
                + run("until [ $(cat /sys/class/net/eth0/carrier) = 0 ]; do sleep 0.1; done", "PULLED")
                + "net:link t net0 up\n"
                + run("until [ $(cat /sys/class/net/eth0/carrier) = 1 ]; do sleep 0.1; done", "PLUGGED")
                + "plugin:update " + fresh + "\n" + ping("REPLACED") + "net:capture t net0 --stop\nvm:log t --lines 60\n"
                + "vm:save t " + state + "\nvm:destroy t --force\nvm:restore " + state + "\n" + ping("RESTORED")
                + "vm:log t --lines 60\n";
        Path file = folder.resolve("cables.gsh");
        Files.writeString(file, script);
        Outcome outcome = Distribution.built(folder.resolve("data")).run(Duration.ofMinutes(10), Map.of(), "run",
                file.toString());
        String all = outcome.out();
        assertEquals(0, outcome.status(), () -> outcome.err() + all);
        assertTrue(all.contains("└─ t:net0  up  rate=50M delay=100ms"), all);
        assertTrue(all.contains("t:net0 parked for"), all);
        Matcher times = RTT.matcher(all);
        assertTrue(times.find() && Double.parseDouble(times.group(1)) < 200, all);
        assertTrue(times.find() && Double.parseDouble(times.group(1)) >= 200, all);
        assertTrue(times.find() && Double.parseDouble(times.group(1)) < 200, all);
        assertTrue(all.lastIndexOf("3 packets received") > all.lastIndexOf("t: restored"), all);
        assertTrue(Files.size(capture) > 1000);
        assertReadable(capture);
    }

    private static void assertReadable(Path capture) throws Exception {
        assumeTrue(Files.isExecutable(TSHARK), "tshark is not there to read the capture");
        Process tshark = new ProcessBuilder(TSHARK.toString(), "-r", capture.toString(), "-T", "fields", "-e",
                "_ws.col.Protocol", "-e", "_ws.malformed").redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String packets = new String(tshark.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(tshark.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, tshark.exitValue(), packets);
        assertTrue(packets.lines().filter(line -> line.startsWith("ICMP\t")).count() >= 12, packets);
        assertTrue(packets.lines().allMatch(line -> line.endsWith("\t")), packets);
    }
}
