package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/**
 * Read, modify, write: the generic form, and with LOCK an atomic one. {@link #compute} has the meaning; it changes
 * flags and nothing else, and may be called again with another value if the compare-and-swap lost a race.
 */
abstract class RmwOp extends RmOp {
    private final boolean lock;

    RmwOp(Insn i, int size) {
        super(i, size);
        lock = i.lock;
    }

    /** For instructions that lock the bus without being told to (XCHG). */
    RmwOp(Insn i, int size, boolean lock) {
        super(i, size);
        this.lock = lock;
    }

    @Override
    public boolean acceptsLock() {
        return mem;
    }

    final boolean locked() {
        return lock;
    }

    /** The new value of the operand, sets flags. */
    abstract long compute(Cpu c, long old);

    /** What happens to registers after the store; {@code old} is the operand before. */
    void finish(Cpu c, long old) {
    }

    @Override
    public void exec(Cpu c) {
        if (!mem) {
            long old = Registers.get(c, rm, size, legacyBytes);
            long v = compute(c, old);
            finishRegister(c, old, v);
            return;
        }
        long la = eaW(c, size);
        if (lock) {
            finish(c, Atomics.update(c, this, la, size));
            return;
        }
        long old = c.mem.rmw(la, size);
        c.mem.store(la, size, compute(c, old));
        finish(c, old);
    }

    /** The order of the two register writes when both operands are registers. */
    void finishRegister(Cpu c, long old, long v) {
        Registers.set(c, rm, size, legacyBytes, v);
        finish(c, old);
    }
}
