package dev.backplane.host.print;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

import dev.backplane.api.page.Page;

/** The pages of a job that is not complete, in a hidden file of the folder. Not thread-safe. */
final class Spool {
    private static final int LONGEST_PAGE = 1 << 30;

    private final Path file;
    private long length;
    private int pages;

    /**
     * @param length what is good of the file
     * @param pages  how many pages that is
     */
    Spool(Path file, long length, int pages) {
        this.file = file;
        this.length = length;
        this.pages = pages;
    }

    long length() {
        return length;
    }

    int pages() {
        return pages;
    }

    /**
     * Adds a page, whole or not at all.
     *
     * @param room how many bytes it may have
     * @return false if it has more
     */
    boolean add(Page page, long room) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes))) {
            PageCodec.write(out, page);
        }
        if (bytes.size() + 4L > room) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.allocate(bytes.size() + 4).putInt(bytes.size()).put(bytes.toByteArray()).flip();
            long at = length;
            while (all.hasRemaining()) {
                at += channel.write(all, at);
            }
            channel.truncate(at);
            length = at;
            pages++;
        }
        return true;
    }

    /** Takes a page. */
    @FunctionalInterface
    interface Taker {
        void take(Page page) throws IOException, InterruptedException;
    }

    /** Reads all pages. */
    void read(Taker taker) throws IOException, InterruptedException {
        if (pages == 0) {
            return;
        }
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            for (int i = 0; i < pages; i++) {
                int size = in.readInt();
                if (size < 0 || size > LONGEST_PAGE) {
                    throw new IOException(file + ": page " + (i + 1) + " has " + size + " bytes");
                }
                byte[] bytes = in.readNBytes(size);
                try (DataInputStream page = new DataInputStream(
                        new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
                    taker.take(PageCodec.read(page));
                }
            }
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }
}
