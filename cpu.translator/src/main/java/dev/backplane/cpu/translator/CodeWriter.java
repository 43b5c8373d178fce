package dev.backplane.cpu.translator;

import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F38;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Mem;
import dev.backplane.cpu.x86.MemSlow;
import dev.backplane.cpu.x86.encode.Address;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * What the code of every instruction is made of: registers, addresses, the TLB check, exits.
 *
 * <p>Guest flags stay in the host's at all times: nothing here changes flags. That makes every instruction boundary a
 * place where code may be left and entered with the exact state.
 */
final class CodeWriter {
    /** Host registers that hold nothing of the guest: JRCXZ looks at C, A is for addresses, D for TLB entries. */
    static final int C = 1;
    static final int A = 14;
    static final int D = 15;
    /** Where guest RSP lives. */
    static final int SP = 11;
    /** Where guest RCX lives. */
    static final int CX = 10;
    /** The host register of each guest register, -1: it stays in memory. RAX, RDX and RBX are where they are. */
    private static final int[] HOME = {0, CX, 2, 3, SP, 5, 6, 7, 8, 9, -1, -1, 12, 13, -1, -1};

    /** Instead of the register of a linear address: the access belongs to a group that has been checked. */
    private static final int GROUPED = -1;

    final Assembler a = new Assembler();
    final Address m = new Address();
    private final Address second = new Address();
    private final long env;
    private final List<Stub> stubs = new ArrayList<>();
    private final List<Miss> misses = new ArrayList<>();
    private final List<Site> sites;
    private long exitThunk;
    private long xmmLoader;
    private long x87Loader;
    private boolean counter;
    private int groupBase = -1;
    private int groupDisp;
    private boolean x87Ready;
    private int x87Seg;
    private int x87Op;
    private long[] walks;
    private long[] seconds;
    private long tlb;
    private int table;
    private Translation translation;
    private int op;
    private boolean xmmReady;
    private int opSite;

    /** A jump that goes to code behind the block: leaves through a site. */
    private record Stub(long end, int site) {
    }

    /** A jump to where a page is looked up that the TLB does not have; then the check is done again. */
    private record Miss(long end, long again, int la, int walk, int site) {
    }

    /** {@code env}: address of {@link Env}. */
    CodeWriter(long env, List<Site> sites) {
        this.env = env;
        this.sites = sites;
    }

    void thunks(Thunks t, boolean counts) {
        counter = counts;
        exitThunk = t.exit;
        xmmLoader = t.loader;
        x87Loader = t.x87Loader;
        walks = t.walk.routines;
        seconds = t.seconds;
    }

    void begin(Translation t) {
        translation = t;
        look(t.table);
        stubs.clear();
        misses.clear();
        xmmReady = false;
        x87Ready = false;
        x87Op = -1;
        x87Seg = -1;
    }

    /** What follows looks at memory by this table of the TLB. */
    void look(int t) {
        table = t;
        tlb = env + Env.TLB + (long) t * MemSlow.TABLE_BYTES;
    }

    int table() {
        return table;
    }

    private void absolute(int offset) {
        a.byte8(0x04);
        a.byte8(0x25);
        a.imm32((int) (env + offset));
    }

    /** Counts instructions. */
    void count(int instructions) {
        if (counter) {
            // VPADDQ XMM16, XMM16, [number]: without the latency of a cell in memory, which tight loops would feel.
            a.imm32(0x00FDE162 | 0x10 << 24);
            a.byte8(0xD4);
            absolute(Env.NUMBERS + 8 * instructions);
            return;
        }
        a.load64(C, env(Env.COUNT));
        a.lea64(C, m.of(C, instructions));
        a.store64(env(Env.COUNT), C);
    }

    /** What follows is instruction {@code index}; whether its code relies on loaded XMM registers. */
    boolean instruction(int index) {
        op = index;
        opSite = -1;
        return xmmReady;
    }

    Address env(int offset) {
        return m.at(env + offset);
    }

    // Registers.

    static int home(int guest) {
        return HOME[guest];
    }

    /** The host register that holds a guest register; one without a home is loaded into {@code scratch}. */
    int source(int guest, int scratch) {
        int h = HOME[guest];
        if (h >= 0) {
            return h;
        }
        a.load64(scratch, env(Env.GPR + 8 * guest));
        return scratch;
    }

    /** The host register that a guest register's new value goes into; {@link #done} must follow. */
    int target(int guest, int scratch) {
        int h = HOME[guest];
        return h >= 0 ? h : scratch;
    }

    /** The new value of a guest register is in a host register. */
    void done(int guest, int host) {
        if (HOME[guest] < 0) {
            a.store64(env(Env.GPR + 8 * guest), host);
        }
    }

    // Addresses.

    /** Whether the memory operand can be addressed by translated code. */
    boolean addressable(Insn i) {
        if (i.checked || i.addrSize < 4) {
            return false;
        }
        long disp = i.disp + translation.block.offset;
        return i.base != Cpu.BLOCK_RIP || (int) disp == disp;
    }

    /** Puts the offset of the memory operand (without its segment's base) into a host register other than D. */
    void offset(Insn i, int to) {
        int disp = (int) i.disp;
        if (i.base == Cpu.BLOCK_RIP) {
            a.load64(to, env(Env.PAGE_BASE));
            lea(i, to, to, -1, disp + translation.block.offset);
            return;
        }
        if (i.base == Cpu.ZERO && i.index == Cpu.ZERO) {
            a.movImm(to, disp & i.amask);
            return;
        }
        int index = i.index == Cpu.ZERO ? -1 : source(i.index, D);
        int base = i.base == Cpu.ZERO ? -1 : source(i.base, A);
        lea(i, to, base, index, disp);
    }

    private void lea(Insn i, int to, int base, int index, int disp) {
        m.of(base, index, i.scale, disp);
        if (i.addrSize == 4) {
            a.lea32(to, m);
        } else {
            a.lea64(to, m);
        }
    }

    // Groups of accesses that share a check: A then holds the addend of their page.

    /** Checks all that a group accesses; the end of the jump that is taken if that fails. */
    long group(Groups g) {
        a.lea64(A, m.of(HOME[g.base], g.low));
        lookup(A, g.write);
        a.lea64(C, m.of(C, A, 0, g.high - g.low));
        a.pext(C, C, env(Env.PAGE_MASK));
        a.jrcxz(5);
        a.jmp(a.here());
        long miss = a.here();
        a.load64(A, indexed(Mem.ADDEND));
        groupBase = g.base;
        return miss;
    }

    void groupEnd() {
        groupBase = -1;
    }

    /** Whether accesses through the stack pointer have been checked. */
    boolean stackChecked() {
        return groupBase == Cpu.RSP;
    }

    /** The operand at RSP and a displacement, which has been checked. */
    Address stackOperand(int disp) {
        return second.of(SP, groupBase == Cpu.RSP ? A : D, 0, disp);
    }

    /**
     * The host register that holds the linear address of the memory operand: A, or the base's home if that is all;
     * {@link #GROUPED}: its group has been checked.
     */
    int linear(Insn i) {
        if (groupBase >= 0 && i.base == groupBase && i.index == Cpu.ZERO) {
            groupDisp = (int) i.disp;
            return GROUPED;
        }
        boolean based = i.seg == Cpu.FS || i.seg == Cpu.GS;
        if (!based && i.addrSize == 8 && i.index == Cpu.ZERO && i.disp == 0 && i.base < 16 && HOME[i.base] >= 0) {
            return HOME[i.base];
        }
        offset(i, A);
        if (based) {
            a.load64(C, env(i.seg == Cpu.FS ? Env.FS_BASE : Env.GS_BASE));
            a.lea64(A, m.of(A, C, 0, 0));
        }
        return A;
    }

    /**
     * Checks an access through the TLB: behind it, {@code la + D} is the host address. Changes C and D. A miss has the
     * page tables walked; what that does not settle leaves through the instruction's op, a page fault directly: no
     * check that comes later in the instruction goes before it.
     */
    void check(int la, int size, boolean write) {
        if (la == GROUPED) {
            return;
        }
        final long again = a.here();
        lookup(la, write);
        a.lea64(C, m.of(C, la, 0, size));
        a.pext(C, C, env(Env.PAGE_MASK));
        decide(again, la, write, missSite(Site.miss(size, write, false)));
    }

    /** As {@link #check} for 16 or 32 bytes that must be aligned. */
    void checkAligned(int la, int size, boolean write) {
        final long again = a.here();
        lookup(la, write);
        a.lea64(C, m.of(C, la, 0, 1));
        a.pext(C, C, env(size == 16 ? Env.ALIGNED_MASK : Env.ALIGNED_32_MASK));
        decide(again, la, write, missSite(Site.miss(size, write, true)));
    }

    /** As {@link #check}, but whatever it does not find is left to the op. */
    void checkForOp(int la, int size, boolean write) {
        final long again = a.here();
        lookup(la, write);
        a.lea64(C, m.of(C, la, 0, size));
        a.pext(C, C, env(Env.PAGE_MASK));
        decide(again, la, write, opSite());
    }

    private int missSite(int access) {
        return site(new Site(Site.Kind.MISS, translation, op, access, 0));
    }

    private void lookup(int la, boolean write) {
        a.pext(D, la, env(Env.INDEX_MASK));
        a.load64(C, indexed(write ? Mem.WRITE : 0));
        a.not64(C);
    }

    private Address indexed(int array) {
        return m.of(-1, D, 3, (int) (tlb + array));
    }

    private void decide(long again, int la, boolean write, int site) {
        a.jrcxz(5);
        a.jmp(a.here());
        misses.add(new Miss(a.here(), again, la, 2 * table + (write ? 1 : 0), site));
        a.load64(D, indexed(Mem.ADDEND));
    }

    /** The operand at {@code la + D}. */
    Address operand(int la) {
        return la == GROUPED ? second.of(HOME[groupBase], A, 0, groupDisp) : second.of(la, D, 0, 0);
    }

    Address operand(int la, int disp) {
        return second.of(la, D, 0, disp);
    }

    // XMM registers.

    /** Sees to it that the guest's XMM registers and MXCSR are in the host's. */
    void xmm() {
        if (xmmReady) {
            return;
        }
        a.load32(C, env(Env.XMM_ABSENT));
        a.jrcxz(5);
        a.call(xmmLoader);
        xmmReady = true;
    }

    // x87.

    boolean xmmReady() {
        return xmmReady;
    }

    boolean x87Ready() {
        return x87Ready;
    }

    /** Sees to it that the guest's x87 state is in the host's unit, with all exceptions masked. */
    void x87() {
        if (x87Ready) {
            return;
        }
        a.load32(C, env(Env.X87_ABSENT));
        a.jrcxz(5 + 2 + 5);
        a.call(x87Loader);
        a.jrcxz(5);
        leaveForOp();
        x87Ready = true;
    }

    /**
     * This instruction is one that the x87 unit remembers as its last.
     *
     * @param seg segment of its memory operand, -1: it has none
     */
    void x87Last(Insn i, int seg) {
        x87Op = op;
        if (seg >= 0) {
            x87Seg = seg;
        }
        translation.x87Last[op] = seg + 1 << 16 | 0x8000 | (i.opcode & 7) << 8 | i.modrm;
    }

    /** An op does this instruction, and what the x87 unit remembers then is known in Java. */
    void x87ByOp() {
        x87Op = -1;
        x87Seg = -1;
        translation.x87Last[op] = Translation.X87_OP;
    }

    /** Where the notes of x87 instructions stand, to go back there. */
    long x87Mark() {
        return (long) x87Op << 32 | x87Seg & 0xFFFFFFFFL;
    }

    void x87Reset(long mark) {
        x87Op = (int) (mark >> 32);
        x87Seg = (int) mark;
    }

    /** Whether the code that follows relies on loaded registers, to go back there. */
    void ready(boolean xmm, boolean x87) {
        xmmReady = xmm;
        x87Ready = x87;
    }

    /** Behind the block's last x87 instruction that may be it: notes the block as the last one. */
    void x87Note() {
        if (x87Op < 0) {
            return;
        }
        a.store32(env(Env.X87_LAST), site(new Site(Site.Kind.OP, translation, x87Op, 0, 0)) + 1);
        a.load64(C, env(Env.PAGE_BASE));
        a.store64(env(Env.X87_PAGE), C);
        if (x87Seg >= 0) {
            a.store32(env(Env.X87_SEG), x87Seg + 1);
        }
        x87Op = -1;
    }

    // Exits.

    private int site(Site s) {
        sites.add(s);
        return sites.size() - 1;
    }

    private int opSite() {
        if (opSite < 0) {
            opSite = site(new Site(Site.Kind.OP, translation, op, 0, 0));
        }
        return opSite;
    }

    /** JMP to an exit that has the op of this instruction executed. */
    void leaveForOp() {
        a.jmp(a.here());
        stubs.add(new Stub(a.here(), opSite()));
    }

    /** JMP to an exit that has the time-stamp counter looked at. */
    void leaveForTime() {
        leaveThrough(new Site(Site.Kind.TIME, translation, op, 0, 0));
    }

    /** Jcc to such an exit. */
    void leaveForOpIf(int condition) {
        a.jcc(condition, a.here());
        stubs.add(new Stub(a.here(), opSite()));
    }

    /** An exit in line. */
    void leave(Site s) {
        exit(site(s));
    }

    /** An exit, written by another assembler. */
    void leave(Assembler other, Site s) {
        other.store32(env(Env.EXIT), site(s));
        other.jmp(exitThunk);
    }

    private void exit(int number) {
        a.store32(env(Env.EXIT), number);
        a.jmp(exitThunk);
    }

    /** The exit of this instruction's op in line. */
    void leaveForOpHere() {
        exit(opSite());
    }

    /** JMP to an exit. */
    void leaveThrough(Site s) {
        a.jmp(a.here());
        stubs.add(new Stub(a.here(), site(s)));
    }

    /** Leaves through a site unless a cell of {@link Env} is 0. */
    void leaveUnlessZero(int cell, Site s) {
        a.load32(C, env(cell));
        a.jrcxz(5);
        leaveThrough(s);
    }

    /** RFLAGS as PUSHFQ shows them, in a register; changes D. */
    void flags(int to) {
        a.byte8(0x9C);
        a.pop(to);
        a.pext(to, to, env(Env.ARITHMETIC));
        a.vexRm(0xF2, MAP_0F38, 0xF5, true, false, to, to, env(Env.ARITHMETIC));
        a.load64(D, env(Env.EFLAGS));
        a.lea64(to, m.of(to, D, 0, 0));
        a.load64(D, env(Env.IF));
        a.rorx(D, D, 55);
        a.lea64(to, m.of(to, D, 0, 0));
    }

    /** Has the instruction's op executed unless a register's value, of which C gets the bits of a mask, has none. */
    void opUnlessZero(int register, int mask) {
        a.pext(C, register, env(mask));
        a.jrcxz(5);
        leaveForOp();
    }

    /**
     * Checks an access of a number of bytes in A, at least 1, to one page; behind it, {@code la + D} is the host
     * address.
     */
    void checkMany(int la, boolean write) {
        final long again = a.here();
        lookup(la, write);
        a.lea64(C, m.of(C, la, 0, 0));
        a.lea64(C, m.of(C, A, 0, 0));
        a.pext(C, C, env(Env.PAGE_MASK));
        decide(again, la, write, opSite());
    }

    /** Subtracts D from a register. */
    void subtract(int register, int d) {
        a.not64(d);
        a.lea64(register, m.of(register, d, 0, 1));
    }

    /** A branch within the page, to be linked; {@code condition} -1: always. */
    void branch(int condition, int target) {
        if (condition < 0) {
            a.jmp(a.here());
        } else {
            a.jcc(condition, a.here());
        }
        long end = a.here();
        stubs.add(new Stub(end, site(new Site(Site.Kind.CHAIN, translation, op, target, end))));
    }

    /** Leaves if attention is asked for. The code of the exit stands close behind: {@link #pollExit} must follow. */
    long poll() {
        a.load32(C, env(Env.ATTENTION));
        a.jrcxz(0);
        return a.here();
    }

    /** The exit of a poll. */
    void pollExit(long poll, Site s) {
        a.patchShort(poll);
        leave(s);
    }

    /** Goes to the RIP in A, by the table of jumps, unless attention is asked for. */
    void jump(Site.Kind miss, int detail) {
        int jumps = (int) (env + Env.JUMPS) + table * Env.JUMP_TABLE_BYTES;
        a.rorx(D, A, JumpTables.SHIFT);
        a.lea64(D, m.of(D, A, 0, 0));
        a.pext(D, D, env(Env.ATTENTION));
        a.load64(C, m.of(-1, D, 3, jumps));
        a.lea64(C, m.of(C, A, 0, 0));
        a.jrcxz(5);
        a.jmp(a.here());
        final long missEnd = a.here();
        a.rm(0, MAP_1, 0xFF, false, 4, m.of(-1, D, 3, jumps + Env.JUMP_CODE));
        Assembler.patch(missEnd, a.here());
        a.store64(env(Env.TARGET), A);
        a.store32(env(Env.EXIT), site(new Site(miss, translation, op, detail, 0)));
        a.jmp(seconds[table]);
    }

    /**
     * Code for a table of jumps that goes on if no attention is asked for: for the RIPs that have the first entry.
     *
     * @param to where it goes on, in writable memory
     */
    void polledJump(Translation t, long to) {
        long poll = poll();
        a.jmp(to);
        a.patchShort(poll);
        a.store64(env(Env.TARGET), A);
        leave(new Site(Site.Kind.POLL_TARGET, t, 0, 0, 0));
    }

    /** A := RIP at {@code target} bytes from the start of the block. */
    void rip(int to, int target) {
        a.load64(to, env(Env.PAGE_BASE));
        a.lea64(to, m.of(to, translation.block.offset + target));
    }

    /** Ends the block: writes what stands behind it. */
    void end() {
        for (Miss miss : misses) {
            Assembler.patch(miss.end, a.here());
            a.mov64(C, miss.la);
            a.call(walks[miss.walk]);
            a.jmp(miss.again);
            exit(miss.site);
        }
        for (int k = 0; k < stubs.size(); k++) {
            Stub s = stubs.get(k);
            Assembler.patch(s.end, a.here());
            int same = k;
            // Misses of one instruction share an exit.
            while (same + 1 < stubs.size() && stubs.get(same + 1).site == s.site) {
                same++;
                Assembler.patch(stubs.get(same).end, a.here());
            }
            exit(s.site);
            k = same;
        }
    }
}
