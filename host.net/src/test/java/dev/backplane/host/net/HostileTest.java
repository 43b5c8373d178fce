package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Checksum;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Wire;
import dev.backplane.testkit.HostBench;

/** A guest that sends what it likes. Run with -Dbackplane.hostile=1000000 for the long one. */
class HostileTest {
    private static final int COUNT = Integer.getInteger("backplane.hostile", 150_000);
    private static final Ip IP = Ip.parse("10.0.2.15");
    private static final Ip IP6 = Ip.parse("fec0::15");
    private static final long MAC = 0x0200_0000_0001L;

    private final Random random = new Random(42);

    private static byte[] ip(Ip to, int protocol, int length) {
        boolean v6 = !to.isV4();
        byte[] data = new byte[Builder.headers(v6) + length];
        Ip from = v6 ? IP6 : IP;
        Builder.ip(data, Guest.GATEWAY_MAC, MAC, from.hi(), from.lo(), to.hi(), to.lo(), protocol, 255);
        return data;
    }

    /** A segment that opens a connection to the host. */
    static byte[] syn(int fromPort, int port) {
        byte[] data = ip(Guest.HOST, Wire.TCP, 20);
        Wire.put16(data, 34, fromPort);
        Wire.put16(data, 36, port);
        data[46] = 5 << 4;
        data[47] = 2;
        Wire.put16(data, 48, 1000);
        return Builder.finish(data, Wire.TCP, 16, 0).data();
    }

    /** Accepts connections and keeps them until the server is closed. */
    static void acceptAll(ServerSocket server) {
        List<Socket> clients = new ArrayList<>();
        try {
            while (true) {
                clients.add(server.accept());
            }
        } catch (IOException e) {
            clients.forEach(HostileTest::close);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Ip target() {
        return switch (random.nextInt(6)) {
            case 0 -> Ip.parse("10.0.2.3");
            case 1 -> Ip.parse("fec0::2");
            case 2 -> Ip.parse("10.0.2.200");
            case 3 -> Ip.parse("fec0::3");
            default -> Ip.parse("10.0.2.2");
        };
    }

    private byte[] valid(int port) {
        Ip to = target();
        byte[] data = switch (random.nextInt(7)) {
            case 0, 1, 2 -> {
                byte[] tcp = ip(to, Wire.TCP, 20 + random.nextInt(3) * 20);
                int at = Builder.headers(!to.isV4());
                Wire.put16(tcp, at, 1000 + random.nextInt(30));
                Wire.put16(tcp, at + 2, random.nextInt(4) == 0 ? random.nextInt(65_536) : port);
                Wire.put32(tcp, at + 4, random.nextInt(3) == 0 ? random.nextInt() : 5);
                Wire.put32(tcp, at + 8, random.nextInt());
                tcp[at + 12] = (byte) (tcp.length - at << 2);
                tcp[at + 13] = (byte) (random.nextBoolean() ? 2 : random.nextInt(64));
                Wire.put16(tcp, at + 14, random.nextInt(65_536));
                yield tcp;
            }
            case 3, 4 -> {
                int length = random.nextInt(400);
                byte[] udp = ip(to, Wire.UDP, 8 + length);
                int at = Builder.headers(!to.isV4());
                Wire.put16(udp, at, random.nextInt(65_536));
                int[] ports = {67, 547, 53, port, random.nextInt(65_536)};
                Wire.put16(udp, at + 2, ports[random.nextInt(ports.length)]);
                Wire.put16(udp, at + 4, 8 + length);
                if (length > 250) {
                    udp[at + 8] = 1;
                    Wire.put16(udp, at + 9, 0x0106);
                    Wire.put32(udp, at + 8 + 236, 0x6382_5363);
                    udp[at + 8 + 240] = 53;
                    udp[at + 8 + 241] = 1;
                    udp[at + 8 + 242] = (byte) random.nextInt(10);
                    Wire.put48(udp, at + 8 + 28, random.nextInt() & 0xFFFF);
                }
                yield udp;
            }
            case 5 -> {
                byte[] icmp = ip(to, to.isV4() ? Wire.ICMP : Wire.ICMP6, 8 + random.nextInt(60));
                icmp[Builder.headers(!to.isV4())] =
                    new byte[] {8, (byte) 128, (byte) 133, (byte) 135, (byte) 136, 3}[random.nextInt(6)];
                yield icmp;
            }
            default -> {
                byte[] arp = new byte[60];
                Wire.ethernet(arp, Wire.BROADCAST, MAC, Wire.TYPE_ARP);
                Wire.put32(arp, 14, 0x0001_0800);
                Wire.put16(arp, 18, 0x0604);
                Wire.put16(arp, 20, 1 + random.nextInt(2));
                Wire.put48(arp, 22, random.nextInt());
                Wire.put32(arp, 28, IP.v4() + random.nextInt(200));
                Wire.put32(arp, 38, IP.v4() - 13);
                yield arp;
            }
        };
        if (random.nextInt(10) == 0 && Wire.get16(data, 12) == Wire.TYPE_IP4) {
            Wire.put16(data, 20, random.nextInt(65_536));
            Wire.put16(data, 24, 0);
            Wire.put16(data, 24, Checksum.finish(Checksum.add(0, data, 14, 20)));
        }
        return data;
    }

    private Frame frame(int port) {
        byte[] data;
        if (random.nextInt(10) == 0) {
            data = new byte[14 + random.nextInt(200)];
            random.nextBytes(data);
            Wire.put16(data, 12, new int[] {0x0800, 0x0806, 0x86DD, random.nextInt(65_536)}[random.nextInt(4)]);
        } else {
            data = valid(port);
            for (int i = random.nextInt(4); i > 0; i--) {
                data[random.nextInt(data.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(20) == 0) {
                data = java.util.Arrays.copyOf(data, 14 + random.nextInt(data.length - 13));
            }
        }
        if (random.nextInt(20) == 0) {
            return new Frame(data, 0, random.nextInt(data.length - 2), Segmentation.TCP4, 1 + random.nextInt(65_535),
                false);
        }
        return new Frame(data, -1, 0, Segmentation.NONE, 0, random.nextInt(4) > 0);
    }

    private void storm(HostBench<NetworkEndpoint> bench, int port) {
        for (int i = 0; i < COUNT; i++) {
            bench.cable().send(frame(port));
            if (i % 256 == 0) {
                bench.cable().receiveAll();
                bench.advance(java.time.Duration.ofMillis(20));
                bench.await("the frames to be taken", () -> bench.cable().untaken() < 1000);
            }
        }
    }

    @Test
    void whateverAGuestSendsTheNetworkWorksOnAndIsBounded() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend())
                    .option("deny", "any").option("allow", "tcp:host:" + server.getLocalPort()).open()) {
            Thread acceptor = Thread.ofVirtual().start(() -> acceptAll(server));
            storm(bench, server.getLocalPort());
            bench.reset();
            try (Guest guest = new Guest(bench, IP, 1).hello()) {
                GuestTcp tcp = guest.connect(Guest.HOST, server.getLocalPort()).awaitOpen();
                tcp.finish();
                guest.await("the end", tcp::isDrained);
            }
            assertEquals(0, bench.counter("defects"), () -> bench.counters().toString());
            assertTrue(bench.counter("bad-frames") > 0 && bench.counter("denied") > 0
                && bench.counter("tcp-opened") > 0, () -> bench.counters().toString());
            server.close();
            acceptor.join();
        }
    }

    @Test
    void flowsAreBounded() throws Exception {
        try (DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).open()) {
            for (int i = 0; i < 1300; i++) {
                byte[] udp = ip(Ip.parse("10.0.2.2"), Wire.UDP, 9);
                Wire.put16(udp, 34, 2000 + i);
                Wire.put16(udp, 36, host.getLocalPort());
                Wire.put16(udp, 38, 9);
                bench.cable().send(udp);
            }
            bench.await("eviction", () -> bench.counter("udp-evicted") == 1300 - 1024);
            assertEquals(0, bench.counter("defects"));
            assertEquals(1300, bench.counter("udp-flows"));
        }
    }

    @Test
    void strangersCannotSpeakToAGuestsSocket() throws Exception {
        try (DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).open();
                Guest guest = new Guest(bench, IP, 1).hello()) {
            host.setSoTimeout(20_000);
            guest.udp(5000, Guest.HOST, host.getLocalPort(), new byte[] {1});
            DatagramPacket packet = new DatagramPacket(new byte[10], 10);
            host.receive(packet);
            SocketAddress natted = packet.getSocketAddress();
            stranger.send(new DatagramPacket(new byte[] {9}, 1, natted));
            host.send(new DatagramPacket(new byte[] {2}, 1, natted));
            assertEquals(2, guest.awaitUdp(5000)[0]);
            assertTrue(guest.others.stream().noneMatch(data -> data[data.length - 1] == 9));
        }
    }

    @Test
    void answersOfANameServerThatNobodyAskedForAreDropped() throws Exception {
        try (HostBench<NetworkEndpoint> bench = HostBench.of(new UserBackend()).option("forward", "udp:0:53").open();
                Guest guest = new Guest(bench, IP, 1).hello();
                DatagramSocket outside = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            int port = Integer.parseInt(bench.endpoint().details().get(1).replaceAll(".*:(\\d+) to .*", "$1"));
            byte[] bytes = new byte[600];
            for (int i = 0; i < 2000; i++) {
                random.nextBytes(bytes);
                outside.send(new DatagramPacket(bytes, random.nextInt(600),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
            }
            guest.await("datagrams", () -> bench.counter("udp-forwarded") == 1);
            assertEquals(0, bench.counter("defects"));
        }
    }
}
