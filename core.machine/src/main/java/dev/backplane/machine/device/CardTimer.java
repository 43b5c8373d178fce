package dev.backplane.machine.device;

import dev.backplane.api.time.DeviceTimer;
import dev.backplane.machine.clock.MachineTime;

/** A timer of a card; its state is guarded by the card's lock. */
final class CardTimer implements DeviceTimer {
    private final CardHost host;
    private final String name;
    private final MachineTime time;
    private final DeviceTimer alarm;
    private Runnable callback;
    private boolean armed;
    private long deadline;

    CardTimer(CardHost host, String name, MachineTime time, Runnable callback) {
        this.host = host;
        this.name = name;
        this.time = time;
        this.callback = callback;
        alarm = time.timer(host.owner() + "/" + name, () -> host.post(this::expire));
    }

    String name() {
        return name;
    }

    void callback(Runnable changed) {
        callback = changed;
    }

    /** On the card's worker, under its lock. */
    private void expire() {
        if (!armed || host.parked()) {
            return;
        }
        if (deadline > time.nanoTime()) {
            alarm.armAt(deadline);
            return;
        }
        armed = false;
        try {
            callback.run();
        } catch (Throwable t) {
            host.fail("timer " + name, t);
        }
    }

    /** Waits for the deadline again, after the card was parked or restored. */
    void rearm() {
        if (armed) {
            alarm.armAt(deadline);
        }
    }

    @Override
    public void armAt(long nanoTime) {
        armed = true;
        deadline = nanoTime;
        alarm.armAt(nanoTime);
    }

    @Override
    public void cancel() {
        armed = false;
        alarm.cancel();
    }

    @Override
    public boolean armed() {
        return armed;
    }

    @Override
    public long deadline() {
        return deadline;
    }
}
