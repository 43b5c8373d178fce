package dev.backplane.machine.boot;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;

import org.tukaani.xz.FilterOptions;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.X86Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

import io.airlift.compress.Compressor;
import io.airlift.compress.lz4.Lz4Compressor;
import io.airlift.compress.zstd.ZstdCompressor;

/** Makes small kernels of every kind. */
final class Kernels {
    static final long LOAD = 16 << 20;
    static final int TEXT = 0x3000;
    static final long KERNEL_MAP = KernelRelocation.KERNEL_MAP;
    /** Where in the text of {@link #vmlinux} an address of each kind lies. */
    static final int WIDE_AT = 0x100;
    static final int NARROW_AT = 0x200;
    static final int INVERSE_AT = 0x300;

    private Kernels() {
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** An ELF64 with one segment of text at 16 MiB and a note, followed by relocation lists. */
    static byte[] vmlinux(boolean relocations) {
        ByteBuffer b = buffer(0x1000 + TEXT);
        elfHeader(b, true, LOAD, 2);
        b.putInt(1).putInt(5).putLong(0x1000).putLong(KERNEL_MAP + LOAD).putLong(LOAD).putLong(TEXT)
            .putLong(TEXT + 0x5000).putLong(0x1000);
        b.putInt(4).putInt(4).putLong(0x800).putLong(0).putLong(0).putLong(20).putLong(20).putLong(4);
        b.position(0x800);
        b.putInt(4).putInt(4).putInt(18).put("Xen\0".getBytes(StandardCharsets.US_ASCII)).putInt((int) LOAD + 0x40);
        b.putLong(0x1000 + WIDE_AT, KERNEL_MAP + LOAD + 0x123);
        b.putInt(0x1000 + NARROW_AT, (int) (KERNEL_MAP + LOAD + 0x456));
        b.putInt(0x1000 + INVERSE_AT, 0x789);
        if (!relocations) {
            return b.array();
        }
        ByteBuffer r = buffer(24);
        int base = (int) (KERNEL_MAP + LOAD);
        r.putInt(0).putInt(base + WIDE_AT).putInt(0).putInt(base + INVERSE_AT).putInt(0).putInt(base + NARROW_AT);
        byte[] all = Arrays.copyOf(b.array(), b.capacity() + 24);
        System.arraycopy(r.array(), 0, all, b.capacity(), 24);
        return all;
    }

    private static void elfHeader(ByteBuffer b, boolean wide, long entry, int segments) {
        b.putInt(0x464C457F).put((byte) (wide ? 2 : 1)).put((byte) 1).put((byte) 1).position(16);
        b.putShort((short) 2).putShort((short) (wide ? 62 : 3)).putInt(1);
        if (wide) {
            b.putLong(entry).putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56)
                .putShort((short) segments).putShort((short) 64).putShort((short) 0).putShort((short) 0);
        } else {
            b.putInt((int) entry).putInt(52).putInt(0).putInt(0).putShort((short) 52).putShort((short) 32)
                .putShort((short) segments).putShort((short) 40).putShort((short) 0).putShort((short) 0);
        }
    }

    /** A Multiboot ELF32 at 1 MiB. */
    static byte[] multibootElf(int flags) {
        ByteBuffer b = buffer(0x2000);
        elfHeader(b, false, 0x100010, 1);
        b.putInt(1).putInt(0x1000).putInt(0x100000).putInt(0x100000).putInt(0x800).putInt(0x1800).putInt(7).putInt(4);
        multibootHeader(b, 0x1000, flags);
        b.putInt(0x1000 + 0x400, 0xCAFE);
        return b.array();
    }

    /** A flat Multiboot image whose header has addresses. */
    static byte[] multibootFlat() {
        ByteBuffer b = buffer(0x1000);
        multibootHeader(b, 0x40, 1 << 16);
        b.putInt(0x40 + 12, 0x200040).putInt(0x40 + 16, 0x200000).putInt(0x40 + 20, 0).putInt(0x40 + 24, 0x204000)
            .putInt(0x40 + 28, 0x200100);
        b.putInt(0x100, 0xBEEF);
        return b.array();
    }

    private static void multibootHeader(ByteBuffer b, int at, int flags) {
        b.putInt(at, 0x1BADB002).putInt(at + 4, flags).putInt(at + 8, -(0x1BADB002 + flags));
    }

    /** A bzImage around a payload that is already compressed. */
    static byte[] bzImage(byte[] payload) {
        int setup = 2 * 512;
        int offset = 0x300;
        ByteBuffer b = buffer(setup + offset + payload.length);
        b.put(0x1F1, (byte) 1).putShort(0x1FE, (short) 0xAA55);
        b.put(0x200, (byte) 0xEB).put(0x201, (byte) 0x6A).putInt(0x202, 0x53726448).putShort(0x206, (short) 0x20F);
        b.put(0x211, (byte) 1).putInt(0x22C, 0x7FFFFFFF).putInt(0x230, 1 << 21).put(0x234, (byte) 1);
        b.putShort(0x236, (short) 1).putInt(0x238, 2047).putInt(0x248, offset).putInt(0x24C, payload.length);
        b.putLong(0x258, LOAD).putInt(0x260, 1 << 20);
        b.put(setup + offset, payload);
        b.putInt(setup + 0x200, 0x12345678);
        return b.array();
    }

    static byte[] withSize(byte[] compressed, int size) {
        byte[] b = Arrays.copyOf(compressed, compressed.length + 4);
        Bytes.put32(b, compressed.length, size);
        return b;
    }

    static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gz = new GZIPOutputStream(out)) {
            gz.write(content);
        }
        return out.toByteArray();
    }

    static byte[] xz(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream xz = new XZOutputStream(out, new FilterOptions[] {new X86Options(), new LZMA2Options(1)},
            XZ.CHECK_CRC32)) {
            xz.write(content);
        }
        return withSize(out.toByteArray(), content.length);
    }

    static byte[] lz4(byte[] content) {
        byte[] block = block(new Lz4Compressor(), content);
        ByteBuffer b = buffer(8 + block.length);
        b.putInt(0x184C2102).putInt(block.length).put(block);
        return withSize(b.array(), content.length);
    }

    static byte[] zstd(byte[] content) {
        return withSize(block(new ZstdCompressor(), content), content.length);
    }

    private static byte[] block(Compressor compressor, byte[] content) {
        byte[] out = new byte[compressor.maxCompressedLength(content.length)];
        return Arrays.copyOf(out, compressor.compress(content, 0, content.length, out, 0, out.length));
    }
}
