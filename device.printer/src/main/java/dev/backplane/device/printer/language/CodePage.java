package dev.backplane.device.printer.language;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What bytes 0 to 255 look like.
 *
 * @param name as users write it
 * @param text 256 characters; U+FFFD where there is none
 */
public record CodePage(String name, String text) {
    /** Names that users can choose from. */
    public static final List<String> NAMES = List.of("cp437", "cp850", "cp852", "cp855", "cp857", "cp858", "cp860",
        "cp861", "cp862", "cp863", "cp864", "cp865", "cp866", "cp869", "cp737", "latin1", "latin2", "latin9",
        "windows-1250", "windows-1251", "windows-1252");

    /** One of {@link #NAMES}, or another single-byte character set of the JDK. */
    public static Optional<CodePage> of(String name) {
        String charset = switch (name.toLowerCase(Locale.ROOT)) {
            case "latin1" -> "ISO-8859-1";
            case "latin2" -> "ISO-8859-2";
            case "latin9" -> "ISO-8859-15";
            case "cp858" -> "IBM00858";
            default -> name.startsWith("cp") ? "IBM" + name.substring(2) : name;
        };
        try {
            if (!Charset.isSupported(charset)) {
                return Optional.empty();
            }
            byte[] all = new byte[256];
            for (int i = 0; i < all.length; i++) {
                all[i] = (byte) i;
            }
            String text = new String(all, Charset.forName(charset));
            return text.length() == all.length ? Optional.of(new CodePage(name, text)) : Optional.empty();
        } catch (IllegalCharsetNameException e) {
            return Optional.empty();
        }
    }

    /** The character of a byte, 0 to 255. */
    public char character(int value) {
        return text.charAt(value);
    }
}
