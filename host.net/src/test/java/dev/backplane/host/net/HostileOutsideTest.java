package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import com.sun.management.UnixOperatingSystemMXBean;

import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.testkit.HostBench;

/** Servers and clients of the host's side that do what they like. {@code -Dbackplane.hostile=1000000}: the long run. */
class HostileOutsideTest {
    private static final int COUNT = Integer.getInteger("backplane.hostile", 30_000);
    private static final int CONNECTIONS = Math.min(5_000, Math.max(300, COUNT / 200));
    private static final Ip IP = Ip.parse("10.0.2.15");
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final int LONGEST = 65_507;

    private final Random random = new Random(4);

    private static int forwarded(HostBench<NetworkEndpoint> bench, int line) {
        return Integer.parseInt(bench.endpoint().details().get(line).replaceAll(".*:(\\d+) to .*", "$1"));
    }

    private byte[] datagram() {
        byte[] bytes = new byte[random.nextInt(100) == 0 ? random.nextInt(LONGEST + 1) : random.nextInt(1600)];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void datagramsOfAnyLengthFromServersAndClientsAreCarriedOrDropped() throws Exception {
        try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
                DatagramSocket client = new DatagramSocket(0, LOOPBACK);
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).option("forward", "udp:0:7").open();
                Guest guest = new Guest(bench, IP, 1).hello()) {
            server.setSoTimeout(20_000);
            guest.udp(5000, Guest.HOST, server.getLocalPort(), new byte[] {1});
            DatagramPacket first = new DatagramPacket(new byte[10], 10);
            server.receive(first);
            SocketAddress flow = first.getSocketAddress();
            SocketAddress port = new InetSocketAddress(LOOPBACK, forwarded(bench, 1));
            for (int i = 0; i < COUNT; i++) {
                byte[] bytes = datagram();
                if (random.nextBoolean()) {
                    server.send(new DatagramPacket(bytes, bytes.length, flow));
                } else {
                    client.send(new DatagramPacket(bytes, bytes.length, port));
                }
                guest.others.clear();
            }
            AtomicInteger tries = new AtomicInteger();
            // what the host's socket holds comes first, and it may drop ours while it is full
            guest.await("a datagram after all that", () -> {
                if (tries.incrementAndGet() % 10 == 1) {
                    sendQuietly(server, new byte[] {42, 42, 42}, flow);
                }
                boolean came = guest.others.stream().anyMatch(data -> data.length == 45 && data[44] == 42);
                guest.others.removeIf(data -> data.length > 45);
                return came;
            });
            assertEquals(0, bench.counter("defects"), () -> bench.counters().toString());
            assertTrue(bench.counter("udp-forwarded") > 0);
        }
    }

    private static void sendQuietly(DatagramSocket from, byte[] bytes, SocketAddress to) {
        try {
            from.send(new DatagramPacket(bytes, bytes.length, to));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** A server that closes, resets, floods or waits. */
    private static void serve(Socket socket, long seed) {
        Random choice = new Random(seed);
        try (socket) {
            if (choice.nextInt(3) == 0) {
                socket.setSoLinger(true, 0);
            }
            OutputStream out = socket.getOutputStream();
            for (int n = choice.nextInt(6); n > 0; n--) {
                switch (choice.nextInt(4)) {
                    case 0 -> out.write(new byte[choice.nextInt(100_000)]);
                    case 1 -> out.write(choice.nextInt());
                    case 2 -> socket.shutdownOutput();
                    default -> socket.shutdownInput();
                }
            }
        } catch (IOException e) {
            // half of what it does is not possible after the other half
        }
    }

    @Test
    void serversThatResetFloodAndHalfCloseLeaveTheNetworkAtWork() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1000, LOOPBACK);
                ServerSocket kind = new ServerSocket(0, 10, LOOPBACK);
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).option("forward", "tcp:0:80").open();
                Guest guest = new Guest(bench, IP, 1).hello()) {
            guest.listens = true;
            Thread.ofVirtual().start(() -> {
                try {
                    for (long seed = 0;; seed++) {
                        long own = seed;
                        Socket socket = server.accept();
                        Thread.ofVirtual().start(() -> serve(socket, own));
                    }
                } catch (IOException e) {
                    // the test is over
                }
            });
            int port = forwarded(bench, 1);
            for (int i = 1; i <= CONNECTIONS; i++) {
                if (random.nextInt(3) == 0) {
                    Socket client = new Socket(LOOPBACK, port);
                    long seed = i;
                    Thread.ofVirtual().start(() -> serve(client, seed));
                } else {
                    attempt(guest, server.getLocalPort());
                }
                int begun = i;
                if (i % 50 == 0) {
                    guest.await("the connections", () -> bench.counter("tcp-opened")
                        + bench.counter("tcp-forwarded") >= begun);
                }
            }
            GuestTcp tcp = guest.connect(Guest.HOST, kind.getLocalPort()).awaitOpen();
            try (Socket socket = kind.accept()) {
                tcp.write("still here".getBytes());
                assertEquals("still here", new String(socket.getInputStream().readNBytes(10)));
            }
            assertEquals(0, bench.counter("defects"), () -> bench.counters().toString());
        }
    }

    private void attempt(Guest guest, int port) {
        GuestTcp tcp = guest.connect(Guest.HOST, port);
        tcp.write(new byte[random.nextInt(5000)]);
        switch (random.nextInt(3)) {
            case 0 -> tcp.finish();
            case 1 -> tcp.abort();
            default -> tcp.window(random.nextInt(3000));
        }
    }

    @Test
    void connectionsBeyondTheLimitAreResetAndTheOthersStay() throws Exception {
        int more = 100;
        boolean descriptors = ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean host
            && host.getMaxFileDescriptorCount() - host.getOpenFileDescriptorCount() > 2 * 4096 + 500;
        assumeTrue(descriptors, "this process may not open so many sockets");
        try (ServerSocket server = new ServerSocket(0, 5000, LOOPBACK);
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).open();
                Guest guest = new Guest(bench, IP, 1).hello()) {
            Thread.ofVirtual().start(() -> HostileTest.acceptAll(server));
            GuestTcp first = guest.connect(Guest.HOST, server.getLocalPort()).awaitOpen();
            for (int i = 1; i < 4096 + more; i++) {
                bench.cable().send(HostileTest.syn(30_000 + i, server.getLocalPort()));
                if (i % 500 == 0) {
                    guest.await("the frames to be taken", () -> bench.cable().untaken() < 100);
                }
            }
            guest.await("the resets", () -> bench.counter("tcp-too-many") >= more);
            assertEquals(more, bench.counter("tcp-too-many"));
            first.finish();
            guest.await("the first one's end", first::isDrained);
            assertEquals(0, bench.counter("defects"), () -> bench.counters().toString());
        }
    }
}
