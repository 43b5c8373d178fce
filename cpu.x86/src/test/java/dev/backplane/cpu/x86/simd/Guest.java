package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.PhysicalMemory;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.TestMemory;
import dev.backplane.cpu.x86.decode.Decoder;
import java.util.HexFormat;

/** A CPU in 64-bit mode with 64 KiB of flat memory, for single instructions. */
public final class Guest implements PhysicalMemory, AutoCloseable {
    static final int SIZE = 0x10000;
    private static final long PAGE = 4096;

    public final Cpu c;
    private final long raw = Raw.allocate(SIZE + PAGE);
    private final long host = raw + PAGE - 1 & -PAGE;
    private final Decoder decoder = new Decoder(Decoder.table());

    public Guest() {
        Raw.fill(host, SIZE, 0);
        c = new Cpu(0, 1, CpuModel.V3, TestMemory.emptyBus(), 1_000_000_000L, 1_000_000_000L, this);
        c.cr0 = Cpu.CR0_PE | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_MP;
        c.cr4 = Cpu.CR4_PAE | Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
        mode(true);
    }

    /** 64-bit or 32-bit code. */
    public void mode(boolean bits64) {
        c.efer = bits64 ? Cpu.EFER_LMA | Cpu.EFER_LME : 0;
        for (int s = 0; s < 6; s++) {
            c.segments.set(s, s == Cpu.CS ? 8 : 16, 0, -1, s == Cpu.CS ? bits64 ? 0xA09B : 0xC09B : 0xC093);
        }
        c.segments.updateMode();
    }

    public Op decode(String hex) {
        byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
        return decoder.decode(p -> p < code.length ? code[p] & 0xFF : 0x90, 0, c.mode);
    }

    /** Executes; -1, or the vector of the fault. */
    public int run(Op op) {
        try {
            c.r[Cpu.BLOCK_RIP] = 0x1000;
            op.exec(c);
            return -1;
        } catch (CpuFault f) {
            return f.vector;
        }
    }

    public int run(String hex) {
        return run(decode(hex));
    }

    public long get64(long a) {
        return Raw.get64(host + a);
    }

    public void put64(long a, long v) {
        Raw.put64(host + a, v);
    }

    @Override
    public void close() {
        c.mem.slow().close();
        Raw.free(raw);
    }

    @Override
    public long hostPage(long physical) {
        return physical >= 0 && physical < SIZE ? host + (physical & -PAGE) : 0;
    }

    @Override
    public boolean writable(long physical) {
        return true;
    }

    @Override
    public boolean claimDirectWrites(long physical) {
        return true;
    }

    @Override
    public void beforeWrite(long physical, int length) {
    }

    @Override
    public void afterWrite(long physical, int length) {
    }
}
