package dev.backplane.shell.cpu;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The code of a program that does not run.
 *
 * @param entry where it begins
 * @param bits  16, 32 or 64
 * @param parts what lies where
 */
record Program(long entry, int bits, List<Part> parts) {
    private static final int ELF = 0x7F454C46;
    private static final int PT_LOAD = 1;
    private static final int EM_X86_64 = 62;
    private static final int EM_386 = 3;
    private static final int MOST_BYTES = 1 << 30;

    /** Bytes at a linear address. */
    record Part(long address, byte[] bytes) {
        boolean holds(long at) {
            return at - address >= 0 && at - address < bytes.length;
        }
    }

    /** Bytes that stand alone. */
    static Program raw(byte[] bytes, long address, int bits) {
        return new Program(address, bits, List.of(new Part(address, bytes)));
    }

    /** An ELF file, by its program headers. The file is not trusted. */
    static Program read(Path file, long base, int bits) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
            throw new IOException("it is larger than 1G");
        }
        byte[] all = Files.readAllBytes(file);
        if (all.length < 64 || ByteBuffer.wrap(all).getInt() != ELF) {
            return raw(all, base, bits == 0 ? 64 : bits);
        }
        try {
            return elf(all, base, bits);
        } catch (IndexOutOfBoundsException | BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException("it is damaged: its program headers lie outside of it", e);
        }
    }

    private static Program elf(byte[] all, long base, int bits) throws IOException {
        ByteBuffer b = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        boolean wide = all[4] == 2;
        int machine = b.getShort(18) & 0xFFFF;
        if (machine != EM_X86_64 && machine != EM_386 || all[5] != 1) {
            throw new IOException("it is no program for x86");
        }
        int headers = (int) (wide ? b.getLong(32) : b.getInt(28));
        int size = b.getShort(wide ? 54 : 42) & 0xFFFF;
        int count = b.getShort(wide ? 56 : 44) & 0xFFFF;
        List<Part> parts = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            int at = headers + n * size;
            if (b.getInt(at) != PT_LOAD) {
                continue;
            }
            long offset = wide ? b.getLong(at + 8) : b.getInt(at + 4) & 0xFFFFFFFFL;
            long address = wide ? b.getLong(at + 16) : b.getInt(at + 8) & 0xFFFFFFFFL;
            long length = wide ? b.getLong(at + 32) : b.getInt(at + 16) & 0xFFFFFFFFL;
            if (offset < 0 || length < 0 || length > all.length || offset > all.length - length) {
                throw new IndexOutOfBoundsException();
            }
            parts.add(new Part(address + base, Arrays.copyOfRange(all, (int) offset, (int) (offset + length))));
        }
        long entry = (wide ? b.getLong(24) : b.getInt(24) & 0xFFFFFFFFL) + base;
        return new Program(entry, bits != 0 ? bits : machine == EM_386 ? 32 : 64, parts);
    }

    /** The bytes from an address on, at most so many; none if nothing is there. */
    byte[] from(long address, int most) {
        for (Part p : parts) {
            if (p.holds(address)) {
                int offset = (int) (address - p.address);
                return Arrays.copyOfRange(p.bytes, offset, Math.min(p.bytes.length, offset + most));
            }
        }
        return new byte[0];
    }
}
