package dev.backplane.cpu.translator;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;

/**
 * What an instruction does to memory and to registers that may be the base of accesses, as far as {@link Groups} wants
 * to know; reused.
 */
final class Shape {
    /** It may be executed within a group: its code leaves {@link CodeWriter#A} alone. */
    boolean allowed;
    /** Its access is at {@code base + disp}; the base has a host register. -1: it has none of that kind. */
    int base;
    int disp;
    int size;
    boolean write;
    /** Guest registers that get new values, as bits; RSP is not among them if {@link #delta} says how it changes. */
    int writes;
    int delta;
    /** It ends its block, and is the last of its group. */
    boolean last;

    private final SimdForms forms;
    private final OpTable table;

    Shape(SimdForms forms, OpTable table) {
        this.forms = forms;
        this.table = table;
    }

    void of(Insn i, boolean endsBlock) {
        allowed = false;
        base = -1;
        disp = 0;
        size = 0;
        write = false;
        writes = 0;
        delta = 0;
        last = endsBlock;
        if (i.lock || i.rep != 0 && i.map == Insn.MAP_1 && !endsBlock) {
            return;
        }
        OpTable.Entry e = table.get(i.map, i.pp, i.opcode);
        if (e == null) {
            return;
        }
        switch (e.kind()) {
            case INTEGER -> {
                if (i.map == Insn.MAP_1) {
                    one(i);
                } else if (i.map == Insn.MAP_0F) {
                    two(i);
                }
            }
            case SSE, AVX -> vector(i);
            default -> {
            }
        }
    }

    /** An access through the stack pointer. */
    private void stack(int at, boolean store, int change) {
        allowed = true;
        base = Cpu.RSP;
        disp = at;
        size = 8;
        write = store;
        delta = change;
    }

    /** The operand in r/m. */
    private void operand(Insn i, int bytes, boolean store) {
        allowed = true;
        if (!i.mem) {
            if (store) {
                written(i, i.rm, bytes);
            }
            return;
        }
        allowed = i.index == Cpu.ZERO && i.base < 16 && CodeWriter.home(i.base) >= 0 && i.addrSize == 8 && !i.checked
            && i.seg < Cpu.FS;
        base = i.base;
        disp = (int) i.disp;
        size = bytes;
        write = store;
    }

    private void written(Insn i, int register, int bytes) {
        writes |= 1 << (bytes == 1 && !i.hasRex && register >= 4 ? register - 4 : register);
    }

    private void one(Insn i) {
        int op = i.opcode;
        int bytes = (op & 1) == 0 ? 1 : i.opSize;
        if (op < 0x40 && (op & 7) < 6) {
            alu(i, op, bytes);
            return;
        }
        int n = op & 7 | (i.rex & 1) << 3;
        switch (op & 0xF8) {
            case 0x50 -> {
                if (i.opSize == 8) {
                    stack(-8, true, -8);
                }
                return;
            }
            case 0x58 -> {
                if (i.opSize == 8 && n != Cpu.RSP) {
                    stack(0, false, 8);
                    writes = 1 << n;
                }
                return;
            }
            case 0xB0, 0xB8 -> {
                allowed = true;
                written(i, n, op < 0xB8 ? 1 : 8);
                return;
            }
            default -> {
            }
        }
        switch (op) {
            case 0x63 -> load(i, i.opSize == 8 ? 4 : i.opSize, i.opSize);
            case 0x69, 0x6B, 0x8B -> load(i, i.opSize, i.opSize);
            case 0x8A -> load(i, 1, 1);
            case 0x68, 0x6A -> {
                if (i.opSize == 8) {
                    stack(-8, true, -8);
                }
            }
            case 0x80, 0x81, 0x83 -> group1(i, bytes);
            case 0x84, 0x85 -> operand(i, bytes, false);
            case 0x88, 0x89, 0xC0, 0xC1, 0xC6, 0xC7, 0xD0, 0xD1 -> operand(i, bytes, true);
            case 0x8D -> lea(i);
            case 0x90 -> allowed = (i.rex & 1) == 0;
            case 0x98 -> register(Cpu.RAX);
            case 0x99 -> register(Cpu.RDX);
            case 0xA8, 0xA9 -> allowed = true;
            case 0xF6, 0xF7 -> {
                if (i.regLow < 6) {
                    operand(i, bytes, i.regLow == 2 || i.regLow == 3);
                    writes |= i.regLow >= 4 ? 1 << Cpu.RAX | 1 << Cpu.RDX : 0;
                }
            }
            case 0xFE, 0xFF -> {
                if (i.regLow < 2) {
                    operand(i, bytes, true);
                }
            }
            case 0xC3 -> stack(0, false, 8);
            case 0xE8 -> stack(-8, true, -8);
            default -> {
            }
        }
    }

    private void register(int n) {
        allowed = true;
        writes = 1 << n;
    }

    private void load(Insn i, int bytes, int regBytes) {
        operand(i, bytes, false);
        written(i, i.reg, regBytes);
    }

    private void alu(Insn i, int op, int bytes) {
        boolean compare = op >= 0x38;
        switch (op & 7) {
            case 0, 1 -> operand(i, bytes, !compare);
            case 2, 3 -> {
                operand(i, bytes, false);
                if (!compare) {
                    written(i, i.reg, bytes);
                }
            }
            default -> register(Cpu.RAX);
        }
    }

    private void group1(Insn i, int bytes) {
        boolean stack = !i.mem && i.rm == Cpu.RSP && i.opSize == 8 && i.opcode != 0x80;
        if (stack && (i.regLow == 0 || i.regLow == 5) && Math.abs(i.imm) < 1024) {
            allowed = true;
            delta = (int) (i.regLow == 0 ? i.imm : -i.imm);
            return;
        }
        operand(i, bytes, i.regLow != 7);
    }

    private void lea(Insn i) {
        if (i.opSize == 2 || CodeWriter.home(i.reg) < 0 || !i.mem || i.checked || i.addrSize < 4
            || i.base < 16 && CodeWriter.home(i.base) < 0) {
            return;
        }
        allowed = true;
        if (i.reg == Cpu.RSP && i.base == Cpu.RSP && i.index == Cpu.ZERO && i.opSize == 8 && i.addrSize == 8
            && Math.abs(i.disp) < 1024) {
            delta = (int) i.disp;
        } else {
            writes = 1 << i.reg;
        }
    }

    private void two(Insn i) {
        int op = i.opcode;
        switch (op) {
            case 0x1E, 0x1F -> allowed = true;
            case 0xAF -> load(i, i.opSize, i.opSize);
            case 0xB6, 0xBE -> load(i, 1, i.opSize);
            case 0xB7, 0xBF -> load(i, 2, i.opSize);
            default -> {
                if ((op & 0xF0) == 0x40) {
                    load(i, i.opSize, i.opSize);
                } else if ((op & 0xF0) == 0x90) {
                    operand(i, 1, true);
                }
            }
        }
    }

    private void vector(Insn i) {
        int form = forms.get(i.map, i.pp, i.opcode);
        if (form == 0 || (form & SimdForms.INDEX_IN_ECX) != 0 || i.mem && (form & SimdForms.ALIGNED) != 0) {
            return;
        }
        operand(i, SimdForms.size(form, i.vex ? i.vexW : i.w, i.vexL), i.mem && (form & SimdForms.STORE) != 0);
        if ((form & SimdForms.GPR_REG) != 0) {
            writes |= 1 << i.reg;
        }
        if ((form & SimdForms.GPR_RM) != 0 && !i.mem) {
            writes |= 1 << i.rm;
        }
    }
}
