package dev.backplane.machine.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes ACPI Machine Language (ACPI 6.4, chapter 20): each method gives the bytes of one term, so that terms nest as
 * calls do.
 */
final class Aml {
    static final byte[] LOCAL0 = {0x60};
    static final byte[] LOCAL1 = {0x61};
    static final byte[] ARG0 = {0x68};
    static final byte[] ARG1 = {0x69};
    static final byte[] ARG2 = {0x6A};
    static final byte[] ARG3 = {0x6B};
    /** The target that stores nowhere. */
    static final byte[] NOWHERE = {0};

    private static final int EXT = 0x5B;

    private Aml() {
    }

    /** Bytes one after the other. */
    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] p : parts) {
            out.writeBytes(p);
        }
        return out.toByteArray();
    }

    static byte[] bytes(int... values) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) {
            b[i] = (byte) values[i];
        }
        return b;
    }

    static byte[] little(long value, int size) {
        byte[] b = new byte[size];
        for (int i = 0; i < size; i++) {
            b[i] = (byte) (value >>> i * 8);
        }
        return b;
    }

    /**
     * A name string: segments of up to four characters, separated by dots, after an optional backslash
     * (20.2.2).
     */
    static byte[] name(String path) {
        boolean root = path.startsWith("\\");
        String rest = root ? path.substring(1) : path;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (root) {
            out.write('\\');
        }
        if (rest.isEmpty()) {
            out.write(0);
            return out.toByteArray();
        }
        String[] segments = rest.split("\\.");
        if (segments.length == 2) {
            out.write(0x2E);
        } else if (segments.length > 2) {
            out.write(0x2F);
            out.write(segments.length);
        }
        for (String s : segments) {
            if (!s.matches("[A-Z_][A-Z_0-9]{0,3}")) {
                throw new IllegalArgumentException("AML name " + path);
            }
            out.writeBytes((s + "____").substring(0, 4).getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }

    /** An integer constant in its shortest form; unsigned. */
    static byte[] number(long v) {
        if (v == 0 || v == 1) {
            return bytes((int) v);
        }
        if (v >>> 8 == 0) {
            return join(bytes(0x0A), little(v, 1));
        }
        if (v >>> 16 == 0) {
            return join(bytes(0x0B), little(v, 2));
        }
        return v >>> 32 == 0 ? join(bytes(0x0C), little(v, 4)) : join(bytes(0x0E), little(v, 8));
    }

    static byte[] string(String s) {
        return join(bytes(0x0D), s.getBytes(StandardCharsets.US_ASCII), bytes(0));
    }

    /** A compressed EISA ID such as PNP0A08 (19.3.4). */
    static byte[] eisaId(String id) {
        int v = (id.charAt(0) - 0x40) << 10 | (id.charAt(1) - 0x40) << 5 | id.charAt(2) - 0x40;
        int product = Integer.parseInt(id.substring(3), 16);
        return join(bytes(0x0C, v >> 8, v, product >> 8, product));
    }

    /** What follows an opcode that has a length: the length, itself counted in (20.2.4), and the content. */
    private static byte[] packed(byte[]... content) {
        byte[] body = join(content);
        for (int size = 1; size <= 4; size++) {
            int length = body.length + size;
            if (size == 1 && length < 0x40) {
                return join(bytes(length), body);
            }
            if (size > 1 && length < 1 << 4 + 8 * (size - 1)) {
                byte[] head = new byte[size];
                head[0] = (byte) ((size - 1) << 6 | length & 15);
                for (int i = 1; i < size; i++) {
                    head[i] = (byte) (length >> 4 + 8 * (i - 1));
                }
                return join(head, body);
            }
        }
        throw new IllegalArgumentException("AML package of " + body.length + " bytes");
    }

    static byte[] define(String name, byte[] value) {
        return join(bytes(0x08), name(name), value);
    }

    static byte[] scope(String name, byte[]... content) {
        return join(bytes(0x10), packed(name(name), join(content)));
    }

    static byte[] device(String name, byte[]... content) {
        return join(bytes(EXT, 0x82), packed(name(name), join(content)));
    }

    /** A method; serialized if it makes names. */
    static byte[] method(String name, int arguments, boolean serialized, byte[]... content) {
        return join(bytes(0x14), packed(name(name), bytes(arguments | (serialized ? 8 : 0)), join(content)));
    }

    static byte[] pack(byte[]... elements) {
        if (elements.length > 255) {
            throw new IllegalArgumentException("AML package of " + elements.length + " elements");
        }
        return join(bytes(0x12), packed(bytes(elements.length), join(elements)));
    }

    static byte[] buffer(byte[] content) {
        return join(bytes(0x11), packed(number(content.length), content));
    }

    /** A UUID as a buffer (19.6.142): the first three fields are stored little-endian. */
    static byte[] uuid(String text) {
        String hex = text.replace("-", "");
        int[] order = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
        byte[] b = new byte[16];
        for (int i = 0; i < 16; i++) {
            b[i] = (byte) Integer.parseInt(hex.substring(order[i] * 2, order[i] * 2 + 2), 16);
        }
        return buffer(b);
    }

    /** A resource template (19.6.115): descriptors with an end tag. */
    static byte[] resources(byte[]... descriptors) {
        return buffer(join(join(descriptors), bytes(0x79, 0)));
    }

    /** IO(Decode16) (6.4.2.5). */
    static byte[] io(int first, int count) {
        return join(bytes(0x47, 1), little(first, 2), little(first, 2), bytes(1, count));
    }

    /** IRQNoFlags (6.4.2.1): edge-triggered, active high. */
    static byte[] irq(int irq) {
        return join(bytes(0x22), little(1L << irq, 2));
    }

    /** Memory32Fixed (6.4.3.4). */
    static byte[] memory32(long base, long size, boolean writable) {
        return join(bytes(0x86, 9, 0, writable ? 1 : 0), little(base, 4), little(size, 4));
    }

    /** WordBusNumber, a range that the bridge produces (6.4.3.5.3). */
    static byte[] busRange(int first, int last) {
        return join(bytes(0x88, 0x0D, 0, 2, 0x0C, 0), little(0, 2), little(first, 2), little(last, 2),
            little(0, 2), little(last - first + 1, 2));
    }

    /** WordIO, a range that the bridge produces (6.4.3.5.3). */
    static byte[] ioRange(int first, int last) {
        return join(bytes(0x88, 0x0D, 0, 1, 0x0C, 3), little(0, 2), little(first, 2), little(last, 2),
            little(0, 2), little(last - first + 1, 2));
    }

    /** DWordMemory, read-write and not cacheable, a range that the bridge produces (6.4.3.5.2). */
    static byte[] memoryRange32(long first, long last) {
        return join(bytes(0x87, 0x17, 0, 0, 0x0C, 1), little(0, 4), little(first, 4), little(last, 4),
            little(0, 4), little(last - first + 1, 4));
    }

    /** QWordMemory, read-write and cacheable, a range that the bridge produces (6.4.3.5.1). */
    static byte[] memoryRange64(long first, long last) {
        return join(bytes(0x8A, 0x2B, 0, 0, 0x0C, 3), little(0, 8), little(first, 8), little(last, 8),
            little(0, 8), little(last - first + 1, 8));
    }

    static byte[] ifTrue(byte[] condition, byte[]... content) {
        return join(bytes(0xA0), packed(condition, join(content)));
    }

    static byte[] otherwise(byte[]... content) {
        return join(bytes(0xA1), packed(join(content)));
    }

    static byte[] equal(byte[] a, byte[] b) {
        return join(bytes(0x93), a, b);
    }

    static byte[] not(byte[] a) {
        return join(bytes(0x92), a);
    }

    static byte[] and(byte[] a, byte[] b, byte[] target) {
        return join(bytes(0x7B), a, b, target);
    }

    static byte[] or(byte[] a, byte[] b, byte[] target) {
        return join(bytes(0x7D), a, b, target);
    }

    static byte[] store(byte[] value, byte[] target) {
        return join(bytes(0x70), value, target);
    }

    static byte[] result(byte[] value) {
        return join(bytes(0xA4), value);
    }

    /** A field of 32 bits of a buffer. */
    static byte[] dwordField(byte[] buffer, int offset, String name) {
        return join(bytes(0x8A), buffer, number(offset), name(name));
    }
}
