package dev.backplane.shell.cpu;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.machine.Progress;

/**
 * Where the vCPUs of a machine were, sampled. One thread asks in a regular rhythm. A vCPU that waits for a device
 * answers late and is given as many samples as it missed; one that the host does not let run is not: that is no time of
 * the guest.
 */
final class Profile {
    /**
     * What several samples have in common.
     *
     * @param callers the innermost first
     */
    record Place(int vcpu, long address, int cpl, long cr3, List<Long> callers) {
    }

    private final Map<Place, Long> places = new HashMap<>();
    private final List<Map<VcpuPhase, Long>> phases = new ArrayList<>();
    private long ticks;
    private long entry;

    /** One vCPU while it is watched. */
    private final class Watched {
        private final Processor processor;
        private final Map<VcpuPhase, Long> phases;
        private long waiting;
        private final Consumer<VcpuSample> taker = this::take;

        Watched(Processor processor, Map<VcpuPhase, Long> phases) {
            this.processor = processor;
            this.phases = phases;
        }

        void tick() {
            VcpuPhase phase = processor.phase();
            phases.merge(phase, 1L, Long::sum);
            if (phase == VcpuPhase.HALTED) {
                return;
            }
            synchronized (this) {
                waiting = phase == VcpuPhase.BUS ? waiting + 1 : Math.max(1, waiting);
            }
            processor.sample(taker);
        }

        private void take(VcpuSample s) {
            long weight;
            synchronized (this) {
                weight = waiting;
                waiting = 0;
            }
            if (weight > 0) {
                add(new Place(processor.index(), s.address(), s.cpl(), s.cr3(), s.callers()), weight, s.entry());
            }
        }
    }

    private synchronized void add(Place place, long weight, long syscall) {
        places.merge(place, weight, Long::sum);
        if (syscall != 0) {
            entry = syscall;
        }
    }

    /**
     * Watches for some time, or until the thread is interrupted: then the user has seen enough.
     *
     * @return for how many nanoseconds
     */
    long run(List<Processor> processors, long nanos, long period, Progress progress) {
        List<Watched> watched = new ArrayList<>();
        for (Processor p : processors) {
            phases.add(new EnumMap<>(VcpuPhase.class));
            watched.add(new Watched(p, phases.getLast()));
        }
        long begin = System.nanoTime();
        long next = begin + period;
        long told = 0;
        for (long now = begin; now - begin < nanos && !Thread.interrupted(); now = System.nanoTime()) {
            if (now < next) {
                LockSupport.parkNanos(next - now);
                continue;
            }
            // A tick that was overslept is left out: several at one moment would count twice what there was then.
            next = Math.max(next + period, now);
            watched.forEach(Watched::tick);
            ticks++;
            long tenths = TimeUnit.NANOSECONDS.toMillis(now - begin) / 100;
            if (tenths != told) {
                told = tenths;
                progress.report(TimeUnit.NANOSECONDS.toMillis(now - begin), TimeUnit.NANOSECONDS.toMillis(nanos));
            }
        }
        return System.nanoTime() - begin;
    }

    /** How often each vCPU was looked at. */
    long ticks() {
        return ticks;
    }

    /** Where SYSCALL leads, or 0. */
    synchronized long entry() {
        return entry;
    }

    /** How often each phase was seen, by vCPU. */
    List<Map<VcpuPhase, Long>> phases() {
        return phases;
    }

    /** Samples by place. */
    synchronized Map<Place, Long> places() {
        return Map.copyOf(places);
    }
}
