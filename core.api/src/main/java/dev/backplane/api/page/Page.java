package dev.backplane.api.page;

import java.util.List;

/**
 * A printed page. Lengths are in points (1/72 inch), from the upper left corner, y downwards.
 *
 * @param width  1 to 14400
 * @param height 1 to 14400
 * @param items  what is on it, in the order it was printed
 */
public record Page(double width, double height, List<Item> items) {
    /** @throws IllegalArgumentException if the size is out of range */
    public Page {
        if (!(width >= 1 && width <= 14_400 && height >= 1 && height <= 14_400)) {
            throw new IllegalArgumentException("a page of " + width + " x " + height + " points");
        }
        items = List.copyOf(items);
    }

    /** Something on a page. */
    public sealed interface Item {
    }

    /**
     * A run of text on one base line.
     *
     * @param x       where it begins
     * @param y       its base line
     * @param text    without control characters
     * @param font    its font
     * @param advance the distance between the beginnings of characters for a fixed pitch, 0 for the font's own
     * @param rgb     its colour, 0xRRGGBB
     */
    public record Text(double x, double y, String text, Font font, double advance, int rgb) implements Item {
    }

    /**
     * A font as printers name it.
     *
     * @param family    what kind
     * @param size      height in points, above 0
     * @param stretch   width relative to the font's own, above 0; 1 is normal
     * @param bold      heavier
     * @param italic    slanted
     * @param underline a line below
     */
    public record Font(Family family, double size, double stretch, boolean bold, boolean italic, boolean underline) {
    }

    /** Kinds of fonts. */
    public enum Family {
        MONOSPACED, SERIF, SANS
    }

    /**
     * A picture.
     *
     * @param x      left edge
     * @param y      upper edge
     * @param width  on paper
     * @param height on paper
     * @param columns pixels in a row
     * @param rows    rows of pixels
     * @param argb    {@code columns * rows} pixels, 0xAARRGGBB, row by row; transparent ones leave the paper as it is.
     *                Nobody changes the array
     */
    public record Picture(double x, double y, double width, double height, int columns, int rows, int[] argb)
            implements Item {
        /** @throws IllegalArgumentException if the array does not fit the size */
        public Picture {
            if (columns < 1 || rows < 1 || (long) columns * rows != argb.length) {
                throw new IllegalArgumentException(columns + " x " + rows + " pixels in " + argb.length);
            }
        }
    }

    /**
     * A filled rectangle.
     *
     * @param rgb its colour, 0xRRGGBB
     */
    public record Rule(double x, double y, double width, double height, int rgb) implements Item {
    }
}
