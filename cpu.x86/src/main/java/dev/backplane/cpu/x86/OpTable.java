package dev.backplane.cpu.x86;

import java.util.function.Predicate;

/**
 * The opcode tables: for each map, mandatory prefix and opcode, how the rest of the instruction is laid out and what
 * makes its op. Instruction groups add their entries through {@link #add}; two entries for one place are a defect and
 * fail at once. Built once per session, read-only afterwards.
 */
public class OpTable {
    /** Columns: no mandatory prefix, 66, F3, F2 (the last F2/F3 wins over 66). */
    public static final int NP = 0;
    public static final int P66 = 1;
    public static final int PF3 = 2;
    public static final int PF2 = 3;
    /** For {@link #add}: every column. */
    public static final int ANY = -1;

    /**
     * What must be enabled for the instruction; the decoder sees to #UD and #NM (CR0.EM, CR0.TS, CR4.OSFXSR, and for
     * AVX, which is VEX-encoded, CR4.OSXSAVE and XCR0).
     */
    public enum Kind { INTEGER, X87, MMX, SSE, AVX }

    /** Immediates: what follows ModRM. */
    public enum Imm {
        NONE,
        /** One byte, zero-extended. */
        UB,
        /** One byte, sign-extended. */
        SB,
        /** Two bytes, zero-extended. */
        UW,
        /** Two or four bytes by operand size (four, sign-extended, for eight). */
        Z,
        /** Two, four or eight bytes by operand size. */
        V,
        /** UW then UB (ENTER): imm and imm2. */
        ENTER,
        /** An offset of address size. */
        MOFFS,
        /** Offset of operand size, then selector: imm and imm2. */
        FAR,
        /** Displacement of a near branch: like Z, but always four bytes in 64-bit mode. */
        REL,
        /** The TEST members (reg 0 and 1) of groups F6 and F7: SB or Z for those, else none. */
        TEST8,
        TESTZ
    }

    /** One entry. */
    public record Entry(Kind kind, boolean modrm, Imm imm, OpFactory factory) {
    }

    private final Entry[][] entries = new Entry[32][256];

    /**
     * Adds an entry.
     *
     * @param map    {@link Insn#MAP_1} and so on
     * @param prefix a column, or {@link #ANY}
     * @param modrm  whether a ModRM byte follows
     */
    public void add(Kind kind, int map, int prefix, int opcode, boolean modrm, Imm imm, OpFactory factory) {
        Entry e = new Entry(kind, modrm, imm, factory);
        if (prefix != ANY) {
            put(map, prefix, opcode, e);
            return;
        }
        for (int p = 0; p < 4; p++) {
            put(map, p, opcode, e);
        }
    }

    private void put(int map, int prefix, int opcode, Entry e) {
        Entry[] row = entries[map << 2 | prefix];
        if (row[opcode] != null) {
            throw new IllegalStateException("opcode %02X of map %d, prefix column %d is defined twice"
                .formatted(opcode, map, prefix));
        }
        row[opcode] = e;
    }

    /** Makes an opcode undefined. */
    public void remove(int map, int prefix, int opcode) {
        entries[map << 2 | prefix][opcode] = null;
    }

    /** Makes an opcode with one prefix what it is with another. */
    public void alias(int map, int prefix, int opcode, int asPrefix) {
        entries[map << 2 | prefix][opcode] = entries[map << 2 | asPrefix][opcode];
    }

    /** Makes some forms of an opcode undefined: those that the filter does not accept. */
    public void restrict(int map, int prefix, int opcode, Predicate<Insn> accepts) {
        Entry e = get(map, prefix, opcode);
        entries[map << 2 | prefix][opcode] = new Entry(e.kind(), e.modrm(), e.imm(),
            i -> accepts.test(i) ? e.factory().create(i) : null);
    }

    /** The entry, or null: undefined. */
    public Entry get(int map, int prefix, int opcode) {
        return entries[map << 2 | prefix][opcode];
    }
}
