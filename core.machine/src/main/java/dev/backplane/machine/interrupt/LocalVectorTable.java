package dev.backplane.machine.interrupt;

import java.util.concurrent.atomic.AtomicIntegerArray;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The local vector table of a local APIC (Intel SDM vol. 3, 11.5.1): six entries. Written on the vCPU's thread, read
 * and its remote IRR set from any.
 */
final class LocalVectorTable {
    static final int TIMER = 0;
    static final int THERMAL = 1;
    static final int PERFORMANCE = 2;
    static final int LINT0 = 3;
    static final int LINT1 = 4;
    static final int ERROR = 5;
    static final int ENTRIES = 6;

    static final int MASKED = 1 << 16;
    static final int LEVEL = 1 << 15;
    static final int REMOTE_IRR = 1 << 14;
    private static final int DELIVERY_STATUS = 1 << 12;
    private static final int[] WRITABLE = {0x700FF, 0x107FF, 0x107FF, 0x1A7FF, 0x1A7FF, 0x100FF};

    private final AtomicIntegerArray entries = new AtomicIntegerArray(ENTRIES);

    int get(int index) {
        return entries.get(index);
    }

    /** Writes an entry, masked if the APIC is disabled by software; gives what it is now. */
    int write(int index, int value, boolean softwareEnabled) {
        int entry = value & WRITABLE[index];
        if (!softwareEnabled) {
            entry |= MASKED;
        }
        if ((entry & LEVEL) != 0) {
            entry |= entries.get(index) & REMOTE_IRR;
        }
        entries.set(index, entry);
        return entry;
    }

    /** The bits that may be ones in a write of an x2APIC MSR: writable and read-only ones, not reserved ones. */
    static int defined(int index) {
        return WRITABLE[index] | DELIVERY_STATUS | (index == LINT0 || index == LINT1 ? REMOTE_IRR : 0);
    }

    static int mode(int entry) {
        return entry >>> 8 & 7;
    }

    static int vector(int entry) {
        return entry & 0xFF;
    }

    static boolean masked(int entry) {
        return (entry & MASKED) != 0;
    }

    /** The mode of the timer's entry as {@link ApicTimer} numbers it. */
    int timerMode() {
        return Math.min(get(TIMER) >>> 17 & 3, ApicTimer.TSC_DEADLINE);
    }

    /** Whether the timer's entry keeps quiet: masked, or of the reserved mode 3. */
    boolean timerMasked() {
        int entry = get(TIMER);
        return masked(entry) || (entry >>> 17 & 3) == 3;
    }

    void setRemoteIrr(int index) {
        entries.getAndAccumulate(index, REMOTE_IRR, (a, b) -> a | b);
    }

    void clearRemoteIrr(int index) {
        entries.getAndAccumulate(index, ~REMOTE_IRR, (a, b) -> a & b);
    }

    void maskAll() {
        for (int i = 0; i < ENTRIES; i++) {
            entries.set(i, entries.get(i) | MASKED);
        }
    }

    /** @param bootstrap LINT0 of the bootstrap processor is ExtINT from the start */
    void reset(boolean bootstrap) {
        for (int i = 0; i < ENTRIES; i++) {
            entries.set(i, MASKED);
        }
        if (bootstrap) {
            entries.set(LINT0, DeliveryMode.EXT_INT << 8);
        }
    }

    void save(StateWriter out) {
        int[] all = new int[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            all[i] = entries.get(i);
        }
        out.putInts("lvt", all);
    }

    void restore(StateReader in) throws StateException {
        int[] all = in.getInts("lvt");
        if (all.length != ENTRIES) {
            throw new StateException("local APIC: lvt has " + all.length + " values, not " + ENTRIES);
        }
        for (int i = 0; i < ENTRIES; i++) {
            entries.set(i, all[i] & (WRITABLE[i] | REMOTE_IRR));
        }
    }
}
