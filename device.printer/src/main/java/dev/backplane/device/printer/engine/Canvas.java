package dev.backplane.device.printer.engine;

import java.util.Arrays;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The dots of one sheet at one resolution: four inks, one bit each. Memory is taken in bands, as they get their first
 * dot. Threading: under the device's lock.
 */
public final class Canvas {
    /** Inks, as bits of a dot. */
    public static final int BLACK = 1;
    public static final int CYAN = 2;
    public static final int MAGENTA = 4;
    public static final int YELLOW = 8;

    private static final int BAND = 32;
    /** A dot is drawn larger than its place, up to this, where its neighbours' rows or columns are never used. */
    private static final int LEAST_DPI = 60;
    private static final int[] BLACK_ON_PAPER = {0x00FFFFFF, 0xFF000000};

    private final int horizontal;
    private final int vertical;
    private final int columns;
    private final int rows;
    private final int stride;
    private final byte[][] bands;

    /**
     * @param horizontal dots per inch, 1 to 1440
     * @param vertical   dots per inch, 1 to 1440
     * @param width      of the sheet, in points
     * @param height     of the sheet, in points
     */
    Canvas(int horizontal, int vertical, double width, double height) {
        this.horizontal = horizontal;
        this.vertical = vertical;
        columns = (int) Math.ceil(width * horizontal / Sheet.POINTS_PER_INCH);
        rows = (int) Math.ceil(height * vertical / Sheet.POINTS_PER_INCH);
        stride = (columns + 1) / 2;
        bands = new byte[(rows + BAND - 1) / BAND][];
    }

    int horizontal() {
        return horizontal;
    }

    int vertical() {
        return vertical;
    }

    /** What a new band costs, in bytes. */
    int bandBytes() {
        return stride * BAND;
    }

    /** Whether drawing in this row takes no more memory. */
    boolean has(int row) {
        return row < 0 || row >= rows || bands[row / BAND] != null;
    }

    /** Puts ink on a dot; outside the sheet nothing happens. */
    void dot(int column, int row, int inks) {
        if (column < 0 || column >= columns || row < 0 || row >= rows) {
            return;
        }
        byte[] band = bands[row / BAND];
        if (band == null) {
            band = new byte[bandBytes()];
            bands[row / BAND] = band;
        }
        band[row % BAND * stride + (column >> 1)] |= (byte) (inks << (column & 1) * 4);
    }

    int inks(int column, int row) {
        byte[] band = bands[row / BAND];
        return band == null ? 0 : band[row % BAND * stride + (column >> 1)] >> (column & 1) * 4 & 15;
    }

    /** What has ink, as a picture, or null if nothing has. */
    Page.Picture picture() {
        boolean[] usedRow = new boolean[rows];
        boolean[] usedColumn = new boolean[columns];
        int all = 0;
        for (int row = 0; row < rows; row++) {
            byte[] band = bands[row / BAND];
            if (band == null) {
                row |= BAND - 1;
                continue;
            }
            int base = row % BAND * stride;
            for (int i = 0; i < stride; i++) {
                int two = band[base + i] & 0xFF;
                if (two != 0) {
                    usedRow[row] = true;
                    all |= two | two >> 4;
                    usedColumn[i * 2] |= (two & 15) != 0;
                    if (two > 15) {
                        usedColumn[i * 2 + 1] = true;
                    }
                }
            }
        }
        Grid across = Grid.of(usedColumn, horizontal);
        Grid down = Grid.of(usedRow, vertical);
        return across == null || down == null ? null : picture(across, down, (all & 15) == BLACK);
    }

    private Page.Picture picture(Grid across, Grid down, boolean mono) {
        int bits = mono ? 1 : 4;
        int rowBytes = (across.count * bits + 7) / 8;
        byte[] pixels = new byte[rowBytes * down.count];
        for (int y = 0; y < down.count; y++) {
            for (int x = 0; x < across.count; x++) {
                int inks = inks(across.first + x * across.step, down.first + y * down.step);
                if (inks != 0) {
                    int at = x * bits;
                    pixels[y * rowBytes + (at >> 3)] |= (byte) (inks << 8 - bits - (at & 7));
                }
            }
        }
        double dotWidth = (double) Sheet.POINTS_PER_INCH / horizontal;
        double dotHeight = (double) Sheet.POINTS_PER_INCH / vertical;
        return new Page.Picture(across.first * dotWidth, down.first * dotHeight,
            across.count * across.step * dotWidth, down.count * down.step * dotHeight, across.count, down.count, bits,
            pixels, mono ? BLACK_ON_PAPER.clone() : palette());
    }

    private static int[] palette() {
        int[] colours = new int[16];
        for (int inks = 1; inks < 16; inks++) {
            int red = (inks & (BLACK | CYAN)) != 0 ? 0 : 0xFF0000;
            int green = (inks & (BLACK | MAGENTA)) != 0 ? 0 : 0xFF00;
            int blue = (inks & (BLACK | YELLOW)) != 0 ? 0 : 0xFF;
            colours[inks] = 0xFF000000 | red | green | blue;
        }
        colours[0] = 0x00FFFFFF;
        return colours;
    }

    /** The coarsest grid that has all lines that are used. */
    private record Grid(int first, int step, int count) {
        static Grid of(boolean[] used, int dpi) {
            int first = -1;
            int last = -1;
            int gap = 0;
            for (int i = 0; i < used.length; i++) {
                if (used[i]) {
                    gap = last < 0 ? 0 : gcd(gap, i - last);
                    first = first < 0 ? i : first;
                    last = i;
                }
            }
            if (first < 0) {
                return null;
            }
            int step = 1;
            for (int s = 2; s * LEAST_DPI <= dpi; s++) {
                step = gap % s == 0 && gap > 0 && dpi % s == 0 ? s : step;
            }
            return new Grid(first, step, (last - first) / step + 1);
        }

        private static int gcd(int a, int b) {
            return b == 0 ? a : gcd(b, a % b);
        }
    }

    void save(StateWriter out) {
        out.putInt("horizontal", horizontal).putInt("vertical", vertical);
        for (int i = 0; i < bands.length; i++) {
            if (bands[i] != null) {
                out.putBytes("band-" + i, bands[i]);
            }
        }
    }

    void restore(StateReader in) throws StateException {
        for (int i = 0; i < bands.length; i++) {
            bands[i] = in.has("band-" + i) ? in.getBytes("band-" + i, bandBytes()) : null;
            if (bands[i] != null && (columns & 1) != 0) {
                clearBeyond(bands[i]);
            }
        }
    }

    private void clearBeyond(byte[] band) {
        for (int at = stride - 1; at < band.length; at += stride) {
            band[at] &= 15;
        }
    }

    @Override
    public String toString() {
        long used = Arrays.stream(bands).filter(b -> b != null).count();
        return horizontal + " x " + vertical + " dpi, " + used + " bands";
    }
}
