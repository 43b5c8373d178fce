package dev.backplane.api.cpu;

import java.util.List;
import java.util.Objects;

/**
 * Where a vCPU was at a moment.
 *
 * @param address  linear address of code that it ran last: of the instruction, or of the beginning of its block
 * @param rip      linear address of the next instruction
 * @param cpl      the privilege level of the code at {@code address}, 0 to 3
 * @param cr3      CR3: the address space
 * @param codeBits the size of the code at {@code rip}: 16, 32 or 64
 * @param entry    where SYSCALL leads (IA32_LSTAR): tells where an operating system's kernel lies; 0 if it is not set
 * @param callers  return addresses by frame pointers, the innermost first; empty if RBP holds no frame pointer. A
 *                 program that uses RBP for other things can look as if it had frames
 */
public record VcpuSample(long address, long rip, int cpl, long cr3, int codeBits, long entry,
        List<Long> callers) {
    /** The most callers that a backend gives. */
    public static final int MOST_CALLERS = 64;

    /** Copies the list. */
    public VcpuSample {
        callers = List.copyOf(Objects.requireNonNull(callers));
    }
}
