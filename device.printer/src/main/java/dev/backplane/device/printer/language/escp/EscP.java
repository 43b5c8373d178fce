package dev.backplane.device.printer.language.escp;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Language;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.language.CodePage;

/**
 * ESC/P and ESC/P 2: cuts the bytes into characters, control codes and sequences. Plain text is printed as it is.
 * Threading: under the device's lock.
 */
public final class EscP implements Language {
    private static final int ESC = 0x1B;
    private static final int LONGEST_SEQUENCE = 4096;
    private static final int BASE = 9;

    /** What the next byte is. */
    private enum Expect {
        TEXT, ESCAPE, ARGUMENTS, LIST, EXTENDED, SKIP, PICTURE, LITERAL, REMOTE, PACKET_MODE
    }

    private final String name;
    private final Press press;
    private final Layout layout;
    private final Style style = new Style();
    private final CharacterTables tables;
    private final Graphics graphics;
    private final Commands commands;
    private Expect expect = Expect.TEXT;
    /** The sequence without its ESC. */
    private final byte[] sequence = new byte[LONGEST_SEQUENCE];
    private int length;
    /** Of the sequence, or of what is to be skipped. */
    private long needed;

    /**
     * @param name     as users write it
     * @param ninePins whether bit images and line feeds are those of 9-pin printers, else of 24-pin ones
     */
    public EscP(String name, Press press, CodePage codePage, boolean ninePins) {
        this.name = name;
        this.press = press;
        layout = new Layout(press);
        tables = new CharacterTables(codePage);
        graphics = new Graphics(press, layout, ninePins);
        commands = new Commands(press, layout, style, tables, graphics, ninePins);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void reset() {
        layout.reset();
        layout.y = 0;
        tables.reset();
        graphics.reset();
        commands.reset();
        expect(Expect.TEXT);
    }

    @Override
    public void endOfJob() {
        graphics.reset();
        layout.x = layout.left;
        layout.y = layout.top;
        expect(Expect.TEXT);
    }

    private void expect(Expect next) {
        expect = next;
        length = 0;
        needed = 0;
    }

    @Override
    public void accept(int value) {
        switch (expect) {
            case TEXT -> text(value);
            case ESCAPE -> escape(value);
            case ARGUMENTS -> {
                sequence[length++] = (byte) value;
                if (length == needed) {
                    arguments();
                }
            }
            case LIST -> list(value);
            case EXTENDED -> extended(value);
            case SKIP -> {
                if (--needed == 0) {
                    expect(Expect.TEXT);
                }
            }
            case PICTURE -> {
                if (graphics.accept(value)) {
                    expect(Expect.TEXT);
                }
            }
            case LITERAL -> {
                print(value);
                if (--needed == 0) {
                    expect(Expect.TEXT);
                }
            }
            case REMOTE -> remote(value);
            case PACKET_MODE -> {
                if (value == ESC) {
                    expect(Expect.ESCAPE);
                }
            }
        }
    }

    private void text(int value) {
        switch (value) {
            case '\b' -> layout.x = Math.max(layout.left, layout.x - style.advance());
            case '\t' -> layout.tab();
            case '\n' -> newLine();
            case 0x0B -> layout.verticalTab();
            case '\f' -> {
                layout.formFeed();
                lineOver();
            }
            case '\r' -> layout.x = layout.left;
            case 0x0E -> {
                style.doubleWidthLine = true;
                style.changed();
            }
            case 0x0F -> condensed(true);
            case 0x12 -> condensed(false);
            case 0x14 -> lineOver();
            case ESC -> expect(Expect.ESCAPE);
            default -> {
                if (value >= ' ' && value != 0x7F) {
                    print(value);
                }
            }
        }
    }

    private void newLine() {
        layout.newLine();
        lineOver();
    }

    private void lineOver() {
        if (style.doubleWidthLine) {
            style.doubleWidthLine = false;
            style.changed();
        }
    }

    private void condensed(boolean now) {
        style.condensed = now;
        style.changed();
    }

    private void print(int value) {
        double advance = style.advance();
        if (layout.x + advance > layout.rightEdge() + 0.01) {
            newLine();
        }
        layout.roomForText();
        double base = layout.y + BASE + (style.script == 1 ? -4 : style.script == 2 ? 2 : 0);
        if (!press.sheet().character(layout.x, base, tables.character(value), style.font(), advance, style.rgb())) {
            press.bounded();
        }
        layout.x += advance;
    }

    private void escape(int value) {
        switch (value) {
            case 0x0E, 0x0F -> {
                expect(Expect.TEXT);
                text(value);
            }
            case 0x01 -> expect(Expect.PACKET_MODE);
            case 'B', 'D', 'b' -> {
                expect(Expect.LIST);
                sequence[length++] = (byte) value;
            }
            case '(' -> expect(Expect.EXTENDED);
            default -> {
                int count = commands.arguments(value);
                expect(Expect.ARGUMENTS);
                sequence[length++] = (byte) value;
                needed = count + 1L;
                if (count < 0) {
                    press.unknown();
                    expect(Expect.TEXT);
                } else if (count == 0) {
                    arguments();
                }
            }
        }
    }

    private void arguments() {
        int command = sequence[0] & 0xFF;
        int[] a = new int[length - 1];
        for (int i = 0; i < a.length; i++) {
            a[i] = sequence[i + 1] & 0xFF;
        }
        if (command == 'C' && a.length == 1 && a[0] == 0) {
            needed = 3;
            return;
        }
        expect(Expect.TEXT);
        if (command == '&' && a.length == 3) {
            needed = commands.userDefined(a);
            expect = needed > 0 ? Expect.SKIP : Expect.TEXT;
        } else if (commands.picture(command, a)) {
            expect = Expect.PICTURE;
        } else if (command == '@') {
            layout.reset();
            tables.reset();
            graphics.reset();
            commands.reset();
        } else {
            commands.run(command, a);
        }
    }

    /** Tab stops: bytes in ascending order, up to a NUL or one that is not greater. */
    private void list(int value) {
        boolean channel = sequence[0] == 'b' && length == 1;
        boolean ends = value == 0 && !channel;
        boolean descends = !channel && length > 1 + (sequence[0] == 'b' ? 1 : 0) && value <= (sequence[length - 1] & 0xFF);
        if (ends || descends || length > 34) {
            byte command = sequence[0];
            byte[] stops = Arrays.copyOfRange(sequence, command == 'b' ? 2 : 1, length);
            expect(Expect.TEXT);
            commands.tabs(command, stops);
            if (!ends) {
                accept(value);
            }
        } else {
            sequence[length++] = (byte) value;
        }
    }

    /** ESC ( c nL nH and so many bytes. */
    private void extended(int value) {
        if (length < sequence.length) {
            sequence[length] = (byte) value;
        }
        length++;
        if (length < 3) {
            return;
        }
        int payload = sequence[1] & 0xFF | (sequence[2] & 0xFF) << 8;
        if (length == 3 && sequence[0] == '^') {
            expect(payload > 0 ? Expect.LITERAL : Expect.TEXT);
            needed = payload;
        } else if (length == 3 && payload > LONGEST_SEQUENCE - 3) {
            press.bounded();
            expect(Expect.SKIP);
            needed = payload;
        } else if (length == 3 + payload) {
            byte command = sequence[0];
            byte[] body = Arrays.copyOfRange(sequence, 3, length);
            expect(command == 'R' ? Expect.REMOTE : Expect.TEXT);
            commands.extended(command, body);
        }
    }

    /** Remote mode: two letters, a length and so many bytes, until ESC and three NULs. */
    private void remote(int value) {
        if (length < sequence.length) {
            sequence[length] = (byte) value;
        }
        length++;
        if (length >= 4) {
            boolean leaves = sequence[0] == ESC;
            int payload = leaves ? 0 : sequence[2] & 0xFF | (sequence[3] & 0xFF) << 8;
            if (length == 4 + payload) {
                expect(leaves ? Expect.TEXT : Expect.REMOTE);
            }
        }
    }

    @Override
    public void save(StateWriter out) {
        out.putString("expect", expect.name()).putInt("length", length).putLong("needed", needed)
            .putBytes("sequence", Arrays.copyOf(sequence, Math.min(length, sequence.length)));
        layout.save(out.section("layout"));
        style.save(out.section("style"));
        tables.save(out.section("tables"));
        graphics.save(out.section("graphics"));
        commands.save(out.section("commands"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        String text = in.getString("expect");
        expect = Arrays.stream(Expect.values()).filter(e -> e.name().equals(text)).findFirst()
            .orElseThrow(() -> new StateException("expect is " + text + "; that is nothing to expect"));
        length = in.getInt("length", 0, 0x10010);
        needed = in.getLong("needed");
        byte[] have = in.getBytes("sequence", Math.min(length, sequence.length));
        System.arraycopy(have, 0, sequence, 0, have.length);
        boolean counted = switch (expect) {
            case ARGUMENTS -> needed > length && needed <= 16 && length > 0;
            case SKIP, LITERAL -> needed > 0 && needed <= 1 << 20;
            case LIST -> length > 0 && length <= 35;
            default -> true;
        };
        if (!counted) {
            throw new StateException("needed is " + needed + " of " + length + " while " + text + " is expected");
        }
        layout.restore(in.section("layout"));
        style.restore(in.section("style"));
        tables.restore(in.section("tables"));
        graphics.restore(in.section("graphics"));
        commands.restore(in.section("commands"));
    }
}
