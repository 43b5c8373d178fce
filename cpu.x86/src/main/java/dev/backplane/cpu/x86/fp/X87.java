package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.FpuState;

/**
 * The register stack and status word of the x87 unit: what all its instructions have in common (Intel SDM Vol. 1, 8.1
 * and 8.5).
 */
final class X87 {
    static final int SF = 0x40;
    static final int ES_B = 0x8080;
    static final int C0 = 0x100;
    static final int C1 = 0x200;
    static final int C2 = 0x400;
    static final int C3 = 0x4000;
    /** Exceptions that keep the result from being written while they are unmasked. */
    static final int BEFORE = FpEnv.IE | FpEnv.DE | FpEnv.ZE;

    private X87() {
    }

    /** What every waiting instruction does first: a pending unmasked exception is #MF. */
    static FpuState wait(Cpu c) {
        FpuState f = c.fpu;
        // With CR0.NE clear a PC reports through IRQ 13 (FERR#) instead, which nothing since MS-DOS relies on.
        if ((f.status & 0x80) != 0 && (c.cr0 & Cpu.CR0_NE) != 0) {
            throw c.fault(CpuFault.MF);
        }
        return f;
    }

    /** Starts an instruction: takes over the control word, clears C1. */
    static FpEnv begin(FpuState f) {
        FpEnv e = f.x87;
        e.control(f.control);
        f.status &= ~C1;
        return e;
    }

    /**
     * Ends an arithmetic instruction: exceptions and C1 go to the status word.
     *
     * @return whether the result is to be written to a register
     */
    static boolean end(FpuState f, FpEnv e) {
        int raised = e.flags;
        int unmasked = raised & ~e.masked;
        if ((unmasked & BEFORE) != 0) {
            f.status |= raised & BEFORE | ES_B;
            return false;
        }
        f.status |= raised | (unmasked != 0 ? ES_B : 0) | (e.roundedUp ? C1 : 0);
        return true;
    }

    /** As {@link #end} for a store to memory, which overflow and underflow prevent as well. */
    static boolean endStore(FpuState f, FpEnv e) {
        f.status &= ~C1;
        if ((e.flags & ~e.masked & (FpEnv.OE | FpEnv.UE)) == 0) {
            return end(f, e);
        }
        e.flags &= ~FpEnv.PE;
        e.roundedUp = false;
        end(f, e);
        return false;
    }

    /** Whether {@link #endStore} will say that the result is to be stored: the store itself may still fault. */
    static boolean stores(FpEnv e) {
        return (e.flags & ~e.masked & (BEFORE | FpEnv.OE | FpEnv.UE)) == 0;
    }

    /**
     * An empty register is read.
     *
     * @return whether the masked response, the indefinite, is to be taken
     */
    static boolean underflow(FpuState f) {
        f.status = f.status & ~C1 | SF | FpEnv.IE;
        return maskedInvalid(f);
    }

    /** A register that is not empty would be pushed over. */
    static boolean overflow(FpuState f) {
        f.status |= SF | FpEnv.IE | C1;
        return maskedInvalid(f);
    }

    private static boolean maskedInvalid(FpuState f) {
        if ((f.control & FpEnv.IE) != 0) {
            return true;
        }
        f.status |= ES_B;
        return false;
    }

    /** Sets the control word as FLDCW does: reserved bits are not writable. */
    static void control(FpuState f, int value) {
        f.control = value & 0x1F3F | 0x40;
        summary(f);
    }

    /** Brings ES and B in step with the flags and masks. */
    static void summary(FpuState f) {
        if ((f.status & ~f.control & FpEnv.ALL) != 0) {
            f.status |= ES_B;
        } else {
            f.status &= ~ES_B;
        }
    }

    /** Physical number of ST(i). */
    static int st(FpuState f, int i) {
        return f.top + i & 7;
    }

    static boolean isEmpty(FpuState f, int i) {
        return (f.empty >> (f.top + i & 7) & 1) != 0;
    }

    static void load(Unpacked u, FpuState f, int i) {
        int p = f.top + i & 7;
        u.from80(f.exp[p], f.mant[p]);
    }

    static void set(FpuState f, int i, int se, long m) {
        int p = f.top + i & 7;
        f.exp[p] = se;
        f.mant[p] = m;
        f.empty &= ~(1 << p);
    }

    /** Writes the result of an operation to ST(i). */
    static void setResult(FpuState f, int i, Unpacked r) {
        set(f, i, r.se80(), r.cls == Unpacked.ZERO ? 0 : r.sig);
    }

    static void setIndefinite(FpuState f, int i) {
        set(f, i, F80.INDEFINITE_SE, F80.INDEFINITE);
    }

    static void push(FpuState f, int se, long m) {
        f.top = f.top - 1 & 7;
        set(f, 0, se, m);
    }

    static void pop(FpuState f) {
        f.empty |= 1 << f.top;
        f.top = f.top + 1 & 7;
    }

    /** Sets C0, C2 and C3 (and clears C1) from the outcome of a comparison: -1, 0, 1 or 2 for unordered. */
    static void conditions(FpuState f, int relation) {
        int c = switch (relation) {
            case -1 -> C0;
            case 0 -> C3;
            case 1 -> 0;
            default -> C0 | C2 | C3;
        };
        f.status = f.status & ~(C0 | C2 | C3) | c;
    }
}
