package dev.backplane.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;

import dev.backplane.api.pci.BarType;

/**
 * A guest that does to a card what no driver does: accesses of any size anywhere in its BARs, ports and memory, with
 * values likely to hurt (edges, single bits, addresses in and around RAM), while time goes on, bus mastering comes and
 * goes, and the card is reset and replaced. A card has to take all of it: what it throws fails the test, with the
 * accesses that led there.
 *
 * <pre>{@code
 * try (TestBench bench = TestBench.of(new MyType()).plug()) {
 *     HostileGuest.attack(bench, 1, 100_000);
 * }
 * }</pre>
 */
public final class HostileGuest {
    private static final int REMEMBERED = 12;

    private interface Action {
        void run() throws Exception;
    }

    /** Something with offsets: a BAR, a range of ports, a range of memory. */
    private record Target(String name, long size, int widest, Reader reader, Writer writer) {
        private interface Reader {
            void read(long offset, int size);
        }

        private interface Writer {
            void write(long offset, int size, long value);
        }
    }

    private final TestBench bench;
    private final Random random;
    private final List<String> last = new ArrayList<>();

    private HostileGuest(TestBench bench, long seed) {
        this.bench = bench;
        random = new Random(seed);
    }

    /**
     * Does so many random things to the card; the same seed does the same things.
     *
     * @throws AssertionError if the card throws, naming the step and what came before it
     */
    public static void attack(TestBench bench, long seed, int steps) {
        HostileGuest guest = new HostileGuest(bench, seed);
        // Each replaced card would log anew what hits none of its registers.
        Logger log = Logger.getLogger("dev.backplane.registers");
        Level level = log.getLevel();
        log.setLevel(Level.OFF);
        int step = 0;
        try {
            for (; step < steps; step++) {
                guest.step();
            }
        } catch (Exception | StackOverflowError e) {
            throw new AssertionError("seed %d, step %d: %s after:%n%s".formatted(seed, step, e,
                String.join("\n", guest.last)), e);
        } finally {
            log.setLevel(level);
        }
    }

    private void step() throws Exception {
        int what = random.nextInt(10_000);
        if (what < 9000) {
            access();
        } else if (what < 9900) {
            Duration time = Duration.ofNanos(random.nextLong(1L << random.nextInt(8, 24)));
            perform("time goes on by " + time.toNanos() + " ns", () -> bench.advance(time));
        } else if (what < 9980) {
            if (bench.pci() != null) {
                boolean on = random.nextInt(4) != 0;
                perform("bus master " + on, () -> bench.busMaster(on));
            }
        } else if (what < 9990) {
            perform("reset", bench::reset);
        } else {
            perform("replaced", bench::replace);
        }
    }

    private void access() throws Exception {
        List<Target> targets = targets();
        if (targets.isEmpty()) {
            return;
        }
        Target target = targets.get(random.nextInt(targets.size()));
        int size = 1 << random.nextInt(Integer.numberOfTrailingZeros(target.widest) + 1);
        // As often in the first 32 bytes as in the last half.
        int doublings = Math.max(1, 59 - Long.numberOfLeadingZeros(target.size));
        long reach = Math.min(target.size, 32L << random.nextInt(doublings));
        long offset = random.nextLong(reach) & -size;
        if (offset + size > target.size) {
            return;
        }
        if (random.nextBoolean()) {
            perform("read of %d at 0x%x of %s".formatted(size, offset, target.name),
                () -> target.reader.read(offset, size));
        } else {
            long value = value();
            perform("write of 0x%x, %d at 0x%x of %s".formatted(value, size, offset, target.name),
                () -> target.writer.write(offset, size, value));
        }
    }

    private long value() {
        return switch (random.nextInt(7)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1L << random.nextInt(64);
            case 3 -> random.nextInt(16);
            case 4 -> random.nextInt(0x10000, 0x20000);
            case 5 -> bench.ram().lowSize() - random.nextInt(64);
            default -> random.nextLong();
        };
    }

    private void perform(String what, Action action) throws Exception {
        if (last.size() == REMEMBERED) {
            last.removeFirst();
        }
        last.add(what);
        action.run();
    }

    /** Anew each time: a replaced card has claimed anew. */
    private List<Target> targets() {
        List<Target> all = new ArrayList<>();
        for (int i = 0; bench.pci() != null && i < 6; i++) {
            int bar = i;
            TestPci.Bar declared = bench.pci().bar(bar);
            if (declared != null) {
                all.add(new Target("BAR" + bar, declared.size(), declared.type() == BarType.IO ? 4 : 8,
                    (offset, size) -> bench.readBar(bar, offset, size),
                    (offset, size, value) -> bench.writeBar(bar, offset, size, value)));
            }
        }
        for (TestContext.Range range : bench.portRanges()) {
            int first = (int) range.start();
            all.add(new Target("ports 0x%x".formatted(first), range.size(), 4,
                (offset, size) -> bench.in(first + (int) offset, size),
                (offset, size, value) -> bench.out(first + (int) offset, size, value)));
        }
        for (TestContext.Range range : bench.mmioRanges()) {
            all.add(new Target("memory 0x%x".formatted(range.start()), range.size(), 8,
                (offset, size) -> bench.readMmio(range.start() + offset, size),
                (offset, size, value) -> bench.writeMmio(range.start() + offset, size, value)));
        }
        return all;
    }
}
