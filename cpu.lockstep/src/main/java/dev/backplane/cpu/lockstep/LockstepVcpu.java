package dev.backplane.cpu.lockstep;

import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;

/**
 * One vCPU, executed twice. A slice runs on the leader as it pleases; then the follower goes the same number of steps,
 * with the leader's answers from the core and its interrupts at the same places, and both must be in the same state.
 */
final class LockstepVcpu implements Vcpu {
    private static final Logger LOG = LoggerFactory.getLogger(LockstepVcpu.class);
    private static final int SPURIOUS = 1_000_000;
    private static final int BLOCKS_SHOWN = 12;
    /** A vCPU that halts has its memory compared after so many slices. */
    private static final int AT_REST = 500;

    /** One of the two. */
    record Side(Vcpu vcpu, VcpuCore core) {
        Cpu cpu() {
            return core.cpu();
        }
    }

    private final LockstepSession session;
    private final Side leader;
    private final Side follower;
    private final LeaderTier leaderTier;
    private final FollowerTier followerTier;
    private final AccessLog log;
    private final Deliveries deliveries;
    private final History history;
    private final MemoryComparison memory;
    private final FlagImages images;
    private final SplittableRandom random;

    private volatile boolean kicked;
    private volatile String difference;
    private boolean fresh = true;
    private long sliceStart;
    private volatile long slices;
    private volatile long longSlices;
    private volatile long undefinedFlags;
    private volatile long resyncs;
    private long memoryAfter;

    LockstepVcpu(LockstepSession session, Side leader, Side follower, LeaderTier leaderTier,
        FollowerTier followerTier, AccessLog log, Deliveries deliveries) {
        this.session = session;
        this.leader = leader;
        this.follower = follower;
        this.leaderTier = leaderTier;
        this.followerTier = followerTier;
        this.log = log;
        this.deliveries = deliveries;
        history = new History(follower.core(), followerTier);
        images = new FlagImages(session);
        memory = new MemoryComparison(session, images);
        random = new SplittableRandom(session.options.seed());
    }

    @Override
    public VcpuExit run() {
        if (difference != null) {
            return VcpuExit.FAILED;
        }
        if (fresh) {
            takeOver();
        }
        for (;;) {
            memory.takeDeviceWrites();
            log.clear();
            deliveries.clear();
            int one = session.options.longOneIn();
            leaderTier.shortSlice = one == 0 || random.nextInt(one) != 0;
            if (!leaderTier.shortSlice) {
                longSlices++;
            }
            slices++;
            sliceStart = leader.core().steps();
            VcpuExit exit = leader.vcpu().run();
            if (exit == VcpuExit.FAILED) {
                return exit;
            }
            boolean check = slices >= memoryAfter || !leaderTier.shortSlice
                || exit != VcpuExit.KICKED && slices > memoryAfter - session.options.memoryEvery() + AT_REST;
            if (!alike(follow(), check)) {
                return VcpuExit.FAILED;
            }
            if (exit != VcpuExit.KICKED) {
                return exit;
            }
            if (kicked) {
                kicked = false;
                return VcpuExit.KICKED;
            }
        }
    }

    /** Makes the follower what the leader is. */
    private void takeOver() {
        fresh = false;
        memory.takeAll();
        follower.vcpu().load(leader.vcpu().save());
        follower.cpu().instructions += leader.core().steps() - follower.core().steps();
        memoryAfter = slices + session.options.memoryEvery();
    }

    // The follower's half of a slice.

    /** Runs the follower to where the leader is; what went another way, or null. */
    private String follow() {
        Cpu to = leader.cpu();
        for (;;) {
            Deliveries.Delivery d = deliveries.next();
            String wrong = d == null ? go(leader.core().steps(), to.rip, to.r[Cpu.RCX])
                : go(d.steps(), d.rip(), d.rcx());
            if (wrong != null) {
                return wrong;
            }
            if (d == null) {
                return log.difference();
            }
            wrong = deliver(d);
            if (wrong != null) {
                return wrong;
            }
        }
    }

    private String go(long steps, long rip, long rcx) {
        VcpuCore core = follower.core();
        followerTier.target(steps);
        for (int n = 0; core.steps() < steps; n++) {
            VcpuExit exit = follower.vcpu().run();
            if (log.mismatched()) {
                return log.difference();
            }
            if (exit != VcpuExit.KICKED || n == SPURIOUS) {
                return core.steps() < steps ? "the interpreter stops (%s) %d steps before the translator".formatted(exit,
                    steps - core.steps()) : null;
            }
        }
        Cpu c = core.cpu();
        if (c.rip != rip || c.r[Cpu.RCX] == rcx) {
            return null;
        }
        try {
            return core.iterate(rcx) ? null : "no iteration of the string instruction has this RCX";
        } catch (CpuFault f) {
            return "a string instruction faults in the interpreter, vector " + f.vector;
        }
    }

    private String deliver(Deliveries.Delivery d) {
        followerTier.target(d.steps() + 1);
        follower.vcpu().attention();
        follower.vcpu().run();
        return deliveries.next() == d ? "the interpreter does not take interrupt %d at step %d, RIP %x".formatted(
            d.vector(), d.steps(), d.rip()) : null;
    }

    // Comparing.

    /** Whether both are in the same state, or can be made so for a reason that is none of theirs. */
    private boolean alike(String wrong, boolean check) {
        Cpu a = leader.cpu();
        Cpu b = follower.cpu();
        Comparison.takeResume(a, b);
        if (wrong == null && followerTier.takeSavedFlags()) {
            images.onStack(b, history.peek);
        }
        if (wrong == null && (Comparison.same(a, b) || images.inRegisters(a, b) && flagsExplained(a, b))
            && (!check || Comparison.equal(a, b) && memory.same())) {
            if (check) {
                memoryAfter = slices + session.options.memoryEvery();
            }
            return true;
        }
        if (deviceWrote()) {
            resyncs++;
            takeOver();
            return true;
        }
        report(wrong);
        return false;
    }

    private boolean flagsExplained(Cpu a, Cpu b) {
        if (!Comparison.onlyFlags(a, b)) {
            return false;
        }
        int differ = Comparison.flags(a, b);
        if (differ == 0) {
            return true;
        }
        if ((history.undefined(differ, sliceStart) & differ) != differ) {
            return false;
        }
        undefinedFlags++;
        b.setArithmeticFlags(a.flags());
        return true;
    }

    /**
     * Whether a device wrote to memory during the slice, so that the two may have seen different bytes. One whose write
     * is not finished yet tells of it soon.
     */
    private boolean deviceWrote() {
        for (int n = 0; n < 200 && session.deviceWrites.isEmpty(); n++) {
            LockSupport.parkNanos(10_000_000);
        }
        return !session.deviceWrites.isEmpty();
    }

    private void report(String wrong) {
        Cpu a = leader.cpu();
        Cpu b = follower.cpu();
        StringBuilder out = new StringBuilder("%s: translator and interpreter differ%n".formatted(session.machine));
        out.append("between step %d and step %d (slice %d, %s), interpreter at step %d%n".formatted(sliceStart,
            leader.core().steps(), slices, leaderTier.shortSlice ? "short" : "long", follower.core().steps()));
        if (wrong != null) {
            out.append("  ").append(wrong).append('\n');
        }
        if (memory.difference() != null) {
            out.append("  ").append(memory.difference()).append('\n');
        }
        if (!Comparison.equal(a, b)) {
            out.append(Comparison.differences(a, b)).append('\n');
        }
        out.append("translator:\n").append(Comparison.registers(a)).append("\ninterpreter:\n")
            .append(Comparison.registers(b)).append("\nthe interpreter's last blocks:\n")
            .append(history.text(BLOCKS_SHOWN));
        difference = out.toString();
        LOG.error("{}", difference);
    }

    /** What differed, for people, or null. */
    String difference() {
        return difference;
    }

    // Vcpu.

    @Override
    public void kick() {
        kicked = true;
        leader.vcpu().kick();
    }

    @Override
    public void attention() {
        leader.vcpu().attention();
    }

    @Override
    public CpuState save() {
        return leader.vcpu().save();
    }

    @Override
    public void load(CpuState state) {
        leader.vcpu().load(state);
        fresh = true;
    }

    @Override
    public SequencedMap<String, Long> statistics() {
        SequencedMap<String, Long> m = leader.vcpu().statistics();
        m.put("lockstep-slices", slices);
        m.put("lockstep-long-slices", longSlices);
        m.put("lockstep-undefined-flags", undefinedFlags);
        m.put("lockstep-flag-images", images.count());
        m.put("lockstep-resyncs", resyncs);
        m.put("lockstep-pages-compared", memory.compared());
        m.put("lockstep-accessed-bits", memory.accessedBits());
        return m;
    }
}
