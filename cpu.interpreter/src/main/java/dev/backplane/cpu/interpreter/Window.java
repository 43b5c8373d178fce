package dev.backplane.cpu.interpreter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Peek;
import dev.backplane.cpu.x86.PhysicalMemory;

/** What others see of a vCPU while it runs. */
final class Window {
    private static final VcpuPhase[] PHASES = VcpuPhase.values();
    /** Frames lie close to each other: what is further away is none. */
    private static final long LARGEST_FRAME = 1 << 20;

    /** Ordinal of a {@link VcpuPhase}; written by the vCPU's thread, which need not tell others at once. */
    int phase = VcpuPhase.CORE.ordinal();

    private final Cpu c;
    private final Peek peek;
    private volatile Consumer<VcpuSample> wanted;

    Window(Cpu c, PhysicalMemory memory) {
        this.c = c;
        peek = new Peek(c, memory);
    }

    Peek peek() {
        return peek;
    }

    VcpuPhase phase() {
        return PHASES[phase];
    }

    /** Any thread. */
    void want(Consumer<VcpuSample> then) {
        wanted = then;
        c.requestAttention();
    }

    boolean wanted() {
        return wanted != null;
    }

    /** Own thread, at a boundary of a block. */
    void answer() {
        Consumer<VcpuSample> then = wanted;
        wanted = null;
        boolean wide = c.code64();
        long mask = wide ? -1 : 0xFFFFFFFFL;
        long address = c.r[Cpu.BLOCK_RIP] + c.segBase[Cpu.CS] & mask;
        long rip = c.rip + c.segBase[Cpu.CS] & mask;
        // A system call or return between the two: each operating system has one half of the addresses.
        int cpl = !wide || (address ^ rip) >= 0 ? c.cpl : address < 0 ? 0 : 3;
        int bits = wide ? 64 : (c.mode & Mode.CODE32) != 0 ? 32 : 16;
        then.accept(new VcpuSample(address, rip, cpl, c.cr3, bits, c.sys.lstar,
            wide ? callers() : List.of()));
    }

    private List<Long> callers() {
        List<Long> callers = new ArrayList<>();
        long frame = c.r[Cpu.RBP];
        long last = c.r[Cpu.RSP];
        while (callers.size() < VcpuSample.MOST_CALLERS && (frame & 7) == 0 && frame - last >= 0
            && frame - last < LARGEST_FRAME && peek.load(frame + 8)) {
            long caller = peek.word;
            // Code of the same half of the addresses.
            if (caller == 0 || (caller ^ c.rip) < 0 || caller << 16 >> 16 != caller || !peek.load(frame)) {
                break;
            }
            callers.add(caller);
            last = frame + 16;
            frame = peek.word;
        }
        return callers;
    }
}
