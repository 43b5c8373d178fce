package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Mode;

/** FNSTENV, FLDENV, FNSAVE and FRSTOR in their four formats (Intel SDM Vol. 1, 8.1.10 and 8.1.11). */
final class X87Image {
    private X87Image() {
    }

    /** The full tag word: for each physical register 0 valid, 1 zero, 2 special, 3 empty. */
    static int tagWord(FpuState f) {
        int w = 0;
        for (int p = 7; p >= 0; p--) {
            w = w << 2 | tag(f, p);
        }
        return w;
    }

    private static int tag(FpuState f, int p) {
        if ((f.empty >> p & 1) != 0) {
            return 3;
        }
        int e = f.exp[p] & 0x7FFF;
        if (e == 0 && f.mant[p] == 0) {
            return 1;
        }
        return e == 0 || e == 0x7FFF || f.mant[p] >= 0 ? 2 : 0;
    }

    static void tagWord(FpuState f, int w) {
        int empty = 0;
        for (int p = 0; p < 8; p++) {
            if ((w >> 2 * p & 3) == 3) {
                empty |= 1 << p;
            }
        }
        f.empty = empty;
    }

    /** One of the four instructions. */
    static final class Transfer extends MemOp {
        private final boolean store;
        private final boolean registers;
        private final boolean wide;
        private final boolean real;

        Transfer(Insn i, boolean store, boolean registers) {
            super(i);
            this.store = store;
            this.registers = registers;
            wide = i.opSize != 2;
            real = (i.mode & Mode.REAL) != 0;
        }

        @Override
        public void exec(Cpu c) {
            int environment = wide ? 28 : 14;
            int size = environment + (registers ? 80 : 0);
            if (store) {
                long la = eaW(c, size);
                c.mem.probeWrite(la, size);
                store(c, la, environment);
            } else {
                X87.wait(c);
                long la = ea(c, size);
                c.mem.probeRead(la, size);
                load(c, la, environment);
            }
        }

        private void store(Cpu c, long la, int environment) {
            FpuState f = c.fpu;
            long ip = f.lastIp;
            long dp = f.lastDp;
            int cs = f.lastCs;
            int ds = f.lastDs;
            if (real) {
                ip = (cs << 4) + ip;
                dp = (ds << 4) + dp;
                cs = (int) (ip >> 4) & (wide ? 0xFFFF000 : 0xF000) | f.lastOpcode;
                ds = (int) (dp >> 4) & (wide ? 0xFFFF000 : 0xF000);
            }
            if (wide) {
                c.mem.store32(la, f.control | 0xFFFF0000);
                c.mem.store32(la + 4, f.statusWord() | 0xFFFF0000);
                c.mem.store32(la + 8, tagWord(f) | 0xFFFF0000);
                c.mem.store32(la + 12, real ? (int) ip | 0xFFFF0000 : (int) ip);
                c.mem.store32(la + 16, real ? cs : cs | f.lastOpcode << 16);
                c.mem.store32(la + 20, real ? (int) dp | 0xFFFF0000 : (int) dp);
                c.mem.store32(la + 24, real ? ds : ds | 0xFFFF0000);
            } else {
                c.mem.store16(la, f.control);
                c.mem.store16(la + 2, f.statusWord());
                c.mem.store16(la + 4, tagWord(f));
                c.mem.store16(la + 6, (int) ip);
                c.mem.store16(la + 8, cs);
                c.mem.store16(la + 10, (int) dp);
                c.mem.store16(la + 12, ds);
            }
            if (registers) {
                for (int n = 0; n < 8; n++) {
                    int p = X87.st(f, n);
                    c.mem.store80(la + environment + 10L * n, f.mant[p], f.exp[p]);
                }
                f.initX87();
            } else {
                f.control |= FpEnv.ALL;
                X87.summary(f);
            }
        }

        private void load(Cpu c, long la, int environment) {
            FpuState f = c.fpu;
            int step = wide ? 4 : 2;
            int control = c.mem.load16(la);
            int status = c.mem.load16(la + step);
            int tags = c.mem.load16(la + 2 * step);
            long ip = c.mem.load(la + 3 * step, step);
            int cs = (int) c.mem.load(la + 4 * step, step);
            long dp = c.mem.load(la + 5 * step, step);
            int ds = (int) c.mem.load(la + 6 * step, step);
            for (int n = 0; registers && n < 8; n++) {
                c.scratch.putLong(16 * n, c.mem.load64(la + environment + 10L * n));
                c.scratch.putInt(16 * n + 8, c.mem.load16(la + environment + 10L * n + 8));
            }
            // All is read: tables in a device may let a load fault that the probe found possible.
            f.statusWord(status);
            tagWord(f, tags);
            if (real) {
                ip = ip & 0xFFFF | cs << 4 & 0xFFFF0000L;
                dp = dp & 0xFFFF | ds << 4 & 0xFFFF0000L;
                f.lastOpcode = cs & 0x7FF;
                cs = 0;
                ds = 0;
            } else if (wide) {
                f.lastOpcode = cs >>> 16 & 0x7FF;
            }
            f.lastIp = ip;
            f.lastDp = dp;
            f.lastCs = cs & 0xFFFF;
            f.lastDs = ds & 0xFFFF;
            if (registers) {
                for (int n = 0; n < 8; n++) {
                    int p = X87.st(f, n);
                    f.mant[p] = c.scratch.getLong(16 * n);
                    f.exp[p] = c.scratch.getInt(16 * n + 8);
                }
            }
            X87.control(f, control);
        }
    }
}
