package dev.backplane.cpu.translator;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Peek;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.Segments;
import dev.backplane.cpu.x86.system.Levels;

/** What {@link SystemCode} keeps in {@link Env}, brought there and back. Used by the vCPU's thread. */
final class SystemState {
    /** Values of {@link Env#LEVEL}: what changed the privilege level last since the entry. */
    static final int BY_SYSCALL = 1;
    static final int BY_SYSRET = 2;
    static final int BY_IRET = 3;

    /** What SYSCALL has to clear for machine code to do it. */
    private static final int CLEARED = Flags.ARITHMETIC | Flags.TF | Flags.IF | Flags.DF | Flags.AC | Flags.NT;
    private static final int REFUSED = Flags.TF | Flags.AC | Flags.VM | Flags.VIF | Flags.VIP;
    /** P, S, type and DPL of a descriptor, and L and D of one of code. */
    private static final long CODE_MASK = 0x0060_FC00_0000_0000L;
    private static final long USER_CODE = 0x0020_F800_0000_0000L;
    private static final long STACK_MASK = 0x0000_FF00_0000_0000L;
    private static final long USER_STACK = 0x0000_F300_0000_0000L;
    private static final long ACCESSED = 1L << 40;

    private final Cpu c;
    private final long env;
    private final Peek peek;
    /** The segments of the last IRETQ to user code, and the table that they came from; -1: none. */
    private int cs = -1;
    private int ss;
    private int csLimit;
    private int csRights;
    private int ssLimit;
    private int ssRights;
    private long csBase;
    private long ssBase;
    private long gdtBase;
    private int gdtLimit;

    SystemState(Cpu c, long env) {
        this.c = c;
        this.env = env;
        peek = new Peek(c, c.mem.slow().physical());
        Raw.plainPut64(env + Env.NOT_USER_ADDRESS, -1L << 47);
        Raw.plainPut64(env + Env.RETURN_REFUSED, REFUSED);
        Raw.plainPut64(env + Env.NESTED_TASK, Flags.NT);
    }

    /** Before machine code is entered. */
    void toEnv() {
        long e = env;
        int eflags = c.eflags;
        Raw.plainPut64(e + Env.FS_BASE, c.segBase[Cpu.FS]);
        Raw.plainPut64(e + Env.GS_BASE, c.segBase[Cpu.GS]);
        Raw.plainPut64(e + Env.KERNEL_GS_BASE, c.sys.kernelGsBase);
        Raw.plainPut64(e + Env.IF, eflags >> 9 & 1);
        Raw.plainPut64(e + Env.EFLAGS, eflags & ~(Flags.IF | Flags.RF | Flags.VM));
        Raw.plainPut64(e + Env.DF, eflags & Flags.DF);
        Raw.plainPut64(e + Env.EVENTS, c.eventsWaiting ? 1 : 0);
        Raw.plainPut64(e + Env.LEVEL, 0);
        long lstar = c.sys.lstar;
        boolean syscall = (c.efer & Cpu.EFER_SCE) != 0 && (c.sys.fmask & CLEARED) == CLEARED && lstar << 16 >> 16 == lstar;
        Raw.plainPut64(e + Env.SYSCALL_OFF, syscall ? 0 : 1);
        Raw.plainPut64(e + Env.SYSCALL_FLAGS, ~c.sys.fmask | 2);
        Raw.plainPut64(e + Env.LSTAR, lstar);
        Raw.plainPut64(e + Env.BASES_OFF, (c.cr4 & Cpu.CR4_FSGSBASE) != 0 ? 0 : 1);
        Raw.plainPut64(e + Env.IRET_OFF, returns() ? 0 : 1);
    }

    private boolean returns() {
        return cs >= 0 && !c.nmiBlocked && c.sys.gdtBase == gdtBase && c.sys.gdtLimit == gdtLimit && keeps(Cpu.ES)
            && keeps(Cpu.DS) && keeps(Cpu.FS) && keeps(Cpu.GS);
    }

    /** Whether a data segment stays what it is on a return to user code. */
    private boolean keeps(int s) {
        int rights = c.segments.rights[s];
        return (rights & Segments.UNUSABLE) != 0 || (rights & 0x60) == 0x60;
    }

    /** Behind an exit. */
    void left() {
        long e = env;
        setBase(Cpu.FS, Raw.plain64(e + Env.FS_BASE));
        setBase(Cpu.GS, Raw.plain64(e + Env.GS_BASE));
        c.sys.kernelGsBase = Raw.plain64(e + Env.KERNEL_GS_BASE);
        int before = c.eflags;
        int eflags = (int) Raw.plain64(e + Env.EFLAGS) | (int) Raw.plain64(e + Env.IF) << 9;
        int level = (int) Raw.plain64(e + Env.LEVEL);
        c.eflags = eflags;
        if (level != 0) {
            changeLevel(level);
        } else if (((eflags ^ before) & Flags.AC) != 0) {
            c.mem.slow().select();
        }
        if ((eflags & ~before & Flags.IF) != 0) {
            c.interruptsMayBeEnabled();
        }
    }

    private void setBase(int s, long base) {
        c.segments.base[s] = base;
        c.segBase[s] = base;
    }

    private void changeLevel(int level) {
        if (level == BY_SYSCALL) {
            Levels.syscall(c);
        } else if (level == BY_SYSRET) {
            Levels.sysret(c, true);
        } else {
            c.segments.set(Cpu.CS, cs, csBase, csLimit, csRights);
            c.segments.set(Cpu.SS, ss, ssBase, ssLimit, ssRights);
            c.segments.setCpl(3);
        }
        c.segments.updateMode();
    }

    /** An op has returned from level 0 to user code: the next IRETQ may be machine code's. */
    void returned() {
        Segments s = c.segments;
        int code = s.selector[Cpu.CS];
        int stack = s.selector[Cpu.SS];
        if (cs == code && ss == stack && c.sys.gdtBase == gdtBase && c.sys.gdtLimit == gdtLimit) {
            return;
        }
        cs = -1;
        long at = c.sys.gdtBase + (stack & 0xFFF8);
        if ((code & 4) != 0 || code != stack + 8 || (code & 0xFFFF | 7) > c.sys.gdtLimit || !peek.load(at)) {
            return;
        }
        long stackDescriptor = peek.word;
        if (!peek.load(at + 8) || (peek.word & CODE_MASK) != USER_CODE || (peek.word & ACCESSED) == 0
            || (stackDescriptor & STACK_MASK) != USER_STACK) {
            return;
        }
        cs = code;
        ss = stack;
        csBase = s.base[Cpu.CS];
        csLimit = s.limit[Cpu.CS];
        csRights = s.rights[Cpu.CS];
        ssBase = s.base[Cpu.SS];
        ssLimit = s.limit[Cpu.SS];
        ssRights = s.rights[Cpu.SS];
        gdtBase = c.sys.gdtBase;
        gdtLimit = c.sys.gdtLimit;
        Raw.plainPut64(env + Env.IRET_DESCRIPTORS, at);
        Raw.plainPut64(env + Env.IRET_STACK, -stackDescriptor);
        Raw.plainPut64(env + Env.IRET_CODE, -peek.word);
        Raw.plainPut64(env + Env.IRET_CS, -(long) code);
        Raw.plainPut64(env + Env.IRET_SS, -(long) stack);
    }
}
