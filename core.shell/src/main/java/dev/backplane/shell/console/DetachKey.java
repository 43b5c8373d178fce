package dev.backplane.shell.console;

import java.util.Locale;

/**
 * The key that leaves a console.
 *
 * @param code the control character it sends, 1 to 31
 */
public record DetachKey(int code) {

    /** Control and the right bracket, as telnet has it. */
    public static final DetachKey DEFAULT = new DetachKey(0x1d);

    private static final String CONTROL = "ctrl-";

    /**
     * Reads {@code ctrl-X} or {@code ^X}.
     *
     * @throws IllegalArgumentException if it is no control key
     */
    public static DetachKey parse(String text) {
        String lower = text.strip().toLowerCase(Locale.ROOT);
        String key = lower.startsWith(CONTROL) ? lower.substring(CONTROL.length())
                : lower.startsWith("^") ? lower.substring(1) : "";
        if (key.length() == 1) {
            int code = Character.toUpperCase(key.charAt(0)) - 0x40;
            if (code >= 1 && code <= 0x1f) {
                return new DetachKey(code);
            }
        }
        throw new IllegalArgumentException("\"" + text + "\" is not a control key; write it like ctrl-] or ctrl-a");
    }

    /** As people write it: {@code Ctrl-]}. */
    @Override
    public String toString() {
        char key = (char) (code + 0x40);
        return "Ctrl-" + (Character.isLetter(key) ? Character.toLowerCase(key) : key);
    }
}
