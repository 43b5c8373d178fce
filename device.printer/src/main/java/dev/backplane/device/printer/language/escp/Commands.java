package dev.backplane.device.printer.language.escp;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Press;

/** What the sequences of ESC/P and ESC/P 2 do, but for pictures. Threading: under the device's lock. */
final class Commands {
    private static final double POINTS = 72;
    private static final double INCH_360 = POINTS / 360;

    private final Press press;
    private final Layout layout;
    private final Style style;
    private final CharacterTables tables;
    private final Graphics graphics;
    private final boolean ninePins;
    /** Densities that ESC K, L, Y and Z stand for; ESC ? changes them. */
    private final int[] assigned = {0, 1, 2, 3};
    private boolean graphicsMode;

    Commands(Press press, Layout layout, Style style, CharacterTables tables, Graphics graphics, boolean ninePins) {
        this.press = press;
        this.layout = layout;
        this.style = style;
        this.tables = tables;
        this.graphics = graphics;
        this.ninePins = ninePins;
    }

    void reset() {
        for (int i = 0; i < assigned.length; i++) {
            assigned[i] = i;
        }
        graphicsMode = false;
        style.master(0);
        style.size = 12;
        style.extraSpace = 0;
        style.doubleWidthLine = false;
        style.doubleHeight = false;
        style.script = 0;
        style.typeface = 0;
        style.colour = 0;
        style.changed();
    }

    /** How many bytes follow the letter, or -1 if there is no such command. */
    int arguments(int command) {
        return switch (command) {
            case '#', '0', '1', '2', '4', '5', '6', '7', '8', '9', '<', '=', '>', '@', 'E', 'F', 'G', 'H', 'M', 'O',
                'P', 'T', 'g' -> 0;
            case ' ', '!', '%', '+', '-', '/', '3', 'A', 'C', 'I', 'J', 'N', 'Q', 'R', 'S', 'U', 'W', 'a', 'h', 'j',
                'k', 'l', 'm', 'p', 'q', 'r', 's', 't', 'w', 'x', 'z', '~', 0x19 -> 1;
            case '$', '?', 'K', 'L', 'Y', 'Z', '\\', 'c', 'e', 'f' -> 2;
            case '&', '*', ':', 'X', '^' -> 3;
            case '.' -> 6;
            case 'i' -> graphicsMode ? 7 : 1;
            default -> -1;
        };
    }

    private static int word(int[] a, int at) {
        return a[at] | a[at + 1] << 8;
    }

    /** Whether the command is a picture whose data follow. */
    boolean picture(int command, int[] a) {
        return switch (command) {
            case 'K' -> graphics.bitImage(assigned[0], word(a, 0));
            case 'L' -> graphics.bitImage(assigned[1], word(a, 0));
            case 'Y' -> graphics.bitImage(assigned[2], word(a, 0));
            case 'Z' -> graphics.bitImage(assigned[3], word(a, 0));
            case '*' -> graphics.bitImage(a[0], word(a, 1));
            case '^' -> graphics.nineBits(a[0], word(a, 1));
            case '.' -> graphics.rows(a[0], a[1], a[2], a[3], word(a, 4));
            case 'i' -> a.length == 7 && graphics.colourRows(a[0], a[1], a[2], word(a, 3), word(a, 5));
            default -> false;
        };
    }

    /** ESC &: how many bytes of a user's characters follow. They are not printed with. */
    int userDefined(int[] a) {
        press.unknown();
        int characters = Math.max(0, a[2] - a[1] + 1);
        return ninePins ? characters * 12 : 0;
    }

    void run(int command, int[] a) {
        switch (command) {
            case '0' -> layout.lineSpacing = POINTS / 8;
            case '1' -> layout.lineSpacing = POINTS * 7 / 72;
            case '2' -> layout.lineSpacing = POINTS / 6;
            case '3' -> layout.lineSpacing = a[0] * POINTS / (ninePins ? 216 : 180);
            case '+' -> layout.lineSpacing = a[0] * INCH_360;
            case 'A' -> layout.lineSpacing = a[0] * POINTS / (ninePins ? 72 : 60);
            case 'J' -> layout.down(a[0] * POINTS / (ninePins ? 216 : 180));
            case 'j' -> layout.down(-a[0] * POINTS / (ninePins ? 216 : 180));
            case 'C' -> press.pageLength(a.length == 2 ? a[1] * POINTS : a[0] * layout.lineSpacing);
            case 'N' -> layout.skip = Layout.bounded(a[0] * layout.lineSpacing);
            case 'O' -> layout.skip = 0;
            case 'l' -> {
                layout.left = Math.min(Layout.bounded(a[0] * columns()), press.sheet().width());
                layout.x = layout.left;
            }
            case 'Q' -> layout.right = Layout.bounded(a[0] * columns());
            case '$' -> layout.horizontal(layout.left + word(a, 0) * (layout.unit > 0 ? layout.unit : POINTS / 60));
            case '\\' -> layout.horizontal(layout.x
                + (short) word(a, 0) * (layout.unit > 0 ? layout.unit : POINTS / (ninePins ? 120 : 180)));
            case 'f' -> feed(a);
            case '?' -> reassign(a);
            case 'R' -> check(tables.country(a[0]));
            case 't' -> check(tables.select(a[0]));
            case 'r' -> {
                check(graphics.colour(a[0]));
                style.colour(a[0]);
            }
            default -> {
                if (!look(command, a)) {
                    other(command);
                }
            }
        }
    }

    private double columns() {
        return style.advance();
    }

    private void check(boolean known) {
        if (!known) {
            press.unknown();
        }
    }

    /** ESC f: so many blanks, or lines. */
    private void feed(int[] a) {
        if (a[0] == 0 || a[0] == '0') {
            layout.horizontal(layout.x + a[1] * style.advance());
        } else {
            for (int i = 0; i < a[1]; i++) {
                layout.newLine();
            }
        }
    }

    private void reassign(int[] a) {
        int which = "KLYZ".indexOf(a[0]);
        if (which >= 0) {
            assigned[which] = a[1];
        }
    }

    /** Commands that change how text looks. */
    private boolean look(int command, int[] a) {
        int on = a.length > 0 ? a[0] & ~'0' : 0;
        switch (command) {
            case '!' -> style.master(a[0]);
            case '-' -> style.underline = on == 1;
            case '4' -> style.italic = true;
            case '5' -> style.italic = false;
            case 'E' -> style.bold = true;
            case 'F' -> style.bold = false;
            case 'G' -> style.doubleStrike = true;
            case 'H' -> style.doubleStrike = false;
            case 'M' -> pitch(12);
            case 'P' -> pitch(10);
            case 'g' -> pitch(15);
            case 'S' -> style.script = on == 0 ? 1 : 2;
            case 'T' -> style.script = 0;
            case 'W' -> style.doubleWidth = on == 1;
            case 'w' -> style.doubleHeight = on == 1;
            case 'p' -> style.proportional = on == 1;
            case 'k' -> style.typeface = a[0];
            case ' ' -> style.extraSpace = a[0] * POINTS / (ninePins ? 120 : 180);
            case 'c' -> style.fixedAdvance = Math.min(POINTS * 3, word(a, 0) * INCH_360);
            case 'X' -> size(a);
            default -> {
                return false;
            }
        }
        style.changed();
        return true;
    }

    private void pitch(int pitch) {
        style.pitch = pitch;
        style.fixedAdvance = 0;
    }

    /** ESC X: pitch in 360ths of an inch (1 proportional), height in half points. */
    private void size(int[] a) {
        if (a[0] == 1) {
            style.proportional = true;
        } else if (a[0] >= 5) {
            style.proportional = false;
            style.fixedAdvance = a[0] * INCH_360;
        }
        int half = word(a, 1);
        if (half >= 8 && half <= 128) {
            style.size = half / 2.0;
        }
    }

    /** Commands about things that this printer has not: paper sensors, speed, buffers, sheet feeders. */
    private void other(int command) {
        boolean harmless = switch (command) {
            case '#', '%', '6', '7', '8', '9', '<', '=', '>', 'I', 'U', '/', 'a', 'i', 'm', 'q', 's', 'x', 'z', '~',
                0x19 -> true;
            default -> false;
        };
        check(harmless);
    }

    /** ESC D, ESC B and ESC b. */
    void tabs(int command, byte[] stops) {
        double[] places = new double[Math.min(32, stops.length)];
        for (int i = 0; i < places.length; i++) {
            places[i] = Layout.bounded((stops[i] & 0xFF) * (command == 'D' ? style.advance() : layout.lineSpacing));
        }
        if (command == 'D') {
            layout.tabs = places;
        } else {
            layout.verticalTabs = places;
        }
    }

    private double unit() {
        return layout.unit > 0 ? layout.unit : INCH_360;
    }

    /** ESC ( and a letter. */
    void extended(int command, byte[] body) {
        switch (command) {
            case 'G' -> graphicsMode = true;
            case 'U' -> {
                if (body.length > 0 && body[0] != 0) {
                    layout.unit = (body[0] & 0xFF) * POINTS / 3600;
                }
            }
            case 'C' -> press.pageLength(number(body, 0) * unit());
            case 'c' -> {
                int half = body.length / 2;
                if (half == 2 || half == 4) {
                    layout.top = Layout.bounded(part(body, 0, half) * unit());
                    layout.bottom = Layout.bounded(part(body, half, half) * unit());
                    layout.y = Math.max(layout.y, layout.top);
                }
            }
            case 'S' -> {
                if (body.length == 8) {
                    press.pageLength(part(body, 4, 4) * unit());
                }
            }
            case 'V' -> layout.vertical(number(body, 0) * unit());
            case 'v' -> layout.down(signed(body) * unit());
            case '$' -> layout.horizontal(layout.left + number(body, 0) * unit());
            case '/' -> layout.horizontal(layout.x + signed(body) * unit());
            case 'r' -> check(body.length == 2 && graphics.colour(body[1] & 0xFF));
            case 't' -> check(body.length == 3
                && tables.assign(body[0] & 0xFF, body[1] & 0xFF, body[2] & 0xFF));
            case 'D' -> check(body.length == 4
                && graphics.dots((int) part(body, 0, 2), body[2] & 0xFF, body[3] & 0xFF));
            case '-' -> {
                if (body.length == 3) {
                    style.underline = body[0] == 1 && (body[2] & ~'0') != 0;
                    style.changed();
                }
            }
            case 'K', 'R', 'd', 'e', 'i', 'm', 'n', 'p', 's', 'f', 'A', 'u' -> {
            }
            default -> press.unknown();
        }
    }

    private static long part(byte[] body, int from, int count) {
        long value = 0;
        for (int i = 0; i < count && from + i < body.length; i++) {
            value |= (body[from + i] & 0xFFL) << i * 8;
        }
        return value;
    }

    private static long number(byte[] body, int from) {
        return part(body, from, Math.min(4, body.length - from));
    }

    private static long signed(byte[] body) {
        return body.length >= 4 ? (int) part(body, 0, 4) : (short) part(body, 0, 2);
    }

    void save(StateWriter out) {
        out.putInts("assigned", assigned.clone()).putBoolean("graphics-mode", graphicsMode);
    }

    void restore(StateReader in) throws StateException {
        int[] values = in.getInts("assigned");
        if (values.length != assigned.length) {
            throw new StateException("assigned has " + values.length + " values; " + assigned.length + " are right");
        }
        for (int i = 0; i < values.length; i++) {
            assigned[i] = values[i] & 0xFF;
        }
        graphicsMode = in.getBoolean("graphics-mode");
    }
}
