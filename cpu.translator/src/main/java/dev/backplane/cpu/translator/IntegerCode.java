package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.CX;
import static dev.backplane.cpu.translator.CodeWriter.D;
import static dev.backplane.cpu.translator.CodeWriter.SP;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F38;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Machine code of integer instructions in 64-bit mode: the guest's instruction with its operands rewritten. What is not
 * here is left to the instruction's op.
 */
final class IntegerCode {
    /** How an instruction uses an operand; for the reg field also that it extends the opcode. */
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int BOTH = 3;
    private static final int DIGIT = 0;

    private static final int CMP = 7;
    /** By column of the opcode table. */
    private static final int[] PREFIX = {0, 0x66, 0xF3, 0xF2};

    private final CodeWriter w;
    private final Assembler a;
    /** The CPU model has TZCNT and LZCNT. */
    private final boolean counts;

    IntegerCode(CodeWriter w, boolean counts) {
        this.w = w;
        this.counts = counts;
        a = w.a;
    }

    /** Writes the code of an instruction that is no branch; false (and nothing written) if its op has to do it. */
    boolean emit(Insn i) {
        if (i.mem && !w.addressable(i) || i.lock && !i.mem) {
            return false;
        }
        return switch (i.map) {
            case Insn.MAP_VEX_0F38, Insn.MAP_VEX_0F3A -> vex(i);
            case Insn.MAP_1 -> one(i);
            case Insn.MAP_0F -> two(i);
            case Insn.MAP_0F38 -> three(i);
            default -> false;
        };
    }

    private static int immBytes(int size) {
        return Math.min(size, 4);
    }

    private boolean one(Insn i) {
        int op = i.opcode;
        int size = (op & 1) == 0 ? 1 : i.opSize;
        if (op < 0x40 && (op & 7) < 6) {
            return alu(i, op >> 3, op & 7, size);
        }
        switch (op) {
            case 0x63:
                return modrm(i, i.opSize == 8 ? 4 : i.opSize, 0, MAP_1, i.opSize == 8 ? 0x63 : 0x8B, READ, WRITE,
                    i.opSize, 0);
            case 0x69:
                return modrm(i, i.opSize, 0, MAP_1, 0x69, READ, WRITE, i.opSize, immBytes(i.opSize));
            case 0x6B:
                return modrm(i, i.opSize, 0, MAP_1, 0x6B, READ, WRITE, i.opSize, 1);
            case 0x80:
                return group1(i, 1, 1);
            case 0x81:
                return group1(i, i.opSize, immBytes(i.opSize));
            case 0x83:
                return group1(i, i.opSize, 1);
            case 0x84, 0x85:
                return modrm(i, size, 0, MAP_1, op, READ, READ, size, 0);
            case 0x86, 0x87:
                return modrm(i, size, 0, MAP_1, op, BOTH, BOTH, size, 0);
            case 0x88, 0x89:
                return modrm(i, size, 0, MAP_1, op, WRITE, READ, size, 0);
            case 0x8A, 0x8B:
                return modrm(i, size, 0, MAP_1, op, READ, WRITE, size, 0);
            case 0x8D:
                return lea(i);
            case 0x98, 0x99:
                return plain(i);
            case 0x9E, 0x9F, 0xF5, 0xF8, 0xF9:
                a.byte8(op);
                return true;
            case 0xA8, 0xA9:
                i.rm = 0;
                i.regLow = 0;
                return modrm(i, size, 0, MAP_1, op & 1 | 0xF6, READ, DIGIT, size, immBytes(size));
            case 0xC0, 0xC1:
                return modrm(i, size, 0, MAP_1, op, BOTH, DIGIT, size, 1);
            case 0xD0, 0xD1:
                return modrm(i, size, 0, MAP_1, op, BOTH, DIGIT, size, 0);
            case 0xD2, 0xD3:
                return shiftByCl(i, size);
            case 0xC6, 0xC7:
                return modrm(i, size, 0, MAP_1, op, WRITE, DIGIT, size, immBytes(size));
            case 0x9C:
                return pushFlags(i);
            case 0xC9:
                return leave(i);
            case 0xF6, 0xF7:
                return group3(i, size);
            case 0xFE, 0xFF:
                return i.regLow < 2 ? modrm(i, size, 0, MAP_1, op, BOTH, DIGIT, size, 0)
                    : i.regLow == 6 && op == 0xFF && pushRm(i);
            case 0x68, 0x6A:
                return pushImmediate(i);
            default:
                return registerInOpcode(i);
        }
    }

    private boolean registerInOpcode(Insn i) {
        int n = i.opcode & 7 | (i.rex & 1) << 3;
        switch (i.opcode & 0xF8) {
            case 0x50:
                return push(i, n);
            case 0x58:
                return pop(i, n);
            case 0x90:
                if (n == 0) {
                    // PAUSE lets other threads run now and then.
                    return i.rep != 0xF3;
                }
                i.rm = n;
                i.reg = 0;
                return modrm(i, i.opSize, 0, MAP_1, 0x87, BOTH, BOTH, i.opSize, 0);
            case 0xB0:
                i.rm = n;
                i.regLow = 0;
                return modrm(i, 1, 0, MAP_1, 0xC6, WRITE, DIGIT, 1, 1);
            case 0xB8:
                return moveImmediate(i, n);
            default:
                return false;
        }
    }

    private boolean moveImmediate(Insn i, int n) {
        if (i.opSize == 2) {
            i.rm = n;
            i.regLow = 0;
            return modrm(i, 2, 0, MAP_1, 0xC7, WRITE, DIGIT, 2, 2);
        }
        int to = w.target(n, D);
        a.movImm(to, i.opSize == 4 ? i.imm & 0xFFFFFFFFL : i.imm);
        w.done(n, to);
        return true;
    }

    private boolean alu(Insn i, int op, int form, int size) {
        switch (form) {
            case 0, 1:
                return modrm(i, size, 0, MAP_1, i.opcode, op == CMP ? READ : BOTH, READ, size, 0);
            case 2, 3:
                return modrm(i, size, 0, MAP_1, i.opcode, READ, op == CMP ? READ : BOTH, size, 0);
            default:
                i.rm = 0;
                i.regLow = op;
                return group1(i, size, immBytes(size));
        }
    }

    private boolean group1(Insn i, int size, int bytes) {
        int opcode = size == 1 ? 0x80 : 0x81;
        if (size != 1 && (byte) i.imm == i.imm) {
            opcode = 0x83;
            bytes = 1;
        }
        return modrm(i, size, 0, MAP_1, opcode, i.regLow == CMP ? READ : BOTH, DIGIT, size, bytes);
    }

    private boolean group3(Insn i, int size) {
        return switch (i.regLow) {
            case 0, 1 -> {
                i.regLow = 0;
                yield modrm(i, size, 0, MAP_1, i.opcode, READ, DIGIT, size, immBytes(size));
            }
            case 2, 3 -> modrm(i, size, 0, MAP_1, i.opcode, BOTH, DIGIT, size, 0);
            case 4, 5 -> modrm(i, size, 0, MAP_1, i.opcode, READ, DIGIT, size, 0);
            default -> divide(i, size);
        };
    }

    /** CBW, CWD and their like: on RAX and RDX, which are where they are. */
    private boolean plain(Insn i) {
        if (i.opSize == 2) {
            a.byte8(0x66);
        } else if (i.opSize == 8) {
            a.byte8(0x48);
        }
        a.byte8(i.opcode);
        return true;
    }

    private boolean lea(Insn i) {
        if (!i.mem) {
            return false;
        }
        if (i.opSize == 2) {
            w.offset(i, A);
            int to = w.source(i.reg, C);
            a.rr(0x66, MAP_1, 0x8B, false, to, A);
            w.done(i.reg, to);
            return true;
        }
        int to = w.target(i.reg, A);
        w.offset(i, to);
        if (i.opSize == 4 && i.addrSize == 8) {
            a.mov32(to, to);
        }
        w.done(i.reg, to);
        return true;
    }

    // The general form.

    private static boolean high(Insn i, int reg, int size) {
        return size == 1 && !i.hasRex && reg >= 4;
    }

    private static int wide(int size, int regSize) {
        return Math.max(size, regSize);
    }

    /**
     * An instruction with ModRM.
     *
     * @param size    of the r/m operand
     * @param prefix  F2 or F3, or 0; 66 follows from the sizes
     * @param rmUse   READ, WRITE or BOTH
     * @param regUse  the same, or DIGIT: the reg field extends the opcode
     * @param regSize of the register operand
     * @param bytes   of the immediate
     */
    private boolean modrm(Insn i, int size, int prefix, int map, int opcode, int rmUse, int regUse, int regSize,
        int bytes) {
        int operandSize = regUse == DIGIT ? size : wide(size, regSize);
        if (operandSize == 2) {
            if (prefix != 0) {
                return false;
            }
            prefix = 0x66;
        }
        boolean rexW = operandSize == 8;
        boolean highReg = regUse != DIGIT && high(i, i.reg, regSize);
        int reg = highReg ? i.reg - 4 : i.reg;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, size, rmUse != READ);
            int host = registerOperand(i, regUse, regSize, reg, highReg);
            if (i.lock) {
                a.lock();
            }
            a.rm(prefix, map, opcode, rexW, host, w.operand(la), regUse != DIGIT && regSize == 1);
            a.imm(bytes, i.imm);
            registerDone(regUse, reg, host, highReg);
            return true;
        }
        boolean highRm = high(i, i.rm, size);
        int rm = highRm ? i.rm - 4 : i.rm;
        if (rmUse == BOTH && regUse == BOTH && rm == reg) {
            return false;
        }
        boolean byteReg = regUse != DIGIT && regSize == 1;
        if (rmUse == READ && !highRm && CodeWriter.home(rm) < 0) {
            int host = registerOperand(i, regUse, regSize, reg, highReg);
            a.rm(prefix, map, opcode, rexW, host, w.env(Env.GPR + 8 * rm), byteReg);
            a.imm(bytes, i.imm);
            registerDone(regUse, reg, host, highReg);
            return true;
        }
        int target;
        if (highRm) {
            a.rorx(D, CodeWriter.home(rm), 8);
            target = D;
        } else {
            target = rmUse == WRITE && size >= 4 ? w.target(rm, D) : w.source(rm, D);
        }
        int host = registerOperand(i, regUse, regSize, reg, highReg);
        a.rr(prefix, map, opcode, rexW, host, target, byteReg, size == 1);
        a.imm(bytes, i.imm);
        registerDone(regUse, reg, host, highReg);
        if (rmUse != READ) {
            if (highRm) {
                a.rorx(CodeWriter.home(rm), D, 56);
            } else {
                w.done(rm, target);
            }
        }
        return true;
    }

    private int registerOperand(Insn i, int use, int size, int reg, boolean high) {
        if (use == DIGIT) {
            return i.regLow;
        }
        if (high) {
            a.rorx(C, CodeWriter.home(reg), 8);
            return C;
        }
        return use == WRITE && size >= 4 ? w.target(reg, C) : w.source(reg, C);
    }

    private void registerDone(int use, int reg, int host, boolean high) {
        if ((use & WRITE) != 0) {
            if (high) {
                a.rorx(CodeWriter.home(reg), C, 56);
            } else {
                w.done(reg, host);
            }
        }
    }

    // Shifts by CL.

    private static int prefix(int size) {
        return size == 2 ? 0x66 : 0;
    }

    private boolean shiftByCl(Insn i, int size) {
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, size, true);
            a.mov32(C, CX);
            a.rm(prefix(size), MAP_1, i.opcode, size == 8, i.regLow, w.operand(la));
            return true;
        }
        boolean high = high(i, i.rm, size);
        int rm = high ? i.rm - 4 : i.rm;
        int target = D;
        if (high) {
            a.rorx(D, CodeWriter.home(rm), 8);
        } else {
            target = w.source(rm, D);
        }
        a.mov32(C, CX);
        a.rr(prefix(size), MAP_1, i.opcode, size == 8, i.regLow, target, false, size == 1);
        if (high) {
            a.rorx(CodeWriter.home(rm), D, 56);
        } else {
            w.done(rm, target);
        }
        return true;
    }

    private boolean doubleShiftByCl(Insn i) {
        int size = i.opSize;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, size, true);
            a.lea64(A, w.operand(la));
            int reg = w.source(i.reg, D);
            a.mov32(C, CX);
            a.rm(prefix(size), MAP_0F, i.opcode, size == 8, reg, w.m.of(A, 0));
            return true;
        }
        int target = w.source(i.rm, D);
        int reg = w.source(i.reg, A);
        a.mov32(C, CX);
        a.rr(prefix(size), MAP_0F, i.opcode, size == 8, reg, target);
        w.done(i.rm, target);
        return true;
    }

    // Division: the host's would raise its own fault, so the operands are looked at first.

    private boolean divide(Insn i, int size) {
        if (size < 4) {
            return false;
        }
        boolean rexW = size == 8;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, size, false);
            a.rm(0, MAP_1, 0x8B, rexW, C, w.operand(la));
        } else {
            int from = w.source(i.rm, C);
            if (from != C) {
                a.rr(0, MAP_1, 0x8B, rexW, C, from);
            }
        }
        a.byte8(0x9C);
        if (i.regLow == 6) {
            // The quotient fits if the upper half is less than the divisor, which then is not 0.
            a.rr(0, MAP_1, 0x3B, rexW, 2, C);
            long bad = shortJcc(3);
            finishDivision(i, rexW, bad, 0, 0);
            return true;
        }
        // A dividend of one word and a divisor other than 0 and -1.
        a.rr(0, MAP_1, 0x85, rexW, C, C);
        final long zero = shortJcc(4);
        a.rr(0, MAP_1, 0x83, rexW, 7, C);
        a.byte8(-1);
        final long minus = shortJcc(4);
        a.rr(0, MAP_1, 0x8B, rexW, D, 0);
        a.rr(0, MAP_1, 0xC1, rexW, 7, D);
        a.byte8(rexW ? 63 : 31);
        a.rr(0, MAP_1, 0x3B, rexW, D, 2);
        long bad = shortJcc(5);
        finishDivision(i, rexW, bad, zero, minus);
        return true;
    }

    private void finishDivision(Insn i, boolean rexW, long bad, long zero, long minus) {
        a.lea64(4, w.m.of(4, 8));
        a.rr(0, MAP_1, 0xF7, rexW, i.regLow, C);
        a.byte8(0xEB);
        a.byte8(6);
        a.patchShort(bad);
        if (zero != 0) {
            a.patchShort(zero);
            a.patchShort(minus);
        }
        a.byte8(0x9D);
        w.leaveForOp();
    }

    private long shortJcc(int condition) {
        a.byte8(0x70 | condition);
        a.byte8(0);
        return a.here();
    }

    // The stack.

    private boolean push(Insn i, int n) {
        if (i.opSize == 2) {
            return false;
        }
        pushCheck();
        pushed(w.source(n, C));
        return true;
    }

    /** Checks the top of the stack for a read; it is {@link CodeWriter#stackOperand} then. */
    void stackCheck() {
        if (!w.stackChecked()) {
            w.check(SP, 8, false);
        }
    }

    /** A := RSP - 8, checked for a write, unless a group has done that. */
    void pushCheck() {
        if (!w.stackChecked()) {
            a.lea64(A, w.m.of(SP, -8));
            w.check(A, 8, true);
        }
    }

    /** Stores a register where RSP goes, and moves RSP there. */
    void pushed(int from) {
        if (w.stackChecked()) {
            a.store64(w.stackOperand(-8), from);
            a.lea64(SP, w.m.of(SP, -8));
        } else {
            a.store64(w.operand(A), from);
            a.mov64(SP, A);
        }
    }

    private boolean pushImmediate(Insn i) {
        if (i.opSize == 2) {
            return false;
        }
        pushCheck();
        a.rr(0, MAP_1, 0xC7, true, 0, C);
        a.imm32((int) i.imm);
        pushed(C);
        return true;
    }

    private boolean pushRm(Insn i) {
        if (i.opSize == 2) {
            return false;
        }
        if (!i.mem) {
            return push(i, i.rm);
        }
        int la = w.linear(i);
        w.check(la, 8, false);
        a.load64(C, w.operand(la));
        a.store64(w.env(Env.TARGET), C);
        pushCheck();
        a.load64(C, w.env(Env.TARGET));
        pushed(C);
        return true;
    }

    private boolean pop(Insn i, int n) {
        if (i.opSize == 2) {
            return false;
        }
        stackCheck();
        int to = w.target(n, C);
        a.load64(to, w.stackOperand(0));
        if (n != Cpu.RSP) {
            a.lea64(SP, w.m.of(SP, 8));
            w.done(n, to);
        }
        return true;
    }

    private boolean leave(Insn i) {
        if (i.opSize == 2) {
            return false;
        }
        int bp = CodeWriter.home(Cpu.RBP);
        w.check(bp, 8, false);
        a.load64(C, w.operand(bp));
        a.lea64(SP, w.m.of(bp, 8));
        a.mov64(bp, C);
        return true;
    }

    // Two-byte opcodes.

    private boolean two(Insn i) {
        int op = i.opcode;
        int size = i.opSize;
        switch (op) {
            case 0x0D, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F:
                return true;
            // BT as well: with an operand in memory it would look at a bit string.
            case 0xA3, 0xAB, 0xB3, 0xBB:
                if (i.mem) {
                    return bitString(i);
                }
                return modrm(i, size, 0, MAP_0F, op, BOTH, READ, size, 0);
            case 0xBA:
                return modrm(i, size, 0, MAP_0F, op, i.regLow == 4 ? READ : BOTH, DIGIT, size, 1);
            case 0xA4, 0xAC:
                return modrm(i, size, 0, MAP_0F, op, BOTH, READ, size, 1);
            case 0xA5, 0xAD:
                return doubleShiftByCl(i);
            case 0xAE:
                return fence(i);
            case 0xAF:
                return modrm(i, size, 0, MAP_0F, op, READ, BOTH, size, 0);
            case 0xB0:
                return modrm(i, 1, 0, MAP_0F, op, BOTH, READ, 1, 0);
            case 0xB1:
                return modrm(i, size, 0, MAP_0F, op, BOTH, READ, size, 0);
            case 0xB6, 0xBE:
                return modrm(i, 1, 0, MAP_0F, op, READ, WRITE, size, 0);
            case 0xB7, 0xBF:
                return modrm(i, 2, 0, MAP_0F, op, READ, WRITE, size, 0);
            case 0xB8:
                return modrm(i, size, 0xF3, MAP_0F, op, READ, WRITE, size, 0);
            case 0xBC, 0xBD:
                return modrm(i, size, counts && i.rep == 0xF3 ? 0xF3 : 0, MAP_0F, op, READ, BOTH, size, 0);
            case 0xC0:
                return modrm(i, 1, 0, MAP_0F, op, BOTH, BOTH, 1, 0);
            case 0xC1:
                return modrm(i, size, 0, MAP_0F, op, BOTH, BOTH, size, 0);
            case 0xC3:
                return modrm(i, size, 0, MAP_1, 0x89, WRITE, READ, size, 0);
            case 0xC7:
                return exchangeWide(i);
            default:
                break;
        }
        return switch (op & 0xF0) {
            case 0x40 -> modrm(i, size, 0, MAP_0F, op, READ, BOTH, size, 0);
            case 0x90 -> {
                i.regLow = 0;
                yield modrm(i, 1, 0, MAP_0F, op, WRITE, DIGIT, 1, 0);
            }
            case 0xC0 -> op >= 0xC8 && bswap(i);
            default -> false;
        };
    }

    private boolean bswap(Insn i) {
        if (i.opSize == 2) {
            return false;
        }
        int n = i.opcode & 7 | (i.rex & 1) << 3;
        int r = w.source(n, D);
        if (i.opSize == 8 || r >= 8) {
            a.byte8(0x40 | (i.opSize == 8 ? 8 : 0) | r >> 3);
        }
        a.byte8(0x0F);
        a.byte8(0xC8 | r & 7);
        w.done(n, r);
        return true;
    }

    private boolean fence(Insn i) {
        if (i.mem || i.regLow < 5 || i.rep != 0 || i.prefix66) {
            return false;
        }
        a.byte8(0x0F);
        a.byte8(0xAE);
        a.byte8(0xC0 | i.regLow << 3);
        return true;
    }

    private boolean three(Insn i) {
        int size = i.opSize;
        if (i.rep == 0xF2 && (i.opcode == 0xF0 || i.opcode == 0xF1)) {
            int from = i.opcode == 0xF0 ? 1 : size;
            if (from == 2) {
                return false;
            }
            return modrm(i, from, 0xF2, MAP_0F38, i.opcode, READ, BOTH, from == 8 ? 8 : i.w ? 8 : 4, 0);
        }
        if (i.rep == 0 && i.mem) {
            if (i.opcode == 0xF0) {
                return modrm(i, size, 0, MAP_0F38, 0xF0, READ, WRITE, size, 0);
            }
            if (i.opcode == 0xF1) {
                return modrm(i, size, 0, MAP_0F38, 0xF1, WRITE, READ, size, 0);
            }
        }
        return false;
    }

    /** BMI1 and BMI2: two sources and a destination, which is in vvvv for BLSR and its kin; MULX has two. */
    private boolean vex(Insn i) {
        int rm;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, i.w ? 8 : 4, false);
            a.rm(0, MAP_1, 0x8B, i.w, C, w.operand(la));
            rm = C;
        } else {
            rm = w.source(i.rm, C);
        }
        boolean digit = i.map == Insn.MAP_VEX_0F38 && i.opcode == 0xF3;
        boolean mulx = i.map == Insn.MAP_VEX_0F38 && i.opcode == 0xF6;
        boolean rorx = i.map == Insn.MAP_VEX_0F3A;
        int reg = digit ? i.regLow : w.target(i.reg, A);
        int v = rorx ? 0 : digit || mulx ? w.target(i.vvvv, D) : w.source(i.vvvv, D);
        a.vexRr(PREFIX[i.pp], i.map & 3, i.opcode, i.w, false, reg, v, rm);
        if (rorx) {
            a.byte8((int) i.imm);
        }
        if (digit || mulx) {
            w.done(i.vvvv, v);
        }
        if (!digit) {
            w.done(i.reg, reg);
        }
        return true;
    }

    /** BT and its kin with a bit number in a register that reaches beyond the operand. */
    private boolean bitString(Insn i) {
        int size = i.opSize;
        if (size == 2) {
            return false;
        }
        int la = w.linear(i);
        boolean wide = size == 8;
        // The word: the bit number divided, downwards.
        int bits = w.source(i.reg, D);
        if (wide) {
            a.movImm(C, 6);
            a.vexRr(0xF3, MAP_0F38, 0xF7, true, false, D, C, bits);
        } else {
            a.rr(0, MAP_1, 0x63, true, D, bits);
            a.movImm(C, 5);
            a.vexRr(0xF3, MAP_0F38, 0xF7, true, false, D, C, D);
        }
        a.lea64(A, w.m.of(la, D, wide ? 3 : 2, 0));
        w.check(A, size, i.opcode != 0xA3);
        a.pext(C, w.source(i.reg, C), w.env(wide ? Env.MASK_63 : Env.MASK_31));
        if (i.lock) {
            a.lock();
        }
        a.rm(0, MAP_0F, i.opcode, wide, C, w.operand(A));
        return true;
    }

    /** CMPXCHG8B and CMPXCHG16B. */
    private boolean exchangeWide(Insn i) {
        if (!i.mem || i.regLow != 1 || i.rep != 0 || i.prefix66) {
            return false;
        }
        int la = w.linear(i);
        if (i.w) {
            w.checkAligned(la, 16, true);
        } else {
            w.check(la, 8, true);
        }
        a.mov64(C, CX);
        if (i.lock) {
            a.lock();
        }
        a.rm(0, MAP_0F, 0xC7, i.w, 1, w.operand(la));
        return true;
    }

    /** PUSHFQ: the host's arithmetic flags, and the others as they are kept. */
    private boolean pushFlags(Insn i) {
        if (i.opSize == 2) {
            return false;
        }
        w.flags(C);
        a.store64(w.env(Env.TARGET), C);
        pushCheck();
        a.load64(C, w.env(Env.TARGET));
        pushed(C);
        return true;
    }
}
