package dev.backplane.api.device;

/**
 * Serves a range of registers: a BAR, an MMIO range, I/O ports or a capability. Called under the device's lock. Must
 * not block on anything of the host: a vCPU waits.
 *
 * <p>Accesses never cross the end of the range and never an 8-byte boundary; sizes are 1, 2, 4 or 8 bytes and need
 * not be the registers' own. Values are little-endian and zero-extended.
 */
public interface RegisterHandler {
    /**
     * @param offset from the start of the range, in bytes
     * @param size   1, 2, 4 or 8
     * @return the value; bits above {@code size} are ignored
     */
    long read(long offset, int size);

    /**
     * @param offset from the start of the range, in bytes
     * @param size   1, 2, 4 or 8
     * @param value  zero-extended
     */
    void write(long offset, int size, long value);
}
