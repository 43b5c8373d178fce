package dev.backplane.device.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Throw-away writes over an image that stays as it is. What is written goes to a sparse temporary file without a name;
 * a bit per sector says where to read. One sector per bit means that no write ever has to read first.
 */
final class Overlay implements BlockBackend {
    /** Sectors per part of the bitmap; parts are made when first written to. */
    private static final int PART = 1 << 16;
    private static final int ZEROES = 1 << 16;
    private static final int CHUNK = 1 << 20;

    private final BlockBackend base;
    private final FileChannel channel;
    private final AtomicReferenceArray<AtomicLongArray> bitmap;
    private final ByteBuffer zeroes = ByteBuffer.allocateDirect(ZEROES).asReadOnlyBuffer();

    private Overlay(BlockBackend base, FileChannel channel) {
        this.base = base;
        this.channel = channel;
        bitmap = new AtomicReferenceArray<>((int) ((base.size() / SECTOR + PART - 1) / PART));
    }

    /** Lays an overlay over an image; the temporary file is beside it, or where the system has temporary files. */
    static Overlay over(BlockBackend base, Path image) throws DeviceException {
        Path beside = image.toAbsolutePath().getParent();
        Path folder = Files.isWritable(beside) ? beside : Path.of(System.getProperty("java.io.tmpdir"));
        try {
            Path file = Files.createTempFile(folder, ".backplane-", ".overlay");
            try {
                return new Overlay(base, FileChannel.open(file, Set.of(StandardOpenOption.READ,
                    StandardOpenOption.WRITE, StandardOpenOption.SPARSE, StandardOpenOption.DELETE_ON_CLOSE)));
            } catch (IOException e) {
                Files.deleteIfExists(file);
                throw e;
            }
        } catch (IOException e) {
            throw new DeviceException("snapshot=on: cannot make a temporary file in " + folder + ": " + e.getMessage(),
                e);
        }
    }

    private boolean written(long sector) {
        AtomicLongArray part = bitmap.getAcquire((int) (sector / PART));
        int bit = (int) (sector % PART);
        return part != null && (part.getAcquire(bit / 64) >>> bit & 1) != 0;
    }

    private void mark(long first, long count) {
        for (long sector = first; sector < first + count;) {
            int index = (int) (sector / PART);
            AtomicLongArray part = bitmap.getAcquire(index);
            if (part == null) {
                bitmap.compareAndSet(index, null, new AtomicLongArray(PART / 64));
                part = bitmap.getAcquire(index);
            }
            int bit = (int) (sector % PART);
            int span = (int) Math.min(64 - bit % 64, first + count - sector);
            long bits = (span == 64 ? -1L : (1L << span) - 1) << bit;
            part.getAndUpdate(bit / 64, old -> old | bits);
            sector += span;
        }
    }

    /** How many sectors from {@code first} on, at most {@code limit}, are all written or all not. */
    private long run(long first, long limit) {
        boolean kind = written(first);
        long length = 1;
        while (length < limit && written(first + length) == kind) {
            length++;
        }
        return length;
    }

    @Override
    public long size() {
        return base.size();
    }

    @Override
    public void read(long position, ByteBuffer target) throws IOException {
        long sector = position / SECTOR;
        int end = target.limit();
        while (target.position() < end) {
            long length = run(sector, (end - target.position()) / SECTOR);
            target.limit(target.position() + (int) length * SECTOR);
            if (written(sector)) {
                readOwn(sector * SECTOR, target);
            } else {
                base.read(sector * SECTOR, target);
            }
            sector += length;
            target.limit(end);
        }
    }

    /** Reads the temporary file; behind its end it is as empty as in its holes. */
    private void readOwn(long position, ByteBuffer target) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int now = channel.read(target, at);
            if (now < 0) {
                throw new IOException("the overlay's temporary file was truncated");
            }
            at += now;
        }
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
        long length = source.remaining();
        long at = position;
        while (source.hasRemaining()) {
            at += channel.write(source, at);
        }
        mark(position / SECTOR, length / SECTOR);
    }

    /** Nothing of an overlay outlives the machine, so nothing has to reach the medium. */
    @Override
    public void flush() {
    }

    @Override
    public void discard(long position, long length) {
    }

    @Override
    public void zero(long position, long length, boolean release) throws IOException {
        for (long done = 0; done < length; done += ZEROES) {
            write(position + done, zeroes.duplicate().limit((int) Math.min(ZEROES, length - done)));
        }
    }

    private List<long[]> runs() {
        List<long[]> runs = new ArrayList<>();
        long sectors = size() / SECTOR;
        for (long sector = 0; sector < sectors;) {
            if (bitmap.getAcquire((int) (sector / PART)) == null) {
                sector = (sector / PART + 1) * PART;
            } else if (written(sector)) {
                long length = run(sector, Math.min(CHUNK / SECTOR, sectors - sector));
                runs.add(new long[] {sector, length});
                sector += length;
            } else {
                sector++;
            }
        }
        return runs;
    }

    @Override
    public void save(StateWriter out) {
        List<long[]> runs = runs();
        out.putLongs("runs", runs.stream().flatMapToLong(Arrays::stream).toArray());
        for (int i = 0; i < runs.size(); i++) {
            ByteBuffer data = ByteBuffer.allocate((int) runs.get(i)[1] * SECTOR);
            try {
                readOwn(runs.get(i)[0] * SECTOR, data);
            } catch (IOException e) {
                throw new UncheckedIOException("snapshot=on: cannot read the temporary file", e);
            }
            out.putBytes("data-" + i, data.array());
        }
    }

    @Override
    public void restore(StateReader in) throws StateException {
        long[] runs = in.getLongs("runs");
        long sectors = size() / SECTOR;
        for (int i = 0; i + 1 < runs.length; i += 2) {
            long first = runs[i];
            long count = runs[i + 1];
            if (first < 0 || count < 1 || count > CHUNK / SECTOR || first > sectors - count) {
                throw new StateException("field runs has " + count + " sectors from " + first + "; the image has "
                    + sectors);
            }
            try {
                write(first * SECTOR, ByteBuffer.wrap(in.getBytes("data-" + i / 2, (int) count * SECTOR)));
            } catch (IOException e) {
                throw new StateException("snapshot=on: cannot write the temporary file: " + e.getMessage(), e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            base.close();
        }
    }
}
