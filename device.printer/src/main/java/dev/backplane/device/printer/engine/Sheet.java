package dev.backplane.device.printer.engine;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The sheet of paper under the print head. What does not fit into its bounds (items, memory for dots) is not printed,
 * and is told to whoever prints by {@code false}. Threading: under the device's lock.
 */
public final class Sheet {
    public static final int POINTS_PER_INCH = 72;
    private static final int MOST_RUNS = 20_000;
    private static final int LONGEST_RUN = 1000;
    private static final int MOST_CANVASES = 4;
    private static final long MOST_DOT_BYTES = 64 << 20;

    private final double width;
    private final double height;
    private final List<Page.Item> items = new ArrayList<>();
    private final List<Canvas> canvases = new ArrayList<>();
    private long dotBytes;
    /** The run that is still growing; its text is in {@link #text}. */
    private Page.Text run;
    private final StringBuilder text = new StringBuilder();
    private double nextX;

    /**
     * @param width  in points
     * @param height in points
     */
    Sheet(double width, double height) {
        this.width = width;
        this.height = height;
    }

    /** In points. */
    public double width() {
        return width;
    }

    /** In points. */
    public double height() {
        return height;
    }

    boolean blank() {
        return items.isEmpty() && canvases.isEmpty() && run == null;
    }

    /**
     * Prints a character.
     *
     * @param x       its left edge, in points
     * @param y       its base line, in points
     * @param advance to the next character's left edge, in points
     */
    public boolean character(double x, double y, char value, Page.Font font, double advance, int rgb) {
        boolean goesOn = run != null && text.length() < LONGEST_RUN && run.y() == y && run.font().equals(font)
            && run.rgb() == rgb && run.advance() == advance && Math.abs(nextX - x) < 0.01;
        if (!goesOn) {
            if (value == ' ') {
                return true;
            }
            endRun();
            if (items.size() >= MOST_RUNS) {
                return false;
            }
            run = new Page.Text(x, y, "", font, advance, rgb);
        }
        text.append(value);
        nextX = x + advance;
        return true;
    }

    private void endRun() {
        if (run != null) {
            String words = text.toString().stripTrailing();
            items.add(new Page.Text(run.x(), run.y(), words, run.font(), run.advance(), run.rgb()));
            run = null;
            text.setLength(0);
        }
    }

    /** Fills a rectangle, in points. */
    public boolean rule(double x, double y, double w, double h, int rgb) {
        endRun();
        if (items.size() >= MOST_RUNS) {
            return false;
        }
        double right = Math.min(x + w, width);
        double bottom = Math.min(y + h, height);
        if (right > x && bottom > y) {
            items.add(new Page.Rule(x, y, right - x, bottom - y, rgb));
        }
        return true;
    }

    /**
     * Prints a row of dots.
     *
     * @param dpi   dots per inch, horizontally and vertically: 1 to 1440
     * @param x     the first dot's left edge, in points
     * @param y     the dots' upper edge, in points
     * @param bits  the dots, the highest bit of a byte first
     * @param from  where they begin, in bytes
     * @param count of dots
     * @param inks  what a dot is made of
     */
    public boolean dots(Dpi dpi, double x, double y, byte[] bits, int from, int count, int inks) {
        return dots(dpi, x, y, bits, from, count, inks, new Dpi(1, 1));
    }

    /**
     * Prints a row of dots, each of which covers several of the canvas.
     *
     * @param scale how many, horizontally and vertically
     */
    public boolean dots(Dpi dpi, double x, double y, byte[] bits, int from, int count, int inks, Dpi scale) {
        Canvas canvas = canvas(dpi);
        int row = (int) Math.round(y * canvas.vertical() / POINTS_PER_INCH);
        int column = (int) Math.round(x * canvas.horizontal() / POINTS_PER_INCH);
        boolean all = true;
        for (int below = 0; below < scale.vertical(); below++) {
            if (room(canvas, row + below)) {
                row(canvas, column, row + below, bits, from, count, inks, scale.horizontal());
            } else {
                all = false;
            }
        }
        return all;
    }

    private static void row(Canvas canvas, int column, int row, byte[] bits, int from, int count, int inks, int wide) {
        for (int i = 0; i < count; i++) {
            int eight = bits[from + (i >> 3)];
            if (eight == 0) {
                i |= 7;
            } else if ((eight >> 7 - (i & 7) & 1) != 0) {
                for (int k = 0; k < wide; k++) {
                    canvas.dot(column + i * wide + k, row, inks);
                }
            }
        }
    }

    private boolean room(Canvas canvas, int row) {
        if (canvas.has(row)) {
            return true;
        }
        if (dotBytes + canvas.bandBytes() > MOST_DOT_BYTES) {
            return false;
        }
        dotBytes += canvas.bandBytes();
        return true;
    }

    /** A resolution, or a pair of factors. */
    public record Dpi(int horizontal, int vertical) {
    }

    /** The dots of a resolution; of the nearest there is, if there are many already. */
    private Canvas canvas(Dpi dpi) {
        for (Canvas c : canvases) {
            if (c.horizontal() == dpi.horizontal() && c.vertical() == dpi.vertical()) {
                return c;
            }
        }
        if (canvases.size() == MOST_CANVASES) {
            return canvases.getLast();
        }
        Canvas made = new Canvas(dpi.horizontal(), dpi.vertical(), width, height);
        canvases.add(made);
        return made;
    }

    /** What is printed on it. */
    Page page() {
        endRun();
        List<Page.Item> all = new ArrayList<>();
        for (Canvas c : canvases) {
            Page.Picture picture = c.picture();
            if (picture != null) {
                all.add(picture);
            }
        }
        all.addAll(items);
        return new Page(width, height, all);
    }

    void save(StateWriter out) {
        endRun();
        new ItemCodec(items).save(out.section("items"));
        out.putInt("canvases", canvases.size());
        for (int i = 0; i < canvases.size(); i++) {
            canvases.get(i).save(out.section("canvas-" + i));
        }
    }

    void restore(StateReader in) throws StateException {
        items.addAll(ItemCodec.restore(in.section("items"), MOST_RUNS, LONGEST_RUN));
        int count = in.getInt("canvases", 0, MOST_CANVASES);
        for (int i = 0; i < count; i++) {
            StateReader one = in.section("canvas-" + i);
            Canvas canvas = new Canvas(one.getInt("horizontal", 1, 1440), one.getInt("vertical", 1, 1440), width,
                height);
            canvas.restore(one);
            canvases.add(canvas);
        }
    }
}
