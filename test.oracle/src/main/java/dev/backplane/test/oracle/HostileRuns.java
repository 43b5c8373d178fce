package dev.backplane.test.oracle;

import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;

/**
 * Runs hostile guests on the vCPUs of one session of a backend, one guest after the other, each until it shuts down,
 * halts or a limit of time is over. After each, nothing outside its RAM may have changed, and its state can be taken
 * and given back.
 */
final class HostileRuns implements AutoCloseable {
    private final HostileRam ram;
    private final CpuSession session;
    private final Vcpu[] vcpus;
    private final HostileBus[] buses;
    private final Arena arena = Arena.ofShared();
    private final Map<VcpuExit, Long> exits = new EnumMap<>(VcpuExit.class);
    private final Thread[] helpers;
    private final CyclicBarrier begin;
    private final CyclicBarrier end;
    private final Thread watchdog;
    private volatile boolean closed;
    private volatile long deadline = Long.MAX_VALUE;
    private volatile Throwable failure;

    /** With one or more vCPUs, which run at the same time. */
    HostileRuns(CpuBackend backend, String model, int count) throws CpuException {
        ram = new HostileRam(arena, new HostileCode(new SplittableRandom(4711)));
        session = backend.open(new CpuConfig("hostile", model, count, ram, 1_000_000_000L, 1_000_000_000L));
        vcpus = new Vcpu[count];
        buses = new HostileBus[count];
        begin = new CyclicBarrier(count);
        end = new CyclicBarrier(count);
        helpers = new Thread[count];
        for (int i = 0; i < count; i++) {
            buses[i] = new HostileBus();
            vcpus[i] = session.createVcpu(i, buses[i]);
        }
        for (int i = 1; i < count; i++) {
            int n = i;
            helpers[i] = Thread.ofPlatform().daemon().name("hostile-" + n).start(() -> help(n));
        }
        watchdog = Thread.ofPlatform().daemon().name("hostile-watchdog").start(this::watch);
    }

    private void watch() {
        while (!closed) {
            try {
                Thread.sleep(0, 200_000);
            } catch (InterruptedException e) {
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                for (Vcpu v : vcpus) {
                    v.kick();
                }
            }
        }
    }

    private void help(int n) {
        try {
            while (true) {
                begin.await();
                run(n);
                end.await();
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            // The runs are over.
        }
    }

    private VcpuExit run(int n) {
        try {
            return vcpus[n].run();
        } catch (RuntimeException | Error e) {
            failure = e;
            return VcpuExit.FAILED;
        }
    }

    /**
     * Runs guest number {@code number} of a seed.
     *
     * @param limit for how long, in microseconds
     * @return what was wrong, or null
     */
    String guest(long seed, long number, int limit) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
        HostileGuest guest = new HostileGuest(ram, random);
        guest.prepare();
        ram.contentsChanged();
        for (int i = 0; i < vcpus.length; i++) {
            buses[i].restart(random.split());
            vcpus[i].load(guest.state());
        }
        failure = null;
        deadline = System.nanoTime() + limit * 1000L;
        VcpuExit exit;
        try {
            if (vcpus.length > 1) {
                begin.await();
            }
            exit = run(0);
            if (vcpus.length > 1) {
                end.await();
            }
        } catch (BrokenBarrierException e) {
            throw new IllegalStateException(e);
        } finally {
            deadline = Long.MAX_VALUE;
        }
        exits.merge(exit, 1L, Long::sum);
        if (failure != null) {
            return "the backend threw " + failure;
        }
        if (exit == VcpuExit.FAILED) {
            return "the backend failed";
        }
        for (Vcpu v : vcpus) {
            CpuState s = v.save();
            v.load(s);
            if (!v.save().equals(s)) {
                return "a state that was saved and loaded is another one";
            }
        }
        return ram.damage();
    }

    /** How often each exit ended a guest. */
    Map<VcpuExit, Long> exits() {
        return exits;
    }

    /** What made the last guest fail, or null. */
    Throwable failure() {
        return failure;
    }

    long instructions() {
        long n = 0;
        for (Vcpu v : vcpus) {
            n += v.statistics().getOrDefault("instructions", 0L);
        }
        return n;
    }

    @Override
    public void close() {
        closed = true;
        watchdog.interrupt();
        begin.reset();
        end.reset();
        for (int i = 1; i < helpers.length; i++) {
            helpers[i].interrupt();
        }
        session.close();
        arena.close();
    }
}
