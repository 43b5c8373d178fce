package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.CX;
import static dev.backplane.cpu.translator.CodeWriter.D;
import static dev.backplane.cpu.translator.CodeWriter.SP;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F38;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Machine code of what an operating system executes at every turn: SYSCALL and SYSRET, IRETQ to user code, SWAPGS, STAC
 * and CLAC, the instructions on FS and GS bases, RDTSC. What they change is kept in {@link Env}; {@link SystemState}
 * brings it to Java at the next exit. Anything out of the ordinary is left to the op, before anything has changed.
 */
final class SystemCode {
    private static final int KERNEL = 0;
    private static final int KERNEL_AC = 1;
    private static final int USER = 2;
    /** What a return may set in EFLAGS, besides the arithmetic flags and IF. */
    private static final int SYSRET_FLAGS = Flags.DF | Flags.IOPL | Flags.NT | Flags.ID;
    private static final int IRET_FLAGS = Flags.DF | Flags.IOPL | Flags.ID;
    private static final int ADD = 0;
    private static final int OR = 1;
    private static final int AND = 4;

    private final CodeWriter w;
    private final Assembler a;
    private final boolean smap;

    /** {@code smap}: the CPU model has STAC and CLAC. */
    SystemCode(CodeWriter w, boolean smap) {
        this.w = w;
        this.smap = smap;
        a = w.a;
    }

    /** Writes the code of an instruction that does not end its block; false (and nothing written) if its op has to do it. */
    boolean emit(Insn i) {
        if (i.lock || i.map != Insn.MAP_0F) {
            return false;
        }
        return switch (i.opcode) {
            case 0x01 -> !i.mem && group7(i);
            case 0x31 -> timeStamp(false);
            case 0xAE -> i.rep == 0xF3 && !i.mem && i.regLow < 4 && base(i);
            default -> false;
        };
    }

    private boolean group7(Insn i) {
        return switch (i.modrm) {
            case 0xCA -> smap && i.pp == 0 && alignmentCheck(false);
            case 0xCB -> smap && i.pp == 0 && alignmentCheck(true);
            case 0xF8 -> i.pp == 0 && swapGs();
            case 0xF9 -> timeStamp(true);
            default -> false;
        };
    }

    /** As {@link #emit} for one that ends its block; {@code next}: what follows, from the start of the block. */
    boolean branch(Insn i, int next) {
        if (i.lock) {
            return false;
        }
        if (i.map == Insn.MAP_1) {
            return i.opcode == 0xCF && i.opSize == 8 && w.table() == KERNEL && interruptReturn();
        }
        return i.map == Insn.MAP_0F && (i.opcode == 0x05 && w.table() == USER && call(next)
            || i.opcode == 0x07 && i.w && w.table() == KERNEL && callReturn());
    }

    // Changes of the level.

    /** The op does the instruction unless a cell of {@link Env} is 0. */
    private void opUnlessZero(int cell) {
        a.load32(C, w.env(cell));
        a.jrcxz(5);
        w.leaveForOp();
    }

    private void immediate(int operation, int register, int value) {
        a.rr(0, MAP_1, 0x81, true, operation, register);
        a.imm32(value);
    }

    private boolean call(int next) {
        opUnlessZero(Env.SYSCALL_OFF);
        w.rip(CX, next);
        w.flags(C);
        a.store64(w.env(Env.GPR + 8 * 11), C);
        // From here on the flags are what SYSCALL makes of them: no arithmetic flag stays.
        a.load64(C, w.env(Env.SYSCALL_FLAGS));
        a.rm(0, MAP_1, 0x21, true, C, w.env(Env.EFLAGS));
        a.store32(w.env(Env.IF), 0);
        a.store32(w.env(Env.DF), 0);
        a.store32(w.env(Env.LEVEL), SystemState.BY_SYSCALL);
        a.movImm(C, 0);
        immediate(ADD, C, 1);
        a.load64(A, w.env(Env.LSTAR));
        w.look(KERNEL);
        w.jump(Site.Kind.LOOKUP, 0);
        return true;
    }

    private boolean callReturn() {
        opUnlessZero(Env.SYSCALL_OFF);
        opUnlessZero(Env.EVENTS);
        w.opUnlessZero(CX, Env.NOT_USER_ADDRESS);
        a.load64(A, w.env(Env.GPR + 8 * 11));
        w.opUnlessZero(A, Env.RETURN_REFUSED);
        a.store32(w.env(Env.LEVEL), SystemState.BY_SYSRET);
        setFlags(SYSRET_FLAGS);
        a.mov64(A, CX);
        w.look(USER);
        w.jump(Site.Kind.LOOKUP, 0);
        return true;
    }

    /** To user code by the selectors and descriptors of the last such return, which are compared with those in memory. */
    private boolean interruptReturn() {
        opUnlessZero(Env.IRET_OFF);
        opUnlessZero(Env.EVENTS);
        a.load64(A, w.env(Env.EFLAGS));
        w.opUnlessZero(A, Env.NESTED_TASK);
        a.load64(A, w.env(Env.IRET_DESCRIPTORS));
        w.checkForOp(A, 16, false);
        a.load64(C, w.operand(A, 8));
        a.load64(D, w.operand(A));
        opUnlessEqual(C, Env.IRET_CODE);
        opUnlessEqual(D, Env.IRET_STACK);
        w.checkForOp(SP, 40, false);
        a.load64(C, w.operand(SP, 8));
        opUnlessEqual(C, Env.IRET_CS);
        a.load64(C, w.operand(SP, 32));
        opUnlessEqual(C, Env.IRET_SS);
        a.load64(A, w.operand(SP, 16));
        w.opUnlessZero(A, Env.RETURN_REFUSED);
        w.opUnlessZero(A, Env.NESTED_TASK);
        a.load64(A, w.operand(SP));
        w.opUnlessZero(A, Env.NOT_USER_ADDRESS);
        a.store64(w.env(Env.TARGET), A);
        a.load64(A, w.operand(SP, 16));
        a.load64(SP, w.operand(SP, 24));
        // IRET serializes: a full fence, by which the host's flags may change now.
        a.byte8(0xF0);
        a.byte8(0x83);
        a.byte8(0x0C);
        a.byte8(0x24);
        a.byte8(0);
        a.store32(w.env(Env.LEVEL), SystemState.BY_IRET);
        a.mov64(C, A);
        immediate(AND, C, Flags.RF);
        a.store64(w.env(Env.RESUME), C);
        setFlags(IRET_FLAGS);
        a.load64(A, w.env(Env.TARGET));
        w.look(USER);
        w.jump(Site.Kind.LOOKUP, SystemState.BY_IRET);
        return true;
    }

    /** The op does the instruction unless a register has the value whose negative is in a cell; changes A and C. */
    private void opUnlessEqual(int register, int cell) {
        a.load64(A, w.env(cell));
        a.lea64(C, w.m.of(register, A, 0, 0));
        a.jrcxz(5);
        w.leaveForOp();
    }

    /** EFLAGS := A, as far as {@code others}, IF and the arithmetic flags go; changes A and C. */
    private void setFlags(int others) {
        a.mov64(C, A);
        immediate(AND, C, others);
        immediate(OR, C, 2);
        a.store64(w.env(Env.EFLAGS), C);
        immediate(AND, C, Flags.DF);
        a.store64(w.env(Env.DF), C);
        a.mov64(C, A);
        a.rr(0, MAP_1, 0xC1, true, 5, C);
        a.byte8(9);
        immediate(AND, C, 1);
        a.store64(w.env(Env.IF), C);
        immediate(AND, A, Flags.ARITHMETIC);
        a.push(A);
        a.byte8(0x9D);
    }

    // Bases and EFLAGS.AC.

    private boolean swapGs() {
        if (w.table() == USER) {
            return false;
        }
        a.load64(C, w.env(Env.GS_BASE));
        a.load64(D, w.env(Env.KERNEL_GS_BASE));
        a.store64(w.env(Env.KERNEL_GS_BASE), C);
        a.store64(w.env(Env.GS_BASE), D);
        return true;
    }

    /** STAC and CLAC: what follows looks at memory another way. */
    private boolean alignmentCheck(boolean set) {
        if (w.table() == USER) {
            return false;
        }
        int to = set ? KERNEL_AC : KERNEL;
        if (w.table() != to) {
            a.load64(C, w.env(Env.EFLAGS));
            a.lea64(C, w.m.of(C, set ? Flags.AC : -Flags.AC));
            a.store64(w.env(Env.EFLAGS), C);
            w.look(to);
        }
        return true;
    }

    /** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE. */
    private boolean base(Insn i) {
        int cell = (i.regLow & 1) == 0 ? Env.FS_BASE : Env.GS_BASE;
        opUnlessZero(Env.BASES_OFF);
        if (i.regLow < 2) {
            int to = w.target(i.rm, D);
            if (i.w) {
                a.load64(to, w.env(cell));
            } else {
                a.load32(to, w.env(cell));
            }
            w.done(i.rm, to);
            return true;
        }
        int from = w.source(i.rm, D);
        if (i.w) {
            w.opUnlessZero(from, Env.NOT_USER_ADDRESS);
        } else {
            a.mov32(D, from);
            from = D;
        }
        a.store64(w.env(cell), from);
        return true;
    }

    // Time.

    /** RDTSC and RDTSCP: the host's counter, by what Java has found of both to be the same moment. */
    private boolean timeStamp(boolean aux) {
        a.load32(C, w.env(Env.TSC_OFF));
        a.jrcxz(5);
        w.leaveForTime();
        // RAX and RDX are results: they may be changed, since nothing can fault any more.
        if (aux) {
            a.byte8(0x0F);
            a.byte8(0x01);
            a.byte8(0xF9);
        } else {
            a.byte8(0x0F);
            a.byte8(0x31);
        }
        a.rorx(2, 2, 32);
        a.lea64(2, w.m.of(0, 2, 0, 0));
        a.load64(C, w.env(Env.TSC_HOST));
        a.lea64(2, w.m.of(2, C, 0, 0));
        a.pext(C, 2, w.env(Env.TSC_TOO_OLD));
        a.jrcxz(5);
        w.leaveForTime();
        // MULX A, D, [scale]: A:D := RDX * scale.
        a.vexRm(0xF2, MAP_0F38, 0xF6, true, false, A, D, w.env(Env.TSC_SCALE));
        a.rorx(D, D, 32);
        a.mov32(D, D);
        a.load64(C, w.env(Env.TSC_GUEST));
        a.lea64(A, w.m.of(D, C, 0, 0));
        a.store64(w.env(Env.TSC_LAST), A);
        a.mov32(0, A);
        a.rorx(2, A, 32);
        a.mov32(2, 2);
        if (aux) {
            a.load32(CX, w.env(Env.TSC_AUX));
        }
        return true;
    }
}
