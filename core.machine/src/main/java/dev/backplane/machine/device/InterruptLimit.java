package dev.backplane.machine.device;

import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.machine.clock.MachineTime;

/**
 * Keeps a card from drowning the guest in interrupts: more than {@value #BURST} in {@value #BURST_MILLIS} ms are passed
 * on once a millisecond, none is lost. A card that goes on like that for seconds fails; see {@link CardWatch}.
 *
 * <p>Threading: any thread. The counts may miss some under contention.
 */
final class InterruptLimit {
    static final int BURST = 4096;
    static final int BURST_MILLIS = 20;

    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(BURST_MILLIS);
    private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final CardHost host;
    private final MachineTime time;
    private final DeviceTimer timer;
    private final TreeMap<Integer, Runnable> delayed = new TreeMap<>();
    private int count;
    private long since;
    private boolean limiting;
    private volatile int bursts;

    InterruptLimit(CardHost host, MachineTime time) {
        this.host = host;
        this.time = time;
        timer = time.timer(host.owner() + "/interrupts", this::passOn);
    }

    /** How many bursts were too fast. */
    int bursts() {
        return bursts;
    }

    /** Whether an interrupt may be raised now; if not, {@link #delay} it. */
    boolean mayPass() {
        if (++count < BURST && !limiting) {
            return true;
        }
        long now = System.nanoTime();
        long took = now - since;
        if (count >= BURST) {
            limiting = took < BURST_NANOS;
            if (limiting) {
                bursts++;
            }
            count = 0;
            since = now;
        } else if (took > BURST_NANOS) {
            limiting = false;
            count = 0;
            since = now;
        }
        return !limiting;
    }

    /**
     * Raises an interrupt soon.
     *
     * @param source tells interrupts of the card apart
     * @param raise  raises it; once is as good as often
     */
    void delay(int source, Runnable raise) {
        synchronized (delayed) {
            if (delayed.put(source, raise) == null && delayed.size() == 1) {
                timer.armAt(time.nanoTime() + DELAY_NANOS);
            }
        }
    }

    /** Raises what is delayed. */
    void passOn() {
        List<Runnable> now;
        synchronized (delayed) {
            now = List.copyOf(delayed.values());
            delayed.clear();
        }
        if (host.connected()) {
            now.forEach(Runnable::run);
        }
    }

    /** A line of the card: it is asserted only while the card is connected, and not too often. */
    IrqLine line(int source, IrqLine line) {
        return new IrqLine() {
            private volatile boolean wanted;

            @Override
            public void set(boolean asserted) {
                boolean rises = asserted && !wanted;
                wanted = asserted;
                if (rises && !mayPass()) {
                    delay(source, () -> {
                        // Also an edge that is over by then is one.
                        line.set(true);
                        line.set(wanted);
                    });
                } else {
                    line.set(asserted && host.connected());
                }
            }
        };
    }
}
