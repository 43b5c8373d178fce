package dev.backplane.shell.console;

import java.util.Arrays;

/**
 * Console output as a script sees it: UTF-8 decoded, terminal control sequences and carriage returns left out, and for
 * every character the place in the raw output after it.
 *
 * <p>A guest's shell asks the terminal for its size or sets colours in the middle of a prompt; no expression of a user
 * means to match that.
 */
public final class ConsoleText {

    private static final int ESCAPE = 0x1b;

    private final byte[] raw;
    private final StringBuilder text = new StringBuilder();
    private int[] ends = new int[256];
    private int at;

    private ConsoleText(byte[] raw) {
        this.raw = raw;
        while (at < raw.length) {
            int b = raw[at] & 0xff;
            if (b == ESCAPE) {
                skipSequence();
            } else if (b >= 0xc0) {
                decode(b);
            } else {
                at++;
                if (b == '\n' || b == '\t' || b >= 0x20 && b < 0x7f) {
                    append(b);
                } else if (b >= 0x80) {
                    append(0xfffd);
                }
            }
        }
    }

    /** Reads raw output; a sequence that is not complete yet at the end is left out. */
    public static ConsoleText of(byte[] raw) {
        return new ConsoleText(raw);
    }

    /** The text. */
    public String text() {
        return text.toString();
    }

    /** How many raw bytes lie before the end of the first {@code length} characters. */
    public int rawEnd(int length) {
        return length == 0 ? 0 : ends[length - 1];
    }

    /** The last line that is not blank, shortened to 80 characters, or "". */
    public String lastLine() {
        return text.toString().lines().map(String::strip).filter(line -> !line.isEmpty())
                .reduce((first, second) -> second)
                .map(line -> line.length() > 80 ? line.substring(line.length() - 80) : line).orElse("");
    }

    private void append(int codePoint) {
        text.appendCodePoint(codePoint);
        if (text.length() > ends.length) {
            ends = Arrays.copyOf(ends, Math.max(text.length(), ends.length * 2));
        }
        for (int i = text.length() - Character.charCount(codePoint); i < text.length(); i++) {
            ends[i] = at;
        }
    }

    private void decode(int lead) {
        int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        int codePoint = lead & 0x3f >> more;
        int next = at + 1;
        for (int i = 0; i < more; i++, next++) {
            if (next >= raw.length) {
                at = raw.length;
                return;
            }
            if ((raw[next] & 0xc0) != 0x80) {
                at = next;
                append(0xfffd);
                return;
            }
            codePoint = codePoint << 6 | raw[next] & 0x3f;
        }
        at = next;
        append(Character.isValidCodePoint(codePoint) ? codePoint : 0xfffd);
    }

    /** Skips what ECMA-48 calls an escape or control sequence, and OSC strings. */
    private void skipSequence() {
        int next = at + 1;
        if (next >= raw.length) {
            at = raw.length;
            return;
        }
        int kind = raw[next++] & 0xff;
        if (kind == '[') {
            while (next < raw.length && (raw[next] & 0xff) >= 0x20 && (raw[next] & 0xff) < 0x40) {
                next++;
            }
            next++;
        } else if (kind == ']') {
            while (next < raw.length && raw[next] != 0x07 && raw[next] != ESCAPE) {
                next++;
            }
            next += next < raw.length && raw[next] == ESCAPE ? 2 : 1;
        } else if (kind >= 0x20 && kind < 0x30) {
            next++;
        }
        at = Math.min(next, raw.length);
    }
}
