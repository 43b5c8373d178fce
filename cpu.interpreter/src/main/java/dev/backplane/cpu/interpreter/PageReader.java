package dev.backplane.cpu.interpreter;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.decode.CodeReader;

/** Reads instruction bytes from one page, and from the next one when an instruction runs over its end. */
final class PageReader implements CodeReader {
    private final Cpu c;
    private long linear;
    private long host;
    private long physical;
    private int offset;
    private boolean mayCross;
    private long second;

    PageReader(Cpu c) {
        this.c = c;
    }

    /**
     * Begins at a linear address.
     *
     * @param physical its physical address
     * @param host     the host address of the page, 0 if it is not RAM
     */
    void start(long linear, long physical, long host) {
        this.linear = linear;
        this.physical = physical & ~0xFFFL;
        this.host = host;
        offset = (int) (linear & 0xFFF);
        second = -1;
    }

    /** Whether bytes of the next page may be asked for: only by the first instruction of a block. */
    void mayCross(boolean v) {
        mayCross = v;
    }

    /** The physical address of the next page if it was read, else -1. */
    long secondPage() {
        return second;
    }

    @Override
    public int byteAt(int position) {
        int at = offset + position;
        if (at < 4096) {
            if (host != 0) {
                return Raw.get8(host + at) & 0xFF;
            }
            return (int) c.mem.slow().readPhysical(physical + at, 1);
        }
        if (!mayCross) {
            throw c.fault(CpuFault.PF, 0);
        }
        if (second < 0) {
            second = c.mem.slow().translateFetch((linear & ~0xFFFL) + 4096) & ~0xFFFL;
        }
        return (int) c.mem.slow().readPhysical(second + (at - 4096), 1);
    }
}
