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
    /** What turns a legacy map into the one of VEX. */
    private static final int VEX = Insn.MAP_VEX_0F - Insn.MAP_0F;

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

    /** A VEX-encoded vector instruction; the map is the legacy number. */
    void vex(int map, int prefix, int opcode, OpFactory f) {
        t.add(Kind.AVX, map | VEX, prefix, opcode, true, Imm.NONE, f);
    }

    /** The same with an immediate byte. */
    void vexImm(int map, int prefix, int opcode, OpFactory f) {
        t.add(Kind.AVX, map | VEX, prefix, opcode, true, Imm.UB, f);
    }

    /** A VEX-encoded vector instruction without operands. */
    void vexNoOperand(int map, int prefix, int opcode, OpFactory f) {
        t.add(Kind.AVX, map | VEX, prefix, opcode, false, Imm.NONE, f);
    }

    /**
     * An instruction on whole registers: two operands and alignment without VEX, three operands and two widths with.
     */
    void packed(int map, int prefix, int opcode, XmmFn f) {
        sse(map, prefix, opcode, Forms.xmm(f));
        vex(map, prefix, opcode, VexForms.three(f));
    }

    /** The same with the SSE register form as an op of its own. */
    void packed(int map, int prefix, int opcode, OpFactory register, XmmFn f) {
        sse(map, prefix, opcode, Frequent.or(register, Forms.xmm(f)));
        vex(map, prefix, opcode, VexForms.three(f));
    }

    /** With an immediate; the upper lane sees what is above {@code laneShift} bits of it. */
    void packedImm(int map, int prefix, int opcode, int laneShift, IntFunction<XmmFn> f) {
        sseImm(map, prefix, opcode, Forms.xmmImm(f));
        vexImm(map, prefix, opcode, VexForms.threeImm(f, laneShift));
    }

    /** One source and a destination that it replaces. */
    void unary(int map, int prefix, int opcode, XmmFn f) {
        sse(map, prefix, opcode, Forms.xmm(f));
        vex(map, prefix, opcode, VexForms.two(f));
    }

    void unaryImm(int map, int prefix, int opcode, IntFunction<XmmFn> f) {
        sseImm(map, prefix, opcode, Forms.xmmImm(f));
        vexImm(map, prefix, opcode, VexForms.twoImm(f, 0));
    }

    /** A scalar whose upper bits come from the first source. */
    void scalar(int map, int prefix, int opcode, int bytes, XmmFn f) {
        sse(map, prefix, opcode, Forms.narrow(bytes, f));
        vex(map, prefix, opcode, VexForms.scalar(bytes, f));
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

    /** A packed-integer instruction that treats 64-bit lanes alike: MMX without a prefix, SSE2 and AVX with 66. */
    void both(int map, int opcode, LongBinaryOperator f) {
        mmx(map, opcode, Forms.mmx(f));
        packed(map, OpTable.P66, opcode, Forms.lanes(f));
    }

    /** The same with a form of its own for SSE. */
    void both(int map, int opcode, LongBinaryOperator m, XmmFn f) {
        mmx(map, opcode, Forms.mmx(m));
        packed(map, OpTable.P66, opcode, f);
    }

    /** The same with the SSE register form as an op of its own. */
    void both(int map, int opcode, LongBinaryOperator f, OpFactory register) {
        mmx(map, opcode, Forms.mmx(f));
        packed(map, OpTable.P66, opcode, register, Forms.lanes(f));
    }

    /** 66 0F 38, with and without VEX. */
    void v38(int opcode, XmmFn f) {
        packed(Insn.MAP_0F38, OpTable.P66, opcode, f);
    }

    /** 66 0F 38, with VEX for 128 bits only. */
    void v38Narrow(int opcode, XmmFn f) {
        sse(Insn.MAP_0F38, OpTable.P66, opcode, Forms.xmm(f));
        vex(Insn.MAP_0F38, OpTable.P66, opcode, VexForms.l0(VexForms.three(f)));
    }

    /** 66 0F 3A with an immediate, with and without VEX. */
    void v3a(int opcode, int laneShift, IntFunction<XmmFn> f) {
        packedImm(Insn.MAP_0F3A, OpTable.P66, opcode, laneShift, f);
    }

    /** 66 0F 3A with an immediate, with VEX for 128 bits only. */
    void v3aNarrow(int opcode, IntFunction<XmmFn> f) {
        sseImm(Insn.MAP_0F3A, OpTable.P66, opcode, Forms.xmmImm(f));
        vexImm(Insn.MAP_0F3A, OpTable.P66, opcode, VexForms.l0(VexForms.threeImm(f, 0)));
    }
}
