package dev.backplane.testkit;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import dev.backplane.api.device.IrqLine;

/** An interrupt line that remembers its level and counts its edges. Threading: any thread. */
public final class TestIrq implements IrqLine {
    private final AtomicBoolean level = new AtomicBoolean();
    private final AtomicLong edges = new AtomicLong();

    @Override
    public void set(boolean asserted) {
        if (level.getAndSet(asserted) != asserted && asserted) {
            edges.incrementAndGet();
        }
    }

    /** Whether it is asserted now. */
    public boolean asserted() {
        return level.get();
    }

    /** How often it went from released to asserted. */
    public long edges() {
        return edges.get();
    }
}
