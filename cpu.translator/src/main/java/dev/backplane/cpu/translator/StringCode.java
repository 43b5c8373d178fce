package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.CX;
import static dev.backplane.cpu.translator.CodeWriter.D;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Machine code of REP MOVS and REP STOS that go forward and stay in one page for each operand: the host's own on host
 * addresses. What crosses a page is left to the op, which goes page by page.
 */
final class StringCode {
    private static final int STOS = 0xAA;

    private final CodeWriter w;
    private final Assembler a;

    StringCode(CodeWriter w) {
        this.w = w;
        a = w.a;
    }

    /** Writes the code; false (and nothing written) if the op has to do it. */
    boolean emit(Insn i) {
        if (i.rep == 0 || i.addrSize != 8 || i.override >= Cpu.FS) {
            return false;
        }
        int size = (i.opcode & 1) == 0 ? 1 : i.opSize;
        int si = CodeWriter.home(Cpu.RSI);
        int di = CodeWriter.home(Cpu.RDI);
        boolean stos = i.opcode >= STOS;
        a.load32(C, w.env(Env.DF));
        a.jrcxz(5);
        w.leaveForOp();
        w.opUnlessZero(CX, Env.PAGE_MASK);
        a.lea64(A, w.m.of(-1, CX, Integer.numberOfTrailingZeros(size), 0));
        if (!stos) {
            w.checkMany(si, false);
            a.store64(w.env(Env.TARGET), D);
        }
        w.checkMany(di, true);
        if (!stos) {
            a.load64(A, w.env(Env.TARGET));
            a.lea64(si, w.m.of(si, A, 0, 0));
        }
        a.lea64(di, w.m.of(di, D, 0, 0));
        a.mov64(C, CX);
        if (size == 2) {
            a.byte8(0x66);
        }
        a.byte8(0xF3);
        if (size == 8) {
            a.byte8(0x48);
        }
        a.byte8(i.opcode);
        w.subtract(di, D);
        if (!stos) {
            w.subtract(si, A);
        }
        a.mov64(CX, C);
        return true;
    }
}
