package dev.backplane.machine.state;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.machine.memory.HostMemory;
import dev.backplane.machine.spec.SpecYaml;

/**
 * The file that a whole machine is saved to: eight letters and a version, then chunks (kind, length, stored length,
 * checksum, Zstandard-compressed bytes): a head with the specification, the state of everything but RAM, the pages of
 * RAM that are not all zero, and an end.
 */
public final class MachineFile {
    private static final byte[] MAGIC = {'B', 'A', 'C', 'K', 'P', 'L', 'N', 'E'};
    private static final int VERSION = 1;
    private static final int HEAD = 0x48454144;
    private static final int STATE = 0x53544154;
    private static final int PAGES = 0x50414745;
    private static final int END = 0x454E4420;
    private static final int MAX_HEAD = 1 << 21;
    private static final int MAX_STATE = 1 << 28;
    private static final int PAGE = 4096;
    private static final int PAGES_PER_CHUNK = 256;
    private static final int MAX_PAGES_CHUNK = 4 + PAGES_PER_CHUNK * (8 + PAGE);
    private static final int BUFFER = 1 << 20;

    private MachineFile() {
    }

    /**
     * Writes a file; it appears whole or not at all.
     *
     * @param running   whether the machine ran
     * @param providers which bundles served it, for messages
     * @param state     everything but RAM
     */
    public static void write(Path file, MachineSpec spec, boolean running, StateTree providers, StateTree state,
            HostMemory ram, Progress progress) throws MachineException {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid()
            + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                Writer out = new Writer(new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER));
                out.data.write(MAGIC);
                out.data.writeInt(VERSION);
                StateTree head = new StateTree("head").putString("spec", SpecYaml.write(spec))
                    .putBoolean("running", running).putLong("ram", ram.segment().byteSize())
                    .putTree("providers", providers);
                out.chunk(HEAD, StateCodec.encode(head));
                out.chunk(STATE, StateCodec.encode(state));
                long pages = writeRam(out, ram, progress);
                out.chunk(END, ByteBuffer.allocate(8).putLong(pages).array());
                out.data.flush();
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            delete(temporary);
            throw new MachineException("%s cannot be written: %s".formatted(file, reason(e)), e);
        } catch (RuntimeException | Error e) {
            delete(temporary);
            throw e;
        }
    }

    private static void delete(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            temporary.toFile().deleteOnExit();
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "there is no such file or folder"
            : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** Gives how many pages it wrote. */
    private static long writeRam(Writer out, HostMemory ram, Progress progress) throws IOException {
        long size = ram.segment().byteSize();
        ByteBuffer chunk = ByteBuffer.allocate(MAX_PAGES_CHUNK);
        chunk.putInt(0);
        int pages = 0;
        long all = 0;
        for (long at = ram.nextData(0) & -PAGE; at < size; at = ram.nextData(at) & -PAGE) {
            long end = Math.min(size, ram.nextHole(at) + PAGE - 1 & -PAGE);
            for (; at < end; at += PAGE) {
                MemorySegment page = ram.segment().asSlice(at, PAGE);
                if (allZero(page)) {
                    continue;
                }
                chunk.putLong(at);
                MemorySegment.copy(page, ValueLayout.JAVA_BYTE, 0, chunk.array(), chunk.position(), PAGE);
                chunk.position(chunk.position() + PAGE);
                all++;
                if (++pages == PAGES_PER_CHUNK) {
                    flush(out, chunk, pages);
                    pages = 0;
                    progress.report(at, size);
                }
            }
        }
        if (pages > 0) {
            flush(out, chunk, pages);
        }
        progress.report(size, size);
        return all;
    }

    private static void flush(Writer out, ByteBuffer chunk, int pages) throws IOException {
        chunk.putInt(0, pages);
        out.chunk(PAGES, Arrays.copyOf(chunk.array(), chunk.position()));
        chunk.clear().putInt(0);
    }

    private static boolean allZero(MemorySegment page) {
        for (long i = 0; i < PAGE; i += 32) {
            if ((page.get(ValueLayout.JAVA_LONG, i) | page.get(ValueLayout.JAVA_LONG, i + 8)
                | page.get(ValueLayout.JAVA_LONG, i + 16) | page.get(ValueLayout.JAVA_LONG, i + 24)) != 0) {
                return false;
            }
        }
        return true;
    }

    private static final class Writer {
        private final DataOutputStream data;
        private final ZstdCompressor compressor = new ZstdCompressor();

        Writer(OutputStream out) {
            data = new DataOutputStream(out);
        }

        void chunk(int kind, byte[] raw) throws IOException {
            byte[] stored = new byte[compressor.maxCompressedLength(raw.length)];
            int length = raw.length == 0 ? 0
                : compressor.compress(raw, 0, raw.length, stored, 0, stored.length);
            data.writeInt(kind);
            data.writeInt(raw.length);
            data.writeInt(length);
            data.writeInt(checksum(kind, raw.length, stored, length));
            data.write(stored, 0, length);
        }
    }

    private static int checksum(int kind, int rawLength, byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putInt(kind).putInt(rawLength).flip());
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /**
     * Opens a file and reads all but RAM.
     *
     * @throws MachineException if it is no such file, of another version or damaged; names the file
     */
    public static Content open(Path file) throws MachineException {
        DataInputStream in = null;
        try {
            in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER));
            byte[] magic = new byte[MAGIC.length];
            in.readFully(magic);
            if (!Arrays.equals(magic, MAGIC)) {
                throw new StateException("it is not a saved machine");
            }
            int version = in.readInt();
            if (version != VERSION) {
                throw new StateException("it has version " + version + "; this build reads version " + VERSION);
            }
            StateReader head = StateCodec.decode("head", chunk(in, HEAD, MAX_HEAD)).reader(VERSION);
            StateTree state = StateCodec.decode("machine", chunk(in, STATE, MAX_STATE));
            MachineSpec spec = SpecYaml.read("its specification", head.getString("spec"), Path.of("/"));
            return new Content(file, in, spec, head.getBoolean("running"), head.getLong("ram"),
                state.reader(VERSION));
        } catch (IOException e) {
            close(in);
            throw new MachineException("%s cannot be restored: %s".formatted(file,
                e instanceof EOFException ? "it is cut short" : reason(e)), e);
        } catch (StateException | MachineException e) {
            close(in);
            throw new MachineException("%s cannot be restored: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static void close(DataInputStream in) {
        if (in != null) {
            try {
                in.close();
            } catch (IOException e) {
                throw new IllegalStateException("a file that was read cannot be closed", e);
            }
        }
    }

    private static byte[] chunk(DataInputStream in, int kind, int limit) throws IOException, StateException {
        int found = in.readInt();
        int length = in.readInt();
        int storedLength = in.readInt();
        int checksum = in.readInt();
        if (found != kind) {
            throw new StateException("it is damaged: a chunk of kind 0x%08x where 0x%08x should be".formatted(found,
                kind));
        }
        return body(in, kind, length, storedLength, checksum, limit);
    }

    private static byte[] body(DataInputStream in, int kind, int length, int storedLength, int checksum, int limit)
            throws IOException, StateException {
        if (length < 0 || length > limit || storedLength < 0 || storedLength > length + (length >> 3) + 1024) {
            throw new StateException("it is damaged: a chunk of %d bytes, %d stored".formatted(length, storedLength));
        }
        byte[] stored = in.readNBytes(storedLength);
        if (stored.length != storedLength) {
            throw new EOFException();
        }
        if (checksum(kind, length, stored, storedLength) != checksum) {
            throw new StateException("it is damaged: a checksum is wrong");
        }
        byte[] raw = new byte[length];
        try {
            if (length > 0 && new ZstdDecompressor().decompress(stored, 0, storedLength, raw, 0, length) != length) {
                throw new StateException("it is damaged: a chunk is too short");
            }
        } catch (MalformedInputException e) {
            throw new StateException("it is damaged: " + e.getMessage(), e);
        }
        return raw;
    }

    /** A file that is being read. */
    public static final class Content implements AutoCloseable {
        private final Path file;
        private final DataInputStream in;
        private final MachineSpec spec;
        private final boolean running;
        private final long ramSize;
        private final StateReader state;

        Content(Path file, DataInputStream in, MachineSpec spec, boolean running, long ramSize, StateReader state) {
            this.file = file;
            this.in = in;
            this.spec = spec;
            this.running = running;
            this.ramSize = ramSize;
            this.state = state;
        }

        public MachineSpec spec() {
            return spec;
        }

        /** Whether the machine ran when it was saved; else it was paused. */
        public boolean running() {
            return running;
        }

        public StateReader state() {
            return state;
        }

        /** Fills RAM, which is all zero; once. */
        public void restoreRam(HostMemory ram, Progress progress) throws MachineException {
            long size = ram.segment().byteSize();
            long pages = 0;
            try {
                if (size != ramSize) {
                    throw new StateException("it has %d bytes of RAM, the machine %d".formatted(ramSize, size));
                }
                for (int kind = in.readInt(); kind != END; kind = in.readInt()) {
                    if (kind != PAGES) {
                        throw new StateException("it is damaged: a chunk of kind 0x%08x".formatted(kind));
                    }
                    byte[] chunk = body(in, PAGES, in.readInt(), in.readInt(), in.readInt(), MAX_PAGES_CHUNK);
                    progress.report(fill(ram, chunk), size);
                    pages += ByteBuffer.wrap(chunk).getInt();
                }
                byte[] end = body(in, END, in.readInt(), in.readInt(), in.readInt(), Long.BYTES);
                if (end.length != Long.BYTES || ByteBuffer.wrap(end).getLong() != pages) {
                    throw new StateException("it is damaged: pages of RAM are missing");
                }
                progress.report(size, size);
            } catch (EOFException e) {
                throw new MachineException(file + " cannot be restored: it is cut short", e);
            } catch (IOException e) {
                throw new MachineException("%s cannot be restored: %s".formatted(file, reason(e)), e);
            } catch (StateException e) {
                throw new MachineException("%s cannot be restored: %s".formatted(file, e.getMessage()), e);
            }
        }

        private static long fill(HostMemory ram, byte[] chunk) throws StateException {
            long size = ram.segment().byteSize();
            ByteBuffer in = ByteBuffer.wrap(chunk);
            int pages = chunk.length < 4 ? -1 : in.getInt();
            if (pages < 1 || pages > PAGES_PER_CHUNK || in.remaining() != pages * (8 + PAGE)) {
                throw new StateException("it is damaged: a chunk of " + pages + " pages");
            }
            long at = 0;
            for (int i = 0; i < pages; i++) {
                at = in.getLong();
                if (at < 0 || at > size - PAGE || at % PAGE != 0) {
                    throw new StateException("it is damaged: a page at 0x%x".formatted(at));
                }
                MemorySegment.copy(chunk, in.position(), ram.segment(), ValueLayout.JAVA_BYTE, at, PAGE);
                in.position(in.position() + PAGE);
            }
            return at;
        }

        @Override
        public void close() {
            MachineFile.close(in);
        }
    }
}
