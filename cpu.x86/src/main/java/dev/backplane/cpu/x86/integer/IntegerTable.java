package dev.backplane.cpu.x86.integer;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_1;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;

/** The opcodes of the integer instructions. */
public final class IntegerTable {
    private static final int TEST = 8;

    private final OpTable t;

    private IntegerTable(OpTable t) {
        this.t = t;
    }

    /** Adds them to the table. */
    public static void addTo(OpTable t) {
        IntegerTable x = new IntegerTable(t);
        x.alu();
        x.moves();
        x.stack();
        x.branches();
        x.strings();
        x.groups();
        x.misc();
        x.twoByte();
    }

    private void one(int opcode, boolean modrm, Imm imm, OpFactory f) {
        t.add(Kind.INTEGER, MAP_1, OpTable.ANY, opcode, modrm, imm, f);
    }

    private void two(int opcode, boolean modrm, Imm imm, OpFactory f) {
        t.add(Kind.INTEGER, MAP_0F, OpTable.ANY, opcode, modrm, imm, f);
    }

    /** The same instruction on bytes (even opcode) and on the operand size (odd). */
    private interface Sized {
        Op create(Insn i, int size);
    }

    private void pair(int opcode, boolean modrm, Imm byteImm, Imm imm, Sized f) {
        one(opcode, modrm, byteImm, i -> f.create(i, 1));
        one(opcode + 1, modrm, imm, i -> f.create(i, i.opSize));
    }

    private static OpFactory legacy(OpFactory f) {
        return i -> i.mode64 ? null : f.create(i);
    }

    private static Op rr(int op, Insn i, int size, int d, int s) {
        return switch (size) {
            case 1 -> Alu8Ops.rr(op, i, d, s);
            case 2 -> Alu16Ops.rr(op, i, d, s);
            case 4 -> Alu32Ops.rr(op, i, d, s);
            default -> Alu64Ops.rr(op, i, d, s);
        };
    }

    private static Op ri(int op, Insn i, int size, int d) {
        return switch (size) {
            case 1 -> Alu8Ops.ri(op, i, d);
            case 2 -> Alu16Ops.ri(op, i, d);
            case 4 -> Alu32Ops.ri(op, i, d);
            default -> Alu64Ops.ri(op, i, d);
        };
    }

    private static Op rm(int op, Insn i, int size) {
        return switch (size) {
            case 1 -> Alu8Ops.rm(op, i);
            case 2 -> Alu16Ops.rm(op, i);
            case 4 -> Alu32Ops.rm(op, i);
            default -> Alu64Ops.rm(op, i);
        };
    }

    private static Op mr(int op, Insn i, int size) {
        if (i.lock && op < 7) {
            return new MiscOps.Binary(i, op, size, false);
        }
        return switch (size) {
            case 1 -> Alu8Ops.mr(op, i);
            case 2 -> Alu16Ops.mr(op, i);
            case 4 -> Alu32Ops.mr(op, i);
            default -> Alu64Ops.mr(op, i);
        };
    }

    private static Op mi(int op, Insn i, int size) {
        if (i.lock && op < 7) {
            return new MiscOps.Binary(i, op, size, true);
        }
        return switch (size) {
            case 1 -> Alu8Ops.mi(op, i);
            case 2 -> Alu16Ops.mi(op, i);
            case 4 -> Alu32Ops.mi(op, i);
            default -> Alu64Ops.mi(op, i);
        };
    }

    private void alu() {
        for (int n = 0; n < 8; n++) {
            int op = n;
            pair(op << 3, true, Imm.NONE, Imm.NONE,
                (i, size) -> i.mem ? mr(op, i, size) : rr(op, i, size, i.rm, i.reg));
            pair(op << 3 | 2, true, Imm.NONE, Imm.NONE,
                (i, size) -> i.mem ? rm(op, i, size) : rr(op, i, size, i.reg, i.rm));
            pair(op << 3 | 4, false, Imm.SB, Imm.Z, (i, size) -> ri(op, i, size, 0));
        }
        Sized group1 = (i, size) -> i.mem ? mi(i.regLow, i, size) : ri(i.regLow, i, size, i.rm);
        pair(0x80, true, Imm.SB, Imm.Z, group1);
        one(0x82, true, Imm.SB, legacy(i -> group1.create(i, 1)));
        one(0x83, true, Imm.SB, i -> group1.create(i, i.opSize));
        pair(0x84, true, Imm.NONE, Imm.NONE,
            (i, size) -> i.mem ? mr(TEST, i, size) : rr(TEST, i, size, i.rm, i.reg));
        pair(0xA8, false, Imm.SB, Imm.Z, (i, size) -> ri(TEST, i, size, 0));
    }

    private void moves() {
        pair(0x88, true, Imm.NONE, Imm.NONE,
            (i, size) -> i.mem ? MovOps.mr(i, size) : MovOps.rr(i, size, i.rm, i.reg));
        pair(0x8A, true, Imm.NONE, Imm.NONE,
            (i, size) -> i.mem ? MovOps.rm(i, size) : MovOps.rr(i, size, i.reg, i.rm));
        pair(0xC6, true, Imm.SB, Imm.Z, (i, size) -> {
            if (i.regLow != 0) {
                return null;
            }
            return i.mem ? MovOps.mi(i, size) : MovOps.ri(i, size, i.rm);
        });
        for (int n = 0; n < 8; n++) {
            one(0xB0 + n, false, Imm.SB, i -> MovOps.ri(i, 1, i.opcode & 7 | (i.rex & 1) << 3));
            one(0xB8 + n, false, Imm.V, i -> MovOps.ri(i, i.opSize, i.opcode & 7 | (i.rex & 1) << 3));
        }
        pair(0xA0, false, Imm.MOFFS, Imm.MOFFS, (i, size) -> new MiscOps.MovMoffs(i, size, false));
        pair(0xA2, false, Imm.MOFFS, Imm.MOFFS, (i, size) -> new MiscOps.MovMoffs(i, size, true));
        one(0x8D, true, Imm.NONE, MiscOps::lea);
        pair(0x86, true, Imm.NONE, Imm.NONE, (i, size) -> new MiscOps.Xchg(i, size));
        for (int n = 0; n < 8; n++) {
            one(0x90 + n, false, Imm.NONE, IntegerTable::xchgAccumulator);
        }
        two(0xB6, true, Imm.NONE, i -> ExtendOps.create(i, 1, false));
        two(0xB7, true, Imm.NONE, i -> ExtendOps.create(i, 2, false));
        two(0xBE, true, Imm.NONE, i -> ExtendOps.create(i, 1, true));
        two(0xBF, true, Imm.NONE, i -> ExtendOps.create(i, 2, true));
        two(0xC3, true, Imm.NONE, i -> i.mem && i.opSize >= 4 ? MovOps.mr(i, i.opSize) : null);
    }

    private static Op xchgAccumulator(Insn i) {
        int n = i.opcode & 7 | (i.rex & 1) << 3;
        if (n == 0) {
            return i.rep == 0xF3 ? new MiscOps.Pause(i) : new MiscOps.Nop(i);
        }
        i.mem = false;
        i.reg = 0;
        i.rm = n;
        return new MiscOps.Xchg(i, i.opSize);
    }

    private void stack() {
        for (int n = 0; n < 8; n++) {
            one(0x50 + n, false, Imm.NONE, StackOps::push);
            one(0x58 + n, false, Imm.NONE, StackOps::pop);
        }
        one(0x60, false, Imm.NONE, legacy(StackOps.Pusha::new));
        one(0x61, false, Imm.NONE, legacy(StackOps.Popa::new));
        one(0x68, false, Imm.Z, StackOps.PushImmediate::new);
        one(0x6A, false, Imm.SB, StackOps.PushImmediate::new);
        one(0x8F, true, Imm.NONE, i -> i.regLow == 0 ? new StackOps.PopRm(i) : null);
        one(0x9C, false, Imm.NONE, StackOps.Pushf::new);
        one(0x9D, false, Imm.NONE, StackOps.Popf::new);
        one(0xC8, false, Imm.ENTER, StackOps.Enter::new);
        one(0xC9, false, Imm.NONE, StackOps::leave);
    }

    private void branches() {
        for (int n = 0; n < 16; n++) {
            int code = n;
            one(0x70 + n, false, Imm.SB, i -> JccOps.create(i, code));
            two(0x80 + n, false, Imm.REL, i -> JccOps.create(i, code));
        }
        one(0xE8, false, Imm.REL, Branches::call);
        one(0xE9, false, Imm.REL, Branches.Jmp::new);
        one(0xEB, false, Imm.SB, Branches.Jmp::new);
        one(0xC2, false, Imm.UW, Branches.Ret::new);
        one(0xC3, false, Imm.NONE, Branches::ret);
        for (int n = 0; n < 4; n++) {
            one(0xE0 + n, false, Imm.SB, Branches.Loop::new);
        }
    }

    private void strings() {
        pair(0xA4, false, Imm.NONE, Imm.NONE, Strings.Movs::new);
        pair(0xA6, false, Imm.NONE, Imm.NONE, Strings.Cmps::new);
        pair(0xAA, false, Imm.NONE, Imm.NONE, Strings.Stos::new);
        pair(0xAC, false, Imm.NONE, Imm.NONE, Strings.Lods::new);
        pair(0xAE, false, Imm.NONE, Imm.NONE, Strings.Scas::new);
    }

    private void groups() {
        pair(0xC0, true, Imm.UB, Imm.UB, (i, size) -> ShiftOps.byImmediate(i, size, (int) i.imm));
        pair(0xD0, true, Imm.NONE, Imm.NONE, (i, size) -> ShiftOps.byImmediate(i, size, 1));
        pair(0xD2, true, Imm.NONE, Imm.NONE, ShiftOps::byCl);
        pair(0xF6, true, Imm.TEST8, Imm.TESTZ, IntegerTable::group3);
        one(0xFE, true, Imm.NONE, i -> i.regLow < 2 ? new MiscOps.Unary(i, i.regLow, 1) : null);
    }

    private static Op group3(Insn i, int size) {
        return switch (i.regLow) {
            case 0, 1 -> i.mem ? mi(TEST, i, size) : ri(TEST, i, size, i.rm);
            case 2 -> new MiscOps.Unary(i, MiscOps.Unary.NOT, size);
            case 3 -> new MiscOps.Unary(i, MiscOps.Unary.NEG, size);
            default -> new MulDiv.Group3(i, size);
        };
    }

    /** FF without the far forms, which belong to the system instructions. */
    public static Op group5(Insn i) {
        return switch (i.regLow) {
            case 0, 1 -> i.mem ? new MiscOps.Unary(i, i.regLow, i.opSize)
                : new MiscOps.IncReg(i, i.rm, i.regLow == 1);
            case 2 -> new Branches.CallRm(i);
            case 4 -> new Branches.JmpRm(i);
            case 6 -> new StackOps.PushRm(i);
            default -> null;
        };
    }

    /** MOVSXD: 63 in 64-bit mode. */
    public static Op movsxd(Insn i) {
        return i.opSize == 8 ? ExtendOps.create(i, 4, true)
            : i.mem ? MovOps.rm(i, i.opSize) : MovOps.rr(i, i.opSize, i.reg, i.rm);
    }

    /** An op that raises #UD. */
    public static Op undefined(Insn i) {
        return new MiscOps.Undefined(i);
    }

    /** An op that does nothing. */
    public static Op nop(Insn i) {
        return new MiscOps.Nop(i);
    }

    /** An op that orders memory accesses. */
    public static Op fence(Insn i) {
        return new MiscOps.Fence(i);
    }

    private void misc() {
        for (int n = 0; n < 8; n++) {
            int reg = n;
            one(0x40 + n, false, Imm.NONE, legacy(i -> new MiscOps.IncReg(i, reg, false)));
            one(0x48 + n, false, Imm.NONE, legacy(i -> new MiscOps.IncReg(i, reg, true)));
        }
        one(0x27, false, Imm.NONE, legacy(Bcd::new));
        one(0x2F, false, Imm.NONE, legacy(Bcd::new));
        one(0x37, false, Imm.NONE, legacy(Bcd::new));
        one(0x3F, false, Imm.NONE, legacy(Bcd::new));
        one(0xD4, false, Imm.UB, legacy(Bcd::new));
        one(0xD5, false, Imm.UB, legacy(Bcd::new));
        one(0xD6, false, Imm.NONE, legacy(MiscOps.Salc::new));
        one(0x62, true, Imm.NONE, legacy(i -> i.mem ? new StackOps.Bound(i) : null));
        one(0x69, true, Imm.Z, i -> new MulDiv.Imul(i, true));
        one(0x6B, true, Imm.SB, i -> new MulDiv.Imul(i, true));
        one(0x98, false, Imm.NONE, MiscOps.Cbw::new);
        one(0x99, false, Imm.NONE, MiscOps.Cwd::new);
        one(0x9E, false, Imm.NONE, MiscOps.Sahf::new);
        one(0x9F, false, Imm.NONE, MiscOps.Lahf::new);
        one(0xD7, false, Imm.NONE, MiscOps.Xlat::new);
        for (int opcode : new int[] {0xF5, 0xF8, 0xF9, 0xFC, 0xFD}) {
            one(opcode, false, Imm.NONE, MiscOps.FlagOp::new);
        }
    }

    private void twoByte() {
        for (int n = 0; n < 16; n++) {
            two(0x40 + n, true, Imm.NONE, MiscOps.Cmov::new);
            two(0x90 + n, true, Imm.NONE, MiscOps.Set::new);
        }
        two(0x0B, false, Imm.NONE, MiscOps.Undefined::new);
        two(0xB9, true, Imm.NONE, MiscOps.Undefined::new);
        two(0xFF, true, Imm.NONE, MiscOps.Undefined::new);
        two(0x0D, true, Imm.NONE, i -> i.mem ? new MiscOps.Nop(i) : null);
        for (int n = 0x18; n < 0x20; n++) {
            two(n, true, Imm.NONE, MiscOps.Nop::new);
        }
        two(0xA3, true, Imm.NONE, i -> bitByRegister(i, 0));
        two(0xAB, true, Imm.NONE, i -> bitByRegister(i, 1));
        two(0xB3, true, Imm.NONE, i -> bitByRegister(i, 2));
        two(0xBB, true, Imm.NONE, i -> bitByRegister(i, 3));
        two(0xBA, true, Imm.UB, i -> i.regLow >= 4 ? new Bits.Test(i, i.regLow - 4, true) : null);
        for (int p : new int[] {OpTable.NP, OpTable.P66, OpTable.PF2}) {
            t.add(Kind.INTEGER, MAP_0F, p, 0xBC, true, Imm.NONE, i -> new Bits.Scan(i, false));
            t.add(Kind.INTEGER, MAP_0F, p, 0xBD, true, Imm.NONE, i -> new Bits.Scan(i, true));
        }
        Bmi.addTo(t);
        t.add(Kind.INTEGER, MAP_0F, OpTable.PF3, 0xB8, true, Imm.NONE, Bits.Popcnt::new);
        two(0xA4, true, Imm.UB, i -> new ShiftOps.Double(i, true, (int) i.imm));
        two(0xA5, true, Imm.NONE, i -> new ShiftOps.Double(i, true, -1));
        two(0xAC, true, Imm.UB, i -> new ShiftOps.Double(i, false, (int) i.imm));
        two(0xAD, true, Imm.NONE, i -> new ShiftOps.Double(i, false, -1));
        two(0xAF, true, Imm.NONE, i -> new MulDiv.Imul(i, false));
        two(0xB0, true, Imm.NONE, i -> new MiscOps.Cmpxchg(i, 1));
        two(0xB1, true, Imm.NONE, i -> new MiscOps.Cmpxchg(i, i.opSize));
        two(0xC0, true, Imm.NONE, i -> new MiscOps.Xadd(i, 1));
        two(0xC1, true, Imm.NONE, i -> new MiscOps.Xadd(i, i.opSize));
        for (int n = 0; n < 8; n++) {
            two(0xC8 + n, false, Imm.NONE, Bits.Bswap::new);
        }
        for (int p : new int[] {OpTable.NP, OpTable.P66}) {
            t.add(Kind.INTEGER, MAP_0F38, p, 0xF0, true, Imm.NONE, i -> i.mem ? new Bits.Movbe(i, false) : null);
            t.add(Kind.INTEGER, MAP_0F38, p, 0xF1, true, Imm.NONE, i -> i.mem ? new Bits.Movbe(i, true) : null);
        }
        t.add(Kind.INTEGER, MAP_0F38, OpTable.PF2, 0xF0, true, Imm.NONE, i -> new Bits.Crc32(i, 1));
        t.add(Kind.INTEGER, MAP_0F38, OpTable.PF2, 0xF1, true, Imm.NONE, i -> new Bits.Crc32(i, i.opSize));
    }

    /** CMPXCHG8B or CMPXCHG16B: 0F C7 /1 with memory. */
    public static Op wideExchange(Insn i) {
        return WideExchange.create(i);
    }

    private static Op bitByRegister(Insn i, int kind) {
        return i.mem ? new Bits.TestString(i, kind) : new Bits.Test(i, kind, false);
    }
}
