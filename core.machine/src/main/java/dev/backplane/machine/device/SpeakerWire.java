package dev.backplane.machine.device;

import dev.backplane.api.device.SpeakerListener;

/**
 * Changes of the loudspeaker on their way to a card's lock. A ring of bounded length: a guest that changes it all the time
 * loses the oldest. Threading: any thread; the listener is called under the card's lock.
 */
final class SpeakerWire {
    static final SpeakerListener NOBODY = (time, data, gate, mode, count) -> { };
    private static final int LENGTH = 4096;
    private static final int DATA = 1 << 20;
    private static final int GATE = 1 << 21;
    private static final int MODE_SHIFT = 24;

    private final CardHost host;
    private final long[] times = new long[LENGTH];
    /** The count less one, mode, data and gate. */
    private final int[] changes = new int[LENGTH];
    private long written;
    private long read;
    private boolean posted;
    private volatile SpeakerListener listener;

    SpeakerWire(CardHost host, SpeakerListener listener) {
        this.host = host;
        this.listener = listener;
    }

    void listener(SpeakerListener other) {
        listener = other;
    }

    void changed(long nanoTime, boolean data, boolean gate, int mode, int count) {
        synchronized (this) {
            int at = (int) (written % LENGTH);
            times[at] = nanoTime;
            changes[at] = count - 1 | (data ? DATA : 0) | (gate ? GATE : 0) | mode << MODE_SHIFT;
            written++;
            if (written - read > LENGTH) {
                read = written - LENGTH;
                host.counter("speaker-changes-lost").increment();
            }
            if (posted) {
                return;
            }
            posted = true;
        }
        host.post(this::tell);
    }

    private void tell() {
        while (true) {
            long time;
            int change;
            synchronized (this) {
                if (read == written) {
                    posted = false;
                    return;
                }
                int at = (int) (read++ % LENGTH);
                time = times[at];
                change = changes[at];
            }
            listener.changed(time, (change & DATA) != 0, (change & GATE) != 0, change >> MODE_SHIFT,
                (change & 0xFFFF) + 1);
        }
    }
}
