package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;

/** FLDCW, FNSTCW and FNSTSW with a word in memory. */
final class X87Word extends MemOp {
    static final int LOAD_CONTROL = 0;
    static final int STORE_CONTROL = 1;
    static final int STORE_STATUS = 2;

    private final int kind;

    X87Word(Insn i, int kind) {
        super(i);
        this.kind = kind;
    }

    @Override
    public void exec(Cpu c) {
        switch (kind) {
            case LOAD_CONTROL -> {
                X87.wait(c);
                X87.control(c.fpu, c.mem.load16(ea(c, 2)));
            }
            case STORE_CONTROL -> c.mem.store16(eaW(c, 2), c.fpu.control);
            default -> c.mem.store16(eaW(c, 2), c.fpu.statusWord());
        }
    }
}
