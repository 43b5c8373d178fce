package dev.backplane.cpu.x86;

/**
 * An op whose ModRM operand may be a register or memory, chosen at each execution: the generic form for instructions
 * that are not hot.
 */
public abstract class RmOp extends MemOp {
    /** Whether the operand is memory. */
    protected final boolean mem;
    protected final byte reg;
    protected final byte rm;
    /** Operand size in bytes. */
    protected final byte size;
    protected final boolean legacyBytes;

    protected RmOp(Insn i, int size) {
        super(i);
        mem = i.mem;
        reg = (byte) i.reg;
        rm = (byte) i.rm;
        this.size = (byte) size;
        legacyBytes = !i.hasRex;
    }

    @Override
    public boolean throughStack() {
        return mem && super.throughStack();
    }

    /** Reads the operand, zero-extended. */
    protected final long readRm(Cpu c) {
        return mem ? c.mem.load(ea(c, size), size) : Registers.get(c, rm, size, legacyBytes);
    }

    /** Writes the operand. */
    protected final void writeRm(Cpu c, long v) {
        if (mem) {
            c.mem.store(eaW(c, size), size, v);
        } else {
            Registers.set(c, rm, size, legacyBytes, v);
        }
    }

    protected final long readReg(Cpu c) {
        return Registers.get(c, reg, size, legacyBytes);
    }

    protected final void writeReg(Cpu c, long v) {
        Registers.set(c, reg, size, legacyBytes, v);
    }
}
