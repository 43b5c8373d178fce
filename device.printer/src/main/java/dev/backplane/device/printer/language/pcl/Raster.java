package dev.backplane.device.printer.language.pcl;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Canvas;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.engine.Sheet;

/**
 * PCL raster graphics: rows of planes, each compressed as ESC *b#M says (PCL 5 Printer Language Reference, chapter 15).
 * Threading: under the device's lock.
 */
final class Raster {
    /** The longest row, in bytes: 14 inches at 600 dpi. */
    private static final int ROW = 8400 / 8;
    private static final int MOST_PLANES = 4;
    private static final double POINTS = 72;

    private final Press press;
    private final Cursor cursor;
    private int dpi = 75;
    private boolean active;
    private double left;
    private int method;
    private int planes = 1;
    private boolean cmy;
    private int sourceWidth;
    private final byte[][] seed = new byte[MOST_PLANES][ROW];
    private int plane;

    Raster(Press press, Cursor cursor) {
        this.press = press;
        this.cursor = cursor;
    }

    void reset() {
        dpi = 75;
        active = false;
        left = 0;
        method = 0;
        planes = 1;
        cmy = false;
        sourceWidth = 0;
        clear();
    }

    private void clear() {
        for (byte[] row : seed) {
            Arrays.fill(row, (byte) 0);
        }
        plane = 0;
    }

    /** ESC *t#R. */
    void resolution(int value) {
        if (!active && value >= 50 && value <= 1200) {
            dpi = value;
        }
    }

    /** ESC *r#U: 1 black, 3 RGB, -3 CMY, -4 KCMY. */
    void colours(int value) {
        int count = Math.abs(value);
        if (count == 1 || count == 3 || count == 4) {
            planes = count;
            cmy = value < 0;
            clear();
        } else {
            press.unknown();
        }
    }

    /** ESC *r#S, in dots. */
    void width(int dots) {
        sourceWidth = Math.clamp(dots, 0, ROW * 8);
    }

    /** ESC *r#A: 0 at the left edge, 1 at the cursor. */
    void start(int where) {
        left = where % 2 == 1 ? cursor.x : 0;
        active = true;
        clear();
    }

    /** ESC *rB and ESC *rC. */
    void end() {
        active = false;
        method = 0;
        clear();
    }

    /** ESC *b#M. */
    void method(int value) {
        if (value >= 0 && value <= 3 || value == 5) {
            method = value;
        } else {
            press.unknown();
        }
    }

    /** ESC *b#Y: rows that are left empty. */
    void offset(int rows) {
        cursor.vertical(cursor.y + rows * POINTS / dpi);
        clear();
    }

    /**
     * ESC *b#V and ESC *b#W.
     *
     * @param last whether the row is complete with it
     */
    void data(byte[] bytes, boolean last) {
        if (!active) {
            start(0);
        }
        if (method == 5) {
            adaptive(bytes);
            return;
        }
        if (plane < planes) {
            decode(method, bytes, 0, bytes.length, seed[plane]);
        }
        plane++;
        if (last) {
            while (plane < planes && method != 3) {
                Arrays.fill(seed[plane++], (byte) 0);
            }
            row();
        }
    }

    /** Method 5: blocks, each with a method of its own. */
    private void adaptive(byte[] bytes) {
        int at = 0;
        while (at + 3 <= bytes.length) {
            int how = bytes[at] & 0xFF;
            int count = (bytes[at + 1] & 0xFF) << 8 | bytes[at + 2] & 0xFF;
            at += 3;
            if (how == 4) {
                offset(count);
            } else if (how == 5) {
                for (int i = 0; i < count && cursor.y < press.sheet().height(); i++) {
                    row();
                }
            } else {
                int length = Math.min(count, bytes.length - at);
                decode(how, bytes, at, length, seed[0]);
                at += length;
                row();
            }
        }
    }

    private void row() {
        plane = 0;
        int dots = sourceWidth > 0 ? sourceWidth : ROW * 8;
        Sheet.Dpi canvas = new Sheet.Dpi(dpi, dpi);
        boolean all = true;
        if (planes == 3 && !cmy) {
            all = rgb(canvas, dots);
        } else {
            for (int p = 0; p < planes; p++) {
                all &= press.sheet().dots(canvas, left, cursor.y, seed[p], 0, dots, ink(p));
            }
        }
        if (!all) {
            press.bounded();
        }
        cursor.vertical(cursor.y + POINTS / dpi);
    }

    private int ink(int p) {
        int first = planes == 3 ? 1 : 0;
        return switch (p + first) {
            case 0 -> Canvas.BLACK;
            case 1 -> Canvas.CYAN;
            case 2 -> Canvas.MAGENTA;
            default -> Canvas.YELLOW;
        };
    }

    /** Red, green and blue light: what is missing is ink. */
    private boolean rgb(Sheet.Dpi canvas, int dots) {
        boolean all = true;
        byte[] missing = new byte[ROW];
        for (int p = 0; p < 3; p++) {
            for (int i = 0; i < ROW; i++) {
                missing[i] = (byte) ~seed[p][i];
            }
            all &= press.sheet().dots(canvas, left, cursor.y, missing, 0, Math.min(dots, ROW * 8), ink(p));
        }
        return all;
    }

    private static void decode(int method, byte[] from, int offset, int length, byte[] to) {
        switch (method) {
            case 1 -> runLength(from, offset, length, to);
            case 2 -> packBits(from, offset, length, to);
            case 3 -> deltaRow(from, offset, length, to);
            default -> {
                Arrays.fill(to, (byte) 0);
                System.arraycopy(from, offset, to, 0, Math.min(length, to.length));
            }
        }
    }

    private static void runLength(byte[] from, int offset, int length, byte[] to) {
        Arrays.fill(to, (byte) 0);
        int out = 0;
        for (int i = offset; i + 1 < offset + length && out < to.length; i += 2) {
            int end = Math.min(to.length, out + (from[i] & 0xFF) + 1);
            Arrays.fill(to, out, end, from[i + 1]);
            out = end;
        }
    }

    private static void packBits(byte[] from, int offset, int length, byte[] to) {
        Arrays.fill(to, (byte) 0);
        int out = 0;
        int i = offset;
        int end = offset + length;
        while (i < end && out < to.length) {
            int control = from[i++];
            if (control >= 0) {
                int count = Math.min(Math.min(control + 1, end - i), to.length - out);
                System.arraycopy(from, i, to, out, count);
                i += control + 1;
                out += count;
            } else if (control != -128 && i < end) {
                int stop = Math.min(to.length, out + 1 - control);
                Arrays.fill(to, out, stop, from[i++]);
                out = stop;
            }
        }
    }

    private static void deltaRow(byte[] from, int offset, int length, byte[] to) {
        int out = 0;
        int i = offset;
        int end = offset + length;
        while (i < end) {
            int command = from[i++] & 0xFF;
            int count = (command >> 5) + 1;
            int skip = command & 31;
            if (skip == 31) {
                int more;
                do {
                    more = i < end ? from[i++] & 0xFF : 0;
                    skip += more;
                } while (more == 255);
            }
            out += skip;
            for (int k = 0; k < count && i < end; k++, i++, out++) {
                if (out < to.length) {
                    to[out] = from[i];
                }
            }
        }
    }

    void save(StateWriter out) {
        out.putInts("numbers", new int[] {dpi, active ? 1 : 0, method, planes, cmy ? 1 : 0, sourceWidth, plane})
            .putLong("left", Double.doubleToLongBits(left));
        for (int i = 0; i < MOST_PLANES; i++) {
            out.putBytes("seed-" + i, seed[i]);
        }
    }

    void restore(StateReader in) throws StateException {
        int[] n = in.getInts("numbers");
        left = Double.longBitsToDouble(in.getLong("left"));
        boolean sound = n.length == 7 && n[0] >= 50 && n[0] <= 1200 && n[2] >= 0 && n[2] <= 5
            && (n[3] == 1 || n[3] == 3 || n[3] == 4) && n[5] >= 0 && n[5] <= ROW * 8 && n[6] >= 0
            && left >= 0 && left <= 14_400;
        if (!sound) {
            throw new StateException("numbers: no raster graphics are like that");
        }
        dpi = n[0];
        active = n[1] != 0;
        method = n[2];
        planes = n[3];
        cmy = n[4] != 0;
        sourceWidth = n[5];
        plane = Math.min(n[6], MOST_PLANES);
        for (int i = 0; i < MOST_PLANES; i++) {
            System.arraycopy(in.getBytes("seed-" + i, ROW), 0, seed[i], 0, ROW);
        }
    }
}
