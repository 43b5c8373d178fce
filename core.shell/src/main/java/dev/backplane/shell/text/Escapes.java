package dev.backplane.shell.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** What a user types to a guest: {@code \n \r \t \e \\ \xHH} and {@code ^X} stay writable on one line. */
public final class Escapes {

    private Escapes() {
    }

    /**
     * The bytes meant, UTF-8 but for {@code \xHH}.
     *
     * @throws IllegalArgumentException if an escape is none of those known
     */
    public static byte[] decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                char kind = text.charAt(i + 1);
                i += 2;
                if (kind == 'x') {
                    bytes.write(hex(text, i));
                    i += 2;
                } else {
                    bytes.write(simple(kind));
                }
            } else {
                bytes.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(c);
            }
        }
        return bytes.toByteArray();
    }

    private static int simple(char kind) {
        return switch (kind) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'e' -> 0x1b;
            case '0' -> 0;
            case '\\' -> '\\';
            default -> throw new IllegalArgumentException("unknown escape \\" + kind
                    + "; there is \\n, \\r, \\t, \\b, \\e, \\0, \\\\ and \\xHH");
        };
    }

    private static int hex(String text, int at) {
        if (at + 2 <= text.length()) {
            try {
                return Integer.parseInt(text, at, at + 2, 16);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("\\x needs two hexadecimal digits", e);
            }
        }
        throw new IllegalArgumentException("\\x needs two hexadecimal digits");
    }
}
