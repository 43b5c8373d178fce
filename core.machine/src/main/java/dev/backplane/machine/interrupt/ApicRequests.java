package dev.backplane.machine.interrupt;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Requests, service and priority in a local APIC (Intel SDM vol. 3, 11.8.3 and 11.8.4): IRR, ISR, TMR, TPR and PPR.
 *
 * <p>Threading: {@link #request} and the readers from any thread, everything else on the vCPU's thread. No locks.
 */
final class ApicRequests {
    private final VectorSet irr = new VectorSet();
    private final VectorSet isr = new VectorSet();
    private final VectorSet tmr = new VectorSet();
    /** False only if the request register is empty: spares the scan. Set after a bit, cleared before a second look. */
    private volatile boolean any;
    private volatile int tpr;
    private volatile int ppr;

    /** Requests a vector, 16 to 255; true if it was not requested already. */
    boolean request(int vector, boolean level) {
        if (level) {
            tmr.set(vector);
        } else {
            tmr.clear(vector);
        }
        boolean fresh = irr.set(vector);
        if (!any) {
            any = true;
        }
        return fresh;
    }

    /** The highest requested vector, or -1. */
    private int highest() {
        if (!any) {
            return -1;
        }
        int v = irr.highest();
        if (v < 0) {
            any = false;
            v = irr.highest();
            if (v >= 0) {
                any = true;
            }
        }
        return v;
    }

    /** Whether {@link #take} would give a vector. */
    boolean pending() {
        return any && highest() >> 4 > ppr >> 4;
    }

    /** Takes the highest vector above the processor's priority into service; -1 if there is none. */
    int take() {
        int vector = highest();
        if (vector >> 4 <= ppr >> 4) {
            return -1;
        }
        irr.clear(vector);
        isr.set(vector);
        updatePriority();
        return vector;
    }

    /** Ends the service of the highest vector; gives it, or -1. */
    int end() {
        int vector = isr.highest();
        if (vector >= 0) {
            isr.clear(vector);
            updatePriority();
        }
        return vector;
    }

    boolean levelTriggered(int vector) {
        return tmr.get(vector);
    }

    private void updatePriority() {
        int task = tpr;
        int serving = Math.max(0, isr.highest()) & 0xF0;
        ppr = (task & 0xF0) >= serving ? task : serving;
    }

    int taskPriority() {
        return tpr;
    }

    /** @param value 0 to 255 */
    void taskPriority(int value) {
        tpr = value;
        updatePriority();
    }

    int processorPriority() {
        return ppr;
    }

    int inService(int word) {
        return isr.word(word);
    }

    int triggerModes(int word) {
        return tmr.word(word);
    }

    int requested(int word) {
        return irr.word(word);
    }

    void clear() {
        irr.clearAll();
        isr.clearAll();
        tmr.clearAll();
        any = false;
        tpr = 0;
        ppr = 0;
    }

    void save(StateWriter out) {
        out.putInts("irr", irr.toArray()).putInts("isr", isr.toArray()).putInts("tmr", tmr.toArray())
            .putInt("tpr", tpr);
    }

    void restore(StateReader in) throws StateException {
        irr.load(words(in, "irr"));
        isr.load(words(in, "isr"));
        tmr.load(words(in, "tmr"));
        any = true;
        taskPriority(in.getInt("tpr", 0, 0xFF));
    }

    private static int[] words(StateReader in, String field) throws StateException {
        int[] a = in.getInts(field);
        if (a.length != 8) {
            throw new StateException("local APIC: " + field + " has " + a.length + " values, not 8");
        }
        return a;
    }
}
