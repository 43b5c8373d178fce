package dev.backplane.device.net.e1000;

import static dev.backplane.device.net.e1000.E1000Driver.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import dev.backplane.api.net.Frame;
import dev.backplane.device.net.Frames;
import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestMemory;

/**
 * Random drivers and networks. {@code -Dbackplane.fuzz.seed} and {@code -Dbackplane.fuzz.cases} choose others; a
 * million cases take half a minute.
 */
class HostileE1000Test {
    private static final long SEED = Long.getLong("backplane.fuzz.seed", 20250104);
    private static final int CASES = Integer.getInteger("backplane.fuzz.cases", 100_000);
    private static final long GUARD = 0xE00000;
    private static final long DATA = 0x800000;
    private static final int[] REGISTERS = {CTRL, EECD, EERD, MDIC, ICR, ITR, ICS, IMS, IMC, RCTL, TCTL, RDBAL,
        RDBAL + 4, RDBAL + 8, RDH, RDT, TDBAL, TDBAL + 4, TDBAL + 8, TDH, TDT, RXCSUM, RA, RA + 4, MTA, VFTA, 0x38};

    private final Random random = new Random(SEED);

    @BeforeAll
    static void keepWarningsQuiet() {
        Logger.getLogger("dev.backplane").setLevel(Level.OFF);
    }

    @AfterAll
    static void restoreWarnings() {
        Logger.getLogger("dev.backplane").setLevel(null);
    }

    private void descriptors(E1000Driver card, TestMemory ram) {
        for (int n = random.nextInt(12); n > 0; n--) {
            long address = random.nextInt(5000) == 0 ? random.nextLong() : DATA + random.nextInt(0x400000);
            int length = random.nextInt(20) == 0 ? random.nextInt(0x10000) : 1 + random.nextInt(2000);
            long high = switch (random.nextInt(4)) {
                case 0 -> length | (long) random.nextInt(256) << 24 | (long) random.nextInt() << 32;
                case 1 -> 0x20L << 24 | (long) random.nextInt(256) << 24 | (long) random.nextInt(60) << 40
                    | (long) random.nextInt(2000) << 48;
                default -> length | 1L << 20 | (long) (0x28 | random.nextInt(2) | random.nextInt(2) << 2) << 24
                    | (long) random.nextInt(4) << 40;
            };
            boolean context = (high >>> 29 & 1) != 0 && (high >>> 20 & 15) == 0;
            card.descriptor(context && random.nextInt(4) != 0 ? 14 | 24 << 8 | 33 << 16 | 34L << 32 | 50L << 40
                : context ? random.nextLong() : address, high);
        }
        if (random.nextInt(3) == 0) {
            ram.write64(card.receiveRing + 16L * random.nextInt(RING), random.nextInt(50) == 0 ? random.nextLong()
                : DATA + random.nextInt(0x400000));
        }
    }

    private byte[] frame() {
        int length = random.nextInt(10) == 0 ? 14 + random.nextInt(20_000) : 14 + random.nextInt(1500);
        byte[] frame = random.nextInt(3) == 0 && length > 60
            ? Frames.tcp4(MAC, random.nextInt(), random.nextInt(), random.nextInt(), 80, length - 60)
            : Frames.plain(random.nextBoolean() ? MAC : random.nextLong() & 0xFFFFFFFFFFFFL, length);
        if (random.nextInt(3) == 0) {
            frame[random.nextInt(frame.length)] = (byte) random.nextInt();
        }
        return frame;
    }

    @Test
    void hostileRegistersDescriptorsAndFramesDoNoHarm() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            TestMemory ram = card.bench.ram();
            card.bench.dma().guard(GUARD, 0x200000);
            for (int i = 0; i < CASES; i++) {
                switch (random.nextInt(20)) {
                    case 0 -> card.write(REGISTERS[random.nextInt(REGISTERS.length)], random.nextInt(3) == 0
                        ? random.nextInt() : random.nextInt(0x1000));
                    case 1 -> card.bench.readBar(0, random.nextInt(0x20000 >> 2) * 4L, 4);
                    case 2 -> card.bench.writeBar(0, random.nextInt(0x6000), 1, random.nextInt());
                    case 3 -> card.phy(random.nextInt(32), random.nextInt(0x10000));
                    case 4 -> card.bench.writeBar(1, random.nextInt(2) * 4L, 4, random.nextInt(0x6000));
                    case 5, 6, 7, 8, 9 -> card.bench.network().deliver(new Frame(frame()));
                    case 10, 11 -> card.offer(random.nextInt(RING));
                    default -> {
                        descriptors(card, ram);
                        card.go();
                    }
                }
                if (random.nextInt(16) == 0) {
                    card.bench.settle();
                    card.bench.network().takeAll();
                }
                if (random.nextInt(60) == 0) {
                    // What it wrote to the ring's address may be anywhere: begin with rings of our own.
                    again(card);
                }
                if (random.nextInt(3000) == 0) {
                    card.bench.advance(Duration.ofMillis(1));
                    card.bench.replace();
                }
            }
            assertTrue(card.bench.counter("bad-frames") > 0);
            assertTrue(card.bench.counter("frames-received") > 0);
            card.bench.reset();
            card.bench.network().takeAll();
            again(card);
            card.legacy(Frames.plain(1, 60), EOP | RS);
            card.go();
            assertNotNull(card.bench.network().take(), () -> "seed " + SEED);
            card.offer(2);
            card.bench.network().deliver(Frames.plain(MAC, 60));
            card.bench.settle();
            assertEquals(64, card.poll().bytes().length);
        }
    }

    @Test
    void registersTakeWhateverAGuestDoes() throws Exception {
        try (E1000Driver card = new E1000Driver()) {
            HostileGuest.attack(card.bench, SEED, CASES / 2);
        }
    }

    private static void again(E1000Driver card) {
        card.write(CTRL, 1L << 26);
        card.phy(0, 1 << 12);
        card.beginAgain();
    }
}
