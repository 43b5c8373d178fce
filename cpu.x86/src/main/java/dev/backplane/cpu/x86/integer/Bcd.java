package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;

/** DAA, DAS, AAA, AAS, AAM and AAD; not in 64-bit mode. */
final class Bcd extends Op {
    private final int opcode;
    private final int imm;

    Bcd(Insn i) {
        super(i);
        opcode = i.opcode;
        imm = (int) i.imm & 0xFF;
    }

    @Override
    public void exec(Cpu c) {
        int ax = (int) c.r[Cpu.RAX] & 0xFFFF;
        switch (opcode) {
            case 0x27 -> packed(c, ax & 0xFF, false);
            case 0x2F -> packed(c, ax & 0xFF, true);
            case 0x37 -> ascii(c, ax, 0x106);
            case 0x3F -> ascii(c, ax, -0x106);
            case 0xD4 -> {
                if (imm == 0) {
                    throw c.fault(CpuFault.DE);
                }
                int al = ax & 0xFF;
                setAx(c, al / imm << 8 | al % imm);
                result(c, al % imm, 0);
            }
            default -> {
                int al = (ax & 0xFF) + (ax >> 8) * imm & 0xFF;
                setAx(c, al);
                result(c, al, 0);
            }
        }
    }

    private static void setAx(Cpu c, int v) {
        Registers.set(c, Cpu.RAX, 2, v);
    }

    /** SF, ZF and PF by a byte; CF and AF as given. */
    private static void result(Cpu c, int al, int flags) {
        c.setArithmeticFlags(flags | (al == 0 ? Flags.ZF : 0) | al & Flags.SF
            | ((Integer.bitCount(al & 0xFF) & 1) == 0 ? Flags.PF : 0));
    }

    private static void packed(Cpu c, int al, boolean subtract) {
        boolean carry = Flags.cf(c);
        int old = al;
        int flags = 0;
        int sign = subtract ? -1 : 1;
        if ((al & 15) > 9 || Flags.af(c)) {
            al += 6 * sign;
            flags |= Flags.AF;
            if (subtract && (carry || al < 0)) {
                flags |= Flags.CF;
            }
        }
        if (old > 0x99 || carry) {
            al += 0x60 * sign;
            flags |= Flags.CF;
        }
        al &= 0xFF;
        Registers.set(c, Cpu.RAX, 1, false, al);
        result(c, al, flags);
    }

    private static void ascii(Cpu c, int ax, int by) {
        int flags = 0;
        if ((ax & 15) > 9 || Flags.af(c)) {
            ax += by;
            flags = Flags.AF | Flags.CF;
        }
        ax &= 0xFF0F;
        setAx(c, ax);
        result(c, ax & 0xFF, flags);
    }
}
