package dev.backplane.machine.boot;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.memory.GuestMemory;

/**
 * The states in which kernels are entered, and the tables in guest memory that go with them. All of it lies below
 * {@link #END}.
 */
final class StartState {
    /** The structure that the kernel is handed: zero page, start info or multiboot information. */
    static final long INFO = 0x7000;
    /** What hangs on it. */
    static final long INFO_MORE = 0x8000;
    static final long COMMAND_LINE = 0x20000;
    static final int COMMAND_LINE_MAX = 0xFFFF;
    /** The end of what the loaders use below 1 MiB. */
    static final long END = 0x30000;

    private static final long GDT = 0x500;
    private static final long PAGE_TABLES = 0x10000;
    private static final int PAGE = 4096;
    private static final int MAPPED_GIB = 4;

    private static final int CODE = 0x10;
    private static final int DATA = 0x18;
    private static final int TASK = 0x20;
    private static final int CODE64_RIGHTS = 0xA09B;
    private static final int CODE32_RIGHTS = 0xC09B;
    private static final int DATA_RIGHTS = 0xC093;
    private static final int TASK_RIGHTS = 0x8B;

    private static final int CR0_PROTECTED = 0x11;
    private static final long CR0_PAGED = 0x80000033L;
    private static final int CR4_PAE = 0x20;
    private static final int EFER = 0xC0000080;
    private static final int EFER_LONG = 0x500;

    private StartState() {
    }

    /** 64-bit mode with the first 4 GiB mapped one to one, as the Linux boot protocol wants it. */
    static CpuState.Builder longMode(GuestMemory memory, long entry) {
        byte[] tables = new byte[(2 + MAPPED_GIB) * PAGE];
        put(tables, 0, PAGE_TABLES + PAGE | 3);
        for (int i = 0; i < MAPPED_GIB; i++) {
            put(tables, PAGE + i * 8, PAGE_TABLES + (2L + i) * PAGE | 3);
            for (int j = 0; j < 512; j++) {
                // Present, writable, 2 MiB.
                put(tables, (2 + i) * PAGE + j * 8, ((long) i << 30 | (long) j << 21) | 0x83);
            }
        }
        memory.write(PAGE_TABLES, tables, 0, tables.length);
        return flat(memory, CODE64_RIGHTS, entry).cr0(CR0_PAGED).cr3(PAGE_TABLES).cr4(CR4_PAE)
            .msr(EFER, EFER_LONG);
    }

    /** Protected mode, 32 bits, flat segments, no paging. */
    static CpuState.Builder protectedMode(GuestMemory memory, long entry) {
        return flat(memory, CODE32_RIGHTS, entry).cr0(CR0_PROTECTED);
    }

    private static CpuState.Builder flat(GuestMemory memory, int codeRights, long entry) {
        byte[] gdt = new byte[TASK + 16];
        put(gdt, CODE, descriptor(codeRights));
        put(gdt, DATA, descriptor(DATA_RIGHTS));
        // A TSS of 0x67 bytes at 0.
        put(gdt, TASK, 0x0000_8B00_0000_0067L);
        memory.write(GDT, gdt, 0, gdt.length);
        SegmentState data = new SegmentState(DATA, 0, -1, DATA_RIGHTS);
        CpuState.Builder b = Firmware.processor(CpuState.reset()).toBuilder();
        for (Segment s : new Segment[] {Segment.ES, Segment.SS, Segment.DS, Segment.FS, Segment.GS}) {
            b.segment(s, data);
        }
        for (int r = 0; r < 16; r++) {
            b.gpr(r, 0);
        }
        return b.segment(Segment.CS, new SegmentState(CODE, 0, -1, codeRights))
            .segment(Segment.LDTR, new SegmentState(0, 0, 0, SegmentState.UNUSABLE | 0x82))
            .segment(Segment.TR, new SegmentState(TASK, 0, 0x67, TASK_RIGHTS))
            .gdt(GDT, gdt.length - 1).idt(0, 0).rflags(2).rip(entry);
    }

    private static long descriptor(int rights) {
        return 0xFFFFL | (long) (rights & 0xFF) << 40 | 0xFL << 48 | (long) (rights >> 12 & 0xF) << 52;
    }

    private static void put(byte[] b, int at, long v) {
        for (int i = 0; i < 8; i++) {
            b[at + i] = (byte) (v >>> i * 8);
        }
    }
}
