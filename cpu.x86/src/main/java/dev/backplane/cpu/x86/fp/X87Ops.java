package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;

/** The executable forms of x87 instructions. */
final class X87Ops {
    private X87Ops() {
    }

    /** An instruction on the register stack. */
    @FunctionalInterface
    interface RegFn {
        void run(FpuState f);
    }

    /** An instruction that needs more of the processor than its register stack. */
    @FunctionalInterface
    interface CpuFn {
        void run(Cpu c, FpuState f);
    }

    /** An instruction with a value from memory. */
    @FunctionalInterface
    interface LoadFn {
        void run(FpuState f, long v);
    }

    /** Converts ST(0), which is in {@code e.a}, for a store. */
    @FunctionalInterface
    interface StoreFn {
        long convert(FpEnv e);
    }

    /** Register forms that wait for pending exceptions and note where they were. */
    static final class Reg extends Op {
        private final RegFn fn;
        private final short opcode;

        Reg(Insn i, RegFn fn) {
            super(i);
            this.fn = fn;
            opcode = fopcode(i);
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            f.lastIp = rip(c);
            f.lastCs = c.segments.selector[Cpu.CS];
            f.lastOpcode = opcode;
            fn.run(f);
        }
    }

    /** The same with access to flags. */
    static final class WithCpu extends Op {
        private final CpuFn fn;
        private final short opcode;

        WithCpu(Insn i, CpuFn fn) {
            super(i);
            this.fn = fn;
            opcode = fopcode(i);
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            f.lastIp = rip(c);
            f.lastCs = c.segments.selector[Cpu.CS];
            f.lastOpcode = opcode;
            fn.run(c, f);
        }
    }

    /** Control instructions without operands: they leave the instruction pointer alone. */
    static final class Control extends Op {
        private final CpuFn fn;
        private final boolean waits;

        Control(Insn i, boolean waits, CpuFn fn) {
            super(i);
            this.fn = fn;
            this.waits = waits;
        }

        @Override
        public void exec(Cpu c) {
            if (waits) {
                X87.wait(c);
            }
            fn.run(c, c.fpu);
        }
    }

    private static short fopcode(Insn i) {
        return (short) ((i.opcode & 7) << 8 | i.modrm);
    }

    /** Forms with a memory operand that note where they were. */
    abstract static class Memory extends MemOp {
        private final short opcode;

        Memory(Insn i) {
            super(i);
            opcode = fopcode(i);
        }

        final void note(Cpu c, FpuState f) {
            f.lastIp = rip(c);
            f.lastCs = c.segments.selector[Cpu.CS];
            f.lastOpcode = opcode;
            f.lastDp = offset(c);
            f.lastDs = c.segments.selector[seg];
        }
    }

    /** Loads of 2, 4 or 8 bytes, and arithmetic with them; the value is zero-extended. */
    static final class Load extends Memory {
        private final LoadFn fn;
        private final byte size;

        Load(Insn i, int size, LoadFn fn) {
            super(i);
            this.fn = fn;
            this.size = (byte) size;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            long v = c.mem.load(ea(c, size), size);
            note(c, f);
            fn.run(f, v);
        }
    }

    /** FLD m80 and FBLD. */
    static final class Load80 extends Memory {
        private final boolean decimal;

        Load80(Insn i, boolean decimal) {
            super(i);
            this.decimal = decimal;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            long la = ea(c, 10);
            long m = c.mem.load64(la);
            int se = c.mem.load16(la + 8);
            note(c, f);
            if (decimal) {
                X87Data.loadDecimal(f, m, se);
            } else {
                X87Data.load80(f, se, m);
            }
        }
    }

    /** FST, FIST, FISTTP and their popping forms. The store may fault, so it comes before any change of state. */
    static final class Store extends Memory {
        private final StoreFn fn;
        private final byte size;
        private final boolean pop;
        private final long indefinite;

        Store(Insn i, int size, boolean pop, long indefinite, StoreFn fn) {
            super(i);
            this.fn = fn;
            this.size = (byte) size;
            this.pop = pop;
            this.indefinite = indefinite;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            FpEnv e = f.x87;
            long la = eaW(c, size);
            e.control(f.control);
            boolean done;
            if (X87.isEmpty(f, 0)) {
                if ((e.masked & FpEnv.IE) != 0) {
                    c.mem.store(la, size, indefinite);
                }
                note(c, f);
                done = X87.underflow(f);
            } else {
                X87.load(e.a, f, 0);
                long v = fn.convert(e);
                if (X87.stores(e)) {
                    c.mem.store(la, size, v);
                }
                note(c, f);
                done = X87.endStore(f, e);
            }
            if (done && pop) {
                X87.pop(f);
            }
        }
    }

    /** FSTP m80 and FBSTP. */
    static final class Store80 extends Memory {
        private static final int DECIMAL_INDEFINITE = 0xFFFF;
        private static final long DECIMAL_INDEFINITE_LOW = 0xC000L << 48;

        private final boolean decimal;

        Store80(Insn i, boolean decimal) {
            super(i);
            this.decimal = decimal;
        }

        @Override
        public void exec(Cpu c) {
            FpuState f = X87.wait(c);
            FpEnv e = f.x87;
            long la = eaW(c, 10);
            e.control(f.control);
            boolean done;
            if (X87.isEmpty(f, 0)) {
                if ((e.masked & FpEnv.IE) != 0) {
                    c.mem.store80(la, decimal ? DECIMAL_INDEFINITE_LOW : F80.INDEFINITE, DECIMAL_INDEFINITE);
                }
                note(c, f);
                done = X87.underflow(f);
            } else {
                if (decimal) {
                    decimal(c, f, e, la);
                } else {
                    c.mem.store80(la, f.mant[f.top], f.exp[f.top]);
                }
                note(c, f);
                done = X87.endStore(f, e);
            }
            if (done) {
                X87.pop(f);
            }
        }

        private static void decimal(Cpu c, FpuState f, FpEnv e, long la) {
            X87.load(e.a, f, 0);
            long m = F80.toDecimal(e);
            if (!X87.stores(e)) {
                return;
            }
            if (m < 0) {
                c.mem.store80(la, DECIMAL_INDEFINITE_LOW, DECIMAL_INDEFINITE);
                return;
            }
            int upper = (int) (m / 10_000_000_000_000_000L);
            int sign = e.a.neg ? 0x8000 : 0;
            c.mem.store80(la, F80.decimalDigits(m), sign | upper / 10 << 4 | upper % 10);
        }
    }
}
