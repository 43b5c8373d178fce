package dev.backplane.cpu.x86;

/** The matching rules of DR0 to DR3 and DR7 (Intel SDM vol. 3, 18.2.4). */
public final class DebugRegisters {
    private DebugRegisters() {
    }

    private static boolean enabled(long dr7, int i) {
        return (dr7 >> 2 * i & 3) != 0;
    }

    private static int type(long dr7, int i) {
        return (int) (dr7 >> 16 + 4 * i) & 3;
    }

    private static int length(long dr7, int i) {
        return switch ((int) (dr7 >> 18 + 4 * i) & 3) {
            case 0 -> 1;
            case 1 -> 2;
            case 2 -> 8;
            default -> 4;
        };
    }

    /** Whether any breakpoint is enabled. */
    public static boolean active(long dr7) {
        return (dr7 & 0xFF) != 0;
    }

    static boolean watchesData(long dr7) {
        for (int i = 0; i < 4; i++) {
            if (enabled(dr7, i) && (type(dr7, i) & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    static boolean watchesPage(SystemRegisters s, long la) {
        for (int i = 0; i < 4; i++) {
            if (enabled(s.dr7, i) && (type(s.dr7, i) & 1) != 0 && (s.dr[i] ^ la) >>> 12 == 0) {
                return true;
            }
        }
        return false;
    }

    /** The DR6 bits of enabled data breakpoints that an access meets. */
    static int dataHits(SystemRegisters s, long la, int size, boolean write) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            int type = type(s.dr7, i);
            if (!enabled(s.dr7, i) || !(type == 3 || type == 1 && write)) {
                continue;
            }
            int length = length(s.dr7, i);
            long start = s.dr[i] & -length;
            if (la - start < length && start - la < size) {
                hits |= 1 << i;
            }
        }
        return hits;
    }

    /** The DR6 bits of enabled I/O breakpoints (CR4.DE) that a port access meets. */
    public static int portHits(SystemRegisters s, int port, int size) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            if (enabled(s.dr7, i) && type(s.dr7, i) == 2) {
                int length = length(s.dr7, i);
                long start = s.dr[i] & -length;
                if (port - start < length && start - port < size) {
                    hits |= 1 << i;
                }
            }
        }
        return hits;
    }

    /** The DR6 bits of enabled instruction breakpoints at this linear address. */
    public static int codeHits(SystemRegisters s, long la) {
        int hits = 0;
        for (int i = 0; i < 4; i++) {
            if (enabled(s.dr7, i) && type(s.dr7, i) == 0 && s.dr[i] == la) {
                hits |= 1 << i;
            }
        }
        return hits;
    }
}
