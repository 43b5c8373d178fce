package dev.backplane.device.net.virtio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.Offloads;
import dev.backplane.device.net.Frames;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestState;

class VirtioNetTest {
    private static byte[] body(byte[] received) {
        return Arrays.copyOfRange(received, NetHeader.LENGTH, received.length);
    }

    @Test
    void aFrameGoesOutAndOneComesIn() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            byte[] frame = Frames.plain(0x020000000001L, 60);
            net.send(frame);
            assertArrayEquals(frame, net.bench.network().take().data());
            assertEquals(1, net.bench.counter("frames-sent"));

            net.offer(1);
            byte[] reply = Frames.plain(NetBench.MAC, 1514);
            net.bench.network().deliver(reply);
            assertArrayEquals(reply, body(net.received()));
            assertTrue(net.bench.pci().messages().raised(1) > 0);
        }
    }

    @Test
    void addressesAreMadeFromTheNamesAndStayTheSame() throws Exception {
        long first;
        try (TestBench bench = TestBench.of(new VirtioNetType()).seed(1).plug()) {
            first = bench.readBar(0, 0x2000, 8);
        }
        try (TestBench bench = TestBench.of(new VirtioNetType()).seed(2).plug()) {
            assertEquals(first & 0xFFFF_FFFF_FFFFL, bench.readBar(0, 0x2000, 8) & 0xFFFF_FFFF_FFFFL);
        }
        assertEquals(2, first & 3, "locally administered, and not a group's");
    }

    @Test
    void addressesThatNoCardCanHaveAreRefused() {
        for (String mac : new String[] {"01:00:00:00:00:00", "0:1", "52:54:00:12:34", "00:00:00:00:00:00", "x"}) {
            DeviceException refused = assertThrows(DeviceException.class,
                () -> TestBench.of(new VirtioNetType()).option("mac", mac).plug());
            assertTrue(refused.getMessage().contains(mac), refused.getMessage());
        }
    }

    @Test
    void largeFramesGoOverSeveralBuffersThatAppearTogether() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            Frame large = Frames.large4(NetBench.MAC, 20_000);
            net.offer(4);
            net.bench.network().deliver(large);
            assertNull(net.received(), "too few buffers: none is used");
            assertEquals(1, net.bench.counter("waits-for-buffers"));
            net.offer(10);
            byte[] came = net.received();
            assertArrayEquals(large.data(), body(came));
            assertEquals(1, came[0], "NEEDS_CSUM");
            assertEquals(1, came[1], "TCPV4");
            assertEquals(54, came[2] & 0xFF, "length of headers");
            assertEquals(1448, (came[4] & 0xFF) | came[5] << 8);
            assertEquals(34, came[6]);
            assertEquals(16, came[8]);
        }
    }

    @Test
    void withoutMergingOneBufferTakesTheFrameOrItIsLost() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL & ~NetFeatures.MRG_RXBUF)) {
            net.offer(1);
            net.bench.network().deliver(Frames.large4(NetBench.MAC, 20_000));
            assertEquals(0, net.received().length);
            assertEquals(1, net.bench.counter("bad-frames"));
            net.offer(0, 1, 70_000);
            Frame large = Frames.large4(NetBench.MAC, 20_000);
            net.bench.network().deliver(large);
            assertArrayEquals(large.data(), body(net.received()));
        }
    }

    @Test
    void whatTheDriverLeavesUndoneIsInTheFrame() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            byte[] data = Frames.tcp4(1, 1, 2, 3, 4, 5000);
            net.send(0, new byte[] {1, 1, 54, 0, (byte) 0xA8, 5, 34, 0, 16, 0, 0, 0}, data);
            Frame frame = net.bench.network().take();
            assertEquals(Segmentation.TCP4, frame.segmentation());
            assertEquals(1448, frame.segmentSize());
            assertEquals(34, frame.checksumStart());
            assertEquals(16, frame.checksumOffset());
        }
    }

    @Test
    void headersThatCannotBeAreCountedAndTheirFramesDropped() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            byte[] data = Frames.plain(1, 100);
            net.send(0, new byte[] {1, 0, 0, 0, 0, 0, 99, 0, 0, 0, 0, 0}, data);
            net.send(0, new byte[] {1, 1, 0, 0, 0, 0, 34, 0, 16, 0, 0, 0}, data);
            net.send(0, new byte[] {0, 1, 0, 0, 100, 0, 34, 0, 16, 0, 0, 0}, data);
            net.send(0, new byte[] {1, 3, 0, 0, 100, 0, 34, 0, 16, 0, 0, 0}, data);
            net.send(0, new byte[12], new byte[13]);
            net.send(0, new byte[5], new byte[0]);
            net.send(0, new byte[12], new byte[Frame.MAX_LENGTH + 1]);
            assertEquals(7, net.bench.counter("bad-frames"));
            assertEquals(0, net.bench.network().sent());
            net.send(data);
            assertEquals(1, net.bench.network().sent());
        }
    }

    @Test
    void whatTheDriverTakesUnfinishedIsWhatWasAgreedAndCanBeSwitched() throws Exception {
        try (NetBench net = new NetBench()) {
            assertEquals(Offloads.NONE, net.bench.network().accepted());
            net.begin(NetBench.ALL);
            assertEquals(Offloads.ALL, net.bench.network().accepted());
            assertEquals(0, net.command(5, 0, (byte) 2, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0,
                (byte) 0));
            assertEquals(new Offloads(true, false, false), net.bench.network().accepted());
            net.bench.replace();
            assertEquals(new Offloads(true, false, false), net.bench.network().accepted());
            assertEquals(1, net.command(5, 0, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0, (byte) 0, (byte) 0,
                (byte) 0));
            net.driver.reset();
            assertEquals(Offloads.NONE, net.bench.network().accepted());
        }
    }

    @Test
    void featuresThatNeedOthersAreRefusedWithoutThem() throws Exception {
        try (NetBench net = new NetBench()) {
            for (long wrong : new long[] {NetFeatures.GUEST_TSO4, NetFeatures.HOST_TSO6, NetFeatures.MQ,
                NetFeatures.CTRL_VLAN}) {
                assertThrows(AssertionError.class, () -> net.driver.negotiate(wrong));
            }
            assertEquals(4, net.bench.counter("features-refused"));
        }
    }

    @Test
    void modesAndTablesDecideWhatComesIn() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(20);
            byte off = 0;
            byte on = 1;
            long other = 0x020000000007L;
            long group = 0x01005E000001L;
            assertEquals(60, passes(net, other), "all, before the driver says something");
            assertEquals(0, net.command(0, 0, off));
            assertEquals(-1, passes(net, other));
            assertEquals(60, passes(net, NetBench.MAC));
            assertEquals(60, passes(net, 0xFFFFFFFFFFFFL));
            assertEquals(-1, passes(net, group));
            assertEquals(0, net.command(1, 0, new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 0, 7,
                1, 0, 0, 0, 1, 0, 0x5E, 0, 0, 1}));
            assertEquals(60, passes(net, other));
            assertEquals(60, passes(net, group));
            assertEquals(0, net.command(0, 5, on));
            assertEquals(-1, passes(net, 0xFFFFFFFFFFFFL));
            assertEquals(0, net.command(0, 3, on));
            assertEquals(-1, passes(net, group));
            assertEquals(0, net.command(1, 1, (byte) 2, off, off, off, off, (byte) 8));
            net.bench.replace();
            assertEquals(60, passes(net, 0x020000000008L));
            assertEquals(-1, passes(net, NetBench.MAC));
            assertEquals(8, net.driver.config(5, 1));
            assertEquals(1, net.command(1, 1, on, off, off, off, off, off), "a group's address");
            assertEquals(1, net.command(0, 6, on));
            assertEquals(1, net.command(9, 9));
            assertEquals(1, net.command(1, 0, (byte) 200, off, off, off));
        }
    }

    @Test
    void aTableThatIsTooLongStandsForAll() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(2);
            net.command(0, 0, (byte) 0);
            byte[] table = new byte[4 + 65 * 6 + 4];
            table[0] = 65;
            assertEquals(0, net.command(1, 0, table));
            assertEquals(60, passes(net, 0x020000000007L));
            assertEquals(-1, passes(net, 0x01005E000001L));
        }
    }

    private static int passes(NetBench net, long destination) {
        net.bench.network().deliver(Frames.plain(destination, 60));
        byte[] came = net.received();
        return came == null ? -1 : came.length - NetHeader.LENGTH;
    }

    @Test
    void onlyTheVlansOfTheTableComeIn() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(8);
            byte[] tagged = Frames.tagged(Frames.plain(NetBench.MAC, 60), 0x123);
            net.bench.network().deliver(tagged);
            assertNull(net.received());
            assertEquals(0, net.command(2, 0, (byte) 0x23, (byte) 1));
            net.bench.replace();
            net.bench.network().deliver(tagged);
            assertArrayEquals(tagged, body(net.received()));
            assertEquals(0, net.command(2, 1, (byte) 0x23, (byte) 1));
            net.bench.network().deliver(tagged);
            assertNull(net.received());
            assertEquals(1, net.command(2, 0, (byte) 0, (byte) 0x10));
        }
    }

    @Test
    void aFlowComesBackOnThePairThatSentIt() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(0, 4, 2048);
            net.offer(1, 4, 2048);
            assertEquals(0, net.command(4, 0, (byte) 2, (byte) 0));
            net.send(1, new byte[12], Frames.tcp4(9, 0x0A000001, 0x0A000002, 1000, 80, 10));
            net.bench.network().deliver(Frames.tcp4(NetBench.MAC, 0x0A000002, 0x0A000001, 80, 1000, 10));
            assertNotNull(net.received(1));
            assertNull(net.received(0));
            net.bench.network().deliver(Frames.tcp4(NetBench.MAC, 0x0A000002, 0x0A000001, 81, 1000, 10));
            assertNotNull(net.received(0));
            assertEquals(1, net.command(4, 0, (byte) 3, (byte) 0));
            assertEquals(1, net.command(4, 0, (byte) 0, (byte) 0));
            assertEquals(0, net.command(4, 0, (byte) 1, (byte) 0));
            net.bench.network().deliver(Frames.tcp4(NetBench.MAC, 0x0A000002, 0x0A000001, 80, 1000, 10));
            assertNotNull(net.received(0));
        }
    }

    @Test
    void withoutMultiqueueTheControlQueueIsTheThird() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL & ~NetFeatures.MQ)) {
            assertEquals(0, net.command(0, 0, (byte) 0));
            assertEquals(1, net.command(4, 0, (byte) 1, (byte) 0));
        }
    }

    @Test
    void theLinkIsSeenAndAnnounced() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            assertEquals(1, net.driver.config(6, 2));
            net.bench.network().link(false);
            assertEquals(0, net.driver.config(6, 2));
            assertEquals(1, net.bench.pci().messages().raised(0));
            net.bench.network().link(true);
            assertEquals(3, net.driver.config(6, 2), "up, and a request to announce");
            assertEquals(2, net.bench.pci().messages().raised(0));
            assertEquals(0, net.command(3, 0));
            assertEquals(1, net.driver.config(6, 2));
        }
    }

    @Test
    void whenThereIsNoRoomTheDriversRingIsTheQueue() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.bench.network().capacity(2);
            for (int i = 0; i < 6; i++) {
                net.send(Frames.plain(i, 60 + i));
            }
            assertEquals(2, net.bench.network().sent());
            net.bench.replace();
            for (int i = 0; i < 6; i++) {
                assertEquals(60 + i, net.bench.network().take().data().length, "in order, none lost, none twice");
                net.bench.settle();
            }
            assertEquals(0, net.bench.network().sent());
        }
    }

    @Test
    void aFrameThatWaitsForBuffersSurvivesAReplacement() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.bench.network().deliver(Frames.large4(NetBench.MAC, 3000));
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 61));
            net.bench.settle();
            TestState state = net.bench.save();
            assertTrue(((TestState) state.fields().get("device")).fields().containsKey("held"));
            net.bench.replace(state);
            net.offer(8);
            assertEquals(3054, net.received().length - NetHeader.LENGTH);
            assertEquals(61, net.received().length - NetHeader.LENGTH);
        }
    }

    @Test
    void framesWhileTheDriverIsAwayAreDropped() throws Exception {
        try (NetBench net = new NetBench()) {
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 60));
            net.bench.settle();
            assertEquals(0, net.bench.network().waiting());
            net.begin(NetBench.ALL);
            net.offer(2);
            assertNull(net.received());
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 60));
            assertNotNull(net.received());
        }
    }

    @Test
    void aRestingCardTakesNothingFromItsCable() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(4);
            net.bench.save();
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 60));
            net.bench.settle();
            assertEquals(1, net.bench.network().waiting());
            net.bench.resume();
            assertNotNull(net.received());
        }
    }

    @Test
    void theMtuIsToldOnlyIfItIsGiven() throws Exception {
        try (NetBench net = new NetBench(Map.of("mtu", "9000", "queues", "1"))) {
            assertTrue((net.driver.offered() & NetFeatures.MTU) != 0);
            assertEquals(9000, net.driver.config(10, 2));
            assertFalse((net.driver.offered() & NetFeatures.MQ) != 0);
        }
        try (NetBench net = new NetBench()) {
            assertFalse((net.driver.offered() & NetFeatures.MTU) != 0);
        }
        assertThrows(DeviceException.class, () -> new NetBench(Map.of("mtu", "20")));
    }

    @Test
    void theResetOfTheMachineForgetsEverything() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.command(1, 1, (byte) 2, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 8);
            net.bench.network().deliver(Frames.plain(NetBench.MAC, 60));
            net.bench.settle();
            net.bench.reset();
            assertEquals(0x52, net.driver.config(0, 1));
            net.begin(NetBench.ALL);
            net.offer(2);
            assertNull(net.received());
            assertEquals(1, net.driver.config(6, 2));
        }
    }

    @Test
    void interruptsComeOncePerBatch() throws Exception {
        try (NetBench net = new NetBench().begin(NetBench.ALL)) {
            net.offer(32);
            long before = net.bench.pci().messages().raised(1);
            net.bench.locked(() -> {
                for (int i = 0; i < 16; i++) {
                    net.queues.get(1).add(Part.out(0x100, 12), Part.out(0x200, 60));
                }
            });
            net.queues.get(1).kick();
            net.bench.settle();
            assertEquals(16, net.bench.network().takeAll().size());
            net.bench.advance(Duration.ofMillis(1));
            assertEquals(1, net.bench.pci().messages().raised(2));
            assertEquals(before, net.bench.pci().messages().raised(1));
        }
    }
}
