package dev.backplane.test.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * Machine code that means harm: random bytes, random instructions that mostly exist, system instructions in the middle
 * of a block, stores into code, jumps into the middle of instructions.
 */
final class HostileCode {
    /** Whole sequences, in hexadecimal; ?? is a random byte. */
    private static final String[] SEQUENCES = {
        // Control and debug registers, in 32-bit and 64-bit encodings alike.
        "0f22c0", "0f22d8", "0f22e0", "0f20c0", "0f20d8", "0f20e0", "440f22c0", "0f23f8", "0f23c0", "0f21f8",
        // Paging off and on, write protection, task-switched flag, protected mode, EM.
        "0f20c00d000000800f22c0", "0f20c0250000ff7f0f22c0", "0f20c083f0010f22c0", "0f20c035000001000f22c0",
        "0f20c083f0080f22c0", "0f20c083f0040f22c0", "0f20e035??????000f22e0", "0f20d80f22d8", "0f01f0", "0f06",
        // EFER, STAR, LSTAR, APIC base, FS and GS bases.
        "b9800000c0b8??0?00000f30", "b9810000c00f30", "b9820000c00f30", "b9000100c00f30", "b9010100c00f30",
        "0f30", "0f32",
        // Descriptor tables and segments.
        "0f0116", "0f011e", "0f0117", "0f00d8", "0f00d0", "8ed0", "8ed8", "8ec0", "8ee0", "8ee8", "17", "1f",
        "0fa1", "0fa9",
        "0fb200", "0f02c0", "0f03c0", "0f01f8",
        // Transfers.
        "cb", "ca0800", "cf", "48cf", "cd??", "cc", "f1", "ce", "0f05", "0f07", "480f07", "0f34", "0f35", "480f35",
        "ea??????000800", "9a??????000800", "ff2f", "ff1f", "48ff2f", "ffe0", "ffd0", "c3", "c20800", "eb??",
        "75??", "72??",
        "e8????0000", "e9????0000", "0f84????0000", "e2??", "e3??", "67e2??",
        // Strings, with every prefix.
        "f3a4", "f3a5", "f348a5", "f3aa", "f3ab", "f348ab", "f2ae", "f3a6", "f36c", "f36e", "67f3a4",
        "64f3a4", "fdf3a4fc",
        // Flags: TF, RF, NT, AC, VM, IF.
        "9c583500010000509d", "9c583500000200509d", "9c583500400000509d", "9c583500000400509d", "9d", "489d",
        "fa", "fb",
        "fbf4", "f4", "8ed0f4",
        // Locked and atomic, on whatever address.
        "f00fc108", "f0480fb108", "f00fc708", "f0480fc708", "8707", "f083000?", "f00fab08", "f0ff00",
        // Vectors and x87 state.
        "0fae00", "0fae08", "0fae20", "0fae28", "480fae20", "480fae28", "0fae30", "0fc720", "0f01d0", "0f01d1",
        "b80700000031c931d20f01d1", "c5fc77", "c5fe6f00", "c5fe7f00", "c4e271900409", "c4e2f5924c1110", "c4e2752e00",
        "c4e2752c00", "d9c0", "dd20", "dd30", "d930", "9b", "0f77", "0ff7c1", "660ff7c1",
        // Self-modification: stores around the instruction pointer.
        "c60500000000??", "c705f8ffffff????????", "880500000000", "48890500000000", "8805f0ffffff", "c605????0000??",
        // Ports, time, identification, caches.
        "e4??", "e6??", "ec", "ee", "ed", "ef", "0f31", "0fa2", "0f01f9", "0f33", "0f09", "0f08", "0fae38",
        "0f0d08", "f390",
        "0fc7f0", "0fc7f8", "660f388200", "0f01ca", "0f01cb",
    };
    private static final int[] PREFIXES = {0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65};

    private final SplittableRandom random;

    HostileCode(SplittableRandom random) {
        this.random = random;
    }

    /** Fills a stretch of memory with code. */
    void fill(MemorySegment s, long from, int length) {
        long at = from;
        long end = from + length;
        byte[] one = new byte[40];
        while (at < end) {
            int n = instruction(one);
            for (int i = 0; i < n && at < end; i++) {
                s.set(ValueLayout.JAVA_BYTE, at++, one[i]);
            }
        }
    }

    private int instruction(byte[] b) {
        return switch (random.nextInt(16)) {
            case 0 -> bytes(b, 0, 1 + random.nextInt(16));
            case 1, 2, 3, 4 -> sequence(b, SEQUENCES[random.nextInt(SEQUENCES.length)]);
            case 5 -> vex(b);
            case 6, 7 -> general(b, true);
            default -> general(b, false);
        };
    }

    private int bytes(byte[] b, int at, int n) {
        for (int i = at; i < at + n; i++) {
            b[i] = (byte) random.nextInt();
        }
        return at + n;
    }

    private int sequence(byte[] b, String text) {
        int n = 0;
        int digits = 0;
        int v = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            v = v << 4 | (c == '?' ? random.nextInt(16) : Character.digit(c, 16));
            if ((++digits & 1) == 0) {
                b[n++] = (byte) v;
                v = 0;
            }
        }
        return n;
    }

    /** Prefixes, an opcode and operands that fit most instructions. */
    private int general(byte[] b, boolean twoBytes) {
        int n = 0;
        while (random.nextInt(5) == 0 && n < 4) {
            b[n++] = (byte) PREFIXES[random.nextInt(PREFIXES.length)];
        }
        if (random.nextInt(3) == 0) {
            b[n++] = (byte) (0x40 | random.nextInt(16));
        }
        if (twoBytes) {
            b[n++] = 0x0F;
            int map = random.nextInt(6);
            if (map < 2) {
                b[n++] = (byte) (map == 0 ? 0x38 : 0x3A);
            }
        }
        b[n++] = (byte) (twoBytes || random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(0x40) & ~4 | 1);
        return operand(b, n);
    }

    private int vex(byte[] b) {
        int n = 0;
        boolean three = random.nextInt(3) != 0;
        b[n++] = (byte) (three ? 0xC4 : 0xC5);
        if (three) {
            b[n++] = (byte) (0xE0 & random.nextInt(256) | 1 + random.nextInt(3));
        }
        b[n++] = (byte) random.nextInt(256);
        b[n++] = (byte) random.nextInt(256);
        return operand(b, n);
    }

    /** ModRM with a register or a base, seldom SIB and displacement, and perhaps an immediate byte. */
    private int operand(byte[] b, int at) {
        int n = at;
        int modrm = random.nextInt(256);
        if (random.nextInt(4) != 0) {
            modrm = modrm & 0x3F | (random.nextBoolean() ? 0xC0 : 0);
        }
        b[n++] = (byte) modrm;
        boolean memory = modrm < 0xC0;
        if (memory && (modrm & 7) == 4) {
            b[n++] = (byte) random.nextInt(256);
        }
        if (modrm >> 6 == 1) {
            b[n++] = (byte) random.nextInt(256);
        } else if (modrm >> 6 == 2 || memory && (modrm & 0xC7) == 5) {
            int disp = random.nextInt(0x4000) - 0x2000;
            for (int i = 0; i < 32; i += 8) {
                b[n++] = (byte) (disp >> i);
            }
        }
        if (random.nextInt(4) == 0) {
            b[n++] = (byte) random.nextInt(256);
        }
        return n;
    }
}
