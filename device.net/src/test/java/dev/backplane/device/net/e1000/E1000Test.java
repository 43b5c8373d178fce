package dev.backplane.device.net.e1000;

import static dev.backplane.device.net.e1000.E1000Driver.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;

import org.junit.jupiter.api.Test;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.device.net.Frames;
import dev.backplane.device.net.InternetChecksum;

class E1000Test {
    private static int microwire(E1000Driver card, int address) {
        int select = 2 | 1 << 6;
        card.write(EECD, select);
        int command = 0b110 << 6 | address;
        for (int i = 8; i >= 0; i--) {
            int data = (command >> i & 1) != 0 ? 4 : 0;
            card.write(EECD, select | data);
            card.write(EECD, select | data | 1);
            card.write(EECD, select | data);
        }
        int value = 0;
        for (int i = 0; i < 16; i++) {
            card.write(EECD, select | 1);
            value = value << 1 | (int) (card.read(EECD) >> 3 & 1);
            card.write(EECD, select);
        }
        card.write(EECD, 0);
        return value;
    }

    @Test
    void theEepromHasTheAddressAndIsReadBothWays() throws Exception {
        try (E1000Driver card = new E1000Driver(Map.of())) {
            int sum = 0;
            for (int i = 0; i < 64; i++) {
                card.write(EERD, 1 | i << 8);
                assertEquals(0x10, card.read(EERD) & 0x10);
                int word = (int) (card.read(EERD) >>> 16);
                sum += word;
                assertEquals(word, microwire(card, i), "word " + i);
            }
            assertEquals(0xBABA, sum & 0xFFFF);
            assertEquals(0x5452, microwire(card, 0));
            card.write(EECD, 1 << 6);
            assertEquals(0x1C0, card.read(EECD) & 0x1C0, "granted, present");
            assertEquals(0x12005452, card.read(RA) & 0xFFFFFFFFL);
            assertEquals(0x80005634L, card.read(RA + 4));
        }
    }

    @Test
    void theEepromIsReadOnThroughAReplacement() throws Exception {
        try (E1000Driver card = new E1000Driver(Map.of())) {
            card.write(EECD, 2);
            for (int i = 8; i >= 0; i--) {
                int data = (0b110 << 6 | 1) >> i & 1;
                card.write(EECD, 2 | data << 2);
                card.write(EECD, 3 | data << 2);
            }
            card.bench.replace();
            int value = 0;
            for (int i = 0; i < 16; i++) {
                card.write(EECD, 2);
                card.write(EECD, 3);
                value = value << 1 | (int) (card.read(EECD) >> 3 & 1);
            }
            assertEquals(0x1200, value);
        }
    }

    @Test
    void thePhySaysWhoItIsAndThatTheLinkIsUp() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            assertEquals(0x0141, card.phy(2));
            assertEquals(0x0C20, card.phy(3));
            assertEquals(0x24, card.phy(1) & 0x24);
            assertEquals(0x283, card.read(STATUS));
            card.write(MDIC, 2L << 26 | 2L << 21 | 2 << 16);
            assertEquals(1, card.read(MDIC) >>> 30, "no other PHY");
        }
    }

    @Test
    void theDriverSeesTheCablePulledAndBack() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.read(ICR);
            card.bench.network().link(false);
            assertEquals(Interrupts.LSC, card.read(ICR));
            assertEquals(0, card.read(STATUS) & 2);
            card.bench.network().link(true);
            card.bench.network().link(false);
            card.bench.network().link(true);
            assertEquals(Interrupts.LSC, card.read(ICR));
            assertEquals(2, card.read(STATUS) & 2);
            assertEquals(0, card.phy(1) & 4, "down since it was read last");
            assertEquals(4, card.phy(1) & 4);
            card.phy(0, 1 << 11);
            assertEquals(0, card.read(STATUS) & 2, "powered down");
            card.bench.replace();
            assertEquals(0, card.read(STATUS) & 2);
            card.phy(0, 1 << 12 | 1 << 9);
            assertEquals(2, card.read(STATUS) & 2);
        }
    }

    @Test
    void legacyDescriptorsMakeAFrame() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.plain(1, 100);
            card.legacy(Arrays.copyOf(frame, 40), 0);
            card.legacy(Arrays.copyOfRange(frame, 40, 100), EOP | RS);
            card.go();
            assertArrayEquals(frame, card.bench.network().take().data());
            assertFalse(card.done(0));
            assertTrue(card.done(1));
            assertEquals(2, card.read(TDH));
            assertEquals(1, card.bench.pci().line().edges());
            assertEquals(Interrupts.TXDW | Interrupts.TXQE, card.read(ICR));
            assertEquals(1, card.read(0x4080), "GPTC");
            assertEquals(0, card.read(0x4080));
            assertEquals(104, card.read(0x4090), "GOTCL");
        }
    }

    @Test
    void legacyChecksumsAreLeftToTheCable() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.tcp4(1, 1, 2, 3, 4, 100);
            card.descriptor(card.place(frame), frame.length | 50L << 16 | (EOP | 4L | RS) << 24 | 34L << 40);
            card.go();
            Frame sent = card.bench.network().take();
            assertEquals(34, sent.checksumStart());
            assertEquals(16, sent.checksumOffset());
        }
    }

    @Test
    void segmentationIsLeftToTheCableWithHeadersMadeWhole() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.tcp4(1, 0x0A000001, 0x0A000002, 3, 4, 5000);
            InternetChecksum.write16(frame, 16, 0);
            InternetChecksum.write16(frame, 50, 0x1234);
            card.context(14, 34, 50, 0x7, 54, 1448);
            card.data(Arrays.copyOf(frame, 54), 4, 3);
            card.data(Arrays.copyOfRange(frame, 54, frame.length), 4 | EOP | RS, 3);
            card.go();
            Frame sent = card.bench.network().take();
            assertEquals(Segmentation.TCP4, sent.segmentation());
            assertEquals(1448, sent.segmentSize());
            assertEquals(34, sent.checksumStart());
            assertEquals(16, sent.checksumOffset());
            assertEquals(5040, InternetChecksum.read16(sent.data(), 16));
            assertEquals(0xFFFF, InternetChecksum.fold(InternetChecksum.sum(sent.data(), 14, 20)));
            assertEquals(0x1234 + 5020, InternetChecksum.read16(sent.data(), 50));
            assertEquals(1, card.read(0x40F8), "TSCTC");
        }
    }

    @Test
    void checksumsOfDataDescriptorsAreThere() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.tcp4(1, 0x0A000001, 0x0A000002, 3, 4, 101);
            card.context(14, 34, 50, 2, 0, 0);
            card.data(frame, EOP | RS, 3);
            card.go();
            Frame sent = card.bench.network().take();
            assertEquals(34, sent.checksumStart());
            assertEquals(0xFFFF, InternetChecksum.fold(InternetChecksum.sum(sent.data(), 14, 20)));
            assertEquals(Segmentation.NONE, sent.segmentation());
        }
    }

    @Test
    void segmentsThatCannotBeAreDroppedAndCounted() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.tcp4(1, 1, 2, 3, 4, 3000);
            int[][] contexts = {{14, 34, 50, 6, 54, 1448}, {14, 34, 50, 7, 54, 0}, {14, 16, 50, 7, 54, 1448},
                {0, 34, 50, 7, 54, 1448}, {14, 34, 20, 7, 54, 1448}, {14, 34, 50, 7, 40, 1448}};
            for (int[] c : contexts) {
                card.context(c[0], c[1], c[2], c[3], c[4], c[5]);
                card.data(frame, 4 | EOP | RS, 3);
                card.go();
            }
            assertEquals(6, card.bench.counter("bad-frames"));
            assertEquals(0, card.bench.network().sent());
        }
    }

    @Test
    void tagsArePutOnAndTakenOff() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.write(CTRL, 1L << 30 | 0x41);
            byte[] frame = Frames.plain(MAC, 100);
            card.descriptor(card.place(frame), frame.length | (long) (EOP | RS | VLE) << 24 | 0x123L << 48);
            card.go();
            byte[] tagged = Frames.tagged(frame, 0x123);
            assertArrayEquals(tagged, card.bench.network().take().data());

            card.offer(4);
            card.bench.network().deliver(tagged);
            Received received = card.poll();
            assertEquals(0x0F, received.status(), "done, end of packet, VLAN, no checksums");
            assertEquals(0x123, received.special());
            assertArrayEquals(frame, Arrays.copyOf(received.bytes(), 100));

            card.write(RCTL, ENABLE | 1 << 18);
            card.bench.network().deliver(tagged);
            assertNull(card.poll(), "not in the table");
            card.write(VFTA + 4 * (0x123 >> 5), 1 << (0x123 & 31));
            card.bench.network().deliver(tagged);
            assertNotNull(card.poll());
        }
    }

    @Test
    void aFrameComesInWithItsCheckSequence() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(2);
            byte[] frame = Frames.plain(MAC, 60);
            card.bench.network().deliver(frame);
            Received received = card.poll();
            assertEquals(64, received.bytes().length);
            assertArrayEquals(frame, Arrays.copyOf(received.bytes(), 60));
            CRC32 crc = new CRC32();
            crc.update(received.bytes());
            assertEquals(0x2144DF1CL, crc.getValue(), "the residue of a right check sequence");
            assertEquals(1, card.read(RDH));
            assertEquals(Interrupts.RXT0 | Interrupts.RXDMT0, card.read(ICR) & 0x90);
        }
    }

    @Test
    void longFramesGoOverSeveralDescriptors() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.write(RCTL, ENABLE | 1 << 26 | 3 << 16);
            card.offer(5);
            byte[] frame = Frames.plain(MAC, 1500);
            card.bench.network().deliver(frame);
            assertNull(card.poll(), "six buffers of 256 bytes are needed");
            assertEquals(1, card.read(0x40A0), "RNBC");
            card.offer(2);
            for (int i = 0; i < 6; i++) {
                Received part = card.poll();
                assertEquals(i == 5 ? 7 : 5, part.status());
                assertArrayEquals(Arrays.copyOfRange(frame, i * 256, Math.min(1500, i * 256 + 256)), part.bytes());
            }
            assertEquals(6, card.read(RDH));
        }
    }

    @Test
    void whatIsTooLongIsDropped() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(8);
            card.bench.network().deliver(Frames.plain(MAC, 1515));
            assertEquals(1, card.read(0x40AC), "ROC");
            card.bench.network().deliver(Frames.plain(MAC, 1514));
            assertNotNull(card.poll());
            card.write(RCTL, ENABLE | 1 << 5);
            card.bench.network().deliver(Frames.plain(MAC, 4000));
            assertNotNull(card.poll());
        }
    }

    @Test
    void checksumsOfWhatComesAreVerified() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(8);
            byte[] frame = Frames.tcp4(MAC, 0x0A000001, 0x0A000002, 3, 4, 101);
            InternetChecksum.fill(frame, 14, 34, 24);
            card.bench.network().deliver(frame);
            assertEquals(0x60, card.poll().status() & 0x64);
            byte[] right = frame.clone();
            InternetChecksum.write16(right, 50, InternetChecksum.fold(InternetChecksum.sum(right, 26, 8) + 6 + 121));
            InternetChecksum.fill(right, 34, right.length, 50);
            card.bench.network().deliver(right);
            Received good = card.poll();
            assertEquals(0x60, good.status() & 0x64);
            assertEquals(0, good.errors());
            card.bench.network().deliver(frame);
            assertEquals(0x20, card.poll().errors(), "the TCP checksum is wrong");
            card.bench.network().deliver(new Frame(frame, -1, 0, Segmentation.NONE, 0, true));
            assertEquals(0, card.poll().errors(), "somebody verified it");
            right[30]++;
            card.bench.network().deliver(right);
            assertEquals(0x60, card.poll().errors());
        }
    }

    @Test
    void onlyTheAddressesOfTheTablesComeIn() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(15);
            long other = 0x020000000007L;
            long group = 0x01005E000001L;
            assertTrue(passes(card, MAC));
            assertTrue(passes(card, 0xFFFFFFFFFFFFL));
            assertFalse(passes(card, other));
            assertFalse(passes(card, group));
            card.write(RCTL, ENABLE);
            assertFalse(passes(card, 0xFFFFFFFFFFFFL));
            card.write(RA + 8 * 15, 0x00000002);
            card.write(RA + 8 * 15 + 4, 0x80000700L);
            assertTrue(passes(card, other));
            int hash = (0x01 << 8) >> 4;
            card.write(MTA + 4 * (hash >> 5), 1L << (hash & 31));
            assertTrue(passes(card, group));
            card.bench.replace();
            assertTrue(passes(card, group));
            card.write(MTA + 4 * (hash >> 5), 0);
            assertFalse(passes(card, group));
            card.write(RCTL, ENABLE | 8 | 16);
            assertTrue(passes(card, group));
            assertTrue(passes(card, 0x020000000008L));
        }
    }

    private static boolean passes(E1000Driver card, long destination) {
        card.bench.network().deliver(Frames.plain(destination, 60));
        card.bench.settle();
        return card.poll() != null;
    }

    @Test
    void interruptsAreMaskedForcedAndThrottled() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.write(IMC, 0xFFFF);
            card.read(ICR);
            card.write(ICS, 4);
            assertFalse(card.bench.pci().line().asserted());
            card.write(IMS, 4);
            assertTrue(card.bench.pci().line().asserted());
            assertEquals(4, card.read(ICR));
            assertFalse(card.bench.pci().line().asserted());
            card.write(ITR, 1000);
            card.write(ICS, 4);
            assertTrue(card.bench.pci().line().asserted(), "the first comes at once");
            card.read(ICR);
            card.write(ICS, 4);
            assertFalse(card.bench.pci().line().asserted());
            card.bench.replace();
            card.bench.advance(Duration.ofNanos(255_000));
            assertFalse(card.bench.pci().line().asserted());
            card.bench.advance(Duration.ofNanos(2_000));
            assertTrue(card.bench.pci().line().asserted());
            card.write(ICR, 4);
            assertFalse(card.bench.pci().line().asserted());
        }
    }

    /** What a driver's self test writes: register, bits that must read back, bits that are written. */
    @Test
    void registersKeepWhatSelfTestsWrite() throws Exception {
        long all = 0xFFFFFFFFL;
        long[][] tests = {{0x28, all, all}, {0x2C, 0xFFFF, all}, {0x30, 0xFFFF, all}, {0x38, 0xFFFF, all},
            {0x2820, 0xFFFF, all}, {0x2804, all, all}, {0x2808, 0xFFF80, 0xFFFFF}, {RDH, 0xFFFF, 0xFFFF},
            {RDT, 0xFFFF, 0xFFFF}, {0x2168, 0xFFF8, 0xFFF8}, {0x170, 0xFFFF, 0xFFFF}, {0x410, 0x3FFFFFFF, 0x3FFFFFFF},
            {0x3804, all, all}, {0x3808, 0xFFF80, 0xFFFFF}, {RDBAL, 0xFFFFFFF0L, all}, {0x178, 0xC000FFFFL, 0xFFFF},
            {TDBAL, 0xFFFFFFF0L, all}, {0x3820, 0xFFFF, 0xFFFF}, {RA + 12, 0x8003FFFFL, all}, {MTA + 508, all, all}};
        try (E1000Driver card = new E1000Driver(Map.of())) {
            for (long[] test : tests) {
                for (long pattern : new long[] {0x5A5A5A5AL, 0xA5A5A5A5L, 0, all}) {
                    card.write((int) test[0], pattern & test[2]);
                    assertEquals(pattern & test[2] & test[1], card.read((int) test[0]),
                        "register 0x%x".formatted(test[0]));
                }
            }
            card.write(RCTL, 0x06DFB3FE);
            assertEquals(0x06DFB3FE, card.read(RCTL) & 0x06DFB3FE);
            card.write(RCTL, 0);
            assertEquals(0, card.read(RCTL));
            card.write(TCTL, 0);
            assertEquals(0, card.read(TCTL));
            long status = card.read(STATUS);
            card.write(STATUS, 0xFFFFF833L);
            assertEquals(status, card.read(STATUS));
        }
    }

    @Test
    void inLoopbackFramesComeBack() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(4);
            card.phy(0, 0x4140);
            byte[] frame = Frames.plain(0xFFFFFFFFFFFFL, 1000);
            card.legacy(frame, EOP | RS);
            card.go();
            assertArrayEquals(frame, Arrays.copyOf(card.poll().bytes(), 1000));
            assertEquals(0, card.bench.network().sent());
        }
    }

    @Test
    void aResetThroughPortsSetsEverythingBack() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.write(RA, 0x11111111);
            card.bench.writeBar(1, 0, 4, RA);
            assertEquals(0x11111111, card.bench.readBar(1, 4, 4));
            card.bench.writeBar(1, 0, 4, CTRL);
            card.bench.writeBar(1, 4, 4, 1L << 26);
            assertEquals(0x12005452, card.read(RA));
            assertEquals(0, card.read(TCTL));
            assertEquals(0, card.read(IMS));
            assertEquals(0, card.read(CTRL) & 1L << 26);
            card.begin();
            card.legacy(Frames.plain(1, 60), EOP | RS);
            card.go();
            assertNotNull(card.bench.network().take());
        }
    }

    @Test
    void whenThereIsNoRoomTheRingIsTheQueue() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.bench.network().capacity(1);
            for (int i = 0; i < 5; i++) {
                card.legacy(Frames.plain(1, 60 + i), EOP | RS);
            }
            card.go();
            assertEquals(1, card.read(TDH));
            card.bench.replace();
            for (int i = 0; i < 5; i++) {
                assertEquals(60 + i, card.bench.network().take().data().length, "in order, none lost, none twice");
                card.bench.settle();
            }
            assertEquals(0, card.bench.network().sent());
            assertEquals(5, card.read(TDH));
        }
    }

    @Test
    void halfAFrameAndOneThatWaitsSurviveAReplacement() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            byte[] frame = Frames.plain(1, 100);
            card.legacy(Arrays.copyOf(frame, 40), 0);
            card.go();
            card.bench.network().deliver(Frames.plain(MAC, 70));
            card.bench.network().deliver(Frames.plain(MAC, 71));
            card.bench.settle();
            card.bench.replace();
            card.legacy(Arrays.copyOfRange(frame, 40, 100), EOP | RS);
            card.go();
            assertArrayEquals(frame, card.bench.network().take().data());
            card.offer(3);
            assertEquals(74, card.poll().bytes().length);
            assertEquals(75, card.poll().bytes().length);
        }
    }

    @Test
    void framesWhileTheReceiverIsOffAreDropped() throws Exception {
        try (E1000Driver card = new E1000Driver(Map.of())) {
            card.bench.network().deliver(Frames.plain(MAC, 60));
            card.bench.settle();
            assertEquals(0, card.bench.network().waiting());
            card.begin();
            card.offer(2);
            assertNull(card.poll());
        }
    }

    @Test
    void withoutBusMasterNothingMoves() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            card.offer(2);
            card.bench.busMaster(false);
            card.legacy(Frames.plain(1, 60), EOP | RS);
            card.go();
            card.bench.network().deliver(Frames.plain(MAC, 60));
            card.bench.settle();
            assertEquals(0, card.bench.network().sent());
            assertNull(card.poll());
            card.bench.busMaster(true);
            card.bench.settle();
            assertEquals(1, card.bench.network().sent());
            assertNotNull(card.poll());
        }
    }
}
