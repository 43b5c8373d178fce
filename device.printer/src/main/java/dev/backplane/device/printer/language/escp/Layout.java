package dev.backplane.device.printer.language.escp;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Press;

/** Where ESC/P prints next, and within which bounds. Lengths are in points. Threading: under the device's lock. */
final class Layout {
    private static final double POINTS = 72;
    private static final double LINE = 12;
    private static final int MOST_TABS = 32;
    private static final double LONGEST = 15_000;

    private final Press press;
    double x;
    /** Of the line's upper edge. */
    double y;
    double left;
    /** 0 for the sheet's own width. */
    double right;
    double top;
    /** The last place for a line, 0 for the sheet's own end. */
    double bottom;
    double lineSpacing = LINE;
    double skip;
    /** The unit that ESC ( U set, or 0. */
    double unit;
    double[] tabs = defaultTabs();
    double[] verticalTabs = {};

    Layout(Press press) {
        this.press = press;
    }

    private static double[] defaultTabs() {
        double[] stops = new double[MOST_TABS];
        for (int i = 0; i < stops.length; i++) {
            stops[i] = (i + 1) * 8 * POINTS / 10;
        }
        return stops;
    }

    /** A length that a guest may have made up, as one that can be printed with. */
    static double bounded(double points) {
        return Math.clamp(points, 0, LONGEST);
    }

    double rightEdge() {
        return right > left ? right : press.sheet().width();
    }

    private double lastLine() {
        double height = press.sheet().height();
        return bottom > top ? Math.min(bottom, height) : height - skip;
    }

    /** To the left margin of the line below. */
    void newLine() {
        x = left;
        down(lineSpacing);
    }

    /** Moves down; beyond the last line a new sheet begins. */
    void down(double points) {
        y += points;
        if (points > 0 && y >= lastLine() - 0.01) {
            formFeed();
        }
        y = Math.max(0, y);
    }

    /** A character that would hang over the end of the sheet goes to the next one. */
    void roomForText() {
        if (y + LINE > lastLine() + 0.01 && y > top) {
            double column = x;
            formFeed();
            x = column;
        }
    }

    /** Moves to a place on this sheet, downwards only beyond what the manual allows upwards (ESC ( V). */
    void vertical(double points) {
        double target = top + points;
        if (target >= lastLine() - 0.01) {
            formFeed();
        } else if (target >= 0) {
            y = target;
        }
    }

    void formFeed() {
        press.eject(true);
        y = top;
        x = left;
    }

    /** To a place from the left margin, if it is on the paper. */
    void horizontal(double points) {
        if (points >= 0 && points <= rightEdge()) {
            x = points;
        }
    }

    void tab() {
        for (double stop : tabs) {
            if (left + stop > x + 0.01) {
                horizontal(left + stop);
                return;
            }
        }
    }

    void verticalTab() {
        for (double stop : verticalTabs) {
            if (top + stop > y + 0.01) {
                x = left;
                vertical(stop);
                return;
            }
        }
        newLine();
    }

    void reset() {
        x = 0;
        left = 0;
        right = 0;
        top = 0;
        bottom = 0;
        lineSpacing = LINE;
        skip = 0;
        unit = 0;
        tabs = defaultTabs();
        verticalTabs = new double[0];
    }

    void save(StateWriter out) {
        double[] all = {x, y, left, right, top, bottom, lineSpacing, skip, unit};
        out.putLongs("places", bits(all)).putLongs("tabs", bits(tabs)).putLongs("vertical-tabs", bits(verticalTabs));
    }

    void restore(StateReader in) throws StateException {
        double[] all = points(in, "places", 9);
        if (all.length != 9) {
            throw new StateException("places has " + all.length + " values; 9 are right");
        }
        x = all[0];
        y = all[1];
        left = all[2];
        right = all[3];
        top = all[4];
        bottom = all[5];
        lineSpacing = all[6];
        skip = all[7];
        unit = all[8];
        tabs = points(in, "tabs", MOST_TABS);
        verticalTabs = points(in, "vertical-tabs", MOST_TABS);
    }

    private static long[] bits(double[] values) {
        long[] bits = new long[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Double.doubleToRawLongBits(values[i]);
        }
        return bits;
    }

    private static double[] points(StateReader in, String field, int most) throws StateException {
        long[] bits = in.getLongs(field);
        if (bits.length > most) {
            throw new StateException(field + " has " + bits.length + " values; at most " + most + " are possible");
        }
        double[] values = new double[bits.length];
        for (int i = 0; i < bits.length; i++) {
            values[i] = Double.longBitsToDouble(bits[i]);
            if (!(values[i] >= 0 && values[i] <= 20_000)) {
                throw new StateException(field + " has " + values[i] + "; 0 to 20000 points are possible");
            }
        }
        return values;
    }
}
