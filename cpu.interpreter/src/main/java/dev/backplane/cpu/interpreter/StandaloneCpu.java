package dev.backplane.cpu.interpreter;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.PhysicalMemory;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.decode.Decoder;

/**
 * A CPU without a machine: flat RAM from address 0, 64-bit mode at privilege level 0 without paging, no devices. For
 * running single instructions in tests. Not thread-safe.
 */
public final class StandaloneCpu implements AutoCloseable {
    private static final int PAGE = 4096;

    private final long host;
    private final long size;
    private final Cpu c;
    private final Decoder decoder = new Decoder(Decoder.table());

    /**
     * Makes one.
     *
     * @param ramBytes a multiple of 4096
     */
    public StandaloneCpu(long ramBytes) {
        size = ramBytes;
        host = Raw.allocate(ramBytes + PAGE) + PAGE - 1 & -PAGE;
        Raw.fill(host, ramBytes, 0);
        c = new Cpu(0, 1, CpuModel.V2, new NoBus(), 1_000_000_000L, 1_000_000_000L, new FlatMemory());
        c.cr0 = Cpu.CR0_PE | Cpu.CR0_ET | Cpu.CR0_NE | Cpu.CR0_MP;
        c.cr4 = Cpu.CR4_PAE | Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT | Cpu.CR4_OSXSAVE | Cpu.CR4_FSGSBASE;
        c.efer = Cpu.EFER_LMA | Cpu.EFER_LME | Cpu.EFER_SCE | Cpu.EFER_NXE;
        for (int s = 0; s < 6; s++) {
            c.segments.set(s, s == Cpu.CS ? 8 : 16, 0, -1, s == Cpu.CS ? 0xA09B : 0xC093);
        }
        c.segments.updateMode();
    }

    /** The CPU: registers and state may be read and changed between steps. */
    public Cpu cpu() {
        return c;
    }

    /** Makes the code segment 64-bit, or 32-bit and flat. */
    public void mode(boolean bits64) {
        if (bits64) {
            c.efer |= Cpu.EFER_LMA | Cpu.EFER_LME;
        } else {
            c.efer &= ~(Cpu.EFER_LMA | Cpu.EFER_LME);
        }
        c.segments.set(Cpu.CS, 8, 0, -1, bits64 ? 0xA09B : 0xC09B);
        c.segments.updateMode();
    }

    public void write(long address, byte[] bytes) {
        check(address, bytes.length);
        for (int k = 0; k < bytes.length; k++) {
            Raw.put8(host + address + k, bytes[k]);
        }
    }

    public byte[] read(long address, int length) {
        check(address, length);
        byte[] b = new byte[length];
        for (int k = 0; k < length; k++) {
            b[k] = Raw.get8(host + address + k);
        }
        return b;
    }

    private void check(long address, int length) {
        if (address < 0 || address > size - length) {
            throw new IllegalArgumentException("address %#x is outside of RAM".formatted(address));
        }
    }

    /**
     * Runs instructions (each iteration of a repeated string instruction but the last does not count).
     *
     * @return -1, or the vector of the exception that stopped it; then RIP is at the instruction that faulted
     */
    public int step(int instructions) {
        for (int n = 0; n < instructions; n++) {
            long start = c.rip;
            try {
                Op op = decoder.decode(p -> c.mem.load8(start + p), 0, c.mode);
                c.r[Cpu.BLOCK_RIP] = start;
                op.exec(c);
                if (!op.endsBlock() || op.fallsThrough()) {
                    c.rip = start + op.length;
                }
                if (c.rip == start && op.endsBlock() && c.stepping) {
                    n--;
                }
            } catch (CpuFault f) {
                c.rip = start;
                return f.vector;
            }
        }
        return -1;
    }

    @Override
    public void close() {
        c.mem.slow().close();
    }

    private final class FlatMemory implements PhysicalMemory {
        @Override
        public long hostPage(long physical) {
            return physical >= 0 && physical < size ? host + (physical & -PAGE) : 0;
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

    /** A bus with nothing on it. */
    private static final class NoBus implements VcpuBus {
        @Override
        public long mmioRead(long address, int size) {
            return -1;
        }

        @Override
        public void mmioWrite(long address, int size, long value) {
        }

        @Override
        public int portRead(int port, int size) {
            return -1;
        }

        @Override
        public void portWrite(int port, int size, int value) {
        }

        @Override
        public int pendingEvents() {
            return 0;
        }

        @Override
        public int acknowledgeInterrupt() {
            return -1;
        }

        @Override
        public boolean acknowledgeNmi() {
            return false;
        }

        @Override
        public int readCr8() {
            return 0;
        }

        @Override
        public void writeCr8(int value) {
        }

        @Override
        public long readTsc() {
            return System.nanoTime();
        }

        @Override
        public boolean ownsMsr(int index) {
            return false;
        }

        @Override
        public long readMsr(int index) {
            return 0;
        }

        @Override
        public boolean msrReadable(int index) {
            return false;
        }

        @Override
        public boolean writeMsr(int index, long value) {
            return false;
        }
    }
}
