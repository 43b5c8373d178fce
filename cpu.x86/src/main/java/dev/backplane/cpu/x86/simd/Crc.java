package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;
import dev.backplane.cpu.x86.RmOp;

/** CRC32: general registers only, so no SSE state need be enabled. */
final class Crc extends RmOp {
    private Crc(Insn i, int size) {
        super(i, size);
    }

    static void addTo(OpTable t) {
        t.add(Kind.INTEGER, Insn.MAP_0F38, OpTable.PF2, 0xF0, true, Imm.NONE, i -> new Crc(i, 1));
        t.add(Kind.INTEGER, Insn.MAP_0F38, OpTable.PF2, 0xF1, true, Imm.NONE, i -> new Crc(i, i.opSize));
    }

    @Override
    public void exec(Cpu c) {
        c.r[reg] = Polynomial.crc32((int) c.r[reg], readRm(c), size) & 0xFFFFFFFFL;
    }
}
