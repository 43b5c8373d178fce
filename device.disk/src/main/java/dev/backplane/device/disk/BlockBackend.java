package dev.backplane.device.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Where a disk's bytes are: the seam for image formats. Positions and lengths are in bytes, multiples of 512, and
 * within {@link #size()}: the card has checked them. Threading: all I/O may be called from several threads at once; I/O
 * on ranges that overlap races as on a real disk.
 */
interface BlockBackend extends AutoCloseable {
    int SECTOR = 512;

    /** Size in bytes, a multiple of 512; does not change. */
    long size();

    /** Fills the whole buffer. */
    void read(long position, ByteBuffer target) throws IOException;

    /** Writes the whole buffer. */
    void write(long position, ByteBuffer source) throws IOException;

    /** Returns when all that was written before the call is on the medium. */
    void flush() throws IOException;

    /** The contents are of no more use; may do nothing. */
    void discard(long position, long length) throws IOException;

    /**
     * The range reads as zeroes afterwards.
     *
     * @param release whether its space may be given back
     */
    void zero(long position, long length, boolean release) throws IOException;

    /** Writes what must be carried over to a card that takes this one's place; called while no I/O is in flight. */
    default void save(StateWriter out) {
    }

    default void restore(StateReader in) throws StateException {
    }

    /** Lets go of files and locks; no I/O is in flight. */
    @Override
    void close() throws IOException;
}
