package dev.backplane.device.printer.engine;

import java.util.Arrays;

/**
 * Tells a job's language by its first bytes. Plain text is ESC/P without escape sequences, so ESC/P is the answer if
 * nothing speaks for another.
 */
final class Detector {
    private static final int ESC = 0x1B;
    private static final int END_OF_TRANSMISSION = 0x04;
    private static final int LONGEST = 4;

    private final byte[] seen = new byte[LONGEST];
    private int count;

    /** The bytes it was asked about. */
    byte[] seen() {
        return Arrays.copyOf(seen, count);
    }

    void reset() {
        count = 0;
    }

    /** The name of the language, or null if one more byte is needed. */
    String ask(int value) {
        if (count == 0 && value == END_OF_TRANSMISSION) {
            return null;
        }
        seen[count++] = (byte) value;
        return switch (seen[0]) {
            case '%' -> count < 2 ? null : seen[1] == '!' ? "postscript" : "escp";
            case ESC -> count < 2 ? null : escape();
            default -> "escp";
        };
    }

    private String escape() {
        return switch (seen[1]) {
            case 'E' -> "pcl";
            // ESC % - 1 2 3 4 5 X leaves a PCL printer's language; ESC/P has ESC % 0 and ESC % 1
            case '%' -> count < 3 ? null : seen[2] == '-' ? "pcl" : "escp";
            case '&', '*' -> count < 3 ? null : seen[2] >= 'a' && seen[2] <= 'z' ? "pcl" : "escp";
            case '(' -> parenthesis();
            default -> "escp";
        };
    }

    private String parenthesis() {
        if (count < 3) {
            return null;
        }
        if (Character.isDigit(seen[2])) {
            return "pcl";
        }
        if (seen[2] != 's') {
            return "escp";
        }
        return count < 4 ? null : Character.isDigit(seen[3]) ? "pcl" : "escp";
    }
}
