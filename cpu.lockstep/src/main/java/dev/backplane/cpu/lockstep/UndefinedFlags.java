package dev.backplane.cpu.lockstep;

import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;

/** Which arithmetic flags an instruction leaves undefined, and which it defines (Intel SDM vol. 1, appendix A). */
final class UndefinedFlags {
    private static final int ALL = Flags.ARITHMETIC;
    private static final int MULTIPLY = Flags.SF | Flags.ZF | Flags.AF | Flags.PF;
    private static final int BITS = Flags.OF | Flags.SF | Flags.AF | Flags.PF;

    private UndefinedFlags() {
    }

    /** The flags that may be undefined after it. */
    static int undefined(Insn i) {
        if (i.vex) {
            return vex(i);
        }
        return switch (i.map) {
            case Insn.MAP_1 -> one(i);
            case Insn.MAP_0F -> two(i);
            default -> 0;
        };
    }

    private static int one(Insn i) {
        return switch (i.opcode) {
            case 0x69, 0x6B -> MULTIPLY;
            case 0xF6, 0xF7 -> switch (i.regLow) {
                case 0, 1 -> Flags.AF;
                case 4, 5 -> MULTIPLY;
                case 6, 7 -> ALL;
                default -> 0;
            };
            case 0xC0, 0xC1, 0xD0, 0xD1, 0xD2, 0xD3 -> i.regLow < 4 ? Flags.OF : Flags.AF | Flags.OF | Flags.CF;
            case 0x80, 0x81, 0x83 -> i.regLow == 1 || i.regLow == 4 || i.regLow == 6 ? Flags.AF : 0;
            case 0x84, 0x85, 0xA8, 0xA9 -> Flags.AF;
            // POPF and IRET: the image may have been saved with undefined flags within the slice.
            case 0x9D, 0xCF -> ALL;
            case 0x27, 0x2F -> Flags.OF;
            case 0x37, 0x3F -> Flags.OF | Flags.SF | Flags.ZF | Flags.PF;
            case 0xD4, 0xD5 -> Flags.OF | Flags.AF | Flags.CF;
            default -> (i.opcode & 7) < 6 && (i.opcode >> 3 == 1 || i.opcode >> 3 == 4 || i.opcode >> 3 == 6)
                ? Flags.AF : 0;
        };
    }

    private static int two(Insn i) {
        return switch (i.opcode) {
            case 0xAF -> MULTIPLY;
            // SYSRET, likewise.
            case 0x07 -> ALL;
            case 0xA4, 0xA5, 0xAC, 0xAD -> ALL;
            case 0xBC, 0xBD -> i.rep == 0xF3 ? BITS : BITS | Flags.CF;
            case 0xA3, 0xAB, 0xB3, 0xBA, 0xBB -> BITS;
            default -> 0;
        };
    }

    private static int vex(Insn i) {
        return switch (i.map & 3) {
            case Insn.MAP_0F38 -> switch (i.opcode) {
                case 0xF2, 0xF3, 0xF5 -> Flags.AF | Flags.PF;
                case 0xF7 -> Flags.AF | Flags.SF | Flags.PF;
                default -> 0;
            };
            default -> 0;
        };
    }

    /** The flags that it surely defines; a flag that is not named here may be defined as well. */
    static int defined(Insn i) {
        return writtenByArithmetic(i) & ~undefined(i);
    }

    private static int writtenByArithmetic(Insn i) {
        if (i.vex) {
            return 0;
        }
        int op = i.opcode;
        if (i.map == Insn.MAP_0F) {
            return op == 0xC0 || op == 0xC1 || op == 0xB0 || op == 0xB1 || op == 0xAF ? ALL : 0;
        }
        if (i.map != Insn.MAP_1) {
            return 0;
        }
        if (op < 0x40) {
            return (op & 7) < 6 ? ALL : 0;
        }
        return switch (op) {
            case 0x80, 0x81, 0x83, 0x84, 0x85, 0xA8, 0xA9, 0x69, 0x6B, 0x9D -> ALL;
            case 0x9E -> ALL & ~Flags.OF;
            case 0xF6, 0xF7 -> i.regLow == 2 ? 0 : ALL;
            case 0xFE, 0xFF -> i.regLow < 2 ? ALL & ~Flags.CF : 0;
            default -> 0;
        };
    }
}
