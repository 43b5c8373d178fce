package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The net commands on a Debian kernel's card: capture, shape, link, and what a save and an update leave of them. */
@Tag("slow")
class CablesIT {

    private static final Pattern RTT = Pattern.compile("round-trip min/avg/max = ([0-9.]+)/");

    private static final Pattern LOST = Pattern.compile(", [0-9]+ frames lost");
    private static final int MEBIBYTES = Integer.getInteger("backplane.download", 16);
    private static final Duration LONG = Duration.ofMinutes(6).plusSeconds(2 * MEBIBYTES);

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
        Outcome outcome = Distribution.built(folder.resolve("data"))
                .run(Duration.ofMinutes(10), Map.of(), "run", file.toString());
        String all = outcome.out();
        assertEquals(0, outcome.status(), () -> outcome.err() + all);
        assertTrue(all.contains("└─ t:net0  up  rate=50M delay=100ms"), all);
        assertTrue(all.contains("t:net0 parked for"), all);
        List<Double> fastest = RTT.matcher(all).results().map(m -> Double.parseDouble(m.group(1))).toList();
        assertEquals(4, fastest.size(), all);
        assertTrue(fastest.get(1) >= 200, all);
        // a busy host alone may be as slow as that, but hardly in all pings after the cable was perfect again
        assertTrue(Math.min(fastest.get(2), fastest.get(3)) < 200, all);
        assertTrue(all.lastIndexOf("3 packets received") > all.lastIndexOf("t: restored"), all);
        assertTrue(Files.size(capture) > 1000);
        Captures.assertReadable(capture, "ICMP", 12);
    }

    /** {@code -Dbackplane.download=1024} downloads so many MiB. */
    @Test
    void aDownloadThroughACableThatLosesAndDelaysEndsRight() throws Exception {
        try (NetworkServers servers = new NetworkServers(MEBIBYTES)) {
            String script = NetworkGuest.create("t") + "vm:add t virtio-net net=user\nvm:start t\ntry {\n"
                    + NetworkGuest.awaitUp("t") + "net:shape t virtio-net0 delay=50ms loss=5% | cat\n"
                    + NetworkGuest.run("t", "time echo BAD=$(curl -s http://" + servers.web() + "/file | sha256sum)",
                            "LOADED", LONG)
                    + "} {\nvm:log t --lines 60 | cat\nnet:show | cat\nthrow $exception\n}\n"
                    + "net:show | cat\nvm:log t --lines 10 | cat\n";
            String all = NetworkGuest.printed(folder, script, LONG.plusMinutes(10));
            NetworkGuest.assertPrinted(all, "delay=50ms loss=5%", "BAD=" + servers.sum());
            assertTrue(LOST.matcher(all).find(), all);
            System.out.println(MEBIBYTES + " MiB with 5 % loss and 50 ms:" + all.lines()
                    .filter(line -> line.startsWith("real")).findFirst().orElse("?").substring(4));
        }
    }
}
