package dev.backplane.device.printer.language.pcl;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.PaperSize;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.language.CodePage;

/** What PCL's sequences do. Threading: under the device's lock. */
final class Commands {
    private static final double POINTS = 72;
    private static final double DECIPOINT = 0.1;
    private static final int GREY = 0x808080;

    private final Press press;
    private final Cursor cursor;
    private final Type type;
    private final Raster raster;
    private double unit = POINTS / 300;
    private int lineTermination;
    private boolean wrap;
    private boolean underline;
    private double ruleWidth;
    private double ruleHeight;
    private int shade = 100;

    Commands(Press press, CodePage codePage) {
        this.press = press;
        cursor = new Cursor(press);
        type = new Type(codePage);
        raster = new Raster(press, cursor);
    }

    void reset() {
        cursor.reset();
        type.reset();
        raster.reset();
        unit = POINTS / 300;
        lineTermination = 0;
        wrap = false;
        underline = false;
        ruleWidth = 0;
        ruleHeight = 0;
        shade = 100;
        press.pageLength(0);
    }

    void text(int value) {
        switch (value) {
            case '\b' -> cursor.horizontal(Math.max(cursor.leftMargin, cursor.x - width()));
            case '\t' -> cursor.horizontal(cursor.leftMargin
                + (Math.floor((cursor.x - cursor.leftMargin) / (8 * cursor.hmi) + 0.001) + 1) * 8 * cursor.hmi);
            case '\n' -> {
                cursor.lineFeed(1);
                carriageReturn((lineTermination & 2) != 0);
            }
            case '\f' -> {
                cursor.formFeed();
                carriageReturn((lineTermination & 2) != 0);
            }
            case '\r' -> {
                carriageReturn(true);
                if ((lineTermination & 1) != 0) {
                    cursor.lineFeed(1);
                }
            }
            case 0x0E, 0x0F, 0 -> {
            }
            default -> {
                if (value >= ' ') {
                    print(value);
                }
            }
        }
    }

    private void carriageReturn(boolean now) {
        if (now) {
            cursor.x = cursor.leftMargin;
        }
    }

    private double width() {
        return type.proportional ? type.advance() : cursor.hmi;
    }

    private void print(int value) {
        double advance = width();
        if (cursor.x + advance > cursor.rightEdge() + 0.01) {
            if (!wrap) {
                return;
            }
            cursor.x = cursor.leftMargin;
            cursor.lineFeed(1);
        }
        if (!press.sheet().character(cursor.x, cursor.y, type.symbols.character(value), type.font(underline), advance,
                0)) {
            press.bounded();
        }
        cursor.x += advance;
    }

    void twoCharacters(int value) {
        switch (value) {
            case '9' -> {
                cursor.leftMargin = 0;
                cursor.rightMargin = 0;
            }
            case '=' -> cursor.lineFeed(0.5);
            default -> press.unknown();
        }
    }

    /** ESC &amp;f#S. */
    void cursor(int pop) {
        if (pop == 0) {
            cursor.push();
        } else {
            cursor.pop();
        }
    }

    /**
     * A parameterized sequence without data.
     *
     * @param relative whether the number has a sign
     */
    void run(int parameterized, int group, int letter, double amount, boolean relative) {
        switch (parameterized) {
            case '&' -> {
                switch (group) {
                    case 'a' -> place(letter, amount, relative);
                    case 'd' -> underline = letter == 'D';
                    case 'k' -> spacing(letter, amount);
                    case 'l' -> page(letter, amount);
                    case 's' -> wrap = amount == 0;
                    case 'u' -> {
                        if (letter == 'D' && amount >= 75) {
                            unit = POINTS / amount;
                        }
                    }
                    default -> press.unknown();
                }
            }
            case '*' -> {
                switch (group) {
                    case 'b' -> rasterRow(letter, (int) amount);
                    case 'c' -> rule(letter, amount);
                    case 'p' -> dots(letter, amount, relative);
                    case 'r' -> rasterMode(letter, (int) amount);
                    case 't' -> {
                        if (letter == 'R') {
                            raster.resolution((int) amount);
                        }
                    }
                    default -> press.unknown();
                }
            }
            case '(', ')' -> {
                if (parameterized == '(') {
                    font(group, letter, amount);
                }
            }
            default -> press.unknown();
        }
    }

    private void place(int letter, double amount, boolean relative) {
        switch (letter) {
            case 'C' -> cursor.horizontal(amount * cursor.hmi + (relative ? cursor.x : 0));
            case 'H' -> cursor.horizontal(amount * DECIPOINT + (relative ? cursor.x : 0));
            case 'R' -> cursor.vertical(relative ? cursor.y + amount * cursor.vmi
                : cursor.topMargin + (amount + 0.75) * cursor.vmi);
            case 'V' -> cursor.vertical(amount * DECIPOINT + (relative ? cursor.y : cursor.topMargin));
            case 'L' -> {
                cursor.leftMargin = Math.min(Cursor.bounded(amount * cursor.hmi), press.sheet().width());
                cursor.x = Math.max(cursor.x, cursor.leftMargin);
            }
            case 'M' -> cursor.rightMargin = Cursor.bounded((amount + 1) * cursor.hmi);
            default -> press.unknown();
        }
    }

    private void dots(int letter, double amount, boolean relative) {
        switch (letter) {
            case 'X' -> cursor.horizontal(amount * unit + (relative ? cursor.x : 0));
            case 'Y' -> cursor.vertical(amount * unit + (relative ? cursor.y : cursor.topMargin));
            default -> press.unknown();
        }
    }

    private void spacing(int letter, double amount) {
        switch (letter) {
            case 'G' -> lineTermination = (int) amount & 3;
            case 'H' -> cursor.hmi = Math.clamp(amount * POINTS / 120, 0.1, 720);
            case 'S' -> {
                type.pitch = amount == 2 ? 16.66 : amount == 4 ? 12 : 10;
                pitchChanged();
            }
            default -> press.unknown();
        }
    }

    private void pitchChanged() {
        type.changed();
        cursor.hmi = type.advance();
    }

    private void page(int letter, double amount) {
        switch (letter) {
            case 'A' -> size((int) amount);
            case 'C' -> cursor.vmi = Math.clamp(amount * POINTS / 48, 0.1, 720);
            case 'D' -> {
                if (amount >= 1 && amount <= 48) {
                    cursor.vmi = POINTS / amount;
                }
            }
            case 'E' -> {
                cursor.topMargin = Math.min(Cursor.bounded(amount * cursor.vmi), press.sheet().height());
                cursor.textLength = 0;
                cursor.home();
            }
            case 'F' -> cursor.textLength = Cursor.bounded(amount * cursor.vmi);
            case 'L' -> cursor.perforationSkip = amount != 0;
            case 'P' -> press.pageLength(amount * cursor.vmi);
            case 'H' -> press.eject(false);
            // paper source, media type, copies, duplex, orientation and offsets: there is one kind of paper, upright
            case 'M', 'S', 'T', 'U', 'Z', 'G', 'W' -> {
            }
            case 'X', 'O' -> {
                if (amount > 1 || letter == 'O' && amount > 0) {
                    press.unknown();
                }
            }
            default -> press.unknown();
        }
    }

    private void size(int code) {
        PaperSize size = switch (code) {
            case 1 -> PaperSize.EXECUTIVE;
            case 2 -> PaperSize.LETTER;
            case 3 -> PaperSize.LEGAL;
            case 25 -> PaperSize.A5;
            case 26 -> PaperSize.A4;
            case 27 -> PaperSize.A3;
            default -> null;
        };
        press.eject(false);
        if (size == null) {
            press.unknown();
        } else {
            press.pageLength(size.height());
        }
        cursor.home();
    }

    private void font(int group, int letter, double amount) {
        if (group == 0) {
            if (letter != 'X' && letter != '@' && !type.symbols((int) amount, letter)) {
                press.unknown();
            }
            return;
        }
        if (group != 's') {
            press.unknown();
            return;
        }
        switch (letter) {
            case 'P' -> type.proportional = amount != 0;
            case 'H' -> type.pitch = Math.clamp(amount, 0.5, 100);
            case 'V' -> type.height = Math.clamp(amount, 1, 1000);
            case 'S' -> type.italic = ((int) amount & 3) != 0;
            case 'B' -> type.weight = (int) amount;
            case 'T' -> type.typeface = (int) amount;
            default -> press.unknown();
        }
        pitchChanged();
    }

    private void rule(int letter, double amount) {
        switch (letter) {
            case 'A' -> ruleWidth = Cursor.bounded(amount * unit);
            case 'B' -> ruleHeight = Cursor.bounded(amount * unit);
            case 'H' -> ruleWidth = Cursor.bounded(amount * DECIPOINT);
            case 'V' -> ruleHeight = Cursor.bounded(amount * DECIPOINT);
            case 'G' -> shade = Math.clamp((int) amount, 0, 100);
            case 'P' -> fill((int) amount);
            case 'D', 'E', 'F' -> {
            }
            default -> press.unknown();
        }
    }

    private void fill(int how) {
        int rgb = switch (how) {
            case 0 -> 0;
            case 1 -> 0xFFFFFF;
            case 2 -> (255 - shade * 255 / 100) * 0x010101;
            default -> GREY;
        };
        if (!press.sheet().rule(cursor.x, cursor.y, ruleWidth, ruleHeight, rgb)) {
            press.bounded();
        }
    }

    private void rasterMode(int letter, int amount) {
        switch (letter) {
            case 'A' -> raster.start(amount);
            case 'B', 'C' -> raster.end();
            case 'S' -> raster.width(amount);
            case 'U' -> raster.colours(amount);
            // height and presentation: rows come until they end, upright
            case 'F', 'T', 'Q' -> {
            }
            default -> press.unknown();
        }
    }

    private void rasterRow(int letter, int amount) {
        switch (letter) {
            case 'M' -> raster.method(amount);
            case 'Y' -> raster.offset(Math.max(0, amount));
            default -> press.unknown();
        }
    }

    /** A sequence with data: raster rows, characters that are printed as they are, and what is not printed with. */
    void data(int parameterized, int group, int letter, byte[] bytes) {
        if (parameterized == '*' && group == 'b') {
            raster.data(bytes, letter == 'W');
        } else if (parameterized == '*' && group == 'g') {
            configure(bytes);
        } else if (parameterized == '&' && letter == 'X') {
            for (byte b : bytes) {
                print(b & 0xFF);
            }
        } else {
            press.unknown();
        }
    }

    /** ESC *g#W, Configure Raster Data: a format, a number of planes, and for each its resolution and levels. */
    private void configure(byte[] bytes) {
        if (bytes.length >= 8 && bytes[0] == 2) {
            int planes = bytes[1];
            int dpi = (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
            raster.resolution(dpi);
            raster.colours(planes == 1 ? 1 : -planes);
            boolean twoLevels = true;
            for (int i = 6; i < bytes.length; i += 6) {
                twoLevels &= bytes[i] == 0 && i + 1 < bytes.length && bytes[i + 1] <= 2;
            }
            if (!twoLevels) {
                press.unknown();
            }
        } else {
            press.unknown();
        }
    }

    void save(StateWriter out) {
        out.putLong("unit", Double.doubleToLongBits(unit)).putInt("line-termination", lineTermination)
            .putBoolean("wrap", wrap).putBoolean("underline", underline)
            .putLong("rule-width", Double.doubleToLongBits(ruleWidth))
            .putLong("rule-height", Double.doubleToLongBits(ruleHeight)).putInt("shade", shade);
        cursor.save(out.section("cursor"));
        type.save(out.section("type"));
        raster.save(out.section("raster"));
    }

    void restore(StateReader in) throws StateException {
        unit = Double.longBitsToDouble(in.getLong("unit"));
        ruleWidth = Double.longBitsToDouble(in.getLong("rule-width"));
        ruleHeight = Double.longBitsToDouble(in.getLong("rule-height"));
        if (!(unit > 0 && unit <= 1 && ruleWidth >= 0 && ruleWidth <= 14_400 && ruleHeight >= 0
                && ruleHeight <= 14_400)) {
            throw new StateException("a unit of " + unit + " points or a rule of " + ruleWidth + " x " + ruleHeight
                + " is not possible");
        }
        lineTermination = in.getInt("line-termination", 0, 3);
        wrap = in.getBoolean("wrap");
        underline = in.getBoolean("underline");
        shade = in.getInt("shade", 0, 100);
        cursor.restore(in.section("cursor"));
        type.restore(in.section("type"));
        raster.restore(in.section("raster"));
    }
}
