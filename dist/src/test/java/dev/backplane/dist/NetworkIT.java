package dev.backplane.dist;

import static dev.backplane.dist.NetworkGuest.assertPrinted;
import static dev.backplane.dist.NetworkGuest.awaitUp;
import static dev.backplane.dist.NetworkGuest.create;
import static dev.backplane.dist.NetworkGuest.printed;
import static dev.backplane.dist.NetworkGuest.run;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Debian guest on a user network, and servers on the host for it. The long run:
 * {@code -Dbackplane.download=1024 -Dbackplane.updates=50} (MiB to download, updates of each bundle).
 */
@Tag("slow")
class NetworkIT {

    private static final int MEBIBYTES = Integer.getInteger("backplane.download", 24);
    private static final int UPDATES = Integer.getInteger("backplane.updates", 3);
    /** Connections of one curl. */
    private static final int PARALLEL = 250;
    private static final Duration LONG = Duration.ofMinutes(6).plusSeconds(MEBIBYTES);
    private static final Pattern PARKED = Pattern.compile("parked for ([0-9.]+) ms");
    private static final Pattern TOOK = Pattern.compile("real\\s+(\\d+)m([0-9.]+)s");

    @TempDir
    private Path folder;

    private static String download(String url) {
        return "$(curl -s " + url + " | sha256sum)";
    }

    /** An address of the host that is not its loopback's. */
    private static Optional<String> outside() throws IOException {
        return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress())
                .map(InetAddress::getHostAddress).findFirst();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Copies a file into the guest and back, as a user would; says whether it is the same. */
    private String copyThereAndBack(int port) throws Exception {
        Path file = folder.resolve("there");
        Files.writeString(file, "through the forwarded port\n".repeat(100_000));
        Path back = folder.resolve("back");
        copy(port, file.toString(), "root@127.0.0.1:/tmp/copy");
        copy(port, "root@127.0.0.1:/tmp/copy", back.toString());
        return Files.mismatch(file, back) < 0 ? "same" : "different";
    }

    private void copy(int port, String from, String to) throws Exception {
        Process scp = new ProcessBuilder("scp", "-q", "-i", folder.resolve("data/ssh/id_ed25519").toString(), "-P",
                Integer.toString(port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o",
                "BatchMode=yes", "-o", "LogLevel=ERROR", from, to).redirectErrorStream(true).start();
        scp.getOutputStream().close();
        String said = new String(scp.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!scp.waitFor(3, TimeUnit.MINUTES) || scp.exitValue() != 0) {
            scp.destroyForcibly();
            throw new IOException("scp: " + said);
        }
    }

    @Test
    void aGuestOnAUserNetworkReachesTheHostAndIsReached() throws Exception {
        Optional<String> outside = outside();
        int port = freePort();
        try (NetworkServers servers = new NetworkServers(MEBIBYTES)) {
            servers.errand("copy", () -> copyThereAndBack(port));
            String crowd = "http://10.0.2.2:" + servers.crowdPort();
            String script = create("t")
                    + "vm:add t virtio-net net=user net.forward=tcp:" + port + ":22 net.dns=" + servers.names() + "\n"
                    + "vm:start t\ntry {\n" + awaitUp("t")
                    + run("t", "busybox nslookup localhost. 10.0.2.3", "HOSTS")
                    + run("t", "echo NAMES=$(getent ahostsv4 " + NetworkServers.NAME + " | grep -c STREAM)", "NAMES")
                    + run("t", "for i in 10.0.2.2 fec0::2 " + outside.orElse("") + "; do ping -c 2 -W 8 $i; done",
                            "PING")
                    + run("t", "time echo V4=" + download("http://" + servers.web() + "/file"), "FOUR", LONG)
                    + run("t", "time echo V6=" + download("\"http://[fec0::2]:" + servers.port() + "/file\""), "SIX",
                            LONG)
                    + run("t", "ulimit -n 4096; for i in 1 2 3 4; do curl -s -Z --parallel-immediate --parallel-max "
                            + PARALLEL + " -o /dev/null -w \"%{http_code}\\\\n\" \"" + crowd
                            + "/[1-" + PARALLEL + "]\" > /tmp/crowd$i & done; wait; "
                            + "echo CROWD=$(cat /tmp/crowd* | grep -c 200)", "MANY")
                    + "echo SSH (vm:ssh t 'echo through $(uname -s)')\n"
                    + run("t", "echo COPY=$(curl -s http://" + servers.web() + "/do/copy)", "COPIED")
                    + "} {\nvm:log t --lines 80 | cat\nnet:show | cat\nthrow $exception\n}\n"
                    + "net:show | cat\nvm:stats t virtio-net0 | cat\nvm:log t --lines 120 | cat\n";
            String all = printed(folder, script, Duration.ofMinutes(15).plusSeconds(2 * MEBIBYTES));
            assertPrinted(all, "inet 10.0.2.15/24", "127.0.0.1", "NAMES=" + NetworkServers.ADDRESSES,
                    "V4=" + servers.sum(), "V6=" + servers.sum(), "CROWD=" + NetworkServers.CROWD, "SSH through Linux",
                    "COPY=same", "forward tcp 127.0.0.1:");
            assertEquals(outside.isPresent() ? 3 : 2,
                    all.lines().filter(line -> line.contains("2 received")).count(), all);
            System.out.println("downloads of " + MEBIBYTES + " MiB by IPv4 and IPv6 took " + TOOK.matcher(all).results()
                    .map(m -> Integer.parseInt(m.group(1)) * 60 + Double.parseDouble(m.group(2)) + " s").toList());
        }
    }

    /** An ssh session that counts, as a process of the host's. */
    private final class Session {
        private Process ssh;

        String begin(int port) throws IOException {
            ssh = new ProcessBuilder("ssh", "-i", folder.resolve("data/ssh/id_ed25519").toString(), "-p",
                    Integer.toString(port), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                    "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "root@127.0.0.1",
                    "n=0; until [ -e /tmp/stop ]; do n=$((n + 1)); echo $n; sleep 0.05; done; echo end")
                    .redirectErrorStream(true).redirectOutput(folder.resolve("session").toFile()).start();
            ssh.getOutputStream().close();
            return "";
        }

        /** How far it counted without a gap, to its end. */
        String end() throws Exception {
            boolean ended = ssh.waitFor(2, TimeUnit.MINUTES);
            ssh.destroyForcibly();
            List<String> lines = Files.readAllLines(folder.resolve("session"));
            for (int i = 0; i < lines.size() - 1; i++) {
                if (!lines.get(i).equals(Integer.toString(i + 1))) {
                    return "line " + i + " is " + lines.get(i);
                }
            }
            return ended && lines.getLast().equals("end") ? "whole" : "broken off at " + lines.getLast();
        }
    }

    @Test
    void cardsAndNetworksAreReplacedUnderAMeasurementASessionAndADownload() throws Exception {
        int iperf = freePort();
        int port = freePort();
        Process measure = new ProcessBuilder("iperf3", "-s", "-p", Integer.toString(iperf))
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try (NetworkServers servers = new NetworkServers(MEBIBYTES)) {
            Session session = new Session();
            servers.errand("begin", () -> session.begin(port));
            servers.errand("end", session::end);
            String ask = "curl -s http://" + servers.web() + "/do/";
            StringBuilder script = new StringBuilder(create("t"))
                    .append("vm:add t virtio-net net=user net.forward=tcp:" + port + ":22\nvm:start t\ntry {\n")
                    .append(awaitUp("t")).append("vm:ssh t true\n")
                    .append(run("t", "iperf3 -c 10.0.2.2 -p " + iperf + " -R -b 20M -t 36000 > /tmp/iperf 2>&1 & "
                            + "(until [ -e /tmp/stop ]; do curl -s --limit-rate 8M http://" + servers.web()
                            + "/file | sha256sum; done) > /tmp/sums & " + ask + "begin", "BEGUN"));
            for (int i = 1; i <= UPDATES; i++) {
                for (String bundle : List.of("dev.backplane.host.net", "dev.backplane.device.net")) {
                    Path jar = Path.of("target", "backplane", "plugins", bundle + ".jar").toAbsolutePath();
                    Path fresh = Builds.rebuilt(jar, "0.1.0.round" + i, folder.resolve(bundle + "-" + i + ".jar"));
                    script.append("plugin:update ").append(bundle).append(' ').append(fresh).append(" | cat\n");
                }
            }
            script.append(run("t", "touch /tmp/stop; wait %2; kill -INT %1; wait; echo SUMS=$(sort -u /tmp/sums)",
                    "STOPPED", LONG))
                    .append(run("t", "echo IPERF=$(grep -c interrupt /tmp/iperf); "
                            + "echo SESSION=$(" + ask + "end)", "CHECKED"))
                    .append("} {\nvm:log t --lines 80 | cat\nnet:show | cat\nthrow $exception\n}\n")
                    .append("vm:log t --lines 60 | cat\nnet:show | cat\n");
            String all = printed(folder, script.toString(), LONG.plusMinutes(15).plusSeconds(4 * UPDATES));
            assertPrinted(all, "SUMS=" + servers.sum() + " -", "IPERF=1", "SESSION=whole");
            double[] parks = PARKED.matcher(all).results().mapToDouble(m -> Double.parseDouble(m.group(1))).sorted()
                    .toArray();
            assertEquals(2 * UPDATES, parks.length, all);
            System.out.printf("%d updates under load: parked for %.1f ms (median), %.1f ms (worst)%n", parks.length,
                    parks[parks.length / 2], parks[parks.length - 1]);
        } finally {
            measure.destroy();
        }
    }
}
