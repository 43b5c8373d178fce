package dev.backplane.device.sound.speaker;

import dev.backplane.api.device.SpeakerListener;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * What the loudspeaker's cone is driven with: OUT of counter 2 (8254 datasheet, modes 0 to 5) where the guest lets it
 * through. Times are in nanoseconds of the machine's clock. Not thread-safe: under the device's lock.
 */
final class Wave {
    private static final int SQUARE = 3;
    private static final int RATE = 2;
    private static final double TICKS_PER_NANO = SpeakerListener.HZ / 1e9;

    private boolean data;
    private boolean gate;
    private int mode = SQUARE;
    private int count = 0x10000;
    /** Ticks since the cycle, or the one shot, began. */
    private double passed;

    /** The guest changed something; the wave was rendered up to that time. */
    void change(boolean newData, boolean newGate, int newMode, int newCount) {
        boolean restarts = newGate && !gate || newMode != mode || newMode < RATE;
        data = newData;
        gate = newGate;
        mode = newMode;
        count = newCount;
        passed = restarts ? 0 : passed % count;
    }

    void silence() {
        change(false, false, SQUARE, 0x10000);
    }

    /** Whether it goes up and down by itself. */
    boolean moves() {
        return data && gate && (mode == SQUARE || mode == RATE || mode < RATE && passed < count);
    }

    /** The mean level of the next nanoseconds, 0 to 1, which pass. */
    double next(double nanos) {
        if (!data) {
            return 0;
        }
        double ticks = nanos * TICKS_PER_NANO;
        if (!gate && mode != 1) {
            return 1;
        }
        double before = passed;
        passed += ticks;
        double high = switch (mode) {
            case SQUARE -> periodic(passed, (count + 1) / 2) - periodic(before, (count + 1) / 2);
            case RATE -> periodic(passed, count - 1) - periodic(before, count - 1);
            case 0, 1 -> Math.max(0, passed - count) - Math.max(0, before - count);
            default -> ticks;
        };
        passed = mode == SQUARE || mode == RATE ? passed % count : Math.min(passed, count);
        return high / ticks;
    }

    /** For how many of so many ticks a wave is high that is so for the first ones of each cycle. */
    private double periodic(double ticks, double firstHigh) {
        double cycles = Math.floor(ticks / count);
        return cycles * firstHigh + Math.min(ticks - cycles * count, firstHigh);
    }

    void save(StateWriter out) {
        out.putBoolean("data", data).putBoolean("gate", gate).putInt("mode", mode).putInt("count", count)
            .putLong("passed-millionths", (long) (passed * 1e6));
    }

    void restore(StateReader in) throws StateException {
        data = in.getBoolean("data");
        gate = in.getBoolean("gate");
        mode = in.getInt("mode", 0, 5);
        count = in.getInt("count", 1, 0x10000);
        passed = Math.clamp(in.getLong("passed-millionths") / 1e6, 0, count);
    }
}
