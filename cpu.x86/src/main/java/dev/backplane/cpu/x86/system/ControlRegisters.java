package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** Control and debug registers, and what invalidates translations (Intel SDM vol. 3, 2.5 and 4.10). */
final class ControlRegisters {
    private static final long CR0_KNOWN = 0xE005003FL;

    private ControlRegisters() {
    }

    /** The bits of CR4 that a CPU model lets software set. */
    static long cr4Mask(CpuModel m) {
        long v = Cpu.CR4_TSD | Cpu.CR4_DE | Cpu.CR4_PSE | Cpu.CR4_PAE | Cpu.CR4_MCE | Cpu.CR4_PGE | Cpu.CR4_PCE
            | Cpu.CR4_OSFXSR | Cpu.CR4_OSXMMEXCPT;
        if (m.v2) {
            v |= Cpu.CR4_UMIP | Cpu.CR4_FSGSBASE | Cpu.CR4_PCIDE | Cpu.CR4_OSXSAVE | Cpu.CR4_SMEP | Cpu.CR4_SMAP;
        }
        return v;
    }

    private static void flush(Cpu c) {
        c.mem.slow().flush();
        c.engine.mappingsChanged(c);
    }

    static void setCr0(Cpu c, long v) {
        if (v >>> 32 != 0 || (v & Cpu.CR0_PG) != 0 && (v & Cpu.CR0_PE) == 0
            || (v & (Cpu.CR0_NW | Cpu.CR0_CD)) == Cpu.CR0_NW) {
            throw c.gp(0);
        }
        v = v & CR0_KNOWN | Cpu.CR0_ET;
        long change = v ^ c.cr0;
        if ((change & Cpu.CR0_PG & 0xFFFFFFFFL) != 0) {
            paging(c, (v & Cpu.CR0_PG & 0xFFFFFFFFL) != 0, v);
        }
        if ((change & 1) != 0 && (v & 1) == 0) {
            c.segments.setCpl(0);
        }
        c.cr0 = v;
        if ((change & (Cpu.CR0_PG & 0xFFFFFFFFL | Cpu.CR0_WP | 1)) != 0) {
            flush(c);
        }
        c.segments.updateMode();
    }

    private static void paging(Cpu c, boolean on, long cr0) {
        if (on) {
            if ((c.efer & Cpu.EFER_LME) != 0) {
                if ((c.cr4 & Cpu.CR4_PAE) == 0 || (c.segments.rights[Cpu.CS] & 0x2000) != 0) {
                    throw c.gp(0);
                }
                c.efer |= Cpu.EFER_LMA;
            } else if ((c.cr4 & Cpu.CR4_PAE) != 0 && !c.mem.slow().paging().loadPdptes(c.cr3)) {
                throw c.gp(0);
            }
            return;
        }
        if (c.code64() || (c.cr4 & Cpu.CR4_PCIDE) != 0) {
            throw c.gp(0);
        }
        c.efer &= ~Cpu.EFER_LMA;
    }

    /** MOV to CR3, and the load by a task switch. */
    static void setCr3(Cpu c, long v) {
        boolean keep = false;
        if (c.longMode()) {
            keep = (c.cr4 & Cpu.CR4_PCIDE) != 0 && v < 0;
            if ((c.cr4 & Cpu.CR4_PCIDE) != 0) {
                v &= Long.MAX_VALUE;
            }
            if (v >>> CpuModel.PHYSICAL_BITS != 0) {
                throw c.gp(0);
            }
        } else if ((c.cr0 & Cpu.CR0_PG) != 0 && (c.cr4 & Cpu.CR4_PAE) != 0
            && !c.mem.slow().paging().loadPdptes(v)) {
            throw c.gp(0);
        }
        // Entries are not tagged with the PCID: bit 63 allows to keep them, it does not demand it.
        boolean same = keep && v == c.cr3;
        c.cr3 = v;
        if (!same) {
            if ((c.cr4 & Cpu.CR4_PGE) != 0) {
                c.mem.slow().flushNonGlobal();
                c.engine.spaceChanged(c, keep);
            } else {
                c.mem.slow().flush();
                c.engine.mappingsChanged(c);
            }
        }
    }

    static void setCr4(Cpu c, long v) {
        if ((v & ~cr4Mask(c.model)) != 0) {
            throw c.gp(0);
        }
        long change = v ^ c.cr4;
        if (c.longMode() && (v & Cpu.CR4_PAE) == 0) {
            throw c.gp(0);
        }
        if ((change & v & Cpu.CR4_PCIDE) != 0 && (!c.longMode() || (c.cr3 & 0xFFF) != 0)) {
            throw c.gp(0);
        }
        long pae = Cpu.CR4_PAE | Cpu.CR4_PGE | Cpu.CR4_PSE | Cpu.CR4_SMEP;
        if ((change & pae) != 0 && (c.cr0 & Cpu.CR0_PG) != 0 && !c.longMode() && (v & Cpu.CR4_PAE) != 0
            && !c.mem.slow().paging().loadPdptes(c.cr3)) {
            throw c.gp(0);
        }
        c.cr4 = v;
        if ((change & (pae | Cpu.CR4_PCIDE | Cpu.CR4_SMAP)) != 0) {
            flush(c);
        }
        c.segments.updateMode();
    }

    private abstract static class Ending extends Op {
        Ending(Insn i) {
            super(i);
        }

        @Override
        public boolean endsBlock() {
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }
    }

    static void requireKernel(Cpu c) {
        if (c.cpl != 0) {
            throw c.gp(0);
        }
    }

    /** MOV r, CRn. */
    static final class ReadCr extends Op {
        private final int n;
        private final int d;
        private final int size;

        ReadCr(Insn i) {
            super(i);
            n = i.reg;
            d = i.rm;
            size = i.mode64 ? 8 : 4;
        }

        @Override
        public void exec(Cpu c) {
            requireKernel(c);
            long v = switch (n) {
                case 0 -> c.cr0;
                case 2 -> c.cr2;
                case 3 -> c.cr3;
                case 4 -> c.cr4;
                default -> c.bus.readCr8() & 15;
            };
            Registers.set(c, d, size, v);
        }
    }

    /** MOV CRn, r. */
    static final class WriteCr extends Ending {
        private final int n;
        private final int s;
        private final boolean wide;

        WriteCr(Insn i) {
            super(i);
            n = i.reg;
            s = i.rm;
            wide = i.mode64;
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            requireKernel(c);
            long v = wide ? c.r[s] : c.r[s] & 0xFFFFFFFFL;
            switch (n) {
                case 0 -> setCr0(c, v);
                case 2 -> c.cr2 = v;
                case 3 -> setCr3(c, v);
                case 4 -> setCr4(c, v);
                default -> {
                    if (v >>> 4 != 0) {
                        throw c.gp(0);
                    }
                    c.bus.writeCr8((int) v);
                    c.attention = true;
                }
            }
        }
    }

    static boolean exists(Insn i) {
        return i.reg == 0 || i.reg == 2 || i.reg == 3 || i.reg == 4 || i.reg == 8;
    }

    /** MOV to and from DRn. */
    static final class MoveDr extends Ending {
        private final int n;
        private final int rm;
        private final boolean write;
        private final boolean wide;

        MoveDr(Insn i, boolean write) {
            super(i);
            n = i.reg;
            rm = i.rm;
            this.write = write;
            wide = i.mode64;
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            int k = n;
            if (k >= 8 || (k == 4 || k == 5) && (c.cr4 & Cpu.CR4_DE) != 0) {
                throw c.ud();
            }
            requireKernel(c);
            if ((c.sys.dr7 & 0x2000) != 0) {
                c.sys.dr6 |= 0x2000;
                throw c.fault(CpuFault.DB);
            }
            if (k == 4 || k == 5) {
                k += 2;
            }
            if (!write) {
                long v = k < 4 ? c.sys.dr[k] : k == 6 ? c.sys.dr6 : c.sys.dr7;
                Registers.set(c, rm, wide ? 8 : 4, v);
                return;
            }
            long v = wide ? c.r[rm] : c.r[rm] & 0xFFFFFFFFL;
            if (k < 4) {
                c.sys.dr[k] = v;
            } else {
                if (v >>> 32 != 0) {
                    throw c.gp(0);
                }
                if (k == 6) {
                    c.sys.dr6 = v & 0xE00F | 0xFFFF0FF0L;
                } else {
                    c.sys.dr7 = v & 0xFFFF23FFL | 0x400;
                }
            }
            c.mem.slow().watchesChanged();
            c.attention = true;
        }
    }

    static final class Clts extends Ending {
        Clts(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            requireKernel(c);
            c.cr0 &= ~Cpu.CR0_TS;
            c.segments.updateMode();
        }
    }

    /** SMSW. */
    static final class Smsw extends RmOp {
        private final int full;

        Smsw(Insn i) {
            super(i, 2);
            full = i.opSize;
        }

        @Override
        public void exec(Cpu c) {
            SegmentOps.checkUmip(c);
            if (mem) {
                writeRm(c, c.cr0);
            } else {
                Registers.set(c, rm, full, c.cr0);
            }
        }
    }

    static final class Lmsw extends RmOp {
        Lmsw(Insn i) {
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
            requireKernel(c);
            long v = readRm(c) & 15;
            setCr0(c, c.cr0 & ~14L | v);
        }
    }

    static final class Invlpg extends MemOp {
        Invlpg(Insn i) {
            super(i);
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
            Cpu.serialize();
            requireKernel(c);
            long la = offset(c) + c.segBase[seg];
            if (c.longMode()) {
                if (la << 16 >> 16 != la) {
                    return;
                }
            } else {
                la &= 0xFFFFFFFFL;
            }
            c.mem.slow().flushPage(la);
            c.engine.mappingChanged(c, la);
        }
    }

    static final class Invpcid extends MemOp {
        private final int reg;
        private final boolean wide;

        Invpcid(Insn i) {
            super(i);
            reg = i.reg;
            wide = i.mode64;
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
            Cpu.serialize();
            if (c.v86()) {
                throw c.gp(0);
            }
            requireKernel(c);
            long type = wide ? c.r[reg] : c.r[reg] & 0xFFFFFFFFL;
            long pcid = c.mem.load128(ea(c, 16));
            long la = c.mem.high;
            boolean bad = type < 0 || type > 3 || type < 2 && pcid >>> 12 != 0
                || type == 0 && la << 16 >> 16 != la
                || type < 2 && (c.cr4 & Cpu.CR4_PCIDE) == 0 && pcid != 0;
            if (bad) {
                throw c.gp(0);
            }
            if (type == 0) {
                c.mem.slow().flushPage(la);
                c.engine.mappingChanged(c, la);
            } else if (type == 2) {
                flush(c);
            } else {
                c.mem.slow().flushNonGlobal();
                c.engine.localMappingsChanged(c);
            }
        }
    }

    /** INVD and WBINVD: there is no cache to see. */
    static final class Cache extends Op {
        Cache(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            requireKernel(c);
        }
    }

    static final class Xgetbv extends Op {
        Xgetbv(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
                throw c.ud();
            }
            // XINUSE is there with XSAVEC.
            int index = (int) c.r[Cpu.RCX];
            if (index != 0 && (index != 1 || !c.model.v3)) {
                throw c.gp(0);
            }
            long v = index == 0 ? c.xcr0 : c.xcr0 & ExtendedState.inUse(c.fpu);
            c.r[Cpu.RAX] = v & 0xFFFFFFFFL;
            c.r[Cpu.RDX] = v >>> 32;
        }
    }

    static final class Xsetbv extends Op {
        Xsetbv(Insn i) {
            super(i);
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
            if ((c.cr4 & Cpu.CR4_OSXSAVE) == 0) {
                throw c.ud();
            }
            long v = c.r[Cpu.RDX] << 32 | c.r[Cpu.RAX] & 0xFFFFFFFFL;
            if (c.cpl != 0 || (int) c.r[Cpu.RCX] != 0 || (v & 1) == 0 || (v & 6) == 4
                    || (v & ~ExtendedState.supported(c)) != 0) {
                throw c.gp(0);
            }
            c.xcr0 = v;
            c.segments.updateMode();
        }
    }
}
