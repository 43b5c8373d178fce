package dev.backplane.test.oracle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;

/**
 * What a hostile guest begins with: a mode, descriptor and page tables of which some entries point to themselves, to
 * devices, to read-only memory or nowhere, code, and registers that point at all of it.
 */
final class HostileGuest {
    /** Tables of four levels for 64-bit mode, of three for PAE, of two without. */
    private static final int PML4 = 0x1000;
    private static final int PDPT = 0x2000;
    private static final int PD = 0x3000;
    private static final int PT = 0x4000;
    private static final int PAE_PDPT = 0x5000;
    private static final int PD32 = 0x6000;
    private static final int PT32 = 0x7000;
    private static final int GDT = 0x8000;
    private static final int IDT = 0x9000;
    private static final int TSS = 0xA000;
    private static final int CODE = 0x1_0000;
    private static final int CODE_SIZE = 0x4000;
    private static final int STACK = 0x3_0000;
    private static final long[] POINTERS = {0, PML4, PDPT, PD, PT, PAE_PDPT, PD32, PT32, GDT, IDT, TSS, CODE,
        CODE + 0xFF0, CODE + CODE_SIZE, STACK, 0x7_FFF0, HostileRam.ROM, 0x8_FFF8, 0x9_0000, 0xB_8000, 0xF_FFF8, HostileRam.HIGH,
        0x13_FFF8, 0x14_0000, 0x1F_FFF8, 0xFEE0_0000L, 0xFFFF_FFF8L, 0x1_0000_0000L, 0x7FFF_FFFF_FFF8L,
        0x8000_0000_0000L, 0xFFFF_8000_0000_0000L, -8, -1};

    private final HostileRam ram;
    private final SplittableRandom random;
    private final HostileCode code;

    HostileGuest(HostileRam ram, SplittableRandom random) {
        this.ram = ram;
        this.random = random;
        code = new HostileCode(random);
    }

    /** Writes tables and code. */
    void prepare() {
        MemorySegment m = ram.low;
        m.asSlice(0, STACK + 0x1000).fill((byte) 0);
        descriptors();
        pages();
        code.fill(m, CODE, CODE_SIZE);
        code.fill(m, 0x400, 0x400);
        code.fill(ram.high, 0, 0x1000);
        code.fill(ram.high, HostileRam.HIGH_SIZE - 0x1000, 0x1000);
        for (int i = 0; i < 0x200; i++) {
            put(STACK + 8 * i, random.nextInt(3) == 0 ? pointer() : random.nextInt(0x40));
        }
    }

    private void put(int at, long v) {
        ram.low.set(ValueLayout.JAVA_LONG_UNALIGNED, at, v);
    }

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private long pointer() {
        long p = POINTERS[random.nextInt(POINTERS.length)];
        return chance(2) ? p : p + random.nextInt(64) - 32;
    }

    private void descriptors() {
        // 8, 10: flat 32-bit ring 0; 18, 20: ring 3; 28: 64-bit ring 0; 30: 64-bit ring 3; 38: TSS; 48: LDT; then gates.
        long[] base = {0, 0x00CF9B000000FFFFL, 0x00CF93000000FFFFL, 0x00CFFB000000FFFFL, 0x00CFF3000000FFFFL,
            0x00AF9B000000FFFFL, 0x00AFFB000000FFFFL, 0x00008B00_0000_2067L | (long) TSS << 16, 0,
            0x00008200_0000_00FFL | (long) GDT << 16, 0};
        for (int i = 0; i < 64; i++) {
            long v = i < base.length ? base[i] : random.nextLong();
            if (chance(24)) {
                v ^= 1L << random.nextInt(64);
            }
            put(GDT + 8 * i, v);
        }
        for (int v = 0; v < 256; v++) {
            int handler = CODE + random.nextInt(CODE_SIZE);
            boolean wide = chance(2);
            long type = chance(8) ? random.nextInt(256) : chance(2) ? 0xEE : 0x8E;
            long selector = wide ? 0x28 : 0x08;
            // Entries of 16 and of 8 bytes share the table: every second short one is a high half of the others.
            put(IDT + 16 * v, handler & 0xFFFFL | selector << 16 | type << 40 | (handler & 0xFFFF0000L) << 32);
            put(IDT + 16 * v + 8, chance(2) ? 0 : handler & 0xFFFFL | 0x08L << 16 | type << 40);
        }
        for (int i = 0; i < 0x68; i += 8) {
            put(TSS + i, chance(8) ? random.nextLong() : STACK + 0x800);
        }
        put(TSS + 8, 0x10L << 32 | STACK + 0x800);
    }

    /** Present and writable, mostly open to users, and now and then anything else. */
    private long entry(long address) {
        long v = address | 3 | (chance(4) ? 0 : 4);
        if (chance(12)) {
            v ^= 1L << random.nextInt(12);
        }
        if (chance(40)) {
            v ^= 1L << random.nextInt(64);
        }
        return v;
    }

    /** Where an evil entry points. */
    private long evil() {
        long[] targets = {PML4, PDPT, PD, PT, PAE_PDPT, PD32, PT32, GDT, IDT, HostileRam.ROM, 0x9_0000, 0xB_8000,
            HostileRam.HIGH, 0x14_0000, 0xFEE0_0000L, 0xFF_FFFF_F000L, CODE};
        return targets[random.nextInt(targets.length)];
    }

    private void pages() {
        for (int i = 0; i < 512; i++) {
            put(PT + 8 * i, entry(chance(24) ? evil() : (long) i << 12));
        }
        for (int i = 0; i < 512; i++) {
            put(PD + 8 * i, i == 0 ? entry(PT) : chance(3) ? entry(evil()) : entry((long) i << 21) | 0x80);
        }
        for (int i = 0; i < 512; i++) {
            put(PDPT + 8 * i, i == 0 ? entry(PD) : chance(3) ? entry(evil()) : 0);
            put(PML4 + 8 * i, i == 0 ? entry(PDPT) : chance(8) ? entry(evil()) : 0);
        }
        put(PML4 + 8 * 510, PML4 | 7);
        for (int i = 0; i < 4; i++) {
            put(PAE_PDPT + 8 * i, i == 0 || chance(2) ? PD | 1 : evil() | 1);
        }
        for (int i = 0; i < 1024; i += 2) {
            put(PT32 + 4 * i, low(entry(chance(24) ? evil() : (long) i << 12)) | low(entry(i + 1L << 12)) << 32);
            put(PD32 + 4 * i, low(i == 0 ? entry(PT32) : entry((long) i << 22) | 0x80) | low(entry(evil())) << 32);
        }
    }

    private static long low(long v) {
        return v & 0xFFFFFFFFL;
    }

    /** A state to begin with: real, virtual-8086, 16-bit, 32-bit, PAE, compatibility or 64-bit mode. */
    CpuState state() {
        int mode = random.nextInt(8);
        boolean user = chance(3);
        CpuState.Builder b = CpuState.reset().toBuilder();
        for (int i = 0; i < 16; i++) {
            b.gpr(i, chance(4) ? random.nextLong() : chance(3) ? random.nextInt(300) : pointer());
        }
        b.gpr(4, STACK + 0x800 + 8 * random.nextInt(16));
        long flags = 2 | random.nextInt() & 0xCD5L;
        flags |= (chance(4) ? 0x200 : 0) | (chance(10) ? 0x100 : 0) | (chance(10) ? 0x40000 : 0)
            | (chance(8) ? random.nextInt(4) << 12 : 0);
        b.idt(IDT, chance(8) ? random.nextInt(0x1000) : 0xFFF).gdt(GDT, chance(8) ? random.nextInt(0x200) : 0x1FF);
        b.rip(CODE + random.nextInt(CODE_SIZE));
        long cr4 = 0x600 | (chance(2) ? 0x4_0000 : 0) | (chance(4) ? 0x10_0000 : 0) | (chance(4) ? 0x20_0000 : 0)
            | (chance(4) ? 0x80 : 0) | (chance(8) ? 0x800 : 0) | 0x10;
        long cr0 = 0x11 | (chance(2) ? 0x1_0000 : 0) | (chance(8) ? 0x4_0000 : 0) | (chance(12) ? 8 : 0) | 0x20;
        b.xcr0(chance(2) ? 7 : 3);
        if (mode == 0) {
            real(b);
            return b.rflags(flags).build();
        }
        boolean wide = mode >= 4;
        boolean compatible = mode == 4;
        SegmentState data = new SegmentState(user ? 0x23 : 0x10, 0, -1, user ? 0xC0F3 : 0xC093);
        for (Segment s : new Segment[] {Segment.DS, Segment.ES, Segment.SS, Segment.FS, Segment.GS}) {
            b.segment(s, data);
        }
        b.segment(Segment.TR, new SegmentState(0x38, TSS, 0x2067, 0x8B));
        b.segment(Segment.LDTR, new SegmentState(0x48, GDT, 0xFF, 0x82));
        int codeRights = user ? 0xFB : 0x9B;
        if (wide && !compatible) {
            b.segment(Segment.CS, new SegmentState(user ? 0x33 : 0x28, 0, -1, 0xA000 | codeRights));
        } else {
            int size = mode == 1 ? 0x8000 : 0xC000;
            b.segment(Segment.CS, new SegmentState(user ? 0x1B : 0x08, 0, -1, size | codeRights));
        }
        if (wide) {
            b.cr0(cr0 | 0x8000_0000L).cr3(PML4).cr4(cr4 | 0x20).msr(0xC0000080, 0xD01);
        } else {
            boolean pae = mode == 3;
            boolean paging = pae || chance(2);
            b.cr0(cr0 | (paging ? 0x8000_0000L : 0)).cr3(pae ? PAE_PDPT : PD32).cr4(cr4 | (pae ? 0x20 : 0));
            if (mode == 2 && user && chance(2)) {
                flags |= 0x2_0000;
                v86(b);
            }
        }
        return b.rflags(flags).build();
    }

    private void real(CpuState.Builder b) {
        b.cr0(0x10).segment(Segment.CS, new SegmentState(CODE >> 4, CODE, 0xFFFF, 0x9B)).rip(random.nextInt(CODE_SIZE));
        b.segment(Segment.SS, new SegmentState(STACK >> 4, STACK, 0xFFFF, 0x93)).gpr(4, 0x800);
        b.idt(chance(2) ? 0 : IDT, 0x3FF);
    }

    private void v86(CpuState.Builder b) {
        for (Segment s : new Segment[] {Segment.CS, Segment.DS, Segment.ES, Segment.SS, Segment.FS, Segment.GS}) {
            int base = s == Segment.CS ? CODE : s == Segment.SS ? STACK : 0;
            b.segment(s, new SegmentState(base >> 4, base, 0xFFFF, 0xF3));
        }
        b.rip(random.nextInt(CODE_SIZE)).gpr(4, 0x800);
    }
}
