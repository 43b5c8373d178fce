package dev.backplane.cpu.x86;

/**
 * The segment registers with their hidden parts (Intel SDM vol. 3, 3.4), LDTR and TR, the checks of accesses through
 * them, and what follows from them for decoding. Access rights have the format of SDM vol. 3, table 25-2.
 */
public final class Segments {
    public static final int P = 0x80;
    public static final int S = 0x10;
    public static final int L = 0x2000;
    public static final int DB = 0x4000;
    public static final int G = 0x8000;
    public static final int UNUSABLE = 0x10000;
    private static final int CODE = 8;
    private static final int EXPAND_DOWN = 4;
    private static final int RW = 2;

    /** Indexed by segment register number, LDTR and TR included. */
    public final int[] selector = new int[8];
    public final long[] base = new long[8];
    /** In bytes, granularity applied, unsigned. */
    public final int[] limit = new int[8];
    public final int[] rights = new int[8];

    private final Cpu c;

    Segments(Cpu c) {
        this.c = c;
    }

    /** Sets a segment register with its hidden part; {@link #updateMode()} must follow. */
    public void set(int s, int selector, long base, int limit, int rights) {
        this.selector[s] = selector;
        this.base[s] = base;
        this.limit[s] = limit;
        this.rights[s] = rights;
    }

    /** Makes a data segment register null. */
    public void setNull(int s, int selector) {
        set(s, selector, 0, 0, UNUSABLE);
    }

    /** As a real-mode or virtual-8086 load does. */
    public void setReal(int s, int value) {
        selector[s] = value & 0xFFFF;
        base[s] = (value & 0xFFFFL) << 4;
        if (c.v86()) {
            limit[s] = 0xFFFF;
            rights[s] = 0xF3;
        } else if (s == Cpu.CS) {
            // Real mode keeps the limit, which is how "unreal" mode works.
            rights[s] = rights[s] & ~0xFF | 0x93;
        }
    }

    public int dpl(int s) {
        return rights[s] >> 5 & 3;
    }

    /** Derives what decoding and addressing depend on; after every change of a segment, CPL, CR0 or CR4. */
    public void updateMode() {
        int mode = 0;
        boolean longCode = c.longMode() && (rights[Cpu.CS] & L) != 0;
        if (longCode) {
            mode = Mode.LONG;
            for (int s = 0; s < 4; s++) {
                c.segBase[s] = 0;
            }
        } else {
            for (int s = 0; s < 4; s++) {
                c.segBase[s] = base[s];
            }
            boolean real = !c.protectedMode() || c.v86();
            if (real) {
                mode = Mode.REAL;
            } else {
                if (flat(Cpu.CS, CODE | RW) && flat(Cpu.DS, RW) && flat(Cpu.ES, RW) && flat(Cpu.SS, RW)) {
                    mode |= Mode.FLAT;
                }
            }
            if ((rights[Cpu.CS] & DB) != 0) {
                mode |= Mode.CODE32;
            }
            if ((rights[Cpu.SS] & DB) != 0) {
                mode |= Mode.STACK32;
            }
        }
        c.segBase[Cpu.FS] = base[Cpu.FS];
        c.segBase[Cpu.GS] = base[Cpu.GS];
        if ((c.cr0 & (Cpu.CR0_EM | Cpu.CR0_TS)) != 0 || (c.cr4 & Cpu.CR4_OSFXSR) == 0) {
            mode |= Mode.FP_TRAP;
        }
        if (!c.avxEnabled() || (c.cr0 & Cpu.CR0_TS) != 0) {
            mode |= Mode.AVX_TRAP;
        }
        c.mode = mode;
        c.codeKey = mode | (c.cpl == 3 ? Cpu.CODE_KEY_USER : 0);
        c.mem.slow().select();
    }

    /** Flat and of the wanted type: data must be writable and expand up, code readable. */
    private boolean flat(int s, int type) {
        int r = rights[s];
        return (r & (UNUSABLE | P | S)) == (P | S) && base[s] == 0 && limit[s] == -1
            && (r & (CODE | RW)) == type && ((r & CODE) != 0 || (r & EXPAND_DOWN) == 0);
    }

    /** Changes the privilege level; {@link #updateMode()} must follow. */
    public void setCpl(int cpl) {
        c.cpl = cpl;
    }

    /** The linear address of a read through a segment, after the checks of legacy modes. */
    public long linearRead(int s, long offset, int size) {
        int r = rights[s];
        if ((r & UNUSABLE) != 0 || (r & (CODE | RW)) == CODE && c.protectedMode()) {
            throw violation(s);
        }
        checkLimit(s, offset, size);
        return base[s] + offset & 0xFFFFFFFFL;
    }

    /** The linear address of a write through a segment, after the checks of legacy modes. */
    public long linearWrite(int s, long offset, int size) {
        int r = rights[s];
        if ((r & UNUSABLE) != 0 || c.protectedMode() && (r & (CODE | RW)) != RW && !c.v86()) {
            throw violation(s);
        }
        checkLimit(s, offset, size);
        return base[s] + offset & 0xFFFFFFFFL;
    }

    private void checkLimit(int s, long offset, int size) {
        long last = offset + size - 1;
        long max = limit[s] & 0xFFFFFFFFL;
        if ((rights[s] & (CODE | EXPAND_DOWN)) == EXPAND_DOWN) {
            long top = (rights[s] & DB) != 0 ? 0xFFFFFFFFL : 0xFFFF;
            if (offset <= max || last > top) {
                throw violation(s);
            }
        } else if (last > max) {
            throw violation(s);
        }
    }

    private CpuFault violation(int s) {
        return c.fault(s == Cpu.SS ? CpuFault.SS : CpuFault.GP, 0);
    }

    /** Whether an instruction fetch at this offset is within CS. */
    public boolean fetchAllowed(long offset, int size) {
        return offset + size - 1 <= (limit[Cpu.CS] & 0xFFFFFFFFL);
    }
}
