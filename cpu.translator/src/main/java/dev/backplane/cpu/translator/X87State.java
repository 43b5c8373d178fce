package dev.backplane.cpu.translator;

import java.util.List;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.fp.FpEnv;

/**
 * x87 state on its way between {@link Cpu} and machine code, which loads it when its first x87 or MMX instruction needs
 * it. The pointers to the last instruction and its operand are always those of {@link Cpu}: processors differ in what
 * they keep of them.
 */
final class X87State {
    private static final int STATUS = 0x477F;
    private static final int CONTROL = 0x1F7F;
    private static final int REGISTERS = Env.X87_IMAGE + 28;

    private final Cpu c;
    private final long env;
    private final List<Site> sites;
    /** The newest registers, control word and status are in {@link Env}. */
    private boolean inEnv;
    private boolean unmasked;

    X87State(Cpu c, long env, List<Site> sites) {
        this.c = c;
        this.env = env;
        this.sites = sites;
        Raw.put32(env + Env.X87_ABSENT, 1);
    }

    /** Whether machine code that relies on a loaded state must not be entered: an exception is not masked. */
    boolean refuses() {
        return inEnv ? unmasked : unmasked(c.fpu);
    }

    private static boolean unmasked(FpuState f) {
        return (f.control & FpEnv.ALL) != FpEnv.ALL || (f.status & 0x80) != 0;
    }

    void toEnv() {
        if (inEnv) {
            return;
        }
        inEnv = true;
        FpuState f = c.fpu;
        unmasked = unmasked(f);
        Raw.put32(env + Env.X87_UNMASKED, unmasked ? 1 : 0);
        int tags = 0;
        for (int p = 7; p >= 0; p--) {
            // The processor looks at the values itself, but for empty registers.
            tags = tags << 2 | (f.empty >> p & 1) * 3;
        }
        long at = env + Env.X87_IMAGE;
        Raw.put32(at, f.control);
        Raw.put32(at + 4, f.statusWord());
        Raw.put32(at + 8, tags);
        Raw.put32(at + 12, 0);
        Raw.put32(at + 16, 0);
        Raw.put32(at + 20, 0);
        Raw.put32(at + 24, 0);
        for (int n = 0; n < 8; n++) {
            int p = f.top + n & 7;
            Raw.plainPut64(env + REGISTERS + 10 * n, f.mant[p]);
            Raw.put16(env + REGISTERS + 10 * n + 8, f.exp[p]);
        }
    }

    void toCpu() {
        if (!inEnv) {
            return;
        }
        inEnv = false;
        if (unmasked) {
            return;
        }
        FpuState f = c.fpu;
        long at = env + Env.X87_IMAGE;
        f.control = Raw.get16(at) & CONTROL | 0x40;
        int status = Raw.get16(at + 4);
        f.top = status >> 11 & 7;
        f.status = status & STATUS;
        int tags = Raw.get16(at + 8);
        int empty = 0;
        for (int p = 0; p < 8; p++) {
            empty |= (tags >> 2 * p & 3) == 3 ? 1 << p : 0;
        }
        f.empty = empty;
        for (int n = 0; n < 8; n++) {
            int p = f.top + n & 7;
            f.mant[p] = Raw.plain64(env + REGISTERS + 10 * n);
            f.exp[p] = Raw.get16(env + REGISTERS + 10 * n + 8) & 0xFFFF;
        }
    }

    /** Machine code was left: the last blocks with x87 instructions say what the last one was. */
    void left() {
        int number = Raw.get32(env + Env.X87_LAST);
        if (number == 0) {
            return;
        }
        Raw.put32(env + Env.X87_LAST, 0);
        Site s = sites.get(number - 1);
        instruction(s.from(), s.op(), Raw.plain64(env + Env.X87_PAGE));
        int seg = Raw.get32(env + Env.X87_SEG);
        if (seg != 0) {
            Raw.put32(env + Env.X87_SEG, 0);
            operand(seg - 1);
        }
    }

    /** Machine code was left within a block, before an instruction. */
    void left(Translation t, int op) {
        int[] last = t.x87Last;
        int n = op - 1;
        while (n >= 0 && last[n] == 0) {
            n--;
        }
        if (n < 0 || last[n] == Translation.X87_OP) {
            return;
        }
        instruction(t, n, Raw.plain64(env + Env.PAGE_BASE));
        while (n >= 0 && last[n] >> 16 == 0) {
            n--;
        }
        if (n >= 0 && last[n] != Translation.X87_OP) {
            operand((last[n] >> 16) - 1);
        }
    }

    /** An op has done what machine code could not. */
    void executed() {
        Raw.plainPut64(env + Env.X87_DP, c.fpu.lastDp);
    }

    private void instruction(Translation t, int op, long page) {
        FpuState f = c.fpu;
        f.lastIp = page + t.block.offset + t.ops[op].pos;
        f.lastCs = c.segments.selector[Cpu.CS];
        f.lastOpcode = t.x87Last[op] & 0x7FF;
    }

    private void operand(int seg) {
        c.fpu.lastDp = Raw.plain64(env + Env.X87_DP);
        c.fpu.lastDs = c.segments.selector[seg];
    }
}
