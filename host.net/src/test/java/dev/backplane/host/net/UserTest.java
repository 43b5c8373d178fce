package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Checksum;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;
import dev.backplane.testkit.HostBench;

class UserTest {
    private static final Ip IP = Ip.parse("10.0.2.15");

    private static HostBench<NetworkEndpoint> open(String... options) throws DeviceException {
        HostBench.Builder builder = HostBench.of(new UserBackend());
        for (String option : options) {
            builder.option(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        }
        return builder.open();
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    // ---- addresses

    private static Frame dhcp(long mac, int message, int requested) {
        byte[] data = Builder.udp(Wire.BROADCAST, mac, 0, Ip.lo4(0), 68, 0, Ip.lo4(-1), 67, 300);
        int at = data.length - 300;
        data[at] = 1;
        Wire.put16(data, at + 1, 0x0106);
        Wire.put32(data, at + 4, 0x1234);
        Wire.put48(data, at + 28, mac);
        Wire.put32(data, at + 236, 0x6382_5363);
        int option = at + 240;
        data[option++] = 53;
        data[option++] = 1;
        data[option++] = (byte) message;
        if (requested != 0) {
            data[option++] = 50;
            data[option++] = 4;
            Wire.put32(data, option, requested);
            option += 4;
        }
        data[option] = (byte) 255;
        return Builder.finish(data, Wire.UDP, 6, 0);
    }

    private static byte[] option(byte[] reply, int code) {
        for (int i = Builder.headers(false) + 8 + 240; Wire.get8(reply, i) != 255; i += 2 + Wire.get8(reply, i + 1)) {
            if (reply[i] == code) {
                return java.util.Arrays.copyOfRange(reply, i + 2, i + 2 + Wire.get8(reply, i + 1));
            }
        }
        return null;
    }

    private static boolean isReply(Frame frame, int message) {
        byte[] data = frame.data();
        return data.length > 300 && Wire.get16(data, 12) == Wire.TYPE_IP4 && Wire.get16(data, 36) == 68
            && option(data, 53)[0] == message;
    }

    @Test
    void dhcpGivesAnAddressARouterANameServerAnMtuAndAName() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open("mtu=1400", "hostname=box")) {
            long mac = 0x0200_0000_0001L;
            bench.cable().send(dhcp(mac, 1, 0));
            byte[] offer = bench.cable().await("an offer", frame -> isReply(frame, 2)).data();
            int address = Wire.get32(offer, Builder.headers(false) + 8 + 16);
            assertEquals(IP.v4(), address);
            bench.cable().send(dhcp(mac, 3, address));
            byte[] ack = bench.cable().await("an acknowledgment", frame -> isReply(frame, 5)).data();
            assertArrayEquals(new byte[] {10, 0, 2, 2}, option(ack, 3));
            assertArrayEquals(new byte[] {10, 0, 2, 3}, option(ack, 6));
            assertArrayEquals(new byte[] {(byte) 255, (byte) 255, (byte) 255, 0}, option(ack, 1));
            assertArrayEquals(new byte[] {5, 120}, option(ack, 26));
            assertEquals("box", new String(option(ack, 12)));
            bench.cable().send(dhcp(0x0200_0000_0002L, 3, address));
            bench.cable().await("a refusal", frame -> isReply(frame, 6));
            bench.replace();
            bench.cable().send(dhcp(mac, 1, 0));
            byte[] again = bench.cable().await("an offer", frame -> isReply(frame, 2)).data();
            assertEquals(address, Wire.get32(again, Builder.headers(false) + 8 + 16));
        }
    }

    @Test
    void aRouterAdvertisementTellsPrefixMtuAndNameServer() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open()) {
            byte[] data = bench.cable().await("an advertisement", frame -> frame.data().length > 54
                && Wire.get16(frame.data(), 12) == Wire.TYPE_IP6 && Wire.get8(frame.data(), 54) == 134).data();
            Packet packet = new Packet();
            assertEquals(Packet.Verdict.IP, packet.parse(new Frame(data)));
            assertTrue(packet.checksumRight());
            String hex = java.util.HexFormat.of().formatHex(data);
            assertTrue(hex.contains("0501000000000" + "5dc"), "MTU 1500");
            assertTrue(hex.contains("fec00000000000000000000000000000"), "prefix");
            assertTrue(hex.contains("fec00000000000000000000000000003"), "name server");
        }
    }

    @Test
    void neighboursAreSolicitedAndAdvertised() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1)) {
            byte[] message = new byte[32];
            message[0] = (byte) 135;
            Ip.parse("fec0::2").write(message, 8);
            message[24] = 1;
            message[25] = 1;
            Wire.put48(message, 26, guest.mac);
            icmp6(guest, Ip.parse("ff02::1:ff00:2"), 0x3333_FF00_0002L, message, 255);
            byte[] answer = guest.awaitIcmp(136, 0);
            assertEquals(Ip.parse("fec0::2"), Ip.read(answer, 62));
        }
    }

    private static void icmp6(Guest guest, Ip to, long mac, byte[] message, int hops) {
        byte[] data = new byte[54 + message.length];
        Builder.ip(data, mac, guest.mac, guest.ip6.hi(), guest.ip6.lo(), to.hi(), to.lo(), Wire.ICMP6, hops);
        System.arraycopy(message, 0, data, 54, message.length);
        guest.send(Builder.finish(data, Wire.ICMP6, 2, 0));
    }

    // ---- ping

    private static void ping(Guest guest, Ip to, int length, int hops) {
        byte[] data = new byte[34 + 8 + length];
        Builder.ip(data, Guest.GATEWAY_MAC, guest.mac, 0, guest.ip.lo(), 0, to.lo(), Wire.ICMP, hops);
        data[34] = 8;
        Wire.put16(data, 36, Checksum.finish(Checksum.add(0, data, 34, 8 + length)));
        guest.send(data);
    }

    @Test
    void theGatewayAnswersPings() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1)) {
            ping(guest, Guest.HOST, 56, 64);
            assertEquals(98, guest.awaitIcmp(0, 0).length);
            byte[] message = new byte[64];
            message[0] = (byte) 128;
            icmp6(guest, Ip.parse("fec0::2"), Guest.GATEWAY_MAC, message, 64);
            assertEquals(54 + 64, guest.awaitIcmp(129, 0).length);
        }
    }

    @Test
    void aPingToTheOutsideIsAnsweredWhenTheOtherEndAnswersAndHowIsCounted() throws Exception {
        Optional<InetAddress> own = NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
            .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress() && !a.isLinkLocalAddress()).findFirst();
        assumeTrue(own.isPresent(), "this host has no address but its loopback's");
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1)) {
            ping(guest, Ip.of(own.get()), 56, 64);
            guest.await("what became of it",
                () -> bench.counter("pings-answered") + bench.counter("pings-unanswered") == 1);
            if (bench.counter("pings-answered") == 1) {
                assertEquals(98, guest.awaitIcmp(0, 0).length);
            } else {
                assertEquals(1, bench.counter("pings-not-permitted"), "the host's own address is silent");
            }
        }
    }

    @Test
    void whatCannotBeReachedIsSaid() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open("deny=icmp:192.0.2.0/24"); Guest guest = new Guest(bench, IP, 1)) {
            ping(guest, Ip.parse("10.0.2.77"), 8, 64);
            guest.awaitIcmp(3, 1);
            ping(guest, Ip.parse("192.0.2.1"), 8, 64);
            guest.awaitIcmp(3, 13);
            ping(guest, Ip.parse("198.51.100.1"), 8, 1);
            guest.awaitIcmp(11, 0);
        }
    }

    @Test
    void aPacketLongerThanTheNetworksIsAnsweredWithItsMtu() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open("mtu=1300"); Guest guest = new Guest(bench, IP, 1)) {
            ping(guest, Guest.HOST, 1400, 64);
            byte[] error = guest.awaitIcmp(3, 4);
            assertEquals(1300, Wire.get16(error, 34 + 6));
            byte[] echo = new byte[1400];
            echo[0] = (byte) 128;
            icmp6(guest, Ip.parse("fec0::2"), Guest.GATEWAY_MAC, echo, 64);
            assertEquals(1300, Wire.get32(guest.awaitIcmp(2, 0), 54 + 4));
        }
    }

    // ---- datagrams

    @Test
    void datagramsGoBothWaysShortAndLong() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1).hello();
                DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            host.setSoTimeout(20_000);
            guest.udp(5000, Guest.HOST, host.getLocalPort(), noise(100));
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            host.receive(packet);
            assertEquals(100, packet.getLength());
            host.send(new DatagramPacket(noise(1000), 1000, packet.getSocketAddress()));
            assertArrayEquals(noise(1000), guest.awaitUdp(5000));
            bench.replace();
            host.send(new DatagramPacket(noise(50), 50, packet.getSocketAddress()));
            assertArrayEquals(noise(50), guest.awaitUdp(5000));
            host.send(new DatagramPacket(noise(9000), 9000, packet.getSocketAddress()));
            guest.await("the pieces", () -> guest.others.stream()
                .filter(data -> Wire.get16(data, 12) == Wire.TYPE_IP4 && (Wire.get16(data, 20) & 0x3FFF) != 0)
                .mapToInt(data -> data.length - 34).sum() == 9008);
        }
    }

    @Test
    void fragmentsOfTheGuestArePutTogetherInAnyOrder() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1).hello();
                DatagramSocket host = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            host.setSoTimeout(20_000);
            byte[] whole = Builder.udp(Guest.GATEWAY_MAC, guest.mac, 0, IP.lo(), 5000, 0, Guest.HOST.lo(),
                host.getLocalPort(), 4000);
            System.arraycopy(noise(4000), 0, whole, 42, 4000);
            for (int at : new int[] {2960, 0, 1480}) {
                int length = Math.min(1480, 4008 - at);
                byte[] piece = new byte[34 + length];
                Builder.ip(piece, Guest.GATEWAY_MAC, guest.mac, 0, IP.lo(), 0, Guest.HOST.lo(), Wire.UDP, 64);
                System.arraycopy(whole, 34 + at, piece, 34, length);
                Wire.put16(piece, 18, 99);
                Wire.put16(piece, 20, at / 8 | (at + length < 4008 ? 0x2000 : 0));
                Wire.put16(piece, 24, 0);
                Wire.put16(piece, 24, Checksum.finish(Checksum.add(0, piece, 14, 20)));
                guest.send(piece);
            }
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            host.receive(packet);
            assertArrayEquals(noise(4000), java.util.Arrays.copyOf(packet.getData(), packet.getLength()));
        }
    }

    @Test
    void aDatagramToAPortWhereNobodyListensIsAnswered() throws Exception {
        int port;
        try (DatagramSocket gone = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        try (HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1).hello()) {
            guest.udp(5001, Guest.HOST, port, noise(10));
            guest.awaitIcmp(3, 3);
        }
    }

    // ---- names

    private static byte[] query(String name, int type) throws IOException {
        return Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)).toWire();
    }

    @Test
    void namesAreAskedOfTheServerAndItsAnswerComesBack() throws Exception {
        try (DatagramSocket unused = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = open("dns=127.9.9.9");
                Guest guest = new Guest(bench, IP, 1).hello()) {
            // nobody answers there, so that the host itself is asked for the name
            byte[] query = query("localhost.", Type.A);
            guest.udp(5353, Guest.NAMES, 53, query);
            Message answer = new Message(guest.awaitUdp(5353));
            assertEquals(new Message(query).getHeader().getID(), answer.getHeader().getID());
            assertEquals(Rcode.NOERROR, answer.getRcode());
            assertEquals("127.0.0.1", answer.getSection(Section.ANSWER).getFirst().rdataToString());
            assertEquals(1, bench.counter("dns-host-lookups"));
        }
    }

    // ---- forwarded ports

    private static int port(HostBench<NetworkEndpoint> bench, int line) {
        return Integer.parseInt(bench.endpoint().details().get(line).replaceAll(".*:(\\d+) to .*", "$1"));
    }

    @Test
    void aPortOfTheHostLeadsIntoTheGuest() throws Exception {
        try (HostBench<NetworkEndpoint> bench = open("forward=tcp:0:22,udp:127.0.0.1:0:10.0.2.15:53");
                Guest guest = new Guest(bench, IP, 1)) {
            guest.listens = true;
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port(bench, 1))) {
                client.setSoTimeout(20_000);
                client.getOutputStream().write("hello".getBytes());
                GuestTcp tcp = guest.awaitAccepted();
                assertEquals(Guest.HOST, tcp.to);
                assertEquals("hello", new String(tcp.await(5)));
                bench.replace();
                tcp.write("world".getBytes());
                assertEquals("world", new String(client.getInputStream().readNBytes(5)));
                tcp.finish();
                assertEquals(-1, client.getInputStream().read());
            }
            try (DatagramSocket client = new DatagramSocket()) {
                client.setSoTimeout(20_000);
                client.connect(InetAddress.getLoopbackAddress(), port(bench, 2));
                client.send(new DatagramPacket(noise(20), 20));
                assertArrayEquals(noise(20), guest.awaitUdp(53));
                guest.udp(53, Guest.HOST, client.getLocalPort(), noise(30));
                DatagramPacket answer = new DatagramPacket(new byte[100], 100);
                client.receive(answer);
                assertEquals(30, answer.getLength());
            }
        }
    }

    @Test
    void aPortThatIsTakenIsSaidAndTheRestWorks() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = open("forward=tcp:" + taken.getLocalPort() + ":22")) {
            assertTrue(bench.endpoint().details().get(1).contains("does not work"));
            assertEquals(1, bench.counter("forwards-failed"));
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedByName() {
        for (String option : new String[] {"forward=tcp:22", "forward=sctp:1:2", "forward=tcp:1:99999",
            "network=10.0.2.0/31", "network=box", "ipv6=10.0.0.0/8", "allow=tcp:[::1:5",
            "deny=tcp:any:x", "dns=here", "dns=[::1", "dns=127.0.0.1:0", "dns=127.0.0.1:70000", "dns=::1,::2,::3,::4",
            "mtu=600"}) {
            DeviceException refusal = assertThrows(DeviceException.class, () -> open(option).close(), option);
            assertTrue(refusal.getMessage().startsWith(option.substring(0, option.indexOf('=')) + ":"),
                refusal.getMessage());
        }
    }

    // ---- rules

    @Test
    void rulesSayWhatTheGuestMayReach() throws Exception {
        try (ServerSocket one = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                HostBench<NetworkEndpoint> bench = open("restrict=on", "allow=tcp:host:" + one.getLocalPort());
                Guest guest = new Guest(bench, IP, 1).hello()) {
            guest.connect(Guest.HOST, one.getLocalPort()).awaitOpen();
            GuestTcp refused = guest.connect(Guest.HOST, two.getLocalPort());
            guest.awaitIcmp(3, 13);
            assertFalse(refused.isOpen());
            guest.udp(7, Guest.NAMES, 53, query("localhost.", Type.A));
            guest.awaitIcmp(3, 13);
            assertTrue(bench.counter("denied") >= 2);
        }
    }

    @Test
    void ipv6ReachesTheHost() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("::1"));
                HostBench<NetworkEndpoint> bench = open(); Guest guest = new Guest(bench, IP, 1)) {
            server.setSoTimeout(20_000);
            GuestTcp tcp = guest.connect(Ip.parse("fec0::2"), server.getLocalPort()).awaitOpen();
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write(noise(100_000));
                assertArrayEquals(noise(100_000), tcp.await(100_000));
            }
        }
    }
}
