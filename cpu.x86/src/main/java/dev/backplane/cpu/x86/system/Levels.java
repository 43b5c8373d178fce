package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;

/**
 * What SYSCALL and SYSRET make of CS, SS and the privilege level (Intel SDM vol. 2), for an engine that does the rest of
 * them itself. {@code Segments.updateMode()} must follow.
 */
public final class Levels {
    private static final int CODE64 = 0xA09B;
    private static final int CODE32 = 0xC09B;
    private static final int DATA = 0xC093;
    private static final int DPL3 = 0x60;

    private Levels() {
    }

    /** As SYSCALL does. */
    public static void syscall(Cpu c) {
        int selector = (int) (c.sys.star >>> 32) & 0xFFFC;
        Descriptors.flat(c, Cpu.CS, selector, CODE64);
        Descriptors.flat(c, Cpu.SS, selector + 8, DATA);
        c.segments.setCpl(0);
    }

    /** As SYSRET does; {@code wide}: to 64-bit code. */
    public static void sysret(Cpu c, boolean wide) {
        int selector = (int) (c.sys.star >>> 48);
        Descriptors.flat(c, Cpu.CS, selector + (wide ? 16 : 0) | 3, (wide ? CODE64 : CODE32) | DPL3);
        Descriptors.flat(c, Cpu.SS, selector + 8 | 3, DATA | DPL3);
        c.segments.setCpl(3);
    }
}
