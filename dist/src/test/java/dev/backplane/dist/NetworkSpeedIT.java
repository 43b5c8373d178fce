package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.backplane.dist.Distribution.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * What iperf3 in a guest gets through each card and a user network, against QEMU's TCG with its user networking and
 * the same guest, one after the other. Prints a table. It wants a calm machine, so it runs only when asked for:
 * {@code -Dbackplane.speed=SECONDS} for each measurement.
 */
@Tag("slow")
@EnabledIfSystemProperty(named = "backplane.speed", matches = "[0-9]+")
class NetworkSpeedIT {

    private static final int SECONDS = Integer.getInteger("backplane.speed", 5);
    private static final String BACKEND = System.getProperty("backplane.speed.backend", "translator");
    /** What is offered to a guest in datagrams, in Mbit/s: more than it can take would be lost on the way. */
    private static final int OFFERED = Integer.getInteger("backplane.speed.offered", 200);
    private static final double LEAST = 0.7;
    private static final Duration LIMIT = Duration.ofMinutes(15);
    private static final Pattern RATE = Pattern.compile(" ([0-9.]+) Mbits/sec.*receiver");

    @TempDir
    private Path folder;
    private final Map<String, Double> results = new ConcurrentHashMap<>();

    private static Map<String, String> measurements() {
        Map<String, String> all = new LinkedHashMap<>();
        for (int streams : new int[] {1, 8}) {
            all.put("tcp-out-" + streams, "-P " + streams);
            all.put("tcp-in-" + streams, "-R -P " + streams);
            all.put("udp-out-" + streams, "-u -b " + OFFERED / streams + "M -P " + streams);
            all.put("udp-in-" + streams, "-u -R -b " + OFFERED / streams + "M -P " + streams);
        }
        return all;
    }

    /** What the guest does; it tells each result to the host's server. */
    private static String job(int iperf, int port) {
        StringBuilder job = new StringBuilder();
        measurements().forEach((name, options) -> job.append("until iperf3 -c 10.0.2.2 -p ").append(iperf)
                .append(" -f m -t ").append(SECONDS).append(' ').append(options)
                .append(" > /tmp/result 2>&1; do sleep 1; done\n")
                .append("curl -s --data-binary @/tmp/result http://10.0.2.2:").append(port).append('/').append(name)
                .append('\n'));
        return job.append("echo MEASURED$((1 + 1))\n").toString();
    }

    private HttpServer server(int iperf) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        byte[] job = job(iperf, server.getAddress().getPort()).getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            String name = exchange.getRequestURI().getPath().substring(1);
            if (name.equals("job")) {
                exchange.sendResponseHeaders(200, job.length);
                exchange.getResponseBody().write(job);
            } else {
                String text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
                Matcher rate = RATE.matcher(text);
                while (rate.find()) {
                    results.put(name, Double.parseDouble(rate.group(1)));
                }
                exchange.sendResponseHeaders(200, -1);
            }
            exchange.close();
        });
        server.start();
        return server;
    }

    private static String begin(int port) {
        return "until ip -4 addr show eth0 | grep -q inet; do sleep 0.2; done; curl -s -o /tmp/job http://10.0.2.2:"
                + port + "/job; sh /tmp/job";
    }

    private Map<String, Double> backplane(String card, int port) throws Exception {
        String script = "vm:create t --memory 512M --backend " + BACKEND
                + Guests.boot("vmlinuz-full", "initrd-full.img")
                + " --append \"console=ttyS0 root=LABEL=backplane-root\"\n"
                + "vm:add t virtio-blk snapshot=on image=" + Guests.file("root.img") + "\n"
                + "vm:add t " + card + " net=user --id n\nvm:start t\nvm:expect t \"# $\" 300s | cat\n"
                + "vm:send t '" + begin(port) + "\\n'\nvm:expect t MEASURED2 " + LIMIT.toSeconds() + "s | cat\n"
                + "vm:stats t | cat\n";
        Path file = folder.resolve(card + ".gsh");
        Files.writeString(file, script);
        results.clear();
        Outcome outcome = Distribution.built(folder.resolve("data-" + card)).run(LIMIT.plusMinutes(5), Map.of(), "run",
                file.toString());
        assertEquals(0, outcome.status(), () -> outcome.err() + outcome.out());
        if (Boolean.getBoolean("backplane.speed.stats")) {
            System.out.println(outcome.out());
        }
        return Map.copyOf(results);
    }

    private Map<String, Double> qemu(String card, int port) throws Exception {
        results.clear();
        Process qemu = new ProcessBuilder("qemu-system-x86_64", "-M", "q35", "-cpu", "max", "-accel", "tcg", "-m",
                "512", "-kernel", Guests.file("vmlinuz-full").toString(), "-initrd",
                Guests.file("initrd-full.img").toString(), "-append", "console=ttyS0 root=LABEL=backplane-root",
                "-drive", "file=" + Guests.file("root.img") + ",if=virtio,snapshot=on,format=raw,file.locking=off",
                "-netdev", "user,id=n", "-device", card + ",netdev=n", "-nographic", "-no-reboot").redirectErrorStream(true)
                .start();
        try (Console console = new Console(qemu)) {
            console.await(Pattern.compile("# $"), Duration.ofMinutes(5));
            qemu.getOutputStream().write((begin(port) + "\n").getBytes(StandardCharsets.UTF_8));
            qemu.getOutputStream().flush();
            console.await(Pattern.compile("MEASURED2"), LIMIT);
        }
        return Map.copyOf(results);
    }

    /** What a process prints, as it comes. */
    private static final class Console implements AutoCloseable {
        private final Process process;
        private final StringBuilder text = new StringBuilder();
        private boolean ended;

        Console(Process process) {
            this.process = process;
            Thread.ofPlatform().daemon().start(this::read);
        }

        private void read() {
            byte[] bytes = new byte[4096];
            try (InputStream in = process.getInputStream()) {
                for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                    add(new String(bytes, 0, n, StandardCharsets.ISO_8859_1));
                }
            } catch (IOException e) {
                add("(" + e.getMessage() + ")");
            } finally {
                synchronized (this) {
                    ended = true;
                    notifyAll();
                }
            }
        }

        private synchronized void add(String more) {
            text.append(more);
            notifyAll();
        }

        synchronized void await(Pattern pattern, Duration limit) throws InterruptedException {
            long end = System.nanoTime() + limit.toNanos();
            while (!pattern.matcher(text).find()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                assertTrue(left > 0 && !ended, () -> "no " + pattern + " in:\n" + text);
                wait(left);
            }
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor(10, TimeUnit.SECONDS);
            process.destroyForcibly();
        }
    }

    private static Process iperf(int port) throws IOException {
        return new ProcessBuilder("iperf3", "-s", "-p", Integer.toString(port))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void eachCardIsAsFastAsQemus() throws Exception {
        int port = freePort();
        Process iperf = iperf(port);
        HttpServer server = server(port);
        List<String> slow = new ArrayList<>();
        try {
            System.out.println("\n| Mbit/s: Backplane / QEMU = ratio | " + String.join(" | ",
                    measurements().keySet()) + " |\n|---" + "|---".repeat(measurements().size()) + "|");
            for (String card : System.getProperty("backplane.speed.cards", "virtio-net,e1000").split(",")) {
                Map<String, Double> ours = backplane(card, server.getAddress().getPort());
                Map<String, Double> theirs = qemu(card.equals("virtio-net") ? "virtio-net-pci" : card,
                        server.getAddress().getPort());
                StringBuilder row = new StringBuilder("| ").append(card);
                for (String name : measurements().keySet()) {
                    double ratio = ours.getOrDefault(name, 0.0) / theirs.getOrDefault(name, Double.NaN);
                    row.append(String.format(" | %.0f / %.0f = %.2f", ours.get(name), theirs.get(name), ratio));
                    if (!(ratio >= LEAST)) {
                        slow.add(card + " " + name);
                    }
                }
                System.out.println(row.append(" |"));
            }
        } finally {
            server.stop(0);
            iperf.destroy();
        }
        assertTrue(slow.isEmpty(), () -> "under " + LEAST + " of QEMU: " + slow);
    }
}
