package dev.backplane.machine.timer;

import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;

/**
 * Port 0x80: firmware shows its progress there, and kernels write to it to let time pass. Reads give the byte last
 * written, as the DMA page register that the port is made of does. Threading: any thread.
 */
public final class PostPort implements BoardPart, RegisterHandler {
    private volatile int code;

    @Override
    public String name() {
        return "post";
    }

    /** The byte last written. */
    public int code() {
        return code;
    }

    @Override
    public long read(long offset, int size) {
        return code;
    }

    @Override
    public void write(long offset, int size, long value) {
        code = (int) value & 0xFF;
    }

    @Override
    public void reset() {
        code = 0;
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("code", code);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        code = in.getInt("code", 0, 0xFF);
    }
}
