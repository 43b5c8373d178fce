package dev.backplane.api.cpu;

/**
 * A segment register with its hidden part (Intel SDM vol. 3, 3.4.3), or LDTR or TR.
 *
 * @param selector     the visible selector, 0 to 0xFFFF
 * @param base         the base address
 * @param limit        the limit in bytes as used for checks (granularity applied), unsigned 32 bits
 * @param accessRights the access rights in the format of the SDM's table 25-2 (vol. 3, 25.4.1): bits 3:0 type, 4 S,
 *                     6:5 DPL, 7 P, 12 AVL, 13 L, 14 D/B, 15 G, 16 unusable
 */
public record SegmentState(int selector, long base, int limit, int accessRights) {
    /** The bit of {@link #accessRights} that says that the register holds no usable segment (a null selector). */
    public static final int UNUSABLE = 1 << 16;
}
