package dev.backplane.cpu.lockstep;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.memory.RamListener;
import dev.backplane.cpu.interpreter.Session;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.CpuModel;

/** The two sessions of a machine in lockstep, each with RAM of its own, and what devices write meanwhile. */
final class LockstepSession implements CpuSession, RamListener {
    final LeaderRam leaderRam;
    final FollowerRam followerRam;
    final Session leader;
    final Session follower;
    final Options options;
    final String machine;
    /** Ranges that devices have written: address and length. */
    final Queue<long[]> deviceWrites = new ConcurrentLinkedQueue<>();

    private final CpuConfig config;
    private final AccessLog log = new AccessLog();
    private final Deliveries deliveries = new Deliveries();
    private final Thread ticker;
    private volatile boolean closed;
    private LeaderTier leaderTier;
    private FollowerTier followerTier;
    private VcpuCore leaderCore;
    private VcpuCore followerCore;

    LockstepSession(CpuConfig config, CpuModel model, Tier.Factory tiers, Options options) {
        this.config = config;
        this.options = options;
        machine = config.machine();
        leaderRam = new LeaderRam(config.ram());
        followerRam = new FollowerRam(config.ram());
        leader = new Session(new CpuConfig(config.machine(), config.model(), 1, leaderRam, config.tscHz(),
            config.apicHz()), model, core -> {
                leaderCore = core;
                leaderTier = new LeaderTier(core, tiers.create(core));
                return leaderTier;
            });
        follower = new Session(new CpuConfig(config.machine() + " (interpreter)", config.model(), 1, followerRam,
            config.tscHz(), config.apicHz()), model, core -> {
                followerCore = core;
                followerTier = new FollowerTier(core);
                return followerTier;
            });
        config.ram().addListener(this);
        leaderRam.watch();
        ticker = Thread.ofPlatform().daemon().name(machine + "/lockstep").unstarted(this::tick);
    }

    @Override
    public Vcpu createVcpu(int index, VcpuBus bus) {
        LeaderBus leaderBus = new LeaderBus(bus, log, deliveries);
        FollowerBus followerBus = new FollowerBus(bus, log, deliveries);
        Vcpu first = leader.createVcpu(index, leaderBus);
        Vcpu second = follower.createVcpu(index, followerBus);
        leaderBus.connect(leaderCore);
        followerBus.connect(followerCore);
        ticker.start();
        return new LockstepVcpu(this, new LockstepVcpu.Side(first, leaderCore), new LockstepVcpu.Side(second,
            followerCore), leaderTier, followerTier, log, deliveries);
    }

    /** Ends long slices. */
    private void tick() {
        while (!closed) {
            LockSupport.parkNanos(options.tickMicros() * 1000L);
            leaderCore.cpu().requestAttention();
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(ticker);
        config.ram().removeListener(this);
        leader.close();
        follower.close();
        leaderRam.unwatch();
        followerRam.close();
    }

    @Override
    public void codeWritten(long guestAddress, long length) {
        deviceWrites.add(new long[] {guestAddress, length});
    }

    @Override
    public void dirtyTrackingChanged() {
        // The leader's session is told by itself.
    }

    @Override
    public void regionsChanged() {
        // RAM of a machine never changes its layout while it runs.
    }
}
