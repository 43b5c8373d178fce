package dev.backplane.cpu.x86.decode;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;

/** Takes out of a table what a CPU model does not have. */
final class Baseline {
    private Baseline() {
    }

    /**
     * AVX, FMA, F16C, BMI and LZCNT, which are VEX-encoded or change what BSF and BSR are with F3; XSAVEOPT, XSAVEC.
     */
    static void removeV3(OpTable t) {
        for (int column = 0; column < 4; column++) {
            for (int opcode = 0; opcode < 256; opcode++) {
                t.remove(Insn.MAP_VEX_0F, column, opcode);
                t.remove(Insn.MAP_VEX_0F38, column, opcode);
                t.remove(Insn.MAP_VEX_0F3A, column, opcode);
            }
        }
        // BSF and BSR ignore the prefix.
        t.alias(Insn.MAP_0F, OpTable.PF3, 0xBC, OpTable.NP);
        t.alias(Insn.MAP_0F, OpTable.PF3, 0xBD, OpTable.NP);
        t.restrict(Insn.MAP_0F, OpTable.NP, 0xC7, i -> !i.mem || i.regLow != 4);
        t.restrict(Insn.MAP_0F, OpTable.NP, 0xAE, i -> !i.mem || i.regLow != 6);
    }

    /** What came after the first x86-64 processors: SSE3 and later, CX16, POPCNT, INVPCID. */
    static void restrict(OpTable t) {
        for (int column = 0; column < 4; column++) {
            for (int opcode = 0; opcode < 256; opcode++) {
                t.remove(Insn.MAP_0F38, column, opcode);
                t.remove(Insn.MAP_0F3A, column, opcode);
            }
            // CMPXCHG16B and RDRAND; CMPXCHG8B stays.
            t.restrict(Insn.MAP_0F, column, 0xC7, i -> i.mem && !i.w);
        }
        // HADDPx, HSUBPx, ADDSUBPx.
        for (int opcode : new int[] {0x7C, 0x7D, 0xD0}) {
            t.remove(Insn.MAP_0F, OpTable.P66, opcode);
            t.remove(Insn.MAP_0F, OpTable.PF2, opcode);
        }
        // LDDQU, MOVDDUP, MOVSLDUP, MOVSHDUP, POPCNT.
        t.remove(Insn.MAP_0F, OpTable.PF2, 0xF0);
        t.remove(Insn.MAP_0F, OpTable.PF2, 0x12);
        t.remove(Insn.MAP_0F, OpTable.PF3, 0x12);
        t.remove(Insn.MAP_0F, OpTable.PF3, 0x16);
        t.remove(Insn.MAP_0F, OpTable.PF3, 0xB8);
        // FISTTP.
        for (int opcode : new int[] {0xDB, 0xDD, 0xDF}) {
            for (int column = 0; column < 4; column++) {
                t.restrict(Insn.MAP_1, column, opcode, i -> !i.mem || i.regLow != 1);
            }
        }
    }
}
