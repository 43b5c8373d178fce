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
     * A picture of up to 256 colours.
     *
     * @param x       left edge
     * @param y       upper edge
     * @param width   on paper
     * @param height  on paper
     * @param columns pixels in a row
     * @param rows    rows of pixels
     * @param bits    for each pixel: 1, 2, 4 or 8
     * @param pixels  rows of {@code (columns * bits + 7) / 8} bytes; the leftmost pixel in the highest bits. Nobody
     *                changes the array
     * @param palette a colour for each value, 0xAARRGGBB; transparent ones leave the paper as it is. Nobody changes
     *                the array
     */
    public record Picture(double x, double y, double width, double height, int columns, int rows, int bits,
            byte[] pixels, int[] palette) implements Item {
        /** @throws IllegalArgumentException if an array does not fit the size */
        public Picture {
            boolean packed = bits == 1 || bits == 2 || bits == 4 || bits == 8;
            if (!packed || columns < 1 || rows < 1 || columns > 1 << 20
                    || rows * ((columns * (long) bits + 7) / 8) != pixels.length || palette.length != 1 << bits) {
                throw new IllegalArgumentException("%d x %d pixels of %d bits in %d bytes with %d colours"
                    .formatted(columns, rows, bits, pixels.length, palette.length));
            }
        }

        /** The colour of a pixel. */
        public int argb(int column, int row) {
            int at = column * bits;
            int shift = 8 - bits - (at & 7);
            int index = pixels[row * ((columns * bits + 7) / 8) + (at >> 3)] >> shift & (1 << bits) - 1;
            return palette[index];
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
