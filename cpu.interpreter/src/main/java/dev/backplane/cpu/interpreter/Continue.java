package dev.backplane.cpu.interpreter;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** Not an instruction: the end of a block that does not transfer control. */
final class Continue extends Op {
    private final boolean shadow;

    /** {@code shadow}: the instruction before it was STI, and what follows did not fit into the block. */
    Continue(int at, boolean shadow) {
        super(position(at));
        this.shadow = shadow;
    }

    private static Insn position(int at) {
        Insn i = new Insn();
        i.pos = at;
        return i;
    }

    @Override
    public void exec(Cpu c) {
        c.rip = nextRip(c);
        if (shadow) {
            c.shadow = true;
            c.attention = true;
        }
    }
}
