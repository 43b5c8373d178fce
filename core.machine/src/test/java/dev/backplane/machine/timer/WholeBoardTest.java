package dev.backplane.machine.timer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.machine.interrupt.LocalApic;
import dev.backplane.machine.interrupt.MmioClaim;
import dev.backplane.machine.interrupt.PortClaim;

/** What no guest may achieve, whatever it writes: an exception, a hang, a storm; and that state carries over. */
class WholeBoardTest {
    private static final int[] SIZES = {1, 2, 4, 8};

    /** One random act of a hostile guest or of the world around it; what was read. */
    static long act(WholeBoard b, SplittableRandom r) {
        switch (r.nextInt(10)) {
            case 0, 1, 2 -> {
                PortClaim c = b.ports.get(r.nextInt(b.ports.size()));
                int size = SIZES[r.nextInt(3)];
                return access(c.handler(), c.count(), size, r);
            }
            case 3, 4 -> {
                MmioClaim c = b.mmio.get(r.nextInt(b.mmio.size()));
                return access(c.handler(), c.size(), SIZES[r.nextInt(4)], r);
            }
            case 5 -> {
                LocalApic a = b.apics[r.nextInt(WholeBoard.VCPUS)];
                long address = LocalApic.DEFAULT_ADDRESS + (r.nextBoolean() ? r.nextInt(0x40) * 16 : r.nextInt(0xFF8));
                int size = r.nextInt(4) != 0 ? 4 : SIZES[r.nextInt(4)];
                if (r.nextInt(3) == 0) {
                    return a.mmioRead(address, size);
                }
                a.mmioWrite(address, size, value(r));
            }
            case 6 -> {
                LocalApic a = b.apics[r.nextInt(WholeBoard.VCPUS)];
                int index = switch (r.nextInt(8)) {
                    case 0 -> LocalApic.MSR_APIC_BASE;
                    case 1 -> LocalApic.MSR_TSC_DEADLINE;
                    default -> LocalApic.MSR_X2APIC + r.nextInt(0x100);
                };
                if (r.nextInt(3) == 0) {
                    return a.msrReadable(index) ? a.readMsr(index) : -1;
                }
                long v = index == LocalApic.MSR_APIC_BASE ? 0xFEE00000L | r.nextInt(4) << 10 : value(r);
                return a.writeMsr(index, v) ? 1 : 0;
            }
            case 7 -> b.sources[r.nextInt(24)].set(r.nextBoolean());
            case 8 -> {
                LocalApic a = b.apics[r.nextInt(WholeBoard.VCPUS)];
                if (a.interruptPending() && r.nextInt(4) != 0) {
                    return a.acknowledge();
                }
                b.controllers.fabric().send(0xFEE00000L | r.nextInt(1 << 20), r.nextInt(1 << 16));
            }
            default -> b.clock.advance(1L << r.nextInt(24));
        }
        return 0;
    }

    static long access(RegisterHandler h, long length, int size, SplittableRandom r) {
        int used = (int) Math.min(length, size);
        // Widths of powers of two within the claim, as the bus guarantees.
        int width = Integer.highestOneBit(used);
        long offset = r.nextLong((length - width) / width + 1) * width;
        if (length > 16 && r.nextBoolean()) {
            offset = Math.min(offset & 0xFF, length - width);
        }
        if (r.nextInt(3) == 0) {
            long mask = width == 8 ? -1 : (1L << width * 8) - 1;
            return h.read(offset, width) & mask;
        }
        h.write(offset, width, value(r) & (width == 8 ? -1 : (1L << width * 8) - 1));
        return 0;
    }

    static long value(SplittableRandom r) {
        return switch (r.nextInt(5)) {
            case 0 -> r.nextLong();
            case 1 -> r.nextInt(256);
            case 2 -> 1L << r.nextInt(64);
            case 3 -> -1L >>> r.nextInt(64);
            default -> 0;
        };
    }

    @Test
    void random_accesses_of_all_sizes_never_throw_hang_or_storm() {
        for (int seed = 0; seed < 4; seed++) {
            SplittableRandom r = new SplittableRandom(seed);
            WholeBoard b = new WholeBoard();
            for (int i = 0; i < 60_000; i++) {
                act(b, r);
            }
            // 2 local APIC timers, 8254, 3 comparators, clock, power management: each at most 20000 a second.
            double seconds = b.clock.nanoTime() / 1e9;
            long bound = (long) (9 * 20_000 * seconds) + 70_000;
            assertTrue(b.clock.callbacks() < bound, b.clock.callbacks() + " wake-ups in " + seconds + " s");
        }
    }

    @Test
    void a_restored_board_goes_on_as_the_saved_one() throws StateException {
        for (int seed = 100; seed < 140; seed++) {
            SplittableRandom r = new SplittableRandom(seed);
            WholeBoard original = new WholeBoard();
            for (int i = 0; i < 2_000; i++) {
                act(original, r);
            }
            byte[] saved = original.save();
            WholeBoard copy = new WholeBoard();
            copy.restore(saved, original.clock.nanoTime());
            assertArrayEquals(saved, copy.save(), "seed " + seed);
            original.trace = 0;
            copy.trace = 0;
            SplittableRandom one = new SplittableRandom(seed);
            SplittableRandom two = new SplittableRandom(seed);
            for (int i = 0; i < 2_000; i++) {
                assertEquals(act(original, one), act(copy, two), "seed " + seed + ", act " + i);
                assertEquals(original.trace, copy.trace, "seed " + seed + ", signals after act " + i);
            }
            assertArrayEquals(original.save(), copy.save(), "seed " + seed + ", at the end");
        }
    }

    @Test
    void linux_can_enable_each_fixed_event_and_the_clock_raises_its_own() {
        WholeBoard b = new WholeBoard();
        RegisterHandler pm = b.devices.acpiPm().registers();
        for (int event : new int[] {0x001, 0x020, 0x100, 0x400}) {
            pm.write(2, 2, event);
            assertEquals(event, pm.read(2, 2), "Linux reads it back and complains");
        }
        b.clock.advance(5_000_000_000L);
        RegisterHandler rtc = b.devices.rtc().registers();
        rtc.write(0, 1, 0x0C);
        rtc.read(1, 1);
        rtc.write(0, 1, 0x0B);
        rtc.write(1, 1, 0x12);
        assertEquals(0, pm.read(0, 2) & 0x400);
        b.clock.advance(2_000_000_000L);
        assertEquals(0x400, pm.read(0, 2) & 0x400);
    }

    @Test
    void a_board_that_nobody_touched_wakes_nobody() {
        WholeBoard b = new WholeBoard();
        assertEquals(false, b.clock.anyArmed());
    }
}
