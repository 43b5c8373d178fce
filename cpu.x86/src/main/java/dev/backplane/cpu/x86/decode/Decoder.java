package dev.backplane.cpu.x86.decode;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.fp.X87Table;
import dev.backplane.cpu.x86.integer.IntegerTable;
import dev.backplane.cpu.x86.simd.SimdTable;
import dev.backplane.cpu.x86.system.FpTrap;
import dev.backplane.cpu.x86.system.SystemTable;

/**
 * The instruction decoder (Intel SDM vol. 2, chapter 2). Stateless apart from the record that it fills; one for each
 * thread.
 */
public final class Decoder {
    private static final int MAX_LENGTH = 15;

    private final OpTable table;
    private final Insn i = new Insn();
    private CodeReader reader;
    private int at;

    public Decoder(OpTable table) {
        this.table = table;
    }

    /** What the last {@link #decode(CodeReader, int, int)} found in the bytes; valid until the next one. */
    public Insn insn() {
        return i;
    }

    /** The table of everything this library implements. */
    public static OpTable table() {
        return fill(new OpTable());
    }

    /** Adds everything this library implements to an empty table. */
    public static OpTable fill(OpTable t) {
        IntegerTable.addTo(t);
        SystemTable.addTo(t);
        X87Table.addTo(t);
        SimdTable.addTo(t);
        return t;
    }

    /** The table of a CPU model: what its CPUID does not show is undefined. */
    public static OpTable table(CpuModel model) {
        OpTable t = table();
        if (!model.v3) {
            Baseline.removeV3(t);
        }
        if (!model.v2) {
            Baseline.restrict(t);
        }
        return t;
    }

    /**
     * Decodes the instruction at a position of a block. An undefined one becomes an op that raises #UD, one that is too
     * long an op that raises #GP(0).
     */
    public Op decode(CodeReader reader, int position, int mode) {
        this.reader = reader;
        at = position;
        i.pos = position;
        i.mode = mode;
        i.mode64 = (mode & Mode.LONG) != 0;
        try {
            return decode();
        } catch (TooLong e) {
            i.length = MAX_LENGTH;
            return new FpTrap.TooLong(i);
        } finally {
            this.reader = null;
        }
    }

    /** The instruction is longer than 15 bytes. */
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private static final TooLong INSTANCE = new TooLong();

        private TooLong() {
            super(null, null, false, false);
        }
    }

    private int next() {
        if (at - i.pos >= MAX_LENGTH) {
            throw TooLong.INSTANCE;
        }
        return reader.byteAt(at++);
    }

    private Op decode() {
        int b = prefixes();
        i.vex = false;
        boolean defined = true;
        if ((b & 0xFE) == 0xC4 && isVex()) {
            defined = vex(b);
            b = next();
        }
        sizes();
        if (!i.vex) {
            i.map = Insn.MAP_1;
        }
        if (b == 0x0F && !i.vex) {
            b = next();
            i.map = Insn.MAP_0F;
            if (b == 0x38) {
                b = next();
                i.map = Insn.MAP_0F38;
            } else if (b == 0x3A) {
                b = next();
                i.map = Insn.MAP_0F3A;
            }
        }
        i.opcode = b;
        if (!i.vex) {
            i.pp = i.rep == 0xF3 ? OpTable.PF3 : i.rep == 0xF2 ? OpTable.PF2 : i.prefix66 ? OpTable.P66 : OpTable.NP;
        }
        OpTable.Entry e = defined ? table.get(i.map, i.pp, b) : null;
        i.mem = false;
        i.modrm = 0;
        i.seg = Cpu.DS;
        i.base = Cpu.ZERO;
        i.index = Cpu.ZERO;
        i.scale = 0;
        i.sibIndex = -1;
        i.disp = 0;
        i.imm = 0;
        i.imm2 = 0;
        i.reg = 0;
        i.regLow = 0;
        i.rm = 0;
        i.rmLow = 0;
        i.checked = false;
        if (e == null) {
            i.length = at - i.pos;
            return IntegerTable.undefined(i);
        }
        boolean ripRelative = false;
        if (e.modrm()) {
            ripRelative = modrm();
        }
        immediate(e.imm());
        i.length = at - i.pos;
        if (ripRelative) {
            i.disp += i.pos + i.length;
        }
        Op op = null;
        if (traps(e.kind())) {
            op = FpTrap.wrap(i, e.kind(), e.factory().create(i));
        } else {
            op = e.factory().create(i);
        }
        if (op == null || i.lock && !op.acceptsLock()) {
            return IntegerTable.undefined(i);
        }
        return op;
    }

    private boolean traps(OpTable.Kind kind) {
        return switch (kind) {
            case INTEGER -> false;
            case AVX -> (i.mode & Mode.AVX_TRAP) != 0;
            default -> (i.mode & Mode.FP_TRAP) != 0;
        };
    }

    /** Whether C4 or C5, just read, begins a VEX prefix: outside 64-bit mode LES and LDS have memory operands. */
    private boolean isVex() {
        if (i.mode64) {
            return true;
        }
        if ((i.mode & Mode.REAL) != 0) {
            return false;
        }
        int second = next();
        at--;
        return second >= 0xC0;
    }

    /** Reads the rest of a VEX prefix; whether it is a valid one. */
    private boolean vex(int first) {
        boolean defined = !i.lock && !i.prefix66 && i.rep == 0 && !i.hasRex;
        int p = next();
        int map = 1;
        int xb = 0;
        int last = p;
        if (first == 0xC4) {
            map = p & 0x1F;
            xb = ~p >> 5 & 3;
            last = next();
        }
        i.vex = true;
        i.vexW = first == 0xC4 && last >= 0x80;
        i.vexL = (last & 4) != 0;
        i.pp = last & 3;
        i.vvvv = ~last >> 3 & 15;
        i.vvvvUsed = i.vvvv != 0;
        i.rex = i.vexW ? 8 : 0;
        if (i.mode64) {
            i.rex |= (~p >> 5 & 4) | xb;
        } else {
            i.vvvv &= 7;
            i.rex = 0;
        }
        if (map < 1 || map > 3) {
            defined = false;
            map = 1;
        }
        i.map = 4 | map;
        i.lock = false;
        i.prefix66 = false;
        i.rep = 0;
        i.hasRex = false;
        return defined;
    }

    /** Reads prefixes; the first byte of the opcode. */
    private int prefixes() {
        i.rep = 0;
        i.prefix66 = false;
        i.lock = false;
        i.override = -1;
        i.rex = 0;
        i.hasRex = false;
        i.addrSize = 0;
        boolean prefix67 = false;
        int b;
        prefixes:
        for (;;) {
            b = next();
            switch (b) {
                case 0x26, 0x2E, 0x36, 0x3E -> {
                    if (!i.mode64) {
                        i.override = b >> 3 & 3;
                    }
                    i.rex = 0;
                    i.hasRex = false;
                }
                case 0x64, 0x65 -> {
                    i.override = b & 7;
                    i.rex = 0;
                    i.hasRex = false;
                }
                case 0x66 -> {
                    i.prefix66 = true;
                    i.rex = 0;
                    i.hasRex = false;
                }
                case 0x67 -> {
                    prefix67 = true;
                    i.rex = 0;
                    i.hasRex = false;
                }
                case 0xF0 -> {
                    i.lock = true;
                    i.rex = 0;
                    i.hasRex = false;
                }
                case 0xF2, 0xF3 -> {
                    i.rep = b;
                    i.rex = 0;
                    i.hasRex = false;
                }
                default -> {
                    if (!i.mode64 || (b & 0xF0) != 0x40) {
                        break prefixes;
                    }
                    i.rex = b;
                    i.hasRex = true;
                }
            }
        }
        i.addrSize = prefix67 ? 1 : 0;
        return b;
    }

    private void sizes() {
        boolean prefix67 = i.addrSize == 1;
        i.w = (i.rex & 8) != 0;
        if (i.mode64) {
            i.opSize = i.w ? 8 : i.prefix66 ? 2 : 4;
            i.addrSize = prefix67 ? 4 : 8;
        } else {
            boolean wide = (i.mode & Mode.CODE32) != 0;
            i.opSize = wide != i.prefix66 || i.vex ? 4 : 2;
            i.addrSize = wide != prefix67 ? 4 : 2;
        }
        i.amask = switch (i.addrSize) {
            case 8 -> -1L;
            case 4 -> 0xFFFFFFFFL;
            default -> 0xFFFFL;
        };
    }

    /** Reads ModRM, SIB and displacement; whether the address is relative to RIP. */
    private boolean modrm() {
        int m = next();
        i.modrm = m;
        // MOV to and from control and debug registers ignores mod.
        i.mod = i.map == Insn.MAP_0F && (i.opcode & 0xFC) == 0x20 ? 3 : m >> 6;
        i.regLow = m >> 3 & 7;
        i.rmLow = m & 7;
        i.reg = i.regLow | (i.rex & 4) << 1;
        i.rm = i.rmLow | (i.rex & 1) << 3;
        i.mem = i.mod != 3;
        if (!i.mem) {
            return false;
        }
        boolean ripRelative = i.addrSize == 2 ? address16() : address32();
        if (i.override >= 0) {
            i.seg = i.override;
        }
        i.checked = i.checkedSeg(i.seg);
        return ripRelative;
    }

    private boolean address16() {
        switch (i.rmLow) {
            case 0 -> pair(Cpu.RBX, Cpu.RSI);
            case 1 -> pair(Cpu.RBX, Cpu.RDI);
            case 2 -> pair(Cpu.RBP, Cpu.RSI);
            case 3 -> pair(Cpu.RBP, Cpu.RDI);
            case 4 -> i.base = Cpu.RSI;
            case 5 -> i.base = Cpu.RDI;
            case 6 -> {
                if (i.mod != 0) {
                    i.base = Cpu.RBP;
                }
            }
            default -> i.base = Cpu.RBX;
        }
        if (i.base == Cpu.RBP) {
            i.seg = Cpu.SS;
        }
        if (i.mod == 1) {
            i.disp = (byte) next();
        } else if (i.mod == 2 || i.mod == 0 && i.rmLow == 6) {
            i.disp = (short) (next() | next() << 8);
        }
        return false;
    }

    private void pair(int base, int index) {
        i.base = base;
        i.index = index;
    }

    private boolean address32() {
        boolean ripRelative = false;
        boolean noBase = false;
        if (i.rmLow == 4) {
            int sib = next();
            int index = sib >> 3 & 7 | (i.rex & 2) << 2;
            i.sibIndex = index;
            i.sibScale = sib >> 6;
            if (index != 4) {
                i.index = index;
                i.scale = sib >> 6;
            }
            int base = sib & 7;
            if (base == 5 && i.mod == 0) {
                noBase = true;
            } else {
                i.base = base | (i.rex & 1) << 3;
            }
        } else if (i.rmLow == 5 && i.mod == 0) {
            noBase = true;
            ripRelative = i.mode64;
            if (ripRelative) {
                i.base = Cpu.BLOCK_RIP;
            }
        } else {
            i.base = i.rm;
        }
        if (i.base == Cpu.RSP || i.base == Cpu.RBP) {
            i.seg = Cpu.SS;
        }
        if (i.mod == 1) {
            i.disp = (byte) next();
        } else if (i.mod == 2 || noBase) {
            i.disp = dword();
        }
        return ripRelative;
    }

    private int dword() {
        int v = next();
        v |= next() << 8;
        v |= next() << 16;
        return v | next() << 24;
    }

    private long qword() {
        long low = dword() & 0xFFFFFFFFL;
        return low | (long) dword() << 32;
    }

    private int word() {
        int low = next();
        return low | next() << 8;
    }

    private void immediate(OpTable.Imm kind) {
        switch (kind) {
            case NONE -> {
            }
            case UB -> i.imm = next();
            case SB -> i.imm = (byte) next();
            case UW -> i.imm = word();
            case Z -> i.imm = z(i.opSize);
            case V -> i.imm = i.opSize == 8 ? qword() : z(i.opSize);
            case ENTER -> {
                i.imm = word();
                i.imm2 = next();
            }
            case MOFFS -> i.imm = switch (i.addrSize) {
                case 8 -> qword();
                case 4 -> dword() & 0xFFFFFFFFL;
                default -> word();
            };
            case FAR -> {
                i.imm = i.opSize == 2 ? word() : dword() & 0xFFFFFFFFL;
                i.imm2 = word();
            }
            case REL -> i.imm = i.mode64 ? dword() : z(i.opSize);
            case TEST8 -> {
                if (i.regLow < 2) {
                    i.imm = (byte) next();
                }
            }
            case TESTZ -> {
                if (i.regLow < 2) {
                    i.imm = z(i.opSize);
                }
            }
        }
    }

    private long z(int size) {
        return size == 2 ? (short) word() : dword();
    }
}
