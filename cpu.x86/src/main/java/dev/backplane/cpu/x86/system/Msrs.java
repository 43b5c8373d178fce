package dev.backplane.cpu.x86.system;

import java.util.SortedMap;
import java.util.TreeMap;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.SystemRegisters;

/** The model-specific registers that the processor keeps; the rest is the core's (Intel SDM vol. 4). */
final class Msrs {
    static final int SPEC_CTRL = 0x48;
    static final int PRED_CMD = 0x49;
    static final int MICROCODE = 0x8B;
    static final int MTRR_CAP = 0xFE;
    static final int ARCH_CAPABILITIES = 0x10A;
    static final int FLUSH_CMD = 0x10B;
    static final int SYSENTER_CS = 0x174;
    static final int SYSENTER_ESP = 0x175;
    static final int SYSENTER_EIP = 0x176;
    static final int MCG_CAP = 0x179;
    static final int MCG_STATUS = 0x17A;
    static final int MISC_ENABLE = 0x1A0;
    static final int DEBUGCTL = 0x1D9;
    static final int MTRR_VARIABLE = 0x200;
    static final int PAT = 0x277;
    static final int MTRR_DEF_TYPE = 0x2FF;
    static final int EFER = 0xC0000080;
    static final int STAR = 0xC0000081;
    static final int LSTAR = 0xC0000082;
    static final int CSTAR = 0xC0000083;
    static final int FMASK = 0xC0000084;
    static final int FS_BASE = 0xC0000100;
    static final int GS_BASE = 0xC0000101;
    static final int KERNEL_GS_BASE = 0xC0000102;
    static final int TSC_AUX = 0xC0000103;

    /** Eight variable ranges, fixed ranges, write combining. */
    private static final long MTRR_CAP_VALUE = 0x508;
    /**
     * Not affected by: Meltdown, L1TF on entry, MDS, SSB, TAA, page-size-change MCE, MMIO stale data, BHI, GDS, RFDS,
     * ITS; IBRS always on.
     */
    private static final long CAPABILITIES =
        1 | 2 | 8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x2000 | 0x4000 | 0x8000 | 1 << 20 | 1 << 26 | 1 << 27 | 1L << 62;
    private static final int[] FIXED = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E, 0x26F};
    private static final int[] SAVED = {SPEC_CTRL, SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP, MISC_ENABLE, DEBUGCTL,
        PAT, MTRR_DEF_TYPE, EFER, STAR, LSTAR, CSTAR, FMASK, KERNEL_GS_BASE, TSC_AUX};

    private Msrs() {
    }

    private static int fixed(int index) {
        for (int n = 0; n < FIXED.length; n++) {
            if (FIXED[n] == index) {
                return n;
            }
        }
        return -1;
    }

    private static boolean variable(int index) {
        return index >= MTRR_VARIABLE && index < MTRR_VARIABLE + 16;
    }

    /** Reads an MSR or raises #GP(0). */
    static long read(Cpu c, int index) {
        SystemRegisters s = c.sys;
        if (c.bus.ownsMsr(index)) {
            if (!c.bus.msrReadable(index)) {
                throw c.gp(0);
            }
            return c.bus.readMsr(index);
        }
        if (variable(index)) {
            return s.mtrrVariable[index - MTRR_VARIABLE];
        }
        int fixed = fixed(index);
        if (fixed >= 0) {
            return s.mtrrFixed[fixed];
        }
        return switch (index) {
            case SPEC_CTRL -> s.specCtrl;
            case MICROCODE -> s.microcode;
            case MTRR_CAP -> MTRR_CAP_VALUE;
            case ARCH_CAPABILITIES -> {
                if (!c.model.v2) {
                    throw c.gp(0);
                }
                yield CAPABILITIES;
            }
            case SYSENTER_CS -> s.sysenterCs;
            case SYSENTER_ESP -> s.sysenterEsp;
            case SYSENTER_EIP -> s.sysenterEip;
            case 0x17, MCG_CAP, MCG_STATUS, 0x2A, 0x34, 0xCE, 0x140, 0x1FC, 0x3A -> index == 0x3A ? 1 : 0;
            case MISC_ENABLE -> s.miscEnable;
            case DEBUGCTL -> s.debugCtl;
            case PAT -> s.pat;
            case MTRR_DEF_TYPE -> s.mtrrDefType;
            case EFER -> c.efer;
            case STAR -> s.star;
            case LSTAR -> s.lstar;
            case CSTAR -> s.cstar;
            case FMASK -> s.fmask;
            case FS_BASE -> c.segments.base[Cpu.FS];
            case GS_BASE -> c.segments.base[Cpu.GS];
            case KERNEL_GS_BASE -> s.kernelGsBase;
            case TSC_AUX -> s.tscAux;
            default -> throw c.gp(0);
        };
    }

    private static long canonical(Cpu c, long v) {
        if (v << 16 >> 16 != v) {
            throw c.gp(0);
        }
        return v;
    }

    private static long limited(Cpu c, long v, long allowed) {
        if ((v & ~allowed) != 0) {
            throw c.gp(0);
        }
        return v;
    }

    /** Writes an MSR or raises #GP(0). */
    static void write(Cpu c, int index, long v) {
        SystemRegisters s = c.sys;
        if (c.bus.ownsMsr(index)) {
            c.engine.enterBus(c);
            boolean ok;
            try {
                ok = c.bus.writeMsr(index, v);
            } finally {
                c.engine.leaveBus(c);
            }
            if (!ok) {
                throw c.gp(0);
            }
            return;
        }
        if (variable(index)) {
            s.mtrrVariable[index - MTRR_VARIABLE] = v;
            return;
        }
        int fixed = fixed(index);
        if (fixed >= 0) {
            s.mtrrFixed[fixed] = v;
            return;
        }
        switch (index) {
            case SPEC_CTRL -> s.specCtrl = limited(c, v, 7);
            case PRED_CMD, FLUSH_CMD -> limited(c, v, 1);
            case MICROCODE -> s.microcode = 0;
            case SYSENTER_CS -> s.sysenterCs = v & 0xFFFFFFFFL;
            case SYSENTER_ESP -> s.sysenterEsp = canonical(c, v);
            case SYSENTER_EIP -> s.sysenterEip = canonical(c, v);
            case 0x79, MCG_STATUS, 0x2A, 0x140, 0x1FC, 0x3A -> {
            }
            case MISC_ENABLE -> s.miscEnable = v;
            case DEBUGCTL -> s.debugCtl = v & 3;
            case PAT -> writePat(c, v);
            case MTRR_DEF_TYPE -> s.mtrrDefType = limited(c, v, 0xCFF);
            case EFER -> writeEfer(c, v);
            case STAR -> s.star = v;
            case LSTAR -> s.lstar = canonical(c, v);
            case CSTAR -> s.cstar = canonical(c, v);
            case FMASK -> s.fmask = v & 0xFFFFFFFFL;
            case FS_BASE -> setBase(c, Cpu.FS, canonical(c, v));
            case GS_BASE -> setBase(c, Cpu.GS, canonical(c, v));
            case KERNEL_GS_BASE -> s.kernelGsBase = canonical(c, v);
            case TSC_AUX -> s.tscAux = limited(c, v, 0xFFFFFFFFL);
            default -> throw c.gp(0);
        }
    }

    static void setBase(Cpu c, int seg, long v) {
        c.segments.base[seg] = v;
        c.segBase[seg] = v;
    }

    private static void writePat(Cpu c, long v) {
        for (int n = 0; n < 8; n++) {
            int type = (int) (v >>> 8 * n) & 0xFF;
            if (type > 7 || type == 2 || type == 3) {
                throw c.gp(0);
            }
        }
        c.sys.pat = v;
    }

    private static void writeEfer(Cpu c, long v) {
        long known = Cpu.EFER_SCE | Cpu.EFER_LME | Cpu.EFER_LMA | Cpu.EFER_NXE;
        limited(c, v, known);
        if (((v ^ c.efer) & Cpu.EFER_LME) != 0 && (c.cr0 & Cpu.CR0_PG) != 0) {
            throw c.gp(0);
        }
        long old = c.efer;
        c.efer = v & ~Cpu.EFER_LMA | c.efer & Cpu.EFER_LMA;
        if (((old ^ c.efer) & Cpu.EFER_NXE) != 0) {
            c.mem.slow().flush();
            c.engine.mappingsChanged(c);
        }
    }

    /** All that belongs into a saved state. */
    static SortedMap<Integer, Long> save(Cpu c) {
        SortedMap<Integer, Long> m = new TreeMap<>();
        for (int index : SAVED) {
            m.put(index, read(c, index));
        }
        for (int n = 0; n < FIXED.length; n++) {
            m.put(FIXED[n], c.sys.mtrrFixed[n]);
        }
        for (int n = 0; n < 16; n++) {
            m.put(MTRR_VARIABLE + n, c.sys.mtrrVariable[n]);
        }
        return m;
    }

    /** The counterpart of {@link #save}; what is not in the map has its value after reset. */
    static void load(Cpu c, SortedMap<Integer, Long> m) {
        SystemRegisters s = c.sys;
        s.specCtrl = m.getOrDefault(SPEC_CTRL, 0L);
        s.sysenterCs = m.getOrDefault(SYSENTER_CS, 0L);
        s.sysenterEsp = m.getOrDefault(SYSENTER_ESP, 0L);
        s.sysenterEip = m.getOrDefault(SYSENTER_EIP, 0L);
        s.miscEnable = m.getOrDefault(MISC_ENABLE, 1L);
        s.debugCtl = m.getOrDefault(DEBUGCTL, 0L);
        s.pat = m.getOrDefault(PAT, 0x0007040600070406L);
        s.mtrrDefType = m.getOrDefault(MTRR_DEF_TYPE, 0L);
        c.efer = m.getOrDefault(EFER, 0L);
        s.star = m.getOrDefault(STAR, 0L);
        s.lstar = m.getOrDefault(LSTAR, 0L);
        s.cstar = m.getOrDefault(CSTAR, 0L);
        s.fmask = m.getOrDefault(FMASK, 0L);
        s.kernelGsBase = m.getOrDefault(KERNEL_GS_BASE, 0L);
        s.tscAux = m.getOrDefault(TSC_AUX, 0L);
        for (int n = 0; n < FIXED.length; n++) {
            s.mtrrFixed[n] = m.getOrDefault(FIXED[n], 0L);
        }
        for (int n = 0; n < 16; n++) {
            s.mtrrVariable[n] = m.getOrDefault(MTRR_VARIABLE + n, 0L);
        }
    }

    static final class Rdmsr extends Op {
        Rdmsr(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            ControlRegisters.requireKernel(c);
            long v = read(c, (int) c.r[Cpu.RCX]);
            c.r[Cpu.RAX] = v & 0xFFFFFFFFL;
            c.r[Cpu.RDX] = v >>> 32;
        }
    }

    static final class Wrmsr extends Op {
        Wrmsr(Insn i) {
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
            ControlRegisters.requireKernel(c);
            Cpu.serialize();
            write(c, (int) c.r[Cpu.RCX], c.r[Cpu.RDX] << 32 | c.r[Cpu.RAX] & 0xFFFFFFFFL);
        }
    }
}
