package dev.backplane.device.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A bounded number of virtual threads that carry out requests off the device's lock. They are started when needed and
 * end with the card. They are never interrupted, since that would close the file channel under the others.
 */
final class IoWorkers {
    /** Bytes of each worker's buffer for requests in many pieces. */
    static final int SCRATCH = 1 << 18;

    private static final long CLOSE_LIMIT_SECONDS = 10;

    private final String name;
    private final int limit;
    private final ArrayDeque<BlkRequest> waiting;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition idle = lock.newCondition();
    private int workers;
    private int parked;
    private int running;
    private boolean stopped;

    IoWorkers(String name, int limit, int capacity) {
        this.name = name;
        this.limit = limit;
        waiting = new ArrayDeque<>(capacity);
    }

    void submit(BlkRequest request) {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            waiting.add(request);
            if (parked > 0) {
                work.signal();
            } else if (workers < limit) {
                workers++;
                Thread.ofVirtual().name(name).start(this::serve);
            }
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(SCRATCH, 4096);
            for (BlkRequest request = next(false); request != null; request = next(true)) {
                request.perform(scratch);
            }
        }
    }

    private BlkRequest next(boolean finished) {
        lock.lock();
        try {
            if (finished && --running == 0) {
                idle.signalAll();
            }
            while (waiting.isEmpty() && !stopped) {
                parked++;
                work.awaitUninterruptibly();
                parked--;
            }
            BlkRequest request = stopped ? null : waiting.poll();
            if (request == null) {
                workers--;
                idle.signalAll();
            } else {
                running++;
            }
            return request;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what waits and returns when nothing is being carried out; false if that took too long. */
    boolean abandon() {
        lock.lock();
        try {
            waiting.clear();
            return awaitNone(false);
        } finally {
            lock.unlock();
        }
    }

    /** Ends all workers; false if one is stuck in host I/O for too long. */
    boolean stop() {
        lock.lock();
        try {
            stopped = true;
            waiting.clear();
            work.signalAll();
            return awaitNone(true);
        } finally {
            lock.unlock();
        }
    }

    private boolean awaitNone(boolean ended) {
        long left = TimeUnit.SECONDS.toNanos(CLOSE_LIMIT_SECONDS);
        boolean interrupted = false;
        while ((running > 0 || ended && workers > 0) && left > 0) {
            try {
                left = idle.awaitNanos(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return running == 0;
    }
}
