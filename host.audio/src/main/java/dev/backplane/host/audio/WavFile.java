package dev.backplane.host.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import dev.backplane.api.audio.PcmFormat;

/**
 * A WAV file that grows (RIFF, Microsoft and IBM, 1991). Its header is right after every {@link #sync}. Not thread-safe.
 */
final class WavFile implements AutoCloseable {
    static final int HEADER = 44;
    /** A RIFF chunk's length has 32 bits. */
    static final long LONGEST = 0xFFFF_FF00L - HEADER;

    private final FileChannel channel;
    private final PcmFormat format;
    private long length;

    /**
     * @param length of the sound that is already in the file and good, in bytes
     */
    WavFile(Path file, PcmFormat format, long length) throws IOException {
        this.format = format;
        this.length = length;
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        channel.truncate(HEADER + length);
    }

    long length() {
        return length;
    }

    void write(ByteBuffer pcm) throws IOException {
        while (pcm.hasRemaining()) {
            length += channel.write(pcm, HEADER + length);
        }
    }

    /** Brings the header in line with what was written. */
    void sync() throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        header.put(ascii("RIFF")).putInt((int) (HEADER - 8 + length)).put(ascii("WAVEfmt ")).putInt(16);
        header.putShort((short) 1).putShort((short) format.channels()).putInt(format.rate());
        header.putInt(format.rate() * format.frameBytes()).putShort((short) format.frameBytes());
        header.putShort((short) format.bits()).put(ascii("data")).putInt((int) length).flip();
        int at = 0;
        while (header.hasRemaining()) {
            at += channel.write(header, at);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            sync();
        }
    }
}
