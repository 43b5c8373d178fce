package dev.backplane.machine.pci;

import java.util.Arrays;

import dev.backplane.api.pci.MessageInterrupts;

/**
 * What MSI and MSI-X have in common: a message is sent if it is enabled and not masked, and becomes pending if it is
 * masked. The registers are those of a function, whose lock guards them; messages leave with no lock held.
 */
abstract class MessageSource implements MessageInterrupts {
    private final ConfigFunction function;
    private final PciSignals signals;
    private final Runnable outOfRange;
    private final long[] pending;
    private final int vectors;

    MessageSource(ConfigFunction function, PciSignals signals, int vectors, Runnable outOfRange) {
        this.function = function;
        this.signals = signals;
        this.vectors = vectors;
        this.outOfRange = outOfRange;
        this.pending = new long[vectors + 63 >> 6];
    }

    /** Under the function's lock. */
    abstract boolean isEnabled();

    /** Under the function's lock. */
    abstract boolean isMasked(int vector);

    /** Under the function's lock. */
    abstract long address(int vector);

    /** Under the function's lock. */
    abstract int data(int vector);

    /** The vector whose message a raised one sends; fewer may be in use than were declared. */
    int allotted(int vector) {
        return vector;
    }

    @Override
    public int vectors() {
        return vectors;
    }

    @Override
    public boolean enabled() {
        synchronized (function) {
            return isEnabled();
        }
    }

    @Override
    public boolean masked(int vector) {
        if (vector < 0 || vector >= vectors) {
            return true;
        }
        synchronized (function) {
            return isMasked(allotted(vector));
        }
    }

    @Override
    public void raise(int vector) {
        if (vector < 0 || vector >= vectors) {
            outOfRange.run();
            return;
        }
        send(vector, true);
    }

    /** Sends what is pending and no longer masked. */
    final void flush() {
        for (int word = 0; word < pending.length; word++) {
            long bits;
            synchronized (function) {
                bits = isEnabled() ? pending[word] : 0;
            }
            while (bits != 0) {
                send(word * 64 + Long.numberOfTrailingZeros(bits), false);
                bits &= bits - 1;
            }
        }
    }

    private void send(int raised, boolean fresh) {
        long address;
        int data;
        synchronized (function) {
            if (!isEnabled()) {
                return;
            }
            int vector = allotted(raised);
            long bit = 1L << vector;
            if (fresh ? isMasked(vector) : (pending[vector >> 6] & bit) == 0) {
                pending[vector >> 6] |= fresh ? bit : 0;
                return;
            }
            if (!fresh && isMasked(vector)) {
                return;
            }
            pending[vector >> 6] &= ~bit;
            if (!function.masterEnabled()) {
                return;
            }
            address = address(vector);
            data = data(vector);
        }
        signals.message(address, data);
    }

    /** 64 pending bits; under the function's lock. */
    final long pendingWord(int word) {
        return word < pending.length ? pending[word] : 0;
    }

    final long[] pendingBits() {
        return pending.clone();
    }

    final void setPending(long[] bits) {
        for (int i = 0; i < pending.length; i++) {
            pending[i] = i < bits.length ? bits[i] : 0;
        }
        if ((vectors & 63) != 0) {
            pending[pending.length - 1] &= (1L << (vectors & 63)) - 1;
        }
    }

    final void clearPending() {
        Arrays.fill(pending, 0);
    }
}
