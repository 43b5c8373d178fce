package dev.backplane.device.disk;

import java.util.Arrays;

/**
 * Names the format that the beginning of a file looks like. This serves error messages only: the contents of an image
 * are the guest's, so they must never choose how it is read.
 */
final class ImageFormats {
    /** How much of the beginning is looked at. */
    static final int LENGTH = 512;

    private ImageFormats() {
    }

    /** The name of a format that is not raw, or null. */
    static String looksLike(byte[] start) {
        if (begins(start, 0, 'Q', 'F', 'I', 0xFB)) {
            return "qcow2";
        } else if (begins(start, 0, 'v', 'h', 'd', 'x', 'f', 'i', 'l', 'e')) {
            return "VHDX";
        } else if (begins(start, 0, 'c', 'o', 'n', 'e', 'c', 't', 'i', 'x')) {
            return "VHD";
        } else if (begins(start, 0, 'K', 'D', 'M', 'V') || begins(start, 0, '#', ' ', 'D', 'i', 's', 'k', ' ', 'D')) {
            return "VMDK";
        } else if (begins(start, 0x40, 0x7F, 0x10, 0xDA, 0xBE)) {
            return "VDI";
        } else if (begins(start, 0, 0xFD, '7', 'z', 'X', 'Z', 0)) {
            return "xz-compressed";
        } else if (begins(start, 0, 0x1F, 0x8B, 0x08)) {
            return "gzip-compressed";
        } else if (begins(start, 0, 0x28, 0xB5, 0x2F, 0xFD)) {
            return "zstd-compressed";
        }
        return null;
    }

    private static boolean begins(byte[] start, int at, int... magic) {
        byte[] expected = new byte[magic.length];
        for (int i = 0; i < magic.length; i++) {
            expected[i] = (byte) magic[i];
        }
        return start.length >= at + magic.length
            && Arrays.equals(start, at, at + magic.length, expected, 0, magic.length);
    }
}
