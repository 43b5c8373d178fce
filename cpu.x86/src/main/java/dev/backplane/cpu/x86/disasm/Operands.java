package dev.backplane.cpu.x86.disasm;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;

/** The operands of one instruction as text, and which of its prefixes they make use of. */
final class Operands {
    private static final String[] BYTES = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
    private static final String[] REX_BYTES = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    private static final String[] WORDS = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};
    private static final String[] PAIRS = {"bx+si", "bx+di", "bp+si", "bp+di", "si", "di", "bp", "bx"};

    /** 16 bytes that are no vector. */
    private static final int OCTOWORD = -16;

    boolean operandSizeUsed;
    boolean addressSizeUsed;
    boolean segmentUsed;
    boolean repeats;
    /** A string's source: objdump says nothing of prefixes for ES, CS, SS and DS there. */
    boolean source;
    /** What a RIP-relative address is. */
    String comment = "";

    private final Insn i;
    private final long address;
    private final int mod;
    private final int reg;
    private final int rm;
    private final boolean wide;
    private int rexUsed;
    private boolean byteRegister;

    Operands(Insn i, long address) {
        this.i = i;
        this.address = address;
        wide = i.vex && i.vexL;
        mod = i.modrm >> 6;
        reg = i.modrm >> 3 & 7 | (i.rex & 4) << 1;
        rm = i.modrm & 7 | (i.rex & 1) << 3;
    }

    void usesOperandSize() {
        operandSizeUsed = true;
        rexUsed |= 8;
    }

    void usesW() {
        rexUsed |= 8;
    }

    /** Whether all bits of the REX prefix mean something. */
    boolean rexUsed() {
        int bits = i.rex & 15;
        return bits == 0 ? byteRegister : (bits & ~rexUsed) == 0;
    }

    String hex(long v) {
        return "0x" + Long.toHexString(v);
    }

    /** An operand as the table writes it. */
    String text(String o) {
        String size = o.substring(1);
        return switch (o.charAt(0)) {
            case 'E' -> mod == 3 ? rmRegister(size(size)) : memory(size(size));
            case 'R' -> {
                rexUsed |= 1;
                yield register(rm, i.mode64 ? 8 : 4);
            }
            case 'G' -> {
                rexUsed |= 4;
                yield register(reg, size(size));
            }
            case 'Z' -> {
                rexUsed |= 1;
                yield register(i.opcode & 7 | (i.rex & 1) << 3, size(size));
            }
            case 'B' -> register(i.vvvv, i.vexW ? 8 : 4);
            case 'M' -> memory(size(size));
            case 'V' -> {
                rexUsed |= 4;
                yield vector(reg, size);
            }
            case 'H' -> vector(i.vvvv, size);
            case 'L' -> vector((int) i.imm >> 4 & (i.mode64 ? 15 : 7), "");
            case 'U' -> {
                rexUsed |= 1;
                yield vector(rm, "");
            }
            case 'W' -> vectorOrMemory(size);
            case 'N' -> gather(size);
            case 'P' -> "mm" + (reg & 7);
            case 'Q' -> mod == 3 ? "mm" + (rm & 7) : memory(size(size));
            case 'S' -> SEGMENTS[reg & 7];
            case 'C' -> {
                rexUsed |= 4;
                yield "cr" + reg;
            }
            case 'D' -> {
                rexUsed |= 4;
                yield (i.mode64 ? "dr" : "db") + reg;
            }
            case 'I' -> immediate(size);
            case 'J' -> target();
            case 'O' -> {
                size(size);
                yield offset();
            }
            case 'F' -> size.isEmpty() ? hex(i.imm2) + ":" + hex(i.imm & 0xFFFFFFFFL)
                : (i.modrm & 7) == 0 ? "st(0)" : "st(" + (i.modrm & 7) + ")";
            case 'X' -> string(size(size), true);
            case 'Y' -> string(size(size), false);
            case 'T' -> {
                addressSizeUsed = true;
                segmentUsed = true;
                source = true;
                yield "BYTE PTR " + (i.override < 0 ? "ds" : SEGMENTS[i.override]) + ":[" + register(3, i.addrSize)
                    + "]";
            }
            case '@' -> o.equals("@dup") ? mod == 3 ? vectorOrMemory("l") : memory(wide ? 32 : 8) : packedDouble();
            case 'r' -> accumulator(o);
            default -> o;
        };
    }

    private String accumulator(String o) {
        return switch (o) {
            case "rAX" -> register(0, size("v"));
            case "rEAX" -> register(0, Math.min(4, size("z")));
            case "rAk" -> {
                addressSizeUsed = true;
                yield register(0, i.addrSize);
            }
            default -> o;
        };
    }

    /** Sizes in bytes, and 0 for none. */
    private int size(String code) {
        switch (code.isEmpty() ? '0' : code.charAt(0)) {
            case 'b':
                return 1;
            case 'w':
                return 2;
            case 'd':
                return 4;
            case 'q':
                return 8;
            case 't':
                return 10;
            case 'x':
                return 16;
            case 'v':
                usesOperandSize();
                return i.opSize;
            case 'z':
                usesOperandSize();
                return Math.min(4, i.opSize);
            case 'k':
                operandSizeUsed = true;
                return i.opSize == 2 ? 2 : i.mode64 ? 8 : i.opSize;
            case 'K':
                return i.mode64 ? 8 : 4;
            case '2':
                operandSizeUsed = true;
                return 2 * i.opSize;
            case 'y':
                rexUsed |= 8;
                return i.w || i.vex && i.vexW && i.mode64 ? 8 : 4;
            case 'p':
                operandSizeUsed = true;
                rexUsed |= 8;
                return i.opSize == 2 ? 4 : i.opSize == 8 ? 10 : 6;
            case '@':
                return i.w ? OCTOWORD : 8;
            case 'l':
                return wide ? 32 : 16;
            case 'h':
                return wide ? 16 : 8;
            case 'f':
                return wide ? 8 : 4;
            case 'e':
                return wide ? 4 : 2;
            default:
                return 0;
        }
    }

    private String rmRegister(int size) {
        rexUsed |= 1;
        return register(rm, size);
    }

    private String register(int n, int size) {
        if (size == 1) {
            byteRegister |= n > 3;
            return n > 7 ? "r" + n + "b" : i.hasRex ? REX_BYTES[n] : BYTES[n];
        }
        if (n > 7) {
            return "r" + n + (size == 8 ? "" : size == 4 ? "d" : "w");
        }
        return (size == 8 ? "r" : size == 4 ? "e" : "") + WORDS[n];
    }

    private String vector(int n, String width) {
        boolean ymm = width.isEmpty() ? wide : width.charAt(0) == 'y';
        return (ymm ? "ymm" : "xmm") + n;
    }

    private String vectorOrMemory(String size) {
        boolean always128 = size.charAt(0) != 'l';
        String of = size.charAt(0) == 'x' && size.length() > 1 ? size.substring(1) : size;
        if (mod != 3) {
            return memory(size(of));
        }
        rexUsed |= 1;
        if (of.equals("y")) {
            rexUsed |= 8;
        }
        return vector(rm, always128 ? "x" : "");
    }

    /** The source of conversions that make half as wide a result: its width must be told. */
    private String packedDouble() {
        return vectorOrMemory("l");
    }

    private String immediate(String kind) {
        return switch (kind) {
            case "b" -> hex(i.imm & 0xFF);
            case "w" -> hex(i.imm & 0xFFFF);
            case "2" -> hex(i.imm2 & 0xFF);
            case "k", "sk" -> hex(masked(i.imm, size("k")));
            case "s", "z", "v" -> hex(masked(i.imm, size("v")));
            default -> hex(i.imm);
        };
    }

    private static long masked(long v, int size) {
        return size == 8 ? v : v & (1L << 8 * size) - 1;
    }

    private String target() {
        long to = address + i.length + i.imm;
        if (!i.mode64) {
            operandSizeUsed = i.map == Insn.MAP_0F || (i.opcode & 0xFE) == 0xE8;
            to &= i.opSize == 2 ? 0xFFFF : 0xFFFFFFFFL;
        }
        addressSizeUsed |= i.map == Insn.MAP_1 && i.opcode == 0xE3;
        return hex(to);
    }

    private String offset() {
        segmentUsed = true;
        return (i.override < 0 ? "ds" : SEGMENTS[i.override]) + ":" + hex(i.imm);
    }

    private String string(int size, boolean from) {
        repeats = true;
        addressSizeUsed = true;
        source |= from;
        if (!from) {
            return pointer(size) + "es:[" + register(7, i.addrSize) + "]";
        }
        segmentUsed = true;
        return pointer(size) + (i.override < 0 ? "ds" : SEGMENTS[i.override]) + ":[" + register(6, i.addrSize) + "]";
    }

    private static String pointer(int size) {
        return switch (size) {
            case 1 -> "BYTE PTR ";
            case 2 -> "WORD PTR ";
            case 4 -> "DWORD PTR ";
            case 6 -> "FWORD PTR ";
            case 8 -> "QWORD PTR ";
            case 10 -> "TBYTE PTR ";
            case OCTOWORD -> "OWORD PTR ";
            case 16 -> "XMMWORD PTR ";
            case 32 -> "YMMWORD PTR ";
            default -> "";
        };
    }

    private String gather(String index) {
        rexUsed |= 3;
        String vector = (index.equals("y") ? "ymm" : "xmm") + i.sibIndex;
        return pointer(i.vexW ? 8 : 4) + brackets(vector);
    }

    private String memory(int size) {
        return pointer(size) + brackets(null);
    }

    /** @param vector the index, if it is a vector register */
    private String brackets(String vector) {
        addressSizeUsed = true;
        segmentUsed = true;
        String segment = i.override < 0 ? "" : SEGMENTS[i.override] + ":";
        if (i.addrSize == 2) {
            return sixteen(segment);
        }
        StringBuilder text = new StringBuilder();
        if (i.base == Cpu.BLOCK_RIP) {
            long d = i.disp - i.length;
            comment = hex(address + i.disp & i.amask);
            return segment + "[" + (i.addrSize == 8 ? "rip" : "eip") + "+" + hex(d & i.amask) + "]";
        }
        boolean sib = (i.modrm & 7) == 4;
        rexUsed |= sib ? 3 : 1;
        if (i.base != Cpu.ZERO) {
            text.append(register(i.base, i.addrSize));
        }
        if (vector != null) {
            text.append(text.isEmpty() ? "" : "+").append(vector).append('*').append(1 << i.sibScale);
        } else if (sib && (i.index != Cpu.ZERO || i.base != Cpu.RSP && i.base != 12 && i.base != Cpu.ZERO
            || i.sibScale != 0)) {
            String name = i.index == Cpu.ZERO ? i.addrSize == 8 ? "riz" : "eiz" : register(i.index, i.addrSize);
            text.append(text.isEmpty() ? "" : "+").append(name).append('*').append(1 << i.sibScale);
        }
        if (text.isEmpty()) {
            return (segment.isEmpty() ? "ds:" : segment) + hex(i.disp & i.amask);
        }
        if (mod != 0 || i.base == Cpu.ZERO) {
            text.append(i.disp < 0 ? "-" : "+").append(hex(Math.abs(i.disp)));
        }
        return segment + "[" + text + "]";
    }

    private String sixteen(String segment) {
        int low = i.modrm & 7;
        if (mod == 0 && low == 6) {
            return (segment.isEmpty() ? "ds:" : segment) + hex(i.disp & 0xFFFF);
        }
        String shift = mod == 0 ? "" : (i.disp < 0 ? "-" : "+") + hex(Math.abs(i.disp));
        return segment + "[" + PAIRS[low] + shift + "]";
    }
}
