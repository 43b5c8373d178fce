package dev.backplane.host.audio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Counter;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A file for each stream that is played: WAV, or FLAC, which is a WAV file until the stream is over, so that it can go
 * on in another build. Frames are written on a thread of the endpoint's; what does not fit into the bound of the files
 * is dropped and counted. Threading: under the device's lock, but for the writer.
 */
final class FileSounds extends Sounds {
    private static final Logger LOG = LoggerFactory.getLogger(FileSounds.class);
    private static final int MOST_NUMBERS = 100_000;
    /** What may wait to be written before frames are dropped: 20 s of 192 kHz, 32 bits, stereo. */
    private static final int MOST_WAITING = 32 << 20;

    private final Path folder;
    private final String prefix;
    private final long limit;
    private final Counter dropped;
    private final Counter frames;
    private final ExecutorService writer;
    private final boolean flac;
    private long used = -1;

    /** @param flac whether a stream's file is made into a FLAC file when it is over */
    FileSounds(HostContext context, Path folder, long limit, Microphone microphone, boolean flac) {
        super(microphone);
        this.flac = flac;
        this.folder = folder;
        this.limit = limit;
        prefix = (context.machine() + "-" + context.card()).replaceAll("[^A-Za-z0-9_.-]", "_") + "-";
        dropped = context.counter("bytes-dropped");
        frames = context.counter("bytes-played");
        writer = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name(context.machine() + "/" + context.card() + "/sound").factory());
    }

    @Override
    Sink begin(String name, PcmFormat format) {
        return new FileSink(null, name, format, 0);
    }

    @Override
    Sink goOn(String name, PcmFormat format, StateReader in) throws StateException {
        String file = in.getString("file");
        if (file.isEmpty()) {
            return begin(name, format);
        }
        Path path = folder.resolve(file);
        if (!folder.equals(path.getParent()) || !file.startsWith(prefix)) {
            throw new StateException("file " + file + " is none of this card's");
        }
        long length = in.getLong("length");
        if (length < 0 || length > WavFile.LONGEST) {
            throw new StateException("length is " + length + "; 0 to " + WavFile.LONGEST + " are possible");
        }
        return new FileSink(path, name, format, length);
    }

    /** One stream's file. The file is the writer thread's; the rest is guarded by the sink. */
    private final class FileSink implements Sink {
        private final String name;
        private final PcmFormat format;
        private final Deque<byte[]> waiting = new ArrayDeque<>();
        private Path path;
        private WavFile file;
        private long length;
        private int waitingBytes;
        private boolean failed;
        /** Its state was saved and nothing was played since: it may go on elsewhere. */
        private boolean saved;

        FileSink(Path path, String name, PcmFormat format, long length) {
            this.path = path;
            this.name = name;
            this.format = format;
            this.length = length;
        }

        @Override
        public synchronized void write(byte[] pcm, int offset, int count) {
            saved = false;
            if (failed || waitingBytes + count > MOST_WAITING) {
                dropped.add(count);
                return;
            }
            byte[] copy = new byte[count];
            System.arraycopy(pcm, offset, copy, 0, count);
            waiting.add(copy);
            waitingBytes += count;
            frames.add(count);
            if (waiting.size() == 1) {
                writer.execute(this::drain);
            }
        }

        private void drain() {
            try {
                for (byte[] next = next(); next != null; next = next()) {
                    if (file == null) {
                        open();
                    }
                    if (used + next.length > limit || file.length() + next.length > WavFile.LONGEST) {
                        dropped.add(next.length);
                    } else {
                        file.write(ByteBuffer.wrap(next));
                        used += next.length;
                    }
                    written(next);
                }
                if (file != null) {
                    file.sync();
                }
            } catch (IOException e) {
                LOG.warn("{}: {}", prefix + name, e.getMessage(), e);
                fail();
            }
        }

        private synchronized void fail() {
            failed = true;
            waiting.clear();
            waitingBytes = 0;
        }

        private synchronized byte[] next() {
            return waiting.peek();
        }

        private synchronized void written(byte[] part) {
            waiting.poll();
            waitingBytes -= part.length;
            length = file.length();
        }

        private void open() throws IOException {
            Files.createDirectories(folder);
            if (used < 0) {
                used = usedNow();
            }
            Path chosen = path == null ? free() : path;
            file = new WavFile(chosen, format, length);
            synchronized (this) {
                path = chosen;
            }
        }

        private Path free() throws IOException {
            for (int i = 1; i < MOST_NUMBERS; i++) {
                String number = prefix + name + "-%04d".formatted(i);
                Path candidate = folder.resolve(number + (flac ? FlacFile.GROWING : ".wav"));
                if (!Files.exists(candidate) && !(flac && Files.exists(FlacFile.of(candidate)))) {
                    return candidate;
                }
            }
            throw new IOException(folder + " has " + MOST_NUMBERS + " files of " + prefix + name
                + "; move some elsewhere");
        }

        @Override
        public void close() {
            boolean over = !isSaved();
            writer.execute(() -> {
                drain();
                try {
                    if (file != null) {
                        file.close();
                        file = null;
                        if (flac && over && FlacFile.suits(format)) {
                            used -= Files.size(path) - Files.size(FlacFile.from(path, format));
                            Files.delete(path);
                        }
                    }
                } catch (IOException e) {
                    LOG.warn("{}: {}", prefix + name, e.getMessage(), e);
                }
            });
        }

        @Override
        public void end() {
            synchronized (this) {
                saved = false;
            }
            close();
        }

        private synchronized boolean isSaved() {
            return saved;
        }

        @Override
        public synchronized void save(StateWriter out) {
            saved = true;
            out.putString("file", path == null ? "" : path.getFileName().toString()).putLong("length", length);
        }
    }

    private long usedNow() throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder,
                f -> f.getFileName().toString().startsWith(prefix))) {
            for (Path file : files) {
                sum += Files.size(file);
            }
        }
        return sum;
    }

    /** After it everything that was played is in the files. */
    @Override
    public CompletableFuture<Void> quiesce() {
        return CompletableFuture.runAsync(() -> { }, writer);
    }

    @Override
    public void close() {
        super.close();
        writer.close();
    }
}
