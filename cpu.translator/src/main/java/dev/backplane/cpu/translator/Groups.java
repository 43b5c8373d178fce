package dev.backplane.cpu.translator;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;

/**
 * Finds instructions in a row that access memory near one another, by one base register that changes by constants only:
 * one check of the page serves them all.
 */
final class Groups {
    private static final int MOST_BYTES = 2048;

    /** Base register of the group that was found, and the bytes from it, as it is before the group, that it accesses. */
    int base;
    int low;
    int high;
    boolean write;
    /** Index behind the last instruction. */
    int end;

    private final Shape s;

    Groups(SimdForms forms, OpTable table) {
        s = new Shape(forms, table);
    }

    /** Whether a group of at least two accesses begins with an instruction; its fields then say what it is. */
    boolean find(Insn[] insns, Op[] ops, int from, int count) {
        s.of(insns[from], ops[from].endsBlock());
        if (!s.allowed || s.base < 0) {
            return false;
        }
        base = s.base;
        low = s.disp;
        high = s.disp + s.size;
        write = s.write;
        end = from + 1;
        int accesses = 1;
        int change = 0;
        for (int n = from;;) {
            if ((s.writes >> base & 1) != 0 || s.last) {
                break;
            }
            if (base == Cpu.RSP) {
                change += s.delta;
            }
            if (++n == count) {
                break;
            }
            s.of(insns[n], ops[n].endsBlock());
            if (!s.allowed || s.base < 0 && s.last) {
                break;
            }
            if (s.base < 0) {
                continue;
            }
            if (s.base != base) {
                break;
            }
            int l = Math.min(low, change + s.disp);
            int h = Math.max(high, change + s.disp + s.size);
            if (h - l > MOST_BYTES) {
                break;
            }
            low = l;
            high = h;
            write |= s.write;
            accesses++;
            end = n + 1;
        }
        return accesses > 1;
    }
}
