package dev.backplane.cpu.x86;

/**
 * Thrown before an access that must not happen in the middle of a block: the instruction is to be repeated alone, with
 * {@link Cpu#stepping} set. It writes to the block it stands in, or accesses what a debugger watches. One for each
 * CPU, no stack trace.
 */
public final class RepeatAlone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RepeatAlone() {
        super(null, null, false, false);
    }
}
