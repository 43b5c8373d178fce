package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;
import dev.backplane.cpu.x86.integer.Stack;

/** Moves to and from segment registers, and the instructions that look at descriptors. */
final class SegmentOps {
    private SegmentOps() {
    }

    /** MOV r/m, Sreg. */
    static final class Store extends RmOp {
        private final int full;

        Store(Insn i) {
            super(i, 2);
            full = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            int v = c.segments.selector[reg & 7];
            if (mem) {
                writeRm(c, v);
            } else {
                Registers.set(c, rm, full, v);
            }
        }
    }

    private static void shadow(Cpu c) {
        c.shadow = true;
        c.shadowSs = true;
        c.attention = true;
    }

    /** MOV Sreg, r/m. */
    static final class Load extends RmOp {
        Load(Insn i) {
            super(i, 2);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            Descriptors.load(c, reg & 7, (int) readRm(c));
            if ((reg & 7) == Cpu.SS) {
                shadow(c);
            }
        }
    }

    static final class Push extends Op {
        private final int s;
        private final int size;

        Push(Insn i, int s) {
            super(i);
            this.s = s;
            size = i.mode64 ? i.prefix66 ? 2 : 8 : i.opSize;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            int v = c.segments.selector[s];
            if (size == 4) {
                // Only the low half of the slot is written.
                Stack.poke(c, 2, -4, v);
                Stack.release(c, -4);
            } else {
                Stack.push(c, size, v);
            }
        }
    }

    static final class Pop extends Op {
        private final int s;
        private final int size;

        Pop(Insn i, int s) {
            super(i);
            this.s = s;
            size = i.mode64 ? i.prefix66 ? 2 : 8 : i.opSize;
        }

        @Override
        public boolean throughStack() {
            return true;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            int v = (int) Stack.peek(c, 2, 0);
            // The width of the stack is that of before the load.
            long sp = Stack.sp(c) + size;
            boolean stack32 = (c.mode & Mode.STACK32) != 0;
            Descriptors.load(c, s, v);
            if (c.code64()) {
                c.r[Cpu.RSP] = sp;
            } else {
                Registers.set(c, Cpu.RSP, stack32 ? 4 : 2, sp);
            }
            if (s == Cpu.SS) {
                shadow(c);
            }
        }
    }

    /** LES, LDS, LSS, LFS and LGS. */
    static final class LoadFar extends MemOp {
        private final int s;
        private final int d;
        private final int size;

        LoadFar(Insn i, int s) {
            super(i);
            this.s = s;
            d = i.reg;
            size = i.opSize;
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long la = ea(c, size + 2);
            long offset = c.mem.load(la, size);
            int selector = c.mem.load16(la + size);
            Descriptors.load(c, s, selector);
            Registers.set(c, d, size, offset);
        }
    }

    /** SLDT and STR. */
    static final class StoreSystem extends RmOp {
        private final int s;
        private final int full;

        StoreSystem(Insn i, int s) {
            super(i, 2);
            this.s = s;
            full = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            requireProtected(c);
            checkUmip(c);
            int v = c.segments.selector[s];
            if (mem) {
                writeRm(c, v);
            } else {
                Registers.set(c, rm, full, v);
            }
        }
    }

    static void requireProtected(Cpu c) {
        if (!c.protectedMode() || c.v86()) {
            throw c.ud();
        }
    }

    static void checkUmip(Cpu c) {
        if ((c.cr4 & Cpu.CR4_UMIP) != 0 && c.cpl != 0) {
            throw c.gp(0);
        }
    }

    /** LLDT and LTR. */
    static final class LoadSystem extends RmOp {
        private final int s;

        LoadSystem(Insn i, int s) {
            super(i, 2);
            this.s = s;
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            requireProtected(c);
            if (c.cpl != 0) {
                throw c.gp(0);
            }
            int selector = (int) readRm(c);
            if (s == Cpu.LDTR) {
                loadLdt(c, selector, CpuFault.GP);
            } else {
                loadTask(c, selector);
            }
        }

        private static void loadTask(Cpu c, int selector) {
            int error = selector & 0xFFFC;
            if (Descriptors.isNull(selector)) {
                throw c.gp(0);
            }
            if ((selector & 4) != 0) {
                throw c.gp(error);
            }
            long d = Descriptors.read(c, selector, CpuFault.GP);
            int type = Descriptors.type(d);
            if (Descriptors.application(d) || type != 9 && (type != 1 || c.longMode())) {
                throw c.gp(error);
            }
            if (!Descriptors.present(d)) {
                throw c.fault(CpuFault.NP, error);
            }
            long base = Descriptors.base(d);
            if (c.longMode()) {
                base |= Descriptors.upper(c, selector, CpuFault.GP) << 32;
                if (base << 16 >> 16 != base) {
                    throw c.gp(error);
                }
            }
            d |= 2L << 40;
            c.mem.slow().systemStore(Descriptors.address(c, selector, 8) + 5, 1, d >>> 40 & 0xFF);
            c.segments.set(Cpu.TR, selector, base, Descriptors.limit(d), Descriptors.rights(d));
        }
    }

    /** Loads LDTR; faults with the vector (#GP, or #TS in a task switch). */
    static void loadLdt(Cpu c, int selector, int vector) {
        if (Descriptors.isNull(selector)) {
            c.segments.setNull(Cpu.LDTR, selector);
            return;
        }
        int error = selector & 0xFFFC;
        if ((selector & 4) != 0) {
            throw c.fault(vector, error);
        }
        long d = Descriptors.read(c, selector, vector);
        if (Descriptors.application(d) || Descriptors.type(d) != 2) {
            throw c.fault(vector, error);
        }
        if (!Descriptors.present(d)) {
            throw c.fault(vector == CpuFault.TS ? CpuFault.TS : CpuFault.NP, error);
        }
        long base = Descriptors.base(d);
        if (c.longMode()) {
            base |= Descriptors.upper(c, selector, vector) << 32;
            if (base << 16 >> 16 != base) {
                throw c.gp(error);
            }
        }
        c.segments.set(Cpu.LDTR, selector, base, Descriptors.limit(d), Descriptors.rights(d));
    }

    private static void zf(Cpu c, boolean v) {
        c.setArithmeticFlags(c.flags() & ~Flags.ZF | (v ? Flags.ZF : 0));
    }

    /** A descriptor for LAR, LSL, VERR and VERW; 0 if it cannot be looked at. */
    private static long look(Cpu c, int selector) {
        if (Descriptors.isNull(selector)) {
            return 0;
        }
        long at = Descriptors.address(c, selector, 8);
        return at == -1 ? 0 : c.mem.slow().systemLoad(at, 8);
    }

    private static boolean visible(Cpu c, long d, int selector) {
        return Descriptors.isCode(d) && Descriptors.conforming(d)
            || Descriptors.dpl(d) >= Math.max(c.cpl, selector & 3);
    }

    /** LAR and LSL. */
    static final class Inspect extends RmOp {
        private final boolean limit;
        private final int to;

        Inspect(Insn i, boolean limit) {
            super(i, 2);
            this.limit = limit;
            to = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            requireProtected(c);
            int selector = (int) readRm(c);
            long d = look(c, selector);
            boolean ok = d != 0 && visible(c, d, selector);
            if (ok && !Descriptors.application(d)) {
                ok = switch (Descriptors.type(d)) {
                    case 1, 3 -> !c.longMode();
                    case 2, 9, 11 -> true;
                    case 4, 5 -> !limit && !c.longMode();
                    case 12 -> !limit;
                    default -> false;
                };
            }
            zf(c, ok);
            if (ok) {
                Registers.set(c, reg, to, limit ? Descriptors.limit(d) & 0xFFFFFFFFL : d >>> 32 & 0x00FFFF00L);
            }
        }
    }

    /** VERR and VERW. */
    static final class Verify extends RmOp {
        private final boolean write;

        Verify(Insn i, boolean write) {
            super(i, 2);
            this.write = write;
        }

        @Override
        public void exec(Cpu c) {
            requireProtected(c);
            int selector = (int) readRm(c);
            long d = look(c, selector);
            boolean ok = d != 0 && Descriptors.application(d) && visible(c, d, selector);
            if (ok) {
                ok = write ? Descriptors.isWritableData(d)
                    : (Descriptors.type(d) & (Descriptors.CODE | Descriptors.RW)) != Descriptors.CODE;
            }
            zf(c, ok);
        }
    }

    static final class Arpl extends RmOp {
        Arpl(Insn i) {
            super(i, 2);
        }

        @Override
        public void exec(Cpu c) {
            requireProtected(c);
            long v = mem ? c.mem.rmw16(eaW(c, 2)) : readRm(c);
            int rpl = (int) c.r[reg] & 3;
            boolean adjust = (v & 3) < rpl;
            if (adjust) {
                writeRm(c, v & ~3L | rpl);
            }
            zf(c, adjust);
        }
    }

    /** SGDT and SIDT. */
    static final class StoreTable extends MemOp {
        private final boolean idt;
        private final boolean mode64;

        StoreTable(Insn i, boolean idt) {
            super(i);
            this.idt = idt;
            mode64 = i.mode64;
        }

        @Override
        public void exec(Cpu c) {
            checkUmip(c);
            int size = mode64 ? 8 : 4;
            long la = eaW(c, 2 + size);
            c.mem.probeWrite(la, 2 + size);
            c.mem.store16(la, idt ? c.sys.idtLimit : c.sys.gdtLimit);
            c.mem.store(la + 2, size, idt ? c.sys.idtBase : c.sys.gdtBase);
        }
    }

    /** LGDT and LIDT. */
    static final class LoadTable extends MemOp {
        private final boolean idt;
        private final boolean mode64;
        private final boolean word;

        LoadTable(Insn i, boolean idt) {
            super(i);
            this.idt = idt;
            mode64 = i.mode64;
            word = i.opSize == 2 && !i.mode64;
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            if (c.cpl != 0) {
                throw c.gp(0);
            }
            int size = mode64 ? 8 : 4;
            long la = ea(c, 2 + size);
            int limit = c.mem.load16(la);
            long base = c.mem.load(la + 2, size);
            if (word) {
                base &= 0xFFFFFF;
            }
            if (mode64 && base << 16 >> 16 != base) {
                throw c.gp(0);
            }
            if (idt) {
                c.sys.idtLimit = limit;
                c.sys.idtBase = base;
            } else {
                c.sys.gdtLimit = limit;
                c.sys.gdtBase = base;
            }
        }
    }

    /** Whether a segment register may be loaded by MOV: not CS, not 6 or 7. */
    static boolean loadable(int s) {
        return s < 6 && s != Cpu.CS;
    }

}
