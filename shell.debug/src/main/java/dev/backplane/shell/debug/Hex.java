package dev.backplane.shell.debug;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Numbers and bytes as the protocol writes them. */
final class Hex {
    private static final HexFormat FORMAT = HexFormat.of();

    private Hex() {
    }

    static String of(byte[] bytes) {
        return FORMAT.formatHex(bytes);
    }

    static String of(byte[] bytes, int length) {
        return FORMAT.formatHex(bytes, 0, length);
    }

    static String ofText(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] bytes(String hex) throws BadPacket {
        try {
            return FORMAT.parseHex(hex);
        } catch (IllegalArgumentException e) {
            throw new BadPacket();
        }
    }

    /** An unsigned number of up to 64 bits. */
    static long number(String hex) throws BadPacket {
        if (hex.isEmpty() || hex.length() > 16) {
            throw new BadPacket();
        }
        try {
            return HexFormat.fromHexDigitsToLong(hex);
        } catch (IllegalArgumentException e) {
            throw new BadPacket();
        }
    }

    /** A number between 0 and a limit, both included. */
    static int number(String hex, int limit) throws BadPacket {
        long v = number(hex);
        if (v < 0 || v > limit) {
            throw new BadPacket();
        }
        return (int) v;
    }
}
