package dev.backplane.device.printer.language.escp;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Canvas;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.engine.Sheet;

/**
 * The picture commands of ESC/P: bit images by columns of pins (ESC *, K, L, Y, Z, ^) and raster graphics by rows
 * (ESC ., ESC i). Threading: under the device's lock.
 */
final class Graphics {
    private static final double POINTS = 72;
    private static final int UNITS = 3600;
    /** A multiple of every density of bit images but 9-pin ones of 72 rows. */
    private static final int WIDE = 720;
    private static final int FINEST = 1440;

    private final Press press;
    private final Layout layout;
    private final boolean ninePins;
    private final Raster raster = new Raster();
    /** What the picture that comes in is: 0 none, 1 columns, 2 rows. */
    private int kind;
    private int density;
    private int columnBytes;
    private int horizontal;
    private int vertical;
    private int rows;
    private int rowBytes;
    private int columns;
    private int bits;
    private int inks;
    /** What ESC r chose for raster graphics. */
    private int chosenInks = Canvas.BLACK;
    /** Set by ESC ( D, for ESC i. */
    private int dotHorizontal = 360;
    private int dotVertical = 360;

    Graphics(Press press, Layout layout, boolean ninePins) {
        this.press = press;
        this.layout = layout;
        this.ninePins = ninePins;
    }

    void reset() {
        raster.drop();
        kind = 0;
        chosenInks = Canvas.BLACK;
        dotHorizontal = 360;
        dotVertical = 360;
    }

    /** ESC r and ESC ( r: 0 black, 1 magenta, 2 cyan, 4 yellow, and mixtures of these. */
    boolean colour(int value) {
        int ink = ink(value);
        if (ink != 0) {
            chosenInks = ink;
        }
        return ink != 0;
    }

    private static int ink(int value) {
        return switch (value) {
            case 0 -> Canvas.BLACK;
            case 1, 17 -> Canvas.MAGENTA;
            case 2, 18 -> Canvas.CYAN;
            case 3 -> Canvas.CYAN | Canvas.MAGENTA;
            case 4 -> Canvas.YELLOW;
            case 5 -> Canvas.MAGENTA | Canvas.YELLOW;
            case 6 -> Canvas.CYAN | Canvas.YELLOW;
            default -> 0;
        };
    }

    /** ESC ( D: the dots of ESC i, as parts of a base resolution. */
    boolean dots(int base, int v, int h) {
        if (base == 0 || v == 0 || h == 0 || base / v < 1 || base / h < 1 || base / v > FINEST || base / h > FINEST) {
            return false;
        }
        dotVertical = base / v;
        dotHorizontal = base / h;
        return true;
    }

    /**
     * ESC * and its like.
     *
     * @return whether data follows
     */
    boolean bitImage(int mode, int count) {
        int dpi = switch (mode) {
            case 0, 32 -> 60;
            case 1, 2, 33 -> 120;
            case 3 -> 240;
            case 4 -> 80;
            case 5 -> 72;
            case 6, 38 -> 90;
            case 7 -> 144;
            case 39, 71 -> 180;
            case 40, 72, 73 -> 360;
            default -> 0;
        };
        int perColumn = mode < 32 ? 1 : mode < 64 ? 3 : 6;
        if (dpi == 0) {
            press.unknown();
            dpi = 60;
        }
        if (count == 0) {
            return false;
        }
        kind = 1;
        density = dpi;
        columnBytes = perColumn;
        columns = count;
        inks = Canvas.BLACK;
        raster.begin(count * perColumn, false);
        return true;
    }

    /** ESC ^: two bytes for a column, nine pins. */
    boolean nineBits(int mode, int count) {
        boolean follows = bitImage(mode & 7, count);
        if (follows) {
            columnBytes = 2;
            raster.begin(count * 2, false);
        }
        return follows;
    }

    /**
     * ESC .
     *
     * @param v distance of rows in 1/3600 inch
     * @param h distance of dots in 1/3600 inch
     * @param m rows
     * @param n dots in a row
     */
    boolean rows(int coding, int v, int h, int m, int n) {
        if (v < 1 || h < 1 || UNITS / v > FINEST || UNITS / h > FINEST || coding > 1) {
            press.unknown();
            return false;
        }
        return rows(coding, UNITS / v, UNITS / h, m, (n + 7) / 8, n, 1, chosenInks);
    }

    /** ESC i: rows of bytes, one or two bits a dot, in a colour of its own. */
    boolean colourRows(int colour, int coding, int bitsPerDot, int bytes, int m) {
        int ink = ink(colour);
        if (coding > 1 || bitsPerDot < 1 || bitsPerDot > 2) {
            press.unknown();
            return false;
        }
        return rows(coding, dotVertical, dotHorizontal, m, bytes, bytes * 8 / bitsPerDot, bitsPerDot,
            ink == 0 ? Canvas.BLACK : ink);
    }

    private boolean rows(int coding, int v, int h, int m, int bytes, int dots, int bitsPerDot, int ink) {
        long length = (long) m * bytes;
        if (length == 0) {
            return false;
        }
        if (length > Raster.LONGEST) {
            press.bounded();
            return false;
        }
        kind = 2;
        vertical = v;
        horizontal = h;
        rows = m;
        rowBytes = bytes;
        columns = dots;
        bits = bitsPerDot;
        inks = ink;
        raster.begin((int) length, coding == 1);
        return true;
    }

    /** Takes a byte of the picture; true if it was the last. */
    boolean accept(int value) {
        if (!raster.accept(value)) {
            return false;
        }
        if (kind == 1) {
            printColumns();
        } else {
            printRows();
        }
        raster.drop();
        kind = 0;
        return true;
    }

    private void printColumns() {
        boolean nine = columnBytes < 3 && ninePins;
        int pins = columnBytes == 2 ? 9 : columnBytes * 8;
        double pitch = columnBytes == 3 ? POINTS / 180 : columnBytes == 6 ? POINTS / 360 : POINTS / (nine ? 72 : 60);
        Sheet.Dpi canvas = new Sheet.Dpi(WIDE, nine ? 216 : 360);
        byte[] data = raster.data();
        byte[] row = new byte[(columns * (WIDE / density) + 7) / 8];
        boolean all = true;
        for (int pin = 0; pin < pins; pin++) {
            boolean any = false;
            Arrays.fill(row, (byte) 0);
            for (int c = 0; c < columns; c++) {
                if ((data[c * columnBytes + (pin >> 3)] >> 7 - (pin & 7) & 1) != 0) {
                    int at = c * WIDE / density;
                    row[at >> 3] |= (byte) (0x80 >> (at & 7));
                    any = true;
                }
            }
            if (any) {
                all &= press.sheet().dots(canvas, layout.x, layout.y + pin * pitch, row, 0, row.length * 8, inks);
            }
        }
        done(all, columns * POINTS / density);
    }

    private void printRows() {
        int finest = layout.unit > 0 ? (int) Math.round(POINTS / layout.unit) : vertical;
        Sheet.Dpi canvas = new Sheet.Dpi(horizontal, Math.clamp(finest, vertical, Math.max(vertical, 720)));
        byte[] data = bits == 1 ? raster.data() : thresholded();
        int bytes = bits == 1 ? rowBytes : (columns + 7) / 8;
        boolean all = true;
        for (int i = 0; i < rows; i++) {
            all &= press.sheet().dots(canvas, layout.x, layout.y + i * POINTS / vertical, data, i * bytes, columns,
                inks);
        }
        done(all, columns * POINTS / horizontal);
    }

    /** Dots of several sizes as dots or none. */
    private byte[] thresholded() {
        byte[] from = raster.data();
        int bytes = (columns + 7) / 8;
        byte[] to = new byte[bytes * rows];
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                if ((from[y * rowBytes + (x >> 2)] >> 6 - (x & 3) * 2 & 3) != 0) {
                    to[y * bytes + (x >> 3)] |= (byte) (0x80 >> (x & 7));
                }
            }
        }
        return to;
    }

    private void done(boolean all, double width) {
        if (!all) {
            press.bounded();
        }
        layout.x = Math.min(layout.x + width, layout.rightEdge());
    }

    void save(StateWriter out) {
        out.putInts("numbers", new int[] {kind, density, columnBytes, horizontal, vertical, rows, rowBytes, columns,
            bits, inks, chosenInks, dotHorizontal, dotVertical});
        raster.save(out.section("raster"));
    }

    void restore(StateReader in) throws StateException {
        int[] n = in.getInts("numbers");
        if (n.length != 13) {
            throw new StateException("numbers has " + n.length + " values; 13 are right");
        }
        kind = n[0];
        density = n[1];
        columnBytes = n[2];
        horizontal = n[3];
        vertical = n[4];
        rows = n[5];
        rowBytes = n[6];
        columns = n[7];
        bits = n[8];
        inks = n[9];
        chosenInks = n[10];
        dotHorizontal = n[11];
        dotVertical = n[12];
        raster.restore(in.section("raster"));
        if (!sound()) {
            throw new StateException("numbers: no picture is like that");
        }
    }

    private boolean sound() {
        boolean colours = inks >= 0 && inks <= 15 && chosenInks >= 1 && chosenInks <= 15;
        boolean dots = inRange(dotHorizontal) && inRange(dotVertical);
        long length = raster.data().length;
        return colours && dots && switch (kind) {
            case 0 -> true;
            case 1 -> density >= 60 && density <= 360 && columnBytes >= 1 && columnBytes <= 6 && columns > 0
                && (long) columns * columnBytes == length;
            case 2 -> inRange(horizontal) && inRange(vertical) && rows > 0 && rowBytes > 0
                && (long) rows * rowBytes == length && (bits == 1 || bits == 2) && columns > 0
                && columns <= (long) rowBytes * 8 / bits;
            default -> false;
        };
    }

    private static boolean inRange(int dpi) {
        return dpi >= 1 && dpi <= FINEST;
    }
}
