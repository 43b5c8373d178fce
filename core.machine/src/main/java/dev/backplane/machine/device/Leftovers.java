package dev.backplane.machine.device;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/** Looks for threads that an instance of a card left behind when it was closed. */
final class Leftovers {
    private static final long TIME_TO_END_NANOS = TimeUnit.SECONDS.toNanos(1);

    private Leftovers() {
    }

    /**
     * Looks after a while; threads that still run then are interrupted, and people are told of those that go on.
     *
     * @param ended the threads of an instance that was closed
     */
    static void look(CardHost host, InstanceThreads ended) {
        if (ended.foreign().isEmpty()) {
            return;
        }
        Thread.ofVirtual().name(host.owner() + " leftovers").start(() -> {
            LockSupport.parkNanos(TIME_TO_END_NANOS);
            List<Thread> left = ended.foreign();
            left.forEach(Thread::interrupt);
            if (left.isEmpty()) {
                return;
            }
            LockSupport.parkNanos(TIME_TO_END_NANOS);
            List<Thread> stubborn = ended.foreign();
            String names = left.stream().map(t -> t.getName() + (stubborn.contains(t) ? " (goes on)" : ""))
                .collect(Collectors.joining(", "));
            host.warn("left %d %s running when it was closed, now interrupted: %s".formatted(left.size(),
                left.size() == 1 ? "thread" : "threads", names));
        });
    }
}
