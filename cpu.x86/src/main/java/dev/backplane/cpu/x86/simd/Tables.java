package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;
import java.util.function.IntFunction;
import java.util.function.LongBinaryOperator;

/** Shorthand for entries of the opcode table. */
final class Tables {
    private final OpTable t;

    Tables(OpTable t) {
        this.t = t;
    }

    /** An SSE instruction without an immediate. */
    void sse(int map, int prefix, int opcode, OpFactory f) {
        t.add(Kind.SSE, map, prefix, opcode, true, Imm.NONE, f);
    }

    /** An SSE instruction with an immediate byte. */
    void sseImm(int map, int prefix, int opcode, OpFactory f) {
        t.add(Kind.SSE, map, prefix, opcode, true, Imm.UB, f);
    }

    void mmx(int map, int opcode, OpFactory f) {
        t.add(Kind.MMX, map, OpTable.NP, opcode, true, Imm.NONE, f);
    }

    void mmxImm(int map, int opcode, OpFactory f) {
        t.add(Kind.MMX, map, OpTable.NP, opcode, true, Imm.UB, f);
    }

    /** An MMX instruction without operands. */
    void mmxNoOperand(int map, int opcode, OpFactory f) {
        t.add(Kind.MMX, map, OpTable.NP, opcode, false, Imm.NONE, f);
    }

    /** A packed-integer instruction that treats 64-bit lanes alike: MMX without a prefix, SSE2 with 66. */
    void both(int map, int opcode, LongBinaryOperator f) {
        mmx(map, opcode, Forms.mmx(f));
        sse(map, OpTable.P66, opcode, Forms.xmm(Forms.lanes(f)));
    }

    /** The same with a form of its own for SSE. */
    void both(int map, int opcode, LongBinaryOperator m, XmmFn f) {
        mmx(map, opcode, Forms.mmx(m));
        sse(map, OpTable.P66, opcode, Forms.xmm(f));
    }

    /** The same with the SSE register form as an op of its own. */
    void both(int map, int opcode, LongBinaryOperator f, OpFactory register) {
        mmx(map, opcode, Forms.mmx(f));
        sse(map, OpTable.P66, opcode, Frequent.or(register, Forms.xmm(Forms.lanes(f))));
    }

    /** 66 0F 38 with an XMM or aligned memory operand. */
    void v38(int opcode, XmmFn f) {
        sse(Insn.MAP_0F38, OpTable.P66, opcode, Forms.xmm(f));
    }

    /** 66 0F 3A with an XMM or aligned memory operand and an immediate. */
    void v3a(int opcode, IntFunction<XmmFn> f) {
        sseImm(Insn.MAP_0F3A, OpTable.P66, opcode, Forms.xmmImm(f));
    }
}
