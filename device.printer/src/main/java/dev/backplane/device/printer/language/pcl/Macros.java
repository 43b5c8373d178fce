package dev.backplane.device.printer.language.pcl;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** Macros: sequences kept under a number (ESC &amp;f#Y, ESC &amp;f#X). Threading: under the device's lock. */
final class Macros {
    /** PCL allows macros in macros two levels deep. */
    static final int DEEPEST = 2;
    private static final int MOST = 64;
    private static final int LONGEST = 1 << 20;
    private static final int LONGEST_TOGETHER = 4 << 20;

    private final Map<Integer, byte[]> kept = new LinkedHashMap<>();
    private final ByteArrayOutputStream defining = new ByteArrayOutputStream();
    private int total;
    int id;
    boolean isDefining;

    void reset() {
        kept.clear();
        defining.reset();
        total = 0;
        id = 0;
        isDefining = false;
    }

    void begin() {
        delete(id);
        defining.reset();
        isDefining = true;
    }

    /** Takes a byte of the definition; false if there is no room. */
    boolean add(int value) {
        if (defining.size() >= LONGEST || total + defining.size() >= LONGEST_TOGETHER) {
            return false;
        }
        defining.write(value);
        return true;
    }

    /**
     * The definition is complete.
     *
     * @param tail how many of its last bytes were the sequence that ends it
     */
    void end(int tail) {
        isDefining = false;
        byte[] all = defining.toByteArray();
        defining.reset();
        if (kept.size() < MOST) {
            byte[] body = Arrays.copyOf(all, Math.max(0, all.length - tail));
            kept.put(id, body);
            total += body.length;
        }
    }

    byte[] get() {
        return kept.get(id);
    }

    void delete(int which) {
        byte[] gone = kept.remove(which);
        total -= gone == null ? 0 : gone.length;
    }

    void deleteAll() {
        kept.clear();
        total = 0;
    }

    void save(StateWriter out) {
        out.putInt("id", id).putBoolean("defining", isDefining).putBytes("body", defining.toByteArray())
            .putInts("ids", kept.keySet().stream().mapToInt(Integer::intValue).toArray());
        kept.forEach((number, body) -> out.putBytes("macro-" + number, body));
    }

    void restore(StateReader in) throws StateException {
        id = in.getInt("id");
        isDefining = in.getBoolean("defining");
        byte[] body = in.getBytes("body");
        int[] ids = in.getInts("ids");
        long sum = body.length;
        for (int number : ids) {
            byte[] one = in.getBytes("macro-" + number);
            kept.put(number, one);
            total += one.length;
            sum += one.length;
        }
        if (ids.length > MOST || sum > LONGEST_TOGETHER + LONGEST) {
            throw new StateException("ids: " + ids.length + " macros of " + sum + " bytes are too many");
        }
        defining.writeBytes(body);
    }
}
