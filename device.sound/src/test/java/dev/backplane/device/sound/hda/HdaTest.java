package dev.backplane.device.sound.hda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestBench;

class HdaTest {
    private static final int OUT = 0x80 + 4 * 0x20;
    private static final int IN = 0x80;
    private static final int PERIOD = 1920;
    private static final int PERIODS = 4;
    private static final long GIE_AND_OUT = 1L << 31 | 1 << 4;

    private TestBench bench;
    private long corb;
    private long rirb;
    private long list;
    private long buffer;
    private int sent;

    @BeforeEach
    void plug() throws Exception {
        bench = TestBench.of(new HdaType()).plug();
        bench.busMaster(true);
        corb = bench.allocate(1024, 128);
        rirb = bench.allocate(2048, 128);
        list = bench.allocate(256, 128);
        buffer = bench.allocate(PERIOD * PERIODS, 128);
        write(0x08, 4, 1);
        write(0x40, 4, corb);
        write(0x50, 4, rirb);
        write(0x5A, 2, 1);
        write(0x58, 2, 0x8000);
        write(0x5C, 1, 3);
        write(0x4C, 1, 2);
    }

    @AfterEach
    void unplug() {
        bench.close();
    }

    private void write(long offset, int size, long value) {
        bench.writeBar(0, offset, size, value);
    }

    private long read(long offset, int size) {
        return bench.readBar(0, offset, size);
    }

    /** A command through the rings, as a driver sends it. */
    private int verb(int node, int verb, int payload) {
        int command = node << 20 | (verb > 0xF ? verb << 8 | payload : verb << 16 | payload);
        sent = sent + 1 & 0xFF;
        bench.ram().write32(corb + sent * 4L, command);
        write(0x48, 2, sent);
        assertEquals(sent, read(0x58, 2), "responses");
        assertTrue((read(0x5D, 1) & 1) != 0, "the response is told");
        write(0x5D, 1, 1);
        return bench.ram().read32(rirb + sent * 8L);
    }

    private byte[] prepare(int offset, int node, int format, boolean output) {
        byte[] sound = new byte[PERIOD * PERIODS];
        new Random(3).nextBytes(sound);
        for (int i = 0; i < PERIODS; i++) {
            bench.ram().write64(list + i * 16L, buffer + i * PERIOD);
            bench.ram().write32(list + i * 16L + 8, PERIOD);
            bench.ram().write32(list + i * 16L + 12, 1);
        }
        if (output) {
            bench.ram().write(buffer, sound, 0, sound.length);
        }
        verb(node, 0x2, format);
        verb(node, 0x706, 0x10);
        write(offset + 0x18, 4, list);
        write(offset + 8, 4, PERIOD * PERIODS);
        write(offset + 0x0C, 2, PERIODS - 1);
        write(offset + 0x12, 2, format);
        write(0x20, 4, GIE_AND_OUT | 1);
        return sound;
    }

    private void run(int offset) {
        write(offset, 4, 1 << 20 | 6);
    }

    @Test
    void aDriverFindsTheCodecItsConvertersAndPins() {
        assertEquals(1, read(0x0E, 2));
        assertEquals(Codec.VENDOR, verb(0, 0xF00, 0));
        assertEquals(1 << 16 | 1, verb(0, 0xF00, 4));
        assertEquals(1, verb(1, 0xF00, 5));
        assertEquals(2 << 16 | 6, verb(1, 0xF00, 4));
        assertEquals(0, verb(2, 0xF00, 9) >> 20 & 15, "audio output");
        assertEquals(1, verb(4, 0xF00, 9) >> 20 & 15, "audio input");
        assertEquals(4, verb(5, 0xF00, 9) >> 20 & 15, "pin");
        assertEquals(2, verb(5, 0xF02, 0));
        assertEquals(7, verb(4, 0xF02, 0));
    }

    @Test
    void whatIsPlayedArrivesBitForBitAtTheSpeedOfTheFormat() {
        byte[] sound = prepare(OUT, Codec.LINE_DAC, 0x11, true);
        run(OUT);
        bench.advance(Duration.ofMillis(40));
        assertEquals(new PcmFormat(48_000, 2, 16), bench.audio().last().format());
        assertArrayEquals(sound, bench.audio().last().pcm());
        bench.advance(Duration.ofMillis(15));
        long position = read(OUT + 4, 4);
        assertEquals(15 * 48 * 4, position);
        write(OUT, 4, 1 << 20);
        assertTrue(bench.audio().last().ended());
        byte[] all = bench.audio().last().pcm();
        assertEquals(55 * 48 * 4, all.length);
    }

    @Test
    void eachPeriodEndsWithAnInterrupt() {
        prepare(OUT, Codec.LINE_DAC, 0x11, true);
        run(OUT);
        for (int i = 0; i < 10; i++) {
            assertEquals(0, read(0x24, 4));
            bench.advance(Duration.ofMillis(10));
            assertEquals(1L << 31 | 1 << 4, read(0x24, 4));
            write(OUT + 3, 1, 4);
        }
    }

    @Test
    void aGuestThatStandsStillIsWaitedForAndHearsNothingTwice() {
        prepare(OUT, Codec.LINE_DAC, 0x11, true);
        run(OUT);
        for (int i = 0; i < 4; i++) {
            bench.advance(Duration.ofMillis(10));
            write(OUT + 3, 1, 4);
        }
        bench.advance(Duration.ofMillis(3000));
        long half = PERIOD * PERIODS / 2;
        assertEquals(PERIOD * 5 + half, bench.audio().last().pcm().length);
        assertTrue(bench.counter("waited-for-guest-ms") > 2900, "it waited");
        write(OUT + 3, 1, 4);
        bench.advance(Duration.ofMillis(10));
        assertEquals(PERIOD * 6 + half, bench.audio().last().pcm().length, PERIOD / 100.0);
    }

    @Test
    void aDriverThatAcknowledgesNothingIsNotWaitedFor() {
        prepare(OUT, Codec.LINE_DAC, 0x11, true);
        run(OUT);
        bench.advance(Duration.ofMillis(900));
        assertEquals(900 * 48 * 4, bench.audio().last().pcm().length);
        assertEquals(0, bench.counter("waited-for-guest-ms"));
    }

    @Test
    void othersRatesAndWidthsAreKept() {
        prepare(OUT, Codec.HEADPHONE_DAC, 0x4041, true);
        run(OUT);
        bench.advance(Duration.ofMillis(1000));
        read(OUT + 4, 4);
        assertEquals(new PcmFormat(44_100, 2, 32), bench.audio().last().format());
        assertEquals(44_100 * 8, bench.audio().last().pcm().length);
    }

    @Test
    void volumeAndMuteAreHeard() {
        byte[] sound = prepare(OUT, Codec.LINE_DAC, 0x11, true);
        verb(Codec.LINE_DAC, 0x3, 0xB000 | Codec.STEPS - 6);
        run(OUT);
        bench.advance(Duration.ofMillis(10));
        byte[] soft = bench.audio().last().pcm();
        int before = (short) (sound[0] & 0xFF | sound[1] << 8);
        int after = (short) (soft[0] & 0xFF | soft[1] << 8);
        assertEquals(before * Math.pow(10, -6 / 20.0), after, 1.0);
        verb(Codec.LINE_DAC, 0x3, 0xB080);
        bench.advance(Duration.ofMillis(10));
        byte[] all = bench.audio().last().pcm();
        byte[] rest = Arrays.copyOfRange(all, soft.length, all.length);
        assertArrayEquals(new byte[rest.length], rest);
    }

    @Test
    void theMicrophoneIsHeardBitForBit() {
        prepare(IN, Codec.ADC, 0x11, false);
        byte[] source = new byte[PERIOD * PERIODS];
        new Random(9).nextBytes(source);
        bench.audio().source(source);
        run(IN);
        bench.advance(Duration.ofMillis(40));
        byte[] heard = new byte[source.length];
        bench.ram().read(buffer, heard, 0, heard.length);
        assertArrayEquals(source, heard);
    }

    @Test
    void aReplacementWhileItPlaysIsNotHeard() throws Exception {
        byte[] sound = prepare(OUT, Codec.LINE_DAC, 0x11, true);
        run(OUT);
        for (int i = 0; i < 8; i++) {
            bench.advance(Duration.ofMillis(5));
            bench.replace();
        }
        byte[] all = new byte[0];
        for (var stream : bench.audio().played()) {
            byte[] joined = Arrays.copyOf(all, all.length + stream.pcm().length);
            System.arraycopy(stream.pcm(), 0, joined, all.length, stream.pcm().length);
            all = joined;
        }
        assertArrayEquals(sound, all);
    }

    @Test
    void aStreamThatTheCodecDoesNotListenToIsNotHeard() {
        prepare(OUT, Codec.LINE_DAC, 0x11, true);
        verb(Codec.LINE_DAC, 0x706, 0x20);
        run(OUT);
        bench.advance(Duration.ofMillis(20));
        assertEquals(0, bench.audio().last().pcm().length);
        assertFalse(bench.audio().last().ended());
    }

    @Test
    void aListOfEmptyBuffersEndsNothing() {
        prepare(OUT, Codec.LINE_DAC, 0x11, true);
        for (int i = 0; i < PERIODS; i++) {
            bench.ram().write32(list + i * 16L + 8, 0);
        }
        run(OUT);
        bench.advance(Duration.ofMillis(50));
        assertEquals(0, read(OUT + 4, 4));
    }

    @Test
    void aHostileGuestDoesNoHarm() {
        HostileGuest.attack(bench, 7, Integer.getInteger("backplane.hostile.steps", 40_000));
    }
}
