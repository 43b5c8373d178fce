package dev.backplane.cpu.lockstep;

import java.util.SequencedMap;

import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Op;

/** The interpreter, made to stop after an exact number of steps; remembers what ran last. */
final class FollowerTier implements Tier {
    private static final int REMEMBERED = 64;
    /** What {@link Block#heat} says here. */
    private static final int OTHER = 1;
    private static final int SAVES = 2;

    /**
     * A block that ran.
     *
     * @param rip   where it was
     * @param steps what {@link VcpuCore#steps} said before
     * @param count how many instructions of it were executed
     */
    record Ran(Block block, long rip, long steps, int count) {
    }

    private final VcpuCore core;
    private final Cpu c;
    private final Block[] blocks = new Block[REMEMBERED];
    private final long[] rips = new long[REMEMBERED];
    private final long[] befores = new long[REMEMBERED];
    private final int[] counts = new int[REMEMBERED];
    private long ran;
    private long target;
    private long events;
    private boolean savedFlags;

    FollowerTier(VcpuCore core) {
        this.core = core;
        c = core.cpu();
    }

    /** Where the next run ends. */
    void target(long steps) {
        target = steps;
        core.limit(steps);
    }

    @Override
    public void execute() {
        while (!c.attention) {
            long now = core.steps();
            if (now >= target) {
                c.attention = true;
                return;
            }
            try {
                Block b = core.find();
                if (b.count > target - now) {
                    b = core.findOne();
                }
                if (b.heat == 0) {
                    b.heat = savesFlags(b) ? SAVES : OTHER;
                }
                savedFlags |= b.heat == SAVES;
                int at = (int) (ran++ & REMEMBERED - 1);
                blocks[at] = b;
                rips[at] = c.rip;
                befores[at] = now;
                long before = c.instructions;
                core.interpret(b);
                counts[at] = (int) (c.instructions - before);
            } catch (CpuFault f) {
                core.fetchFault(f);
            }
        }
    }

    private static boolean savesFlags(Block b) {
        for (Op op : b.ops) {
            String name = op.getClass().getSimpleName();
            if (name.startsWith("Pushf") || name.equals("Syscall")) {
                return true;
            }
        }
        return false;
    }

    /** Whether RFLAGS may have been written to the stack since this was asked last. */
    boolean takeSavedFlags() {
        long now = core.steps() - c.instructions;
        boolean was = savedFlags || now != events;
        events = now;
        savedFlags = false;
        return was;
    }

    /** What ran {@code back} blocks ago, 0 the last one; null if that is not known. */
    Ran ran(int back) {
        if (back >= REMEMBERED || back >= ran) {
            return null;
        }
        int at = (int) (ran - 1 - back & REMEMBERED - 1);
        return new Ran(blocks[at], rips[at], befores[at], counts[at]);
    }

    @Override
    public void dropped(Block block) {
    }

    @Override
    public void mappingsChanged() {
    }

    @Override
    public void localMappingsChanged() {
    }

    @Override
    public void mappingChanged(long linear) {
    }

    @Override
    public void flush() {
    }

    @Override
    public void statistics(SequencedMap<String, Long> counters) {
    }

    @Override
    public void close() {
    }
}
