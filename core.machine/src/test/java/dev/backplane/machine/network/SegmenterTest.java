package dev.backplane.machine.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.net.Offloads;

/** Segments and checksums, checked with sums made the slow way. */
class SegmenterTest {
    private final SplittableRandom random = new SplittableRandom(1);

    /** The sum of 16-bit words, folded: 0xFFFF over what has a right checksum in it. */
    private static int sum(byte[] data, int from, int to, int start) {
        int total = start;
        for (int i = from; i < to; i++) {
            total += (i - from) % 2 == 0 ? (data[i] & 0xFF) << 8 : data[i] & 0xFF;
            total = (total & 0xFFFF) + (total >>> 16);
        }
        return total;
    }

    private static int network(byte[] d) {
        return Checksums.get16(d, 12) == 0x8100 ? 18 : 14;
    }

    private static int transportSum(byte[] d, boolean v6, int transport, int protocol) {
        int net = network(d);
        int pseudo = sum(d, v6 ? net + 8 : net + 12, v6 ? net + 40 : net + 20, protocol + d.length - transport);
        return sum(d, transport, d.length, pseudo);
    }

    private byte[] packet(boolean v6, boolean vlan, boolean tcp, int payload) {
        int net = vlan ? 18 : 14;
        int transport = net + (v6 ? 48 : 24);
        int header = tcp ? 32 : 8;
        byte[] d = new byte[transport + header + payload];
        random.nextBytes(d);
        if (vlan) {
            Checksums.put16(d, 12, 0x8100);
        }
        Checksums.put16(d, net - 2, v6 ? 0x86DD : 0x0800);
        if (v6) {
            d[net] = 0x60;
            d[net + 6] = 60;
            d[net + 40] = (byte) (tcp ? 6 : 17);
            d[net + 41] = 0;
        } else {
            d[net] = 0x46;
            d[net + 9] = (byte) (tcp ? 6 : 17);
            Checksums.put16(d, net + 6, 0x4000);
            Checksums.put16(d, net + 4, 0xFFFE);
        }
        if (tcp) {
            d[transport + 12] = (byte) 0x80;
            d[transport + 13] = (byte) 0x99;
        }
        return d;
    }

    private static List<Frame> all(Frame frame) {
        Segmenter s = Segmenter.of(frame);
        assertNotNull(s);
        List<Frame> out = new ArrayList<>();
        while (!s.done()) {
            out.add(s.next());
        }
        return out;
    }

    @Test
    void everySegmentIsARightPacketAndTogetherTheyCarryThePayload() {
        for (boolean v6 : new boolean[] {false, true}) {
            for (boolean vlan : new boolean[] {false, true}) {
                for (boolean tcp : new boolean[] {false, true}) {
                    for (int payload : new int[] {0, 1, 1447, 1448, 1449, 14480, 60_001}) {
                        check(v6, vlan, tcp, payload);
                    }
                }
            }
        }
    }

    private void check(boolean v6, boolean vlan, boolean tcp, int payload) {
        byte[] d = packet(v6, vlan, tcp, payload);
        int net = network(d);
        int transport = net + (v6 ? 48 : 24);
        int header = transport + (tcp ? 32 : 8);
        Segmentation how = !tcp ? Segmentation.UDP : v6 ? Segmentation.TCP6 : Segmentation.TCP4;
        List<Frame> segments = all(new Frame(d, transport, tcp ? 16 : 6, how, 1448, false));
        assertEquals(Math.max(1, (payload + 1447) / 1448), segments.size());
        ByteArrayOutputStream carried = new ByteArrayOutputStream();
        for (int i = 0; i < segments.size(); i++) {
            byte[] s = segments.get(i).data();
            assertTrue(segments.get(i).complete());
            assertTrue(s.length <= header + 1448);
            assertEquals(0xFFFF, transportSum(s, v6, transport, tcp ? 6 : 17));
            if (v6) {
                assertEquals(s.length - net - 40, Checksums.get16(s, net + 4));
            } else {
                assertEquals(0xFFFF, sum(s, net, net + 24, 0));
                assertEquals(s.length - net, Checksums.get16(s, net + 2));
                assertEquals(0xFFFE + i & 0xFFFF, Checksums.get16(s, net + 4));
            }
            if (tcp) {
                assertEquals(Checksums.get32(d, transport + 4) + i * 1448, Checksums.get32(s, transport + 4));
                boolean last = i == segments.size() - 1;
                assertEquals((i == 0 ? 0x80 : 0) | 0x10 | (last ? 0x09 : 0), s[transport + 13] & 0xFF);
            } else {
                assertEquals(s.length - transport, Checksums.get16(s, transport + 4));
            }
            carried.write(s, header, s.length - header);
        }
        byte[] expected = new byte[payload];
        System.arraycopy(d, header, expected, 0, payload);
        assertArrayEquals(expected, carried.toByteArray());
    }

    @Test
    void aChecksumIsFilledInForASideThatWantsIt() {
        byte[] d = packet(false, false, true, 777);
        int transport = 14 + 24;
        int pseudo = sum(d, 14 + 12, 14 + 20, 6 + d.length - transport);
        Checksums.put16(d, transport + 16, pseudo);
        Lane lane = new Lane("lane", () -> 0, (name, callback) -> null);
        Finisher finisher = new Finisher(lane);
        lane.offer(new Frame(d, transport, 16, Segmentation.NONE, 0, false));
        Frame out = finisher.next();
        assertTrue(out.complete());
        assertEquals(0xFFFF, transportSum(out.data(), false, transport, 6));
        finisher.accept(new Offloads(true, false, false));
        Frame partial = new Frame(d, transport, 16, Segmentation.NONE, 0, false);
        lane.offer(partial);
        assertEquals(partial, finisher.next());
    }

    @Test
    void whatIsTakenUnfinishedPassesAndWhatIsNotIsCut() {
        Lane lane = new Lane("lane", () -> 0, (name, callback) -> null);
        Finisher finisher = new Finisher(lane);
        finisher.accept(new Offloads(true, true, false));
        Frame four = new Frame(packet(false, false, true, 5000), 38, 16, Segmentation.TCP4, 1448, false);
        Frame six = new Frame(packet(true, false, true, 5000), 62, 16, Segmentation.TCP6, 1448, false);
        lane.offer(four);
        lane.offer(six);
        lane.offer(new Frame(new byte[60]));
        assertEquals(four, finisher.next());
        for (int i = 0; i < 4; i++) {
            assertTrue(finisher.next().complete());
        }
        assertEquals(60, finisher.next().data().length);
        assertNull(finisher.next());
    }

    @Test
    void framesThatAreNotWhatTheySayAreCountedAndDropped() {
        Lane lane = new Lane("lane", () -> 0, (name, callback) -> null);
        Finisher finisher = new Finisher(lane);
        lane.offer(new Frame(packet(false, false, true, 65_000), 38, 16, Segmentation.TCP4, 1, false));
        lane.offer(new Frame(packet(true, false, true, 100), 62, 16, Segmentation.TCP4, 1448, false));
        lane.offer(new Frame(packet(false, false, true, 100), 40, 16, Segmentation.TCP4, 1448, false));
        lane.offer(new Frame(new byte[60]));
        assertEquals(60, finisher.next().data().length);
        assertEquals(3, finisher.malformed());
    }

    @Test
    void aMillionHostileFramesThrowNothing() {
        Lane lane = new Lane("lane", () -> 0, (name, callback) -> null);
        Finisher finisher = new Finisher(lane);
        Segmentation[] kinds = Segmentation.values();
        long segments = 0;
        for (int i = 0; i < 1_000_000; i++) {
            boolean tcp = random.nextBoolean();
            byte[] d = i % 2 == 0 ? new byte[14 + random.nextInt(100)]
                : packet(random.nextBoolean(), random.nextBoolean(), tcp, random.nextInt(60));
            if (i % 2 == 0) {
                random.nextBytes(d);
                Checksums.put16(d, 12, random.nextBoolean() ? 0x0800 : 0x86DD);
                if (d.length > 15) {
                    d[14] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
                }
            } else {
                for (int k = random.nextInt(4); k > 0; k--) {
                    d[12 + random.nextInt(d.length - 12)] = (byte) random.nextInt();
                }
            }
            int start = random.nextInt(-1, d.length - 2);
            int offset = start < 0 ? 0 : random.nextInt(0, Math.max(1, d.length - 1 - start));
            if (start >= 0 && start + offset + 2 > d.length) {
                continue;
            }
            Segmentation kind = kinds[random.nextInt(kinds.length)];
            lane.offer(new Frame(d, start, offset, kind, kind == Segmentation.NONE ? 0 : 1 + random.nextInt(200),
                false));
            for (Frame f = finisher.next(); f != null; f = finisher.next()) {
                segments++;
                assertTrue(f.complete());
            }
        }
        assertTrue(finisher.malformed() > 100_000 && segments > 100_000,
            finisher.malformed() + " malformed, " + segments + " good");
    }
}
