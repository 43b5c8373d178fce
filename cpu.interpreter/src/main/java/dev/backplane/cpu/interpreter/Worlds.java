package dev.backplane.cpu.interpreter;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How the vCPUs of a machine ask something of each other: to give up direct writes to a page, and to stand still. A
 * vCPU that waits serves what others ask of it, and one that is not executing (halted, in a call to the core) need not
 * be waited for; so nothing can wait in a circle.
 */
final class Worlds {
    private final ReentrantLock exclusive = new ReentrantLock();
    private volatile VcpuCore owner;
    private volatile VcpuCore[] vcpus = {};

    synchronized void add(VcpuCore v) {
        VcpuCore[] n = Arrays.copyOf(vcpus, vcpus.length + 1);
        n[vcpus.length] = v;
        vcpus = n;
    }

    VcpuCore[] vcpus() {
        return vcpus;
    }

    /** The vCPU begins to execute, or goes on: waits while another has the machine for itself. */
    void enter(VcpuCore v) {
        for (;;) {
            v.executing = true;
            VcpuCore o = owner;
            if (o == null || o == v) {
                break;
            }
            v.executing = false;
            pause(o);
        }
        v.serve();
    }

    private void pause(VcpuCore o) {
        for (int i = 0; owner == o; i++) {
            relax(i);
        }
    }

    /** Whether another vCPU waits for this one to stand still. */
    boolean mustPause(VcpuCore v) {
        VcpuCore o = owner;
        return o != null && o != v;
    }

    /** The vCPU does not execute for a while. */
    void leave(VcpuCore v) {
        v.executing = false;
    }

    private static void relax(int i) {
        if (i < 100) {
            Thread.onSpinWait();
        } else if (i < 200) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(20_000);
        }
    }

    /** Takes a lock; meanwhile the vCPU counts as not executing. */
    void acquire(ReentrantLock lock, VcpuCore v) {
        if (lock.tryLock()) {
            return;
        }
        leave(v);
        for (int i = 0; !lock.tryLock(); i++) {
            relax(i);
        }
        // Whoever has the machine for itself may need this lock: it is not waited for before release.
        v.executing = true;
        v.serve();
    }

    /** Gives the lock back, and the way to a vCPU that wants the machine for itself. */
    void release(ReentrantLock lock, VcpuCore v) {
        lock.unlock();
        VcpuCore o = owner;
        if (o != null && o != v && v.executing) {
            enter(v);
        }
    }

    /** Waits until a vCPU has served its requests or does not execute. */
    void await(VcpuCore self, VcpuCore other, long ticket) {
        boolean was = self.executing;
        self.executing = false;
        for (int i = 0; other.executing && other.served() < ticket; i++) {
            relax(i);
        }
        if (was) {
            self.executing = true;
            self.serve();
        }
    }

    void enterExclusive(VcpuCore v) {
        if (exclusive.isHeldByCurrentThread()) {
            exclusive.lock();
            return;
        }
        acquire(exclusive, v);
        owner = v;
        for (VcpuCore o : vcpus) {
            if (o != v) {
                for (int i = 0; o.executing; i++) {
                    o.cpu().requestAttention();
                    relax(i);
                }
            }
        }
    }

    void leaveExclusive() {
        if (exclusive.getHoldCount() == 1) {
            owner = null;
        }
        exclusive.unlock();
    }
}
