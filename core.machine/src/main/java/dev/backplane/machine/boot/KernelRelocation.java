package dev.backplane.machine.boot;

import java.util.ArrayList;
import java.util.List;

/**
 * Moves a relocatable Linux kernel to another virtual address, as its own decompressor would. The addresses to change
 * follow the ELF file in the payload as three lists (64-bit, inverse 32-bit, 32-bit; newer kernels have no inverse
 * ones), each begun by a zero; an address is the low half of a virtual one of the kernel's.
 */
final class KernelRelocation {
    /** Where the kernel's text is mapped (arch/x86 page_64_types.h: __START_KERNEL_map). */
    static final long KERNEL_MAP = 0xFFFFFFFF80000000L;

    private static final int WIDE = 0;

    private final byte[] payload;
    private final ElfImage elf;
    private final List<long[]> lists = new ArrayList<>();

    private KernelRelocation(byte[] payload, ElfImage elf) {
        this.payload = payload;
        this.elf = elf;
    }

    /** Finds the lists; null if there are none or if they make no sense: the kernel then stays where it was linked. */
    static KernelRelocation find(byte[] payload, ElfImage elf) {
        KernelRelocation r = new KernelRelocation(payload, elf);
        return r.parse() && r.check() ? r : null;
    }

    /** How many addresses there are. */
    int count() {
        return lists.stream().mapToInt(l -> (int) (l[1] - l[0]) / 4).sum();
    }

    private boolean parse() {
        if ((payload.length - elf.end() & 3) != 0) {
            return false;
        }
        long start = -1;
        for (long at = elf.end(); at < payload.length; at += 4) {
            if (Bytes.get32(payload, at) == 0) {
                if (start >= 0) {
                    lists.add(new long[] {start, at});
                }
                start = at + 4;
            } else if (start < 0) {
                return false;
            }
        }
        if (start < 0) {
            return false;
        }
        lists.add(new long[] {start, payload.length});
        return (lists.size() == 2 || lists.size() == 3) && count() > 0;
    }

    private boolean check() {
        for (int i = 0; i < lists.size(); i++) {
            for (long at = lists.get(i)[0]; at < lists.get(i)[1]; at += 4) {
                if (place(at, i == WIDE ? 8 : 4) < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Where in the payload the address at a place of a list lies, or -1. */
    private int place(long at, int size) {
        long physical = (long) Bytes.get32(payload, at) - KERNEL_MAP;
        for (ElfImage.Segment s : elf.segments()) {
            long in = physical - s.physical();
            if (in >= 0 && in <= s.fileSize() - size) {
                return (int) (s.offset() + in);
            }
        }
        return -1;
    }

    /** Adds a distance to every address, in the payload. */
    void apply(long delta) {
        for (int i = 0; i < lists.size(); i++) {
            boolean inverse = lists.size() == 3 && i == 1;
            for (long at = lists.get(i)[0]; at < lists.get(i)[1]; at += 4) {
                if (i == WIDE) {
                    int p = place(at, 8);
                    Bytes.put64(payload, p, Bytes.get64(payload, p) + delta);
                } else {
                    int p = place(at, 4);
                    Bytes.put32(payload, p, Bytes.get32(payload, p) + (int) (inverse ? -delta : delta));
                }
            }
        }
    }
}
