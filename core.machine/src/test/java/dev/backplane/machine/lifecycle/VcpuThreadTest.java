package dev.backplane.machine.lifecycle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.Test;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuExit;

class VcpuThreadTest {
    private static final VcpuThread.Events NOBODY = new VcpuThread.Events() {
        @Override
        public void shutdown(int index, String place) {
        }

        @Override
        public void failed(int index, String reason) {
        }

        @Override
        public void debugged() {
        }
    };

    /** Halts whenever it runs; is woken for no reason while it is being told of an interrupt. */
    private static final class Sleeper implements Vcpu {
        private static final long A_WHILE = 200_000_000;
        final CountDownLatch halted = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);
        private final AtomicInteger runs = new AtomicInteger();
        private volatile Thread thread;
        private volatile boolean told;

        @Override
        public VcpuExit run() {
            thread = Thread.currentThread();
            runs.incrementAndGet();
            if (told) {
                interrupted.countDown();
            }
            halted.countDown();
            return VcpuExit.HALTED;
        }

        @Override
        public void attention() {
            int before = runs.get();
            long deadline = System.nanoTime() + A_WHILE;
            while (runs.get() == before && System.nanoTime() < deadline) {
                LockSupport.unpark(thread);
                Thread.onSpinWait();
            }
            told = true;
        }

        @Override
        public void kick() {
        }

        @Override
        public CpuState save() {
            return CpuState.reset();
        }

        @Override
        public void load(CpuState state) {
        }

        @Override
        public SequencedMap<String, Long> statistics() {
            return new LinkedHashMap<>();
        }
    }

    @Test
    void aHaltedVcpuThatWakesWhileItIsToldOfAnInterruptDoesNotSleepOnIt() throws Exception {
        Sleeper sleeper = new Sleeper();
        VcpuThread thread = new VcpuThread("test", 0, new VcpuPort(null, null, null), NOBODY);
        thread.exchange(sleeper, CpuState.reset());
        thread.go();
        try {
            assertTrue(sleeper.halted.await(1, TimeUnit.MINUTES));
            thread.interruptRequested();
            assertTrue(sleeper.interrupted.await(20, TimeUnit.SECONDS), "the vCPU sleeps on its interrupt");
        } finally {
            assertTrue(thread.end(60_000));
        }
    }
}
