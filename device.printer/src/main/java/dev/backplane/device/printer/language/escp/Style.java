package dev.backplane.device.printer.language.escp;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** How ESC/P text looks. Threading: under the device's lock. */
final class Style {
    private static final int[] COLOURS = {0x000000, 0xFF00FF, 0x00FFFF, 0x8000FF, 0xFFFF00, 0xFF0000, 0x00FF00};
    private static final double POINTS = 72;

    int pitch = 10;
    /** In points, instead of the pitch, or 0. */
    double fixedAdvance;
    double size = 12;
    double extraSpace;
    boolean condensed;
    boolean proportional;
    boolean doubleWidth;
    boolean doubleWidthLine;
    boolean doubleHeight;
    boolean bold;
    boolean doubleStrike;
    boolean italic;
    boolean underline;
    /** 0 none, 1 superscript, 2 subscript. */
    int script;
    int typeface;
    int colour;
    private Page.Font font;

    /** Something changed. */
    void changed() {
        font = null;
    }

    Page.Font font() {
        if (font == null) {
            double points = size * (doubleHeight ? 2 : 1) * (script == 0 ? 1 : 0.6);
            font = new Page.Font(family(), points, stretch(points), bold || doubleStrike, italic, underline);
        }
        return font;
    }

    private Page.Family family() {
        return switch (typeface) {
            case 0, 3, 6 -> proportional ? Page.Family.SERIF : Page.Family.MONOSPACED;
            case 1, 4, 7, 9, 11 -> proportional || size != 12 ? Page.Family.SANS : Page.Family.MONOSPACED;
            default -> Page.Family.MONOSPACED;
        };
    }

    /** A 12-point monospaced letter is a tenth of an inch wide. */
    private double stretch(double points) {
        return advance() / (points * 0.6);
    }

    /** From one character to the next, in points. */
    double advance() {
        double width = fixedAdvance > 0 ? fixedAdvance : POINTS / condensedPitch();
        return width * (doubleWidth || doubleWidthLine ? 2 : 1) + extraSpace;
    }

    private double condensedPitch() {
        if (!condensed) {
            return pitch;
        }
        return pitch == 12 ? 20 : pitch == 10 ? 17.14 : pitch;
    }

    int rgb() {
        return COLOURS[colour];
    }

    boolean colour(int value) {
        if (value >= COLOURS.length) {
            return false;
        }
        colour = value;
        return true;
    }

    /** ESC !: everything at once. */
    void master(int bits) {
        pitch = (bits & 1) != 0 ? 12 : 10;
        proportional = (bits & 2) != 0;
        condensed = (bits & 4) != 0;
        bold = (bits & 8) != 0;
        doubleStrike = (bits & 16) != 0;
        doubleWidth = (bits & 32) != 0;
        italic = (bits & 64) != 0;
        underline = (bits & 128) != 0;
        fixedAdvance = 0;
        changed();
    }

    void save(StateWriter out) {
        out.putInt("pitch", pitch).putLong("fixed-advance", Double.doubleToLongBits(fixedAdvance))
            .putLong("size", Double.doubleToLongBits(size)).putLong("extra", Double.doubleToLongBits(extraSpace))
            .putBoolean("condensed", condensed).putBoolean("proportional", proportional)
            .putBoolean("double-width", doubleWidth).putBoolean("double-width-line", doubleWidthLine)
            .putBoolean("double-height", doubleHeight).putBoolean("bold", bold)
            .putBoolean("double-strike", doubleStrike).putBoolean("italic", italic).putBoolean("underline", underline)
            .putInt("script", script).putInt("typeface", typeface).putInt("colour", colour);
    }

    void restore(StateReader in) throws StateException {
        pitch = in.getInt("pitch", 1, 100);
        fixedAdvance = points(in, "fixed-advance", 0);
        size = points(in, "size", 1);
        extraSpace = points(in, "extra", 0);
        condensed = in.getBoolean("condensed");
        proportional = in.getBoolean("proportional");
        doubleWidth = in.getBoolean("double-width");
        doubleWidthLine = in.getBoolean("double-width-line");
        doubleHeight = in.getBoolean("double-height");
        bold = in.getBoolean("bold");
        doubleStrike = in.getBoolean("double-strike");
        italic = in.getBoolean("italic");
        underline = in.getBoolean("underline");
        script = in.getInt("script", 0, 2);
        typeface = in.getInt("typeface", 0, 255);
        colour = in.getInt("colour", 0, COLOURS.length - 1);
        changed();
    }

    private static double points(StateReader in, String field, double least) throws StateException {
        double value = Double.longBitsToDouble(in.getLong(field));
        if (!(value >= least && value <= 1000)) {
            throw new StateException(field + " is " + value + "; " + least + " to 1000 points are possible");
        }
        return value;
    }
}
