package dev.backplane.device.net;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

import dev.backplane.api.device.DeviceException;

/** Ethernet addresses of cards (IEEE 802, 8). */
public final class MacAddress {
    /** In bytes. */
    public static final int LENGTH = 6;

    private static final int GROUP = 1;
    private static final int LOCAL = 2;
    private static final HexFormat FORMAT = HexFormat.ofDelimiter(":");

    private MacAddress() {
    }

    /**
     * An address that is locally administered and belongs to a card of a machine: the same in every run and after every
     * replacement, and different for different cards (46 bits of a hash).
     */
    public static byte[] of(String machine, String card) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                .digest((machine + "/" + card).getBytes(StandardCharsets.UTF_8));
            byte[] mac = Arrays.copyOf(hash, LENGTH);
            mac[0] = (byte) (mac[0] & ~GROUP | LOCAL);
            return mac;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /**
     * Reads an address as people write it.
     *
     * @throws DeviceException if it is none, or none that a card can have
     */
    public static byte[] parse(String text) throws DeviceException {
        byte[] mac;
        try {
            mac = FORMAT.parseHex(text.replace('-', ':'));
        } catch (IllegalArgumentException e) {
            throw new DeviceException("mac=" + text + ": six bytes are needed, for instance 52:54:00:12:34:56", e);
        }
        if (mac.length != LENGTH) {
            throw new DeviceException("mac=" + text + " has " + mac.length + " bytes; 6 are right");
        }
        if (isGroup(mac, 0) || Arrays.equals(mac, new byte[LENGTH])) {
            throw new DeviceException("mac=" + text + " is no card's address: its first byte must be even and not all "
                + "may be zero");
        }
        return mac;
    }

    /** As people write it. */
    public static String format(byte[] mac) {
        return FORMAT.formatHex(mac);
    }

    /** Whether the address at that place is of a group (multicast or broadcast). */
    public static boolean isGroup(byte[] bytes, int offset) {
        return (bytes[offset] & GROUP) != 0;
    }

    /** Whether the address at that place is the broadcast address. */
    public static boolean isBroadcast(byte[] bytes, int offset) {
        return (bytes[offset] & bytes[offset + 1] & bytes[offset + 2] & bytes[offset + 3] & bytes[offset + 4]
            & bytes[offset + 5]) == -1;
    }

    /** The 48 bits at that place as a number, first byte highest. */
    public static long bits(byte[] bytes, int offset) {
        return (bytes[offset] & 0xFFL) << 40 | (bytes[offset + 1] & 0xFFL) << 32 | (bytes[offset + 2] & 0xFFL) << 24
            | (bytes[offset + 3] & 0xFF) << 16 | (bytes[offset + 4] & 0xFF) << 8 | bytes[offset + 5] & 0xFF;
    }
}
