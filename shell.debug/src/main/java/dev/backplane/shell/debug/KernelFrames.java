package dev.backplane.shell.debug;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How to find the caller of any place in a Linux kernel, from the tables that it has for itself (ORC), written as
 * DWARF call frame information (DWARF 5, 6.4) for gdb. The entries are those of Linux 5.11 to 6.3.
 */
final class KernelFrames {
    private static final int MOST_ENTRIES = 4 << 20;
    private static final int ENTRY = 6;
    /** Kinds of entries: a function's frame, all registers of an interrupted place, its RIP and RSP only. */
    private static final int CALL = 0;
    private static final int REGS = 1;
    private static final int REGS_PARTIAL = 2;
    /** Registers of ORC that are more than a register. */
    private static final int UNDEFINED = 0;
    private static final int PREVIOUS_SP = 1;
    private static final int BP_INDIRECT = 8;
    private static final int SP_INDIRECT = 9;
    /** DWARF numbers of registers (System V ABI for AMD64, figure 3.36). */
    private static final int RBP = 6;
    private static final int RSP = 7;
    private static final int RETURN_ADDRESS = 16;
    private static final int[] REGISTERS = {-1, -1, 1, 5, 6, 7, 10, 13, 6, 7};
    /** The place of each register in the frame that the kernel's entry code makes, by DWARF number. */
    private static final int[] PLACES = {80, 96, 88, 40, 104, 112, 32, 152, 72, 64, 56, 48, 24, 16, 8, 0, 128};
    private static final int OP_ADVANCE = 0x40;
    private static final int OP_ADVANCE4 = 4;
    private static final int OP_OFFSET_SF = 0x11;
    private static final int OP_UNDEFINED = 7;
    private static final int OP_SAME = 8;
    private static final int OP_CFA = 0x0C;
    private static final int OP_CFA_SF = 0x12;
    private static final int OP_CFA_EXPRESSION = 0x0F;
    private static final int EXPRESSION_BREG0 = 0x70;
    private static final int EXPRESSION_DEREF = 6;
    private static final int EXPRESSION_CONSTS = 0x11;
    private static final int EXPRESSION_PLUS = 0x22;
    /** Call frame information counts in words downwards. */
    private static final int WORD = -8;

    private final KernelImage image;
    private final int[] order;
    private final long[] addresses;
    private final int entries;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private KernelFrames(KernelImage image, long ipTable, long ipEnd, long table) {
        this.image = image;
        int at = image.offset(ipTable);
        long bytes = ipEnd - ipTable;
        int count = at < 0 || bytes < 0 || bytes / 4 > MOST_ENTRIES ? 0 : (int) (bytes / 4);
        entries = image.offset(table);
        addresses = new long[count];
        for (int i = 0; i < count; i++) {
            addresses[i] = ipTable + 4L * i + image.i32(at + 4 * i);
        }
        order = IntStream.range(0, count).boxed().sorted(Comparator.comparingLong(i -> addresses[i]))
            .mapToInt(i -> i).toArray();
    }

    /** The contents of .debug_frame; empty if the kernel has no such tables. */
    static byte[] of(KernelImage image, List<KernelSymbols.Symbol> symbols, Set<Long> functions) {
        long[] at = new long[3];
        String[] names = {"__start_orc_unwind_ip", "__stop_orc_unwind_ip", "__start_orc_unwind"};
        for (KernelSymbols.Symbol s : symbols) {
            for (int i = 0; i < names.length; i++) {
                at[i] = s.name().equals(names[i]) ? s.address() : at[i];
            }
        }
        KernelFrames f = new KernelFrames(image, at[0], at[1], at[2]);
        return f.entries < 0 || f.order.length == 0 ? new byte[0] : f.write(functions);
    }

    private byte[] write(Set<Long> functions) {
        int plain = common("");
        int interrupted = common("S");
        int i = 0;
        while (i < order.length) {
            int first = i;
            int kind = kind(i);
            do {
                i++;
            } while (i < order.length && kind(i) == kind && !functions.contains(address(i)));
            if (kind >= 0 && address(first) >= 0 == image.base() >= 0) {
                description(kind == CALL ? plain : interrupted, first, i);
            }
        }
        return out.toByteArray();
    }

    private long address(int i) {
        return addresses[order[i]];
    }

    private int at(int i) {
        return entries + ENTRY * order[i];
    }

    private int spRegister(int i) {
        return image.u8(at(i) + 4) & 15;
    }

    /** The kind of an entry; -1: nothing is known of this place. */
    private int kind(int i) {
        int flags = image.u8(at(i) + 5);
        if (spRegister(i) == UNDEFINED) {
            return (flags & 4) != 0 ? CALL : -1;
        }
        return spRegister(i) >= REGISTERS.length || spRegister(i) == PREVIOUS_SP || (flags & 3) > REGS_PARTIAL ? -1
            : flags & 3;
    }

    /** A common information entry: the return address lies below the frame. */
    private int common(String augmentation) {
        int place = out.size();
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        number(b, 4, -1);
        b.write(1);
        b.writeBytes(augmentation.getBytes(StandardCharsets.US_ASCII));
        b.write(0);
        unsigned(b, 1);
        signed(b, WORD);
        b.write(RETURN_ADDRESS);
        cfa(b, RSP, 8);
        offset(b, RETURN_ADDRESS, -8);
        record(b);
        return place;
    }

    private void description(int common, int first, int end) {
        ByteArrayOutputStream b = new ByteArrayOutputStream();
        long begin = address(first);
        long after = end < order.length ? address(end) : begin + 1;
        number(b, 4, common);
        number(b, 8, begin);
        number(b, 8, after - begin);
        long at = begin;
        for (int i = first; i < end; i++) {
            long delta = address(i) - at;
            if (delta > 0 && delta < 64) {
                b.write(OP_ADVANCE | (int) delta);
            } else if (delta > 0) {
                b.write(OP_ADVANCE4);
                number(b, 4, delta);
            }
            at = address(i);
            rules(b, i);
        }
        record(b);
    }

    private void rules(ByteArrayOutputStream b, int i) {
        int spOffset = (short) image.u16(at(i));
        int bpOffset = (short) image.u16(at(i) + 2);
        int register = spRegister(i);
        if (register == UNDEFINED) {
            cfa(b, RSP, 8);
            b.write(OP_UNDEFINED);
            unsigned(b, RETURN_ADDRESS);
            return;
        }
        if (register == SP_INDIRECT || register == BP_INDIRECT) {
            indirect(b, register, spOffset);
        } else {
            cfa(b, REGISTERS[register], spOffset);
        }
        switch (kind(i)) {
            case REGS -> {
                for (int n = 0; n < PLACES.length; n++) {
                    offset(b, n, PLACES[n]);
                }
            }
            case REGS_PARTIAL -> {
                offset(b, RETURN_ADDRESS, 0);
                offset(b, RSP, 24);
            }
            default -> {
                offset(b, RETURN_ADDRESS, -8);
                int bp = image.u8(at(i) + 4) >> 4;
                if (bp == PREVIOUS_SP) {
                    offset(b, RBP, bpOffset);
                } else {
                    b.write(OP_SAME);
                    unsigned(b, RBP);
                }
            }
        }
    }

    private static void indirect(ByteArrayOutputStream b, int register, int offset) {
        ByteArrayOutputStream e = new ByteArrayOutputStream();
        e.write(EXPRESSION_BREG0 + REGISTERS[register]);
        signed(e, register == BP_INDIRECT ? offset : 0);
        e.write(EXPRESSION_DEREF);
        if (register == SP_INDIRECT) {
            e.write(EXPRESSION_CONSTS);
            signed(e, offset);
            e.write(EXPRESSION_PLUS);
        }
        b.write(OP_CFA_EXPRESSION);
        unsigned(b, e.size());
        b.writeBytes(e.toByteArray());
    }

    private static void cfa(ByteArrayOutputStream b, int register, int offset) {
        b.write(offset < 0 ? OP_CFA_SF : OP_CFA);
        unsigned(b, register);
        if (offset < 0) {
            signed(b, offset / WORD);
        } else {
            unsigned(b, offset);
        }
    }

    private static void offset(ByteArrayOutputStream b, int register, int offset) {
        b.write(OP_OFFSET_SF);
        unsigned(b, register);
        signed(b, offset / WORD);
    }

    // ---- bytes

    /** Its length, what is in it, and what fills it up to a multiple of 8. */
    private void record(ByteArrayOutputStream b) {
        while ((b.size() + 4) % 8 != 0) {
            b.write(0);
        }
        number(out, 4, b.size());
        out.writeBytes(b.toByteArray());
    }

    private static void number(ByteArrayOutputStream b, int size, long v) {
        b.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(v).array(), 0, size);
    }

    private static void unsigned(ByteArrayOutputStream b, int value) {
        int v = value;
        while (v >= 0x80) {
            b.write(v & 0x7F | 0x80);
            v >>>= 7;
        }
        b.write(v);
    }

    private static void signed(ByteArrayOutputStream b, int value) {
        int v = value;
        for (;;) {
            int low = v & 0x7F;
            v >>= 7;
            if (v == 0 && (low & 0x40) == 0 || v == -1 && (low & 0x40) != 0) {
                b.write(low);
                return;
            }
            b.write(low | 0x80);
        }
    }
}
