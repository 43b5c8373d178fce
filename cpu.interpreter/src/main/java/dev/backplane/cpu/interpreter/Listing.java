package dev.backplane.cpu.interpreter;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.Peek;
import dev.backplane.cpu.x86.disasm.Disassembler;

/** Guest code as text, beside what is made of it. Used while the vCPU stands still. */
final class Listing {
    /** Whether a tier makes something of code that has not run: for listings of programs that never run. */
    private static final boolean MAKE = Boolean.getBoolean("backplane.listing.make");

    private final Cpu c;
    private final Peek peek;
    private final VcpuCore core;
    private final Disassembler disassembler;

    /** There are no more bytes. */
    private static final class End extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private End() {
            super(null, null, false, false);
        }
    }

    Listing(VcpuCore core, Peek peek, OpTable table) {
        this.core = core;
        this.peek = peek;
        c = core.cpu();
        disassembler = new Disassembler(table);
    }

    /** See {@link dev.backplane.api.cpu.Vcpu#listing}. */
    List<CodeLine> lines(long address, int count, int bits) {
        int now = c.code64() ? 64 : (c.mode & Mode.CODE32) != 0 ? 32 : 16;
        int mode = bits == 0 || bits == now ? c.mode : Disassembler.mode(bits);
        List<CodeLine> lines = new ArrayList<>();
        long at = address;
        for (int n = 0; n < count; n++) {
            long here = at;
            Disassembler.Line line;
            try {
                line = disassembler.line(p -> byteAt(here + p), 0, here, mode);
                List<String> host = core.made(peek.physical(here));
                if (MAKE && host.isEmpty() && mode == c.mode) {
                    core.make(here);
                    host = core.made(peek.physical(here));
                }
                lines.add(new CodeLine(here, Disassembler.bytes(p -> byteAt(here + p), 0, line.length()), line.text(),
                    line.definition(), host));
            } catch (End | CpuFault e) {
                break;
            }
            at += line.length();
        }
        return lines;
    }

    private int byteAt(long la) {
        int b = peek.byteAt(c.code64() ? la : la & 0xFFFFFFFFL);
        if (b == Peek.NOTHING) {
            throw new End();
        }
        return b;
    }
}
