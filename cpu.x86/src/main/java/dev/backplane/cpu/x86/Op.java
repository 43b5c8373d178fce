package dev.backplane.cpu.x86;

/**
 * One decoded instruction in executable form. Immutable after decoding and shared by all vCPUs of a session: it holds
 * no state of an execution.
 *
 * <p>An op checks everything that can fault before it changes any register, so that {@link CpuFault} leaves the state
 * as it was. It does not advance RIP: the block loop does. An op that transfers control sets {@link Cpu#rip} and says
 * so in {@link #endsBlock()}.
 */
public abstract class Op {
    /** Offset of the first byte of the instruction from the start of its block, in bytes. */
    public final int pos;
    /** Length of the instruction in bytes, 1 to 15. */
    public final int length;

    protected Op(Insn i) {
        pos = i.pos;
        length = i.length;
    }

    /** For an op that stands for several instructions in a row. */
    protected Op(int pos, int length) {
        this.pos = pos;
        this.length = length;
    }

    /** Executes the instruction; throws the preallocated {@link CpuFault} of the CPU if it faults. */
    public abstract void exec(Cpu c);

    /**
     * Whether the block ends after this instruction. Then {@link #exec} has set {@link Cpu#rip} to what comes next,
     * unless {@link #fallsThrough()}.
     */
    public boolean endsBlock() {
        return false;
    }

    /** Whether an op that ends its block leaves setting {@link Cpu#rip} to the block loop. */
    public boolean fallsThrough() {
        return false;
    }

    /** Whether the memory operand is addressed through SS, so that a non-canonical address is #SS, not #GP. */
    public boolean throughStack() {
        return false;
    }

    /** Whether it is a near branch with one fixed target, which changes nothing of the mode. */
    public boolean branchesNear() {
        return false;
    }

    /** Whether interrupts are not recognised before the instruction after this one (STI): one block holds both. */
    public boolean shadows() {
        return false;
    }

    /** Whether the LOCK prefix is allowed on this form. */
    public boolean acceptsLock() {
        return false;
    }

    /** The linear address of this instruction (offset within the code segment, that is: RIP). */
    protected final long rip(Cpu c) {
        return c.r[Cpu.BLOCK_RIP] + pos;
    }

    /** RIP of the next instruction; the caller truncates it to the operand size where that matters. */
    protected final long nextRip(Cpu c) {
        return c.r[Cpu.BLOCK_RIP] + pos + length;
    }
}
