package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Wire;
import dev.backplane.testkit.HostBench;

class SwitchTest {
    private static final int COUNT = Integer.getInteger("backplane.hostile", 50_000);

    private final SwitchBackend backend = new SwitchBackend();
    private final List<HostBench<NetworkEndpoint>> ports = new ArrayList<>();

    private HostBench<NetworkEndpoint> port(String... options) throws DeviceException {
        HostBench.Builder builder = HostBench.of(backend).card("card" + ports.size());
        for (String option : options) {
            builder.option(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        }
        HostBench<NetworkEndpoint> port = builder.open();
        ports.add(port);
        return port;
    }

    @AfterEach
    void close() {
        ports.forEach(HostBench::close);
    }

    private static byte[] frame(long to, long from, int mark) {
        byte[] data = new byte[60];
        Wire.ethernet(data, to, from, 0x88B5);
        data[14] = (byte) mark;
        return data;
    }

    private static byte[] tagged(long to, long from, int vlan, int mark) {
        byte[] data = new byte[64];
        Wire.ethernet(data, to, from, Wire.TYPE_VLAN);
        Wire.put16(data, 14, vlan);
        Wire.put16(data, 16, 0x88B5);
        data[18] = (byte) mark;
        return data;
    }

    private static Frame awaitMark(HostBench<NetworkEndpoint> port, int mark) {
        return port.cable().await("frame " + mark, frame -> Wire.get16(frame.data(), 12) == Wire.TYPE_VLAN
            ? frame.data()[18] == mark : frame.data()[14] == mark);
    }

    /** What came, once everything sent before has been carried. */
    private static List<Integer> marks(HostBench<NetworkEndpoint> from, HostBench<NetworkEndpoint> to, long mac) {
        from.cable().send(frame(Wire.BROADCAST, mac, 99));
        List<Integer> marks = new ArrayList<>();
        to.cable().await("the last frame", frame -> {
            marks.add((int) frame.data()[14]);
            return frame.data()[14] == 99;
        });
        return marks;
    }

    @Test
    void unknownAddressesGoToAllAndKnownOnesToTheirPortOnly() throws Exception {
        HostBench<NetworkEndpoint> a = port();
        HostBench<NetworkEndpoint> b = port();
        HostBench<NetworkEndpoint> c = port();
        a.cable().send(frame(0x0200_0000_000BL, 0x0200_0000_000AL, 1));
        assertNotNull(awaitMark(b, 1));
        assertNotNull(awaitMark(c, 1));
        b.cable().send(frame(0x0200_0000_000AL, 0x0200_0000_000BL, 2));
        awaitMark(a, 2);
        a.cable().send(frame(0x0200_0000_000BL, 0x0200_0000_000AL, 3));
        awaitMark(b, 3);
        assertEquals(List.of(99), marks(a, c, 0x0200_0000_000AL));
        a.cable().receiveAll();
        c.cable().send(frame(0x0200_0000_000BL, 0x0200_0000_000AL, 4));
        awaitMark(b, 4);
        b.cable().send(frame(0x0200_0000_000AL, 0x0200_0000_000BL, 5));
        awaitMark(c, 5);
    }

    @Test
    void switchesOfOtherNamesHearNothing() throws Exception {
        HostBench<NetworkEndpoint> a = port("name=one");
        HostBench<NetworkEndpoint> b = port("name=one");
        HostBench<NetworkEndpoint> c = port("name=two");
        a.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000AL, 1));
        awaitMark(b, 1);
        assertNull(c.cable().receive());
        assertEquals("switch two, VLAN 1", c.endpoint().peer());
    }

    @Test
    void vlansAreApartAndATrunkCarriesThemWithTags() throws Exception {
        HostBench<NetworkEndpoint> ten = port("vlan=10");
        HostBench<NetworkEndpoint> twenty = port("vlan=20");
        HostBench<NetworkEndpoint> trunk = port("trunk=10,20", "vlan=30");
        HostBench<NetworkEndpoint> alsoTen = port("vlan=10");
        ten.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000AL, 1));
        assertEquals(0x88B5, Wire.get16(awaitMark(alsoTen, 1).data(), 12));
        byte[] onTrunk = awaitMark(trunk, 1).data();
        assertEquals(Wire.TYPE_VLAN, Wire.get16(onTrunk, 12));
        assertEquals(10, Wire.get16(onTrunk, 14));
        trunk.cable().send(tagged(Wire.BROADCAST, 0x0200_0000_000CL, 20, 2));
        byte[] plain = awaitMark(twenty, 2).data();
        assertEquals(0x88B5, Wire.get16(plain, 12));
        assertEquals(60, plain.length);
        trunk.cable().send(tagged(Wire.BROADCAST, 0x0200_0000_000CL, 40, 3));
        ten.cable().send(tagged(Wire.BROADCAST, 0x0200_0000_000AL, 20, 4));
        ten.await("the refusals", () -> ten.counter("switch-wrong-vlan") == 1
            && trunk.counter("switch-wrong-vlan") == 1);
        assertNull(twenty.cable().receive());
    }

    @Test
    void isolatedPortsReachTheOthersButNotEachOther() throws Exception {
        HostBench<NetworkEndpoint> a = port("isolated=on");
        HostBench<NetworkEndpoint> b = port("isolated=on");
        HostBench<NetworkEndpoint> open = port();
        a.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000AL, 1));
        awaitMark(open, 1);
        open.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000CL, 2));
        awaitMark(b, 2);
        assertNotNull(awaitMark(a, 2));
        assertNull(b.cable().receive());
    }

    @Test
    void aLoopOfTheGuestsMakingIsBounded() throws Exception {
        HostBench<NetworkEndpoint> a = port();
        HostBench<NetworkEndpoint> b = port();
        for (int i = 0; i < 60_000; i++) {
            a.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000AL, 1));
            if (i % 500 == 0) {
                b.cable().receiveAll();
                a.await("the frames to be taken", () -> a.cable().untaken() < 1000);
            }
        }
        a.await("the storm to be held", () -> a.counter("switch-storm-dropped") > 0);
    }

    @Test
    void aGuestThatInventsAddressesForgetsNobodyElses() throws Exception {
        HostBench<NetworkEndpoint> a = port();
        HostBench<NetworkEndpoint> b = port();
        HostBench<NetworkEndpoint> c = port();
        b.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000BL, 1));
        awaitMark(a, 1);
        for (int i = 0; i < 2000; i++) {
            a.cable().send(frame(0x0200_0000_000BL, 0x0200_0001_0000L + i, 2));
        }
        a.await("the limit", () -> a.counter("switch-too-many-addresses") == 2000 - 512);
        c.cable().receiveAll();
        c.cable().send(frame(0x0200_0000_000BL, 0x0200_0000_000CL, 3));
        awaitMark(b, 3);
    }

    @Test
    void whateverGuestsSendTheSwitchWorksOn() throws Exception {
        HostBench<NetworkEndpoint> a = port("trunk=10-20", "gateway=on");
        HostBench<NetworkEndpoint> b = port();
        Random random = new Random(7);
        for (int i = 0; i < COUNT; i++) {
            byte[] data = new byte[14 + random.nextInt(64)];
            random.nextBytes(data);
            if (random.nextBoolean()) {
                Wire.put16(data, 12, Wire.TYPE_VLAN);
            }
            boolean partial = random.nextInt(4) == 0 && data.length > 20;
            a.cable().send(partial ? new Frame(data, 12, 4, Frame.Segmentation.TCP4, 100, false) : new Frame(data));
            if (i % 500 == 0) {
                b.cable().receiveAll();
            }
        }
        a.await("the frames to be taken", () -> a.cable().untaken() == 0);
        b.cable().receiveAll();
        b.cable().send(frame(Wire.BROADCAST, 0x0200_0000_000BL, 5));
        awaitMark(a, 5);
    }

    @Test
    void aGatewayServesSeveralGuestsAndMovesWithThem() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(20_000);
            HostBench<NetworkEndpoint> a = port("gateway=on", "forward=tcp:127.0.0.1:0:10.0.2.16:22");
            HostBench<NetworkEndpoint> b = port();
            try (Guest one = new Guest(a, Ip.parse("10.0.2.15"), 1).hello();
                    Guest two = new Guest(b, Ip.parse("10.0.2.16"), 2).hello()) {
                GuestTcp first = one.connect(Guest.HOST, server.getLocalPort()).awaitOpen();
                Socket firstSocket = server.accept();
                GuestTcp second = two.connect(Guest.HOST, server.getLocalPort()).awaitOpen();
                Socket secondSocket = server.accept();
                byte[] bytes = new byte[3_000_000];
                new Random(1).nextBytes(bytes);
                Thread writer = Thread.ofVirtual().start(() -> {
                    try {
                        firstSocket.getOutputStream().write(bytes);
                        secondSocket.getOutputStream().write(bytes);
                    } catch (java.io.IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                for (int i = 0; i < 5; i++) {
                    a.replace();
                    b.replace();
                }
                assertArrayEquals(bytes, first.await(bytes.length));
                assertArrayEquals(bytes, second.await(bytes.length));
                writer.join();
                two.listens = true;
                int port = Integer.parseInt(a.endpoint().details().get(1).replaceAll(".*:(\\d+) to .*", "$1"));
                try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    client.getOutputStream().write(7);
                    assertEquals(7, two.awaitAccepted().await(1)[0]);
                }
                firstSocket.close();
                secondSocket.close();
            }
        }
    }

    @Test
    void portsMoveToANewBuildOneAfterTheOther() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            server.setSoTimeout(20_000);
            HostBench<NetworkEndpoint> a = port("gateway=on");
            HostBench<NetworkEndpoint> b = port();
            try (Guest two = new Guest(b, Ip.parse("10.0.2.16"), 2).hello()) {
                GuestTcp tcp = two.connect(Guest.HOST, server.getLocalPort()).awaitOpen();
                try (Socket socket = server.accept()) {
                    a.close();
                    ports.remove(a);
                    b.replace();
                    socket.getOutputStream().write("still there".getBytes());
                    assertEquals("still there", new String(tcp.await(11)));
                }
            }
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertTrue(assertThrows(DeviceException.class, () -> port("trunk=5,x")).getMessage().startsWith("trunk:"));
        assertTrue(assertThrows(DeviceException.class, () -> port("name=a,b")).getMessage().startsWith("name:"));
        assertTrue(assertThrows(DeviceException.class, () -> port("gateway=on", "network=x")).getMessage()
            .startsWith("network:"));
    }
}
