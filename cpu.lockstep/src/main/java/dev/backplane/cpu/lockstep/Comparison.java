package dev.backplane.cpu.lockstep;

import java.util.Arrays;
import java.util.Objects;
import java.util.StringJoiner;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.DebugRegisters;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.system.StateImage;

/** Two CPUs that should be in the same state. */
final class Comparison {
    private static final String[] NAMES = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10",
        "R11", "R12", "R13", "R14", "R15"};

    private Comparison() {
    }

    /** Whether what instructions change often is the same. */
    static boolean same(Cpu a, Cpu b) {
        return Arrays.equals(a.r, 0, 16, b.r, 0, 16) && a.rip == b.rip && a.eflags == b.eflags
            && (a.flagResult == b.flagResult && a.flagCarry == b.flagCarry || a.flags() == b.flags())
            && sameButGeneral(a, b);
    }

    /** As {@link #same}, without the general registers, RIP and flags. */
    static boolean sameButGeneral(Cpu a, Cpu b) {
        return a.cr2 == b.cr2 && a.cr3 == b.cr3 && a.cr0 == b.cr0 && a.cr4 == b.cr4 && a.cpl == b.cpl
            && a.mode == b.mode && a.halted == b.halted && a.shadow == b.shadow && a.shutdown == b.shutdown
            && Arrays.equals(a.segBase, b.segBase) && Arrays.equals(a.fpu.xmm, b.fpu.xmm)
            && Arrays.equals(a.fpu.ymmHigh, b.fpu.ymmHigh) && Arrays.equals(a.fpu.mant, b.fpu.mant)
            && a.fpu.mxcsr() == b.fpu.mxcsr() && a.fpu.statusWord() == b.fpu.statusWord()
            && a.fpu.empty == b.fpu.empty;
    }

    /** Whether all of the state is the same. */
    static boolean equal(Cpu a, Cpu b) {
        return StateImage.save(a).equals(StateImage.save(b));
    }

    /**
     * Takes the leader's RF over where nothing depends on it: the translator forgets it when no breakpoint is set, since
     * the next instruction clears it.
     */
    static void takeResume(Cpu leader, Cpu follower) {
        if (((leader.eflags ^ follower.eflags) & Flags.RF) != 0 && !DebugRegisters.active(leader.sys.dr7)) {
            follower.eflags ^= Flags.RF;
        }
    }

    /** Whether the only difference is in some arithmetic flags. */
    static boolean onlyFlags(Cpu a, Cpu b) {
        return Arrays.equals(a.r, 0, 16, b.r, 0, 16) && a.rip == b.rip && a.eflags == b.eflags
            && sameButGeneral(a, b);
    }

    /** What differs, a line for each register. */
    static String differences(Cpu leader, Cpu follower) {
        CpuState a = StateImage.save(leader);
        CpuState b = StateImage.save(follower);
        StringJoiner out = new StringJoiner("\n");
        for (int n = 0; n < 16; n++) {
            line(out, NAMES[n], a.gpr(n), b.gpr(n));
        }
        line(out, "RIP", a.rip(), b.rip());
        line(out, "RFLAGS", a.rflags(), b.rflags());
        line(out, "CR0", a.cr0(), b.cr0());
        line(out, "CR2", a.cr2(), b.cr2());
        line(out, "CR3", a.cr3(), b.cr3());
        line(out, "CR4", a.cr4(), b.cr4());
        line(out, "XCR0", a.xcr0(), b.xcr0());
        line(out, "DR6", a.dr6(), b.dr6());
        line(out, "DR7", a.dr7(), b.dr7());
        for (Segment s : Segment.values()) {
            value(out, s.name(), a.segment(s), b.segment(s));
        }
        line(out, "GDT", a.gdtBase(), b.gdtBase());
        line(out, "IDT", a.idtBase(), b.idtBase());
        for (int n = 0; n < 16; n++) {
            line(out, "XMM" + n + " low", leader.fpu.xmm[2 * n], follower.fpu.xmm[2 * n]);
            line(out, "XMM" + n + " high", leader.fpu.xmm[2 * n + 1], follower.fpu.xmm[2 * n + 1]);
            line(out, "YMM" + n + " 191:128", leader.fpu.ymmHigh[2 * n], follower.fpu.ymmHigh[2 * n]);
            line(out, "YMM" + n + " 255:192", leader.fpu.ymmHigh[2 * n + 1], follower.fpu.ymmHigh[2 * n + 1]);
        }
        line(out, "MXCSR", leader.fpu.mxcsr(), follower.fpu.mxcsr());
        for (int n = 0; n < 8; n++) {
            line(out, "x87 significand " + n, leader.fpu.mant[n], follower.fpu.mant[n]);
            line(out, "x87 exponent " + n, leader.fpu.exp[n], follower.fpu.exp[n]);
        }
        line(out, "FSW", leader.fpu.statusWord(), follower.fpu.statusWord());
        line(out, "FCW", leader.fpu.control, follower.fpu.control);
        line(out, "x87 empty", leader.fpu.empty, follower.fpu.empty);
        line(out, "x87 instruction", leader.fpu.lastIp, follower.fpu.lastIp);
        line(out, "x87 operand", leader.fpu.lastDp, follower.fpu.lastDp);
        line(out, "x87 opcode", leader.fpu.lastOpcode, follower.fpu.lastOpcode);
        value(out, "activity", a.activity(), b.activity());
        value(out, "interrupt shadow", a.interruptShadow(), b.interruptShadow());
        value(out, "NMI blocked", a.nmiBlocked(), b.nmiBlocked());
        a.msrs().forEach((msr, v) -> line(out, "MSR %x".formatted(msr), (long) v, b.msr(msr)));
        return out.length() == 0 ? "  something in the XSAVE image" : out.toString();
    }

    private static void line(StringJoiner out, String name, long a, long b) {
        if (a != b) {
            out.add("  %-16s translator %016x  interpreter %016x".formatted(name, a, b));
        }
    }

    private static void value(StringJoiner out, String name, Object a, Object b) {
        if (!Objects.equals(a, b)) {
            out.add("  %-16s translator %s  interpreter %s".formatted(name, a, b));
        }
    }

    /** All general registers of one, for people. */
    static String registers(Cpu c) {
        StringBuilder out = new StringBuilder();
        for (int n = 0; n < 16; n++) {
            out.append("  %-3s %016x%s".formatted(NAMES[n], c.r[n], n % 4 == 3 ? "\n" : ""));
        }
        return out.append("  RIP %016x  RFLAGS %x  CPL %d  CR3 %x  CR2 %x".formatted(c.rip, c.flags(), c.cpl, c.cr3,
            c.cr2)).toString();
    }

    /** The arithmetic flags that differ. */
    static int flags(Cpu a, Cpu b) {
        return (a.flags() ^ b.flags()) & Flags.ARITHMETIC;
    }
}
