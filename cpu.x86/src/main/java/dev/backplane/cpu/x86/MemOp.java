package dev.backplane.cpu.x86;

/**
 * An op with a ModRM memory operand. The effective address is one formula without branches in flat modes; segments that
 * need checks take the slower way.
 */
public abstract class MemOp extends Op {
    /** Register numbers in {@link Cpu#r}; {@link Cpu#ZERO} stands for none, {@link Cpu#BLOCK_RIP} for RIP-relative. */
    protected final byte base;
    protected final byte index;
    protected final byte scale;
    /** Segment register number, 0 to 5. */
    protected final byte seg;
    private final boolean checked;
    protected final long disp;
    protected final long amask;

    protected MemOp(Insn i) {
        super(i);
        base = (byte) i.base;
        index = (byte) i.index;
        scale = (byte) i.scale;
        seg = (byte) i.seg;
        checked = i.checked;
        disp = i.disp;
        amask = i.amask;
    }

    /** With the operand of another op. */
    protected MemOp(MemOp o, int length) {
        super(o.pos, length);
        base = o.base;
        index = o.index;
        scale = o.scale;
        seg = o.seg;
        checked = o.checked;
        disp = o.disp;
        amask = o.amask;
    }

    @Override
    public boolean throughStack() {
        return seg == Cpu.SS;
    }

    /** The offset within the segment. */
    protected final long offset(Cpu c) {
        long[] r = c.r;
        return (r[base] + (r[index] << scale) + disp) & amask;
    }

    /** The linear address of an operand of {@code size} bytes that will be read. */
    protected final long ea(Cpu c, int size) {
        long[] r = c.r;
        long offset = (r[base] + (r[index] << scale) + disp) & amask;
        return checked ? c.segments.linearRead(seg, offset, size) : offset + c.segBase[seg];
    }

    /** The linear address of an operand of {@code size} bytes that will be written, or read and written. */
    protected final long eaW(Cpu c, int size) {
        long[] r = c.r;
        long offset = (r[base] + (r[index] << scale) + disp) & amask;
        return checked ? c.segments.linearWrite(seg, offset, size) : offset + c.segBase[seg];
    }

    /** The linear address of an element of the operand at an offset of its own, which wraps as addresses do. */
    protected final long at(Cpu c, long offset, int size, boolean write) {
        long o = offset & amask;
        if (!checked) {
            return o + c.segBase[seg];
        }
        return write ? c.segments.linearWrite(seg, o, size) : c.segments.linearRead(seg, o, size);
    }
}
