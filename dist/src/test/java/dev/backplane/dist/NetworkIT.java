package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.backplane.dist.Distribution.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian guests on user networks and switches, and servers on the host for them. */
@Tag("slow")
class NetworkIT {

    private static final int BYTES = 24 << 20;
    private static final int CONNECTIONS = 1000;
    /** Connections of one curl. */
    private static final int PARALLEL = 250;
    private static final int UPDATES = 3;

    @TempDir
    private Path folder;
    private HttpServer files;
    private ServerSocket crowd;
    private String sum;

    @BeforeEach
    void openServers() throws Exception {
        byte[] bytes = new byte[BYTES];
        new Random(5).nextBytes(bytes);
        sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        files = HttpServer.create(new InetSocketAddress(0), 100);
        files.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        files.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, BYTES);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
        files.start();
        crowd = new ServerSocket(0, CONNECTIONS, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::answerAllAtOnce);
    }

    /** Answers when all connections are open, so that they are open at once. */
    private void answerAllAtOnce() {
        List<Socket> open = new ArrayList<>();
        try {
            while (open.size() < CONNECTIONS) {
                open.add(crowd.accept());
            }
            for (Socket socket : open) {
                socket.getOutputStream().write("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes());
                socket.shutdownOutput();
            }
            for (Socket socket : open) {
                socket.getInputStream().readAllBytes();
                socket.close();
            }
        } catch (IOException e) {
            // the guest's side of the test says what is missing
        }
    }

    @AfterEach
    void closeServers() throws IOException {
        files.stop(0);
        crowd.close();
    }

    private static String create(String name) {
        return "key = (vm:ssh-key)\nvm:create " + name + " --memory 384M"
                + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0 root=LABEL=backplane-root $key\"\n"
                + "vm:add " + name + " virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n";
    }

    /** Types a command and waits for its end. */
    private static String run(String name, String command, String mark) {
        return "vm:send " + name + " '" + command + "; echo " + mark + "$((1 + 1))\\n'\nvm:expect " + name + " " + mark
                + "2 300s | cat\n";
    }

    private static String lease(String name) {
        return run(name, "until ip -4 addr show eth0 | grep inet; do sleep 0.2; done", "LEASE");
    }

    private String printed(String script) throws Exception {
        Path file = folder.resolve("network.gsh");
        Files.writeString(file, script);
        Outcome outcome = Distribution.built(folder.resolve("data"))
                .run(Duration.ofMinutes(12), Map.of(), "run", file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        return outcome.out();
    }

    private static void assertPrinted(String all, String... texts) {
        for (String text : texts) {
            assertTrue(all.contains(text), () -> "no \"" + text + "\" in:\n" + all);
        }
    }

    @Test
    void aGuestOnAUserNetworkReachesTheHostAndIsReachedWhileBundlesAreReplaced() throws Exception {
        String port = ":" + files.getAddress().getPort() + "/";
        StringBuilder script = new StringBuilder(create("t"))
                .append("vm:add t virtio-net net=user net.forward=tcp:0:22 net.dns=127.9.9.9\n")
                .append("vm:start t\ntry {\nvm:expect t \"# $\" 480s\n").append(lease("t"))
                .append(run("t", "busybox nslookup localhost. 10.0.2.3", "NAMES"))
                .append(run("t", "echo V4=$(curl -s http://10.0.2.2" + port + " | sha256sum)", "FOUR"))
                .append(run("t", "echo V6=$(curl -s \"http://[fec0::2]" + port + "\" | sha256sum)", "SIX"))
                .append(run("t", "ulimit -n 4096; for i in 1 2 3 4; do curl -s -Z --parallel-immediate --parallel-max "
                        + PARALLEL + " -o /dev/null -w \"%{http_code}\\\\n\" \"http://10.0.2.2:" + crowd.getLocalPort()
                        + "/[1-" + PARALLEL + "]\" > /tmp/crowd$i & done; wait; "
                        + "echo CROWD=$(cat /tmp/crowd* | grep -c 200)", "MANY"))
                .append("echo SSH (vm:ssh t 'echo through $(uname -s)')\n")
                .append("vm:send t 'echo REPLACED=$(curl -s --limit-rate 3M http://10.0.2.2" + port
                        + " | sha256sum)\\n'\n");
        Path jar = Path.of("target", "backplane", "plugins", "dev.backplane.host.net.jar").toAbsolutePath();
        for (int i = 1; i <= UPDATES; i++) {
            Path fresh = Builds.rebuilt(jar, "0.1.0.round" + i, folder.resolve("host" + i + ".jar"));
            script.append("plugin:update dev.backplane.host.net ").append(fresh).append(" | cat\n");
        }
        script.append("vm:expect t \"REPLACED=[0-9a-f]+\" 120s | cat\nnet:show | cat\n")
                .append("} {\nvm:log t --lines 80 | cat\nnet:show | cat\nthrow $exception\n}\n")
                .append("vm:log t --lines 60 | cat\n");
        String all = printed(script.toString());
        assertPrinted(all, "inet 10.0.2.15/24", "127.0.0.1", "V4=" + sum, "V6=" + sum, "CROWD=" + CONNECTIONS,
                "SSH through Linux", "REPLACED=" + sum, "forward tcp 127.0.0.1:");
    }

    @Test
    void machinesOnASwitchReachEachOtherAndTheOutsideAndVlansAreApart() throws Exception {
        String port = ":" + files.getAddress().getPort() + "/";
        String script = create("a") + "vm:add a virtio-net net=switch net.name=lab net.gateway=on\n"
                + create("b") + "vm:add b virtio-net net=switch net.name=lab\n"
                + "vm:add b virtio-net net=switch net.name=lab net.vlan=20\n"
                + "vm:start a\nvm:start b\ntry {\nvm:expect a \"# $\" 480s\nvm:expect b \"# $\" 480s\n"
                + lease("a") + lease("b")
                + run("a", "echo A=$(ip -4 -o addr show eth0 | grep -o \"10[.]0[.]2[.]1.\" | head -n 1)", "ADDRESS")
                + run("b", "echo B=$(ip -4 -o addr show eth0 | grep -o \"10[.]0[.]2[.]1.\" | head -n 1)", "ADDRESS")
                + run("b", "for i in 15 16; do busybox ping -c 2 -W 5 10.0.2.$i | grep -o \"2 packets received\"; "
                        + "done", "PING")
                + run("b", "echo OUT=$(curl -s http://10.0.2.2" + port + " | sha256sum)", "OUT")
                + run("b", "busybox udhcpc -n -q -t 2 -T 2 -i eth1 > /dev/null 2>&1; echo APART=$?", "APART")
                + "} {\nvm:log a --lines 60 | cat\nvm:log b --lines 60 | cat\nthrow $exception\n}\n"
                + "net:show | cat\nvm:log a --lines 20 | cat\nvm:log b --lines 20 | cat\n";
        String all = printed(script);
        assertPrinted(all, "A=10.0.2.1", "B=10.0.2.1", "OUT=" + sum, "APART=1", "b:virtio-net1  up  VLAN 20");
        assertEquals(2, all.lines().filter(line -> line.equals("2 packets received")).count(), all);
    }
}
