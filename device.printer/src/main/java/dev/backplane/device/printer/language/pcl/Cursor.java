package dev.backplane.device.printer.language.pcl;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Press;

/** PCL's active position and the bounds of its text. Lengths are in points. Threading: under the device's lock. */
final class Cursor {
    private static final double POINTS = 72;
    private static final double HALF_INCH = 36;
    private static final int MOST_PUSHED = 20;

    private final Press press;
    double x;
    double y;
    double leftMargin;
    /** 0 for the sheet's own. */
    double rightMargin;
    double topMargin = HALF_INCH;
    double textLength;
    boolean perforationSkip = true;
    /** Vertical motion index: the height of a line. */
    double vmi = 12;
    /** Horizontal motion index: the width of a column. */
    double hmi = 7.2;
    private final Deque<double[]> pushed = new ArrayDeque<>();

    Cursor(Press press) {
        this.press = press;
    }

    void reset() {
        leftMargin = 0;
        rightMargin = 0;
        topMargin = HALF_INCH;
        textLength = 0;
        perforationSkip = true;
        vmi = 12;
        hmi = 7.2;
        pushed.clear();
        home();
    }

    /** To the beginning of the first line: its base line is three quarters of it down. */
    void home() {
        x = leftMargin;
        y = topMargin + 0.75 * vmi;
    }

    double rightEdge() {
        double width = press.sheet().width();
        return rightMargin > leftMargin ? Math.min(rightMargin, width) : width;
    }

    private double bottom() {
        double height = press.sheet().height();
        if (textLength > 0) {
            return Math.min(height, topMargin + textLength);
        }
        return perforationSkip ? height - HALF_INCH : height;
    }

    void formFeed() {
        press.eject(true);
        y = topMargin + 0.75 * vmi;
    }

    void lineFeed(double lines) {
        y += lines * vmi;
        if (y > bottom() + 0.01) {
            press.eject(true);
            y = topMargin + 0.75 * vmi;
        }
    }

    void horizontal(double points) {
        x = Math.clamp(points, 0, press.sheet().width());
    }

    void vertical(double points) {
        y = Math.clamp(points, 0, press.sheet().height());
    }

    /** ESC &amp;f#S. */
    void push() {
        if (pushed.size() < MOST_PUSHED) {
            pushed.push(new double[] {x, y});
        }
    }

    void pop() {
        double[] place = pushed.poll();
        if (place != null) {
            x = place[0];
            y = place[1];
        }
    }

    void save(StateWriter out) {
        double[] all = new double[8 + 2 * pushed.size()];
        double[] own = {x, y, leftMargin, rightMargin, topMargin, textLength, vmi, hmi};
        System.arraycopy(own, 0, all, 0, own.length);
        int at = own.length;
        for (double[] place : pushed) {
            all[at++] = place[0];
            all[at++] = place[1];
        }
        out.putLongs("places", Arrays.stream(all).mapToLong(Double::doubleToRawLongBits).toArray())
            .putBoolean("perforation-skip", perforationSkip);
    }

    void restore(StateReader in) throws StateException {
        double[] all = Arrays.stream(in.getLongs("places")).mapToDouble(Double::longBitsToDouble).toArray();
        if (all.length < 8 || all.length > 8 + 2 * MOST_PUSHED || all.length % 2 != 0) {
            throw new StateException("places has " + all.length + " values");
        }
        for (double value : all) {
            if (!(value >= 0 && value <= 20_000)) {
                throw new StateException("places has " + value + "; 0 to 20000 points are possible");
            }
        }
        x = all[0];
        y = all[1];
        leftMargin = all[2];
        rightMargin = all[3];
        topMargin = all[4];
        textLength = all[5];
        vmi = all[6];
        hmi = all[7];
        pushed.clear();
        for (int at = 8; at < all.length; at += 2) {
            pushed.add(new double[] {all[at], all[at + 1]});
        }
        perforationSkip = in.getBoolean("perforation-skip");
    }

    /** In inches times points, checked: a guest can write any number. */
    static double bounded(double points) {
        return Math.clamp(points, 0, 200 * POINTS);
    }
}
