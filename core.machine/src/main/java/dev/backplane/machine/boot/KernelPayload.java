package dev.backplane.machine.boot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

import org.tukaani.xz.SingleXZInputStream;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.zstd.ZstdDecompressor;

/**
 * The compressed kernel inside a bzImage, decompressed on the host: XZ, LZ4 (legacy frame), zstd or gzip. Behind all
 * but gzip the build puts the size of what comes out, four bytes.
 */
final class KernelPayload {
    /** The most that a payload may grow to. */
    static final int MAX_SIZE = 256 << 20;

    private static final int XZ_MEMORY_KIB = 512 << 10;
    private static final int LZ4_LEGACY = 0x184C2102;
    private static final int LZ4_BLOCK = 8 << 20;

    private KernelPayload() {
    }

    /** The name of the compression, or "" for one that is not known here. */
    static String compression(byte[] b, int at) {
        return switch (Bytes.get32(b, at)) {
            case 0x587A37FD -> "XZ";
            case LZ4_LEGACY -> "LZ4";
            case 0xFD2FB528 -> "zstd";
            default -> Bytes.get16(b, at) == 0x8B1F ? "gzip" : "";
        };
    }

    /**
     * Decompresses.
     *
     * @param why gets the reason if the result is empty
     */
    static Optional<byte[]> decompress(byte[] b, int at, int length, StringBuilder why) {
        String compression = compression(b, at);
        long size = Bytes.unsigned32(b, (long) at + length - 4);
        if (compression.isEmpty()) {
            why.append("its compression is none of XZ, LZ4, zstd and gzip");
            return Optional.empty();
        }
        if (length < 8 || size < 1 || size > MAX_SIZE) {
            why.append("its payload claims to have %d bytes".formatted(size));
            return Optional.empty();
        }
        try {
            byte[] out = switch (compression) {
                case "XZ" -> all(new SingleXZInputStream(new ByteArrayInputStream(b, at, length - 4), XZ_MEMORY_KIB),
                    (int) size);
                case "gzip" -> all(new GZIPInputStream(new ByteArrayInputStream(b, at, length), 1 << 16), (int) size);
                case "LZ4" -> lz4(b, at + 4, length - 8, (int) size);
                default -> zstd(b, at, length - 4, (int) size);
            };
            return Optional.of(out);
        } catch (IOException | MalformedInputException | IllegalArgumentException | IndexOutOfBoundsException e) {
            why.append("its %s payload is damaged (%s)".formatted(compression, e.getMessage()));
            return Optional.empty();
        }
    }

    private static byte[] all(InputStream in, int size) throws IOException {
        try (in) {
            byte[] out = in.readNBytes(size);
            if (out.length != size) {
                throw new IOException("%d bytes came out, %d were promised".formatted(out.length, size));
            }
            return out;
        }
    }

    private static byte[] lz4(byte[] b, int at, int length, int size) throws IOException {
        Lz4Decompressor decompressor = new Lz4Decompressor();
        byte[] out = new byte[size];
        int done = 0;
        int p = at;
        int end = at + length;
        while (p + 4 <= end && done < size) {
            int block = Bytes.get32(b, p);
            p += 4;
            if (block == LZ4_LEGACY) {
                continue;
            }
            if (block < 1 || block > end - p) {
                throw new IOException("a block of %d bytes".formatted(Integer.toUnsignedLong(block)));
            }
            done += decompressor.decompress(b, p, block, out, done, Math.min(LZ4_BLOCK, size - done));
            p += block;
        }
        if (done != size) {
            throw new IOException("%d bytes came out, %d were promised".formatted(done, size));
        }
        return out;
    }

    private static byte[] zstd(byte[] b, int at, int length, int size) throws IOException {
        byte[] out = new byte[size];
        int done = new ZstdDecompressor().decompress(b, at, length, out, 0, size);
        if (done != size) {
            throw new IOException("%d bytes came out, %d were promised".formatted(done, size));
        }
        return out;
    }
}
