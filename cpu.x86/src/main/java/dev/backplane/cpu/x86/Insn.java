package dev.backplane.cpu.x86;

/**
 * What the decoder found in the bytes of one instruction; given to an {@link OpFactory}, reused for the next
 * instruction. Fields not named by the instruction hold no meaning.
 */
public final class Insn {
    /** Opcode maps: one-byte, 0F, 0F 38, 0F 3A. */
    public static final int MAP_1 = 0;
    public static final int MAP_0F = 1;
    public static final int MAP_0F38 = 2;
    public static final int MAP_0F3A = 3;
    /** The same maps behind a VEX prefix: {@code map & 3} is the legacy number, {@link #vex} is set. */
    public static final int MAP_VEX_0F = 5;
    public static final int MAP_VEX_0F38 = 6;
    public static final int MAP_VEX_0F3A = 7;

    /** Offset from the start of the block, and length, in bytes. */
    public int pos;
    public int length;

    public int map;
    public int opcode;
    /** The mandatory-prefix column: NP, P66, PF3 or PF2 of {@link OpTable}. */
    public int pp;
    /** The last of F2/F3, or 0. */
    public int rep;
    public boolean prefix66;
    public boolean lock;
    /** REX byte, 0 if there is none (a plain 40 counts as present: {@link #hasRex}). */
    public int rex;
    public boolean hasRex;
    /** REX.W; behind a VEX prefix, VEX.W in 64-bit mode and false elsewhere: the width of a general register. */
    public boolean w;
    /**
     * A VEX prefix is there (Intel SDM vol. 2, 2.3): {@link #rex} then holds R, X and B as a REX prefix would, while
     * {@link #hasRex}, {@link #rep}, {@link #prefix66} and {@link #lock} are false or 0.
     */
    public boolean vex;
    /** VEX.W as it stands in the prefix, in any mode. */
    public boolean vexW;
    /** VEX.L: the vectors have 256 bits. */
    public boolean vexL;
    /** VEX.vvvv, complemented: a register number, 0 to 15 (0 to 7 outside 64-bit mode); 0 if the field is all ones. */
    public int vvvv;
    /** VEX.vvvv is not all ones, in any mode: #UD for an instruction that does not use it. */
    public boolean vvvvUsed;
    /** The block's mode, see {@link Mode}. */
    public int mode;
    public boolean mode64;
    /** Operand size in bytes: 2, 4 or 8 (REX.W, 66, and the default of the mode applied). */
    public int opSize;
    /** Address size in bytes: 2, 4 or 8. */
    public int addrSize;

    public int modrm;
    /** ModRM.mod; {@link #mem} is mod != 3. */
    public int mod;
    /** ModRM.reg with REX.R, 0 to 15; {@link #regLow} without. */
    public int reg;
    public int regLow;
    /** ModRM.rm with REX.B, 0 to 15 (meaningful if not {@link #mem}); {@link #rmLow} without. */
    public int rm;
    public int rmLow;
    public boolean mem;

    /** The memory operand, see {@link MemOp}. */
    public int base;
    public int index;
    public int scale;
    /** The index field of a SIB byte with REX.X or VEX.X, 0 to 15, whatever it means, or -1 without a SIB byte. */
    public int sibIndex;
    public int sibScale;
    public long disp;
    public long amask;
    /** The segment of the memory operand (override applied), 0 to 5. */
    public int seg;
    /** The segment-override prefix in force, 0 to 5, or -1. */
    public int override;
    /** The segment needs limit and type checks at each access. */
    public boolean checked;

    /** Immediate, extended as its kind says; {@link #imm2} is the second of ENTER and of far pointers (selector). */
    public long imm;
    public int imm2;

    /** The segment for a DS-default operand that is not encoded by ModRM (strings, moffs, XLAT). */
    public int dataSeg() {
        return override < 0 ? Cpu.DS : override;
    }

    /** Whether accesses through this segment need checks in the block's mode. */
    public boolean checkedSeg(int s) {
        return Mode.checked(mode, s);
    }
}
