package dev.backplane.device.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import dev.backplane.api.memory.GuestMemory;
import dev.backplane.device.virtio.VirtChain;

/**
 * One request (virtio 1.2, 5.2.6): a header of 16 bytes, data, a status byte. Reused with its chain. Parsed under the
 * device's lock, performed on a worker, completed under the lock again.
 */
final class BlkRequest {
    static final int IN = 0;
    static final int OUT = 1;
    static final int FLUSH = 4;
    static final int GET_ID = 8;
    static final int DISCARD = 11;
    static final int WRITE_ZEROES = 13;

    static final int OK = 0;
    static final int IO_ERROR = 1;
    static final int UNSUPPORTED = 2;

    static final int HEADER = 16;
    static final int ID_LENGTH = 20;
    /** A piece of at least this many bytes is read or written in place; smaller ones are gathered. */
    private static final int DIRECT = 1 << 16;
    private static final long PIECE = 1 << 26;

    final VirtChain chain;
    private final BlkCard card;
    /** The next one of those that are done and not yet completed. */
    BlkRequest next;
    private int type;
    private long position;
    private long length;
    private int status;
    private long written;
    private int segment;
    private long segmentOffset;
    private long left;

    BlkRequest(BlkCard card, VirtChain chain) {
        this.card = card;
        this.chain = chain;
    }

    /** Takes in the header. True if there is something to perform; else the status stands. */
    boolean parse() {
        written = 0;
        if (chain.readableLength() < HEADER || chain.writableLength() < 1) {
            card.badRequests.increment();
            return reject(IO_ERROR);
        }
        type = chain.read32(0);
        long sector = chain.read64(8);
        boolean reads = type == IN || type == GET_ID;
        length = reads ? chain.writableLength() - 1 : chain.readableLength() - HEADER;
        segment = reads ? chain.readableSegments() : 0;
        segmentOffset = reads ? 0 : HEADER;
        left = length;
        status = OK;
        return switch (type) {
            case IN, OUT -> parseTransfer(sector);
            case FLUSH, GET_ID -> true;
            case DISCARD, WRITE_ZEROES -> (type == DISCARD ? card.discards() : card.writesZeroes())
                || reject(UNSUPPORTED);
            default -> {
                card.unsupportedRequests.increment();
                yield reject(UNSUPPORTED);
            }
        };
    }

    /** Answers it with an error; it has not been parsed. Gives what {@link #finish} gives. */
    long refuse() {
        written = 0;
        reject(IO_ERROR);
        return finish();
    }

    private boolean reject(int why) {
        status = why;
        return false;
    }

    private boolean parseTransfer(long sector) {
        boolean aligned = (length & BlockBackend.SECTOR - 1) == 0;
        long count = length / BlockBackend.SECTOR;
        if (!aligned || sector < 0 || sector > card.sectors() || count > card.sectors() - sector) {
            card.outOfRange.increment();
            return reject(IO_ERROR);
        }
        if (type == OUT && card.readOnly()) {
            card.badRequests.increment();
            return reject(IO_ERROR);
        }
        position = sector * BlockBackend.SECTOR;
        return true;
    }

    /** Carries it out, on a worker, and tells the card. */
    void perform(MemorySegment scratch) {
        try {
            switch (type) {
                case IN -> readData(scratch);
                case OUT -> writeData(scratch);
                case FLUSH -> flush();
                case GET_ID -> identify();
                default -> discardOrZero();
            }
        } catch (IOException e) {
            status = IO_ERROR;
            card.ioFailed(e, type, position, length);
        } catch (RuntimeException | Error e) {
            status = IO_ERROR;
            card.workerThrew(e);
        }
        card.done(this);
    }

    private long segmentLeft() {
        return Math.min(chain.length(segment) - segmentOffset, left);
    }

    private void advance(long bytes) {
        position += bytes;
        left -= bytes;
        segmentOffset += bytes;
        while (left > 0 && segmentOffset >= chain.length(segment)) {
            segmentOffset -= chain.length(segment);
            segment++;
        }
    }

    /** Skips the part of the first segments that belongs to the header. */
    private void begin() {
        while (left > 0 && segmentOffset >= chain.length(segment)) {
            segmentOffset -= chain.length(segment);
            segment++;
        }
    }

    private void readData(MemorySegment scratch) throws IOException {
        GuestMemory memory = card.memory();
        begin();
        while (left > 0) {
            long piece = Math.min(segmentLeft(), PIECE);
            long address = chain.address(segment) + segmentOffset;
            MemorySegment target = piece >= DIRECT || piece == left ? memory.writableSlice(address, piece) : null;
            if (target != null && piece % BlockBackend.SECTOR == 0) {
                card.backend().read(position, target.asByteBuffer());
                memory.written(address, piece);
                advance(piece);
            } else {
                int now = (int) Math.min(left, IoWorkers.SCRATCH);
                card.backend().read(position, scratch.asSlice(0, now).asByteBuffer());
                for (int done = 0; done < now;) {
                    int part = (int) Math.min(segmentLeft(), now - done);
                    if (!memory.write(chain.address(segment) + segmentOffset, scratch, done, part)) {
                        throw new IOException("the guest's memory cannot be reached");
                    }
                    done += part;
                    advance(part);
                }
            }
        }
        written = length;
        card.bytesRead.add(length);
    }

    private void writeData(MemorySegment scratch) throws IOException {
        GuestMemory memory = card.memory();
        begin();
        while (left > 0) {
            long piece = Math.min(segmentLeft(), PIECE);
            MemorySegment source = piece >= DIRECT || piece == left
                ? memory.slice(chain.address(segment) + segmentOffset, piece) : null;
            if (source != null && piece % BlockBackend.SECTOR == 0) {
                card.backend().write(position, source.asByteBuffer());
                advance(piece);
            } else {
                int now = (int) Math.min(left, IoWorkers.SCRATCH);
                long at = position;
                for (int done = 0; done < now;) {
                    int part = (int) Math.min(segmentLeft(), now - done);
                    if (!memory.read(chain.address(segment) + segmentOffset, scratch, done, part)) {
                        throw new IOException("the guest's memory cannot be reached");
                    }
                    done += part;
                    advance(part);
                }
                card.backend().write(at, scratch.asSlice(0, now).asByteBuffer());
            }
        }
        if (card.writeThrough()) {
            card.backend().flush();
        }
        card.bytesWritten.add(length);
    }

    private void flush() throws IOException {
        card.backend().flush();
        card.flushes.increment();
    }

    private void identify() {
        byte[] id = new byte[ID_LENGTH];
        byte[] text = card.serial().getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, id, 0, Math.min(text.length, ID_LENGTH));
        int wanted = (int) Math.min(length, ID_LENGTH);
        if (chain.write(0, id, 0, wanted)) {
            written = wanted;
        } else {
            status = IO_ERROR;
        }
    }

    /** Checks all ranges before the first is touched (5.2.6.2). */
    private void discardOrZero() throws IOException {
        int count = (int) Math.min(length / 16, Integer.MAX_VALUE);
        boolean discard = type == DISCARD;
        if (length % 16 != 0 || count < 1 || count > BlkCard.MAX_RANGES) {
            card.badRequests.increment();
            status = IO_ERROR;
            return;
        }
        byte[] bytes = new byte[count * 16];
        if (!chain.read(HEADER, bytes, 0, bytes.length)) {
            throw new IOException("the guest's memory cannot be reached");
        }
        ByteBuffer ranges = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count && status == OK; i++) {
            status = checkRange(ranges.getLong(i * 16), ranges.getInt(i * 16 + 8) & 0xFFFF_FFFFL,
                ranges.getInt(i * 16 + 12), discard);
        }
        for (int i = 0; i < count && status == OK; i++) {
            long at = ranges.getLong(i * 16) * BlockBackend.SECTOR;
            long bytesLong = (ranges.getInt(i * 16 + 8) & 0xFFFF_FFFFL) * BlockBackend.SECTOR;
            if (bytesLong > 0) {
                if (discard) {
                    card.backend().discard(at, bytesLong);
                } else {
                    card.backend().zero(at, bytesLong, (ranges.getInt(i * 16 + 12) & 1) != 0);
                }
            }
        }
        if (status == OK && !discard && card.writeThrough()) {
            card.backend().flush();
        }
    }

    private int checkRange(long sector, long count, int flags, boolean discard) {
        if ((flags & ~1) != 0 || discard && flags != 0) {
            card.unsupportedRequests.increment();
            return UNSUPPORTED;
        }
        if (card.readOnly() || sector < 0 || sector > card.sectors() || count > card.sectors() - sector
                || count > BlkCard.MAX_RANGE_SECTORS) {
            card.outOfRange.increment();
            return IO_ERROR;
        }
        return OK;
    }

    /** Writes the status byte, the last that the device may write, and gives the number of bytes written in all. */
    long finish() {
        if (chain.writableLength() < 1) {
            return 0;
        }
        chain.write8(chain.writableLength() - 1, status);
        return status == OK && written == chain.writableLength() - 1 ? written + 1
            : status == OK ? written : 0;
    }
}
