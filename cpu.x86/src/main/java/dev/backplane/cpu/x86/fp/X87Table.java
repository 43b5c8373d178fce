package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;
import dev.backplane.cpu.x86.fp.X87Ops.Control;
import dev.backplane.cpu.x86.fp.X87Ops.CpuFn;
import dev.backplane.cpu.x86.fp.X87Ops.Load;
import dev.backplane.cpu.x86.fp.X87Ops.Load80;
import dev.backplane.cpu.x86.fp.X87Ops.Reg;
import dev.backplane.cpu.x86.fp.X87Ops.RegFn;
import dev.backplane.cpu.x86.fp.X87Ops.Store;
import dev.backplane.cpu.x86.fp.X87Ops.Store80;
import dev.backplane.cpu.x86.fp.X87Ops.StoreFn;
import dev.backplane.cpu.x86.fp.X87Ops.WithCpu;

/** The opcodes of x87: D8 to DF, and 9B (FWAIT) (Intel SDM Vol. 2, appendix A.5). */
public final class X87Table {
    private static final long INDEFINITE32 = 0xFFC00000L;
    private static final long INDEFINITE64 = 0xFFF8L << 48;

    private X87Table() {
    }

    /** Adds them to the table. */
    public static void addTo(OpTable t) {
        OpFactory[] memory = {X87Table::memD8, X87Table::memD9, X87Table::memDa, X87Table::memDb, X87Table::memDc,
            X87Table::memDd, X87Table::memDe, X87Table::memDf};
        OpFactory[] registers = {X87Table::regD8, X87Table::regD9, X87Table::regDa, X87Table::regDb, X87Table::regDc,
            X87Table::regDd, X87Table::regDe, X87Table::regDf};
        for (int n = 0; n < 8; n++) {
            OpFactory m = memory[n];
            OpFactory r = registers[n];
            t.add(Kind.X87, Insn.MAP_1, OpTable.ANY, 0xD8 + n, true, Imm.NONE,
                i -> i.mem ? m.create(i) : r.create(i));
        }
        t.add(Kind.X87, Insn.MAP_1, OpTable.ANY, 0x9B, false, Imm.NONE,
            i -> new Control(i, true, (c, f) -> { }));
    }

    private static Op reg(Insn i, RegFn fn) {
        return new Reg(i, fn);
    }

    private static Op regD8(Insn i) {
        int n = i.rmLow;
        int op = i.regLow;
        return reg(i, switch (op) {
            case 2 -> f -> X87Arith.compareRegister(f, n, 0, true);
            case 3 -> f -> X87Arith.compareRegister(f, n, 1, true);
            default -> f -> X87Arith.registers(f, op, n, 0, false);
        });
    }

    private static Op regD9(Insn i) {
        int n = i.rmLow;
        return switch (i.regLow) {
            case 0 -> reg(i, f -> X87Data.loadRegister(f, n));
            case 1 -> reg(i, f -> X87Data.exchange(f, n));
            case 2 -> n == 0 ? reg(i, f -> { }) : null;
            case 3 -> reg(i, f -> X87Data.storeRegister(f, n, true));
            default -> {
                RegFn fn = regD9(i.modrm & 0x1F);
                yield fn == null ? null : reg(i, fn);
            }
        };
    }

    /** D9 E0 to D9 FF. */
    private static RegFn regD9(int low) {
        return switch (low) {
            case 0x00 -> f -> X87Arith.sign(f, true);
            case 0x01 -> f -> X87Arith.sign(f, false);
            case 0x04 -> X87Arith::test;
            case 0x05 -> X87Arith::examine;
            case 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E -> f -> X87Data.loadConstant(f, low & 7);
            case 0x10 -> X87Functions::f2xm1;
            case 0x11 -> X87Functions::fyl2x;
            case 0x12 -> X87Functions::fptan;
            case 0x13 -> X87Functions::fpatan;
            case 0x14 -> X87Arith::extract;
            case 0x15 -> f -> X87Arith.remainder(f, true);
            case 0x16 -> f -> rotate(f, -1);
            case 0x17 -> f -> rotate(f, 1);
            case 0x18 -> f -> X87Arith.remainder(f, false);
            case 0x19 -> X87Functions::fyl2xp1;
            case 0x1A -> X87Arith::sqrt;
            case 0x1B -> X87Functions::fsincos;
            case 0x1C -> X87Arith::roundToIntegral;
            case 0x1D -> X87Arith::scale;
            case 0x1E -> X87Functions::fsin;
            case 0x1F -> X87Functions::fcos;
            default -> null;
        };
    }

    /** FDECSTP and FINCSTP. */
    private static void rotate(FpuState f, int by) {
        f.status &= ~X87.C1;
        f.top = f.top + by & 7;
    }

    private static Op regDa(Insn i) {
        if (i.modrm == 0xE9) {
            return reg(i, f -> X87Arith.compareRegister(f, 1, 2, false));
        }
        return move(i, true);
    }

    /** FCMOVcc: DA for the condition, DB for its opposite. */
    private static Op move(Insn i, boolean sense) {
        int n = i.rmLow;
        CpuFn fn = switch (i.regLow) {
            case 0 -> (c, f) -> X87Data.moveIf(f, n, Flags.cf(c) == sense);
            case 1 -> (c, f) -> X87Data.moveIf(f, n, Flags.zf(c) == sense);
            case 2 -> (c, f) -> X87Data.moveIf(f, n, (Flags.cf(c) || Flags.zf(c)) == sense);
            case 3 -> (c, f) -> X87Data.moveIf(f, n, Flags.pf(c) == sense);
            default -> null;
        };
        return fn == null ? null : new WithCpu(i, fn);
    }

    private static Op regDb(Insn i) {
        return switch (i.modrm) {
            // FNENI, FNDISI and FNSETPM of the 8087 and 80287 do nothing.
            case 0xE0, 0xE1, 0xE4 -> new Control(i, false, (c, f) -> { });
            case 0xE2 -> new Control(i, false, (c, f) -> f.status &= 0x7F00);
            case 0xE3 -> new Control(i, false, (c, f) -> f.initX87());
            default -> switch (i.regLow) {
                case 5 -> compareFlags(i, false, false);
                case 6 -> compareFlags(i, false, true);
                default -> move(i, false);
            };
        };
    }

    private static Op compareFlags(Insn i, boolean pop, boolean signalQuiet) {
        int n = i.rmLow;
        return new WithCpu(i, (c, f) -> c.setArithmeticFlags(X87Arith.compareFlags(f, n, pop, signalQuiet)));
    }

    private static Op regDc(Insn i) {
        int n = i.rmLow;
        int op = i.regLow;
        return reg(i, switch (op) {
            case 2 -> f -> X87Arith.compareRegister(f, n, 0, true);
            case 3 -> f -> X87Arith.compareRegister(f, n, 1, true);
            default -> f -> X87Arith.registers(f, op, n, n, false);
        });
    }

    private static Op regDd(Insn i) {
        int n = i.rmLow;
        return switch (i.regLow) {
            case 0 -> reg(i, f -> free(f, n));
            case 1 -> reg(i, f -> X87Data.exchange(f, n));
            case 2 -> reg(i, f -> X87Data.storeRegister(f, n, false));
            case 3 -> reg(i, f -> X87Data.storeRegister(f, n, true));
            case 4 -> reg(i, f -> X87Arith.compareRegister(f, n, 0, false));
            case 5 -> reg(i, f -> X87Arith.compareRegister(f, n, 1, false));
            default -> null;
        };
    }

    private static void free(FpuState f, int n) {
        f.empty |= 1 << X87.st(f, n);
    }

    private static Op regDe(Insn i) {
        int n = i.rmLow;
        int op = i.regLow;
        return switch (op) {
            case 2 -> reg(i, f -> X87Arith.compareRegister(f, n, 1, true));
            case 3 -> n == 1 ? reg(i, f -> X87Arith.compareRegister(f, 1, 2, true)) : null;
            default -> reg(i, f -> X87Arith.registers(f, op, n, n, true));
        };
    }

    private static Op regDf(Insn i) {
        int n = i.rmLow;
        return switch (i.regLow) {
            case 0 -> reg(i, f -> {
                free(f, n);
                X87.pop(f);
            });
            case 1 -> reg(i, f -> X87Data.exchange(f, n));
            case 2, 3 -> reg(i, f -> X87Data.storeRegister(f, n, true));
            case 4 -> n != 0 ? null : new Control(i, false,
                (c, f) -> c.r[Cpu.RAX] = c.r[Cpu.RAX] & ~0xFFFFL | f.statusWord());
            case 5 -> compareFlags(i, true, false);
            case 6 -> compareFlags(i, true, true);
            default -> null;
        };
    }

    /** Puts a memory operand where the arithmetic wants it. */
    @FunctionalInterface
    private interface Operand {
        void set(Unpacked u, long v);
    }

    private static Op arithmetic(Insn i, int size, Operand operand) {
        int op = i.regLow;
        if (op == 2 || op == 3) {
            return new Load(i, size, (f, v) -> {
                operand.set(X87Arith.operand(f, op), v);
                X87Arith.compareMemory(f, op == 3);
            });
        }
        return new Load(i, size, (f, v) -> {
            operand.set(X87Arith.operand(f, op), v);
            X87Arith.memory(f, op);
        });
    }

    private static Op memD8(Insn i) {
        return arithmetic(i, 4, (u, v) -> u.from32((int) v, false));
    }

    private static Op memDa(Insn i) {
        return arithmetic(i, 4, (u, v) -> F80.integer(u, (int) v));
    }

    private static Op memDc(Insn i) {
        return arithmetic(i, 8, (u, v) -> u.from64(v, false));
    }

    private static Op memDe(Insn i) {
        return arithmetic(i, 2, (u, v) -> F80.integer(u, (short) v));
    }

    private static Op memD9(Insn i) {
        StoreFn single = F80::to32;
        return switch (i.regLow) {
            case 0 -> new Load(i, 4, (f, v) -> X87Data.load32(f, (int) v));
            case 2 -> new Store(i, 4, false, INDEFINITE32, single);
            case 3 -> new Store(i, 4, true, INDEFINITE32, single);
            case 4 -> new X87Image.Transfer(i, false, false);
            case 5 -> new X87Word(i, X87Word.LOAD_CONTROL);
            case 6 -> new X87Image.Transfer(i, true, false);
            case 7 -> new X87Word(i, X87Word.STORE_CONTROL);
            default -> null;
        };
    }

    /** FIST (rounding by the control word) or FISTTP. */
    private static Op integerStore(Insn i, int size, boolean truncate, boolean pop) {
        int bits = size * 8;
        StoreFn fn = truncate ? e -> F80.toInteger(e, bits, FpEnv.CHOP) : e -> F80.toInteger(e, bits, e.rc);
        return new Store(i, size, pop, 1L << bits - 1, fn);
    }

    private static Op memDb(Insn i) {
        return switch (i.regLow) {
            case 0 -> new Load(i, 4, (f, v) -> X87Data.loadInteger(f, (int) v));
            case 1 -> integerStore(i, 4, true, true);
            case 2 -> integerStore(i, 4, false, false);
            case 3 -> integerStore(i, 4, false, true);
            case 5 -> new Load80(i, false);
            case 7 -> new Store80(i, false);
            default -> null;
        };
    }

    private static Op memDd(Insn i) {
        StoreFn dbl = F80::to64;
        return switch (i.regLow) {
            case 0 -> new Load(i, 8, X87Data::load64);
            case 1 -> integerStore(i, 8, true, true);
            case 2 -> new Store(i, 8, false, INDEFINITE64, dbl);
            case 3 -> new Store(i, 8, true, INDEFINITE64, dbl);
            case 4 -> new X87Image.Transfer(i, false, true);
            case 6 -> new X87Image.Transfer(i, true, true);
            case 7 -> new X87Word(i, X87Word.STORE_STATUS);
            default -> null;
        };
    }

    private static Op memDf(Insn i) {
        return switch (i.regLow) {
            case 0 -> new Load(i, 2, (f, v) -> X87Data.loadInteger(f, (short) v));
            case 1 -> integerStore(i, 2, true, true);
            case 2 -> integerStore(i, 2, false, false);
            case 3 -> integerStore(i, 2, false, true);
            case 4 -> new Load80(i, true);
            case 5 -> new Load(i, 8, X87Data::loadInteger);
            case 6 -> new Store80(i, true);
            default -> integerStore(i, 8, false, true);
        };
    }
}
