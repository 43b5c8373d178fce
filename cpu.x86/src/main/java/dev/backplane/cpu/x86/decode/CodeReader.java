package dev.backplane.cpu.x86.decode;

/** Where the decoder gets instruction bytes from. */
public interface CodeReader {
    /**
     * One byte, 0 to 255.
     *
     * @param position bytes from the start of the block
     * @throws dev.backplane.cpu.x86.CpuFault if fetching it faults
     */
    int byteAt(int position);
}
