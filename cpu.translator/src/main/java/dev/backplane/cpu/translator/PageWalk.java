package dev.backplane.cpu.translator;

import static dev.backplane.cpu.x86.encode.Assembler.MAP_0F;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import java.util.List;

import dev.backplane.cpu.interpreter.DirectMemory;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Mem;
import dev.backplane.cpu.x86.MemSlow;
import dev.backplane.cpu.x86.Paging;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.encode.Address;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Page walks in machine code: what fills an entry of the TLB without leaving for Java. One routine for each way of
 * looking at memory, for reads and for writes.
 *
 * <p>A routine does only what needs no thought: 4-level tables and the page itself in writable RAM, accessed and dirty
 * bits set already, the access allowed, direct writes to the page granted to this vCPU before. All else is left to
 * Java. Whatever the guest's tables hold, a table is read only at an address that was compared with a region of RAM, and
 * so is the page whose addend is filled in.
 *
 * <p>Called with the linear address in {@link CodeWriter#C}, on the host's stack; changes C and {@link CodeWriter#D}, no
 * flags. Returns to the caller when the entry is filled, and {@link #REFUSED} bytes behind that when it is not.
 */
final class PageWalk {
    /** A JMP rel32 stands behind the call. */
    static final int REFUSED = 5;
    /** What {@link Env#REGIONS} has of each region, qwords: start, size, host address, address of the ints of its pages. */
    static final int REGION_BYTES = 32;

    private static final int LA = CodeWriter.C;
    private static final int ENTRY = 0;
    private static final int HOST = 2;
    private static final int RIGHTS = 3;
    private static final int SLOT = 6;
    private static final int PAGE = 7;
    private static final int OFFSET = 8;
    private static final int TEMP = 9;
    private static final int[] SAVED = {ENTRY, HOST, RIGHTS, SLOT, PAGE, OFFSET, TEMP};
    private static final int ADD = 0;
    private static final int OR = 1;
    private static final int AND = 4;
    private static final int SUB = 5;
    private static final int XOR = 6;
    private static final int CMP = 7;
    private static final int BELOW = 2;
    private static final int ABOVE_OR_EQUAL = 3;
    private static final int ZERO = 4;
    private static final int NOT_ZERO = 5;
    private static final int SHL = 4;
    private static final int SHR = 5;
    private static final int SAR = 7;

    /** Addresses of the routines: for each table, for reads and for writes. */
    final long[] routines = new long[2 * Env.JUMP_TABLES];

    private final Assembler a;
    private final Address m = new Address();
    private final long env;
    private final long[] refusals = new long[32];
    private int refused;

    /** Writes the routines, from where the assembler is. */
    PageWalk(Assembler a, long env) {
        this.a = a;
        this.env = env;
        for (int table = 0; table < Env.JUMP_TABLES; table++) {
            for (int write = 0; write < 2; write++) {
                while ((a.here() & 15) != 0) {
                    a.byte8(0xCC);
                }
                routines[2 * table + write] = a.here();
                routine(table, write != 0);
            }
        }
    }

    // What the routines go by.

    /** Takes over what control registers say now; {@code root}: host address of the root table, 0: no walks. */
    static void refresh(long env, Cpu c, long root) {
        Paging p = c.mem.slow().paging();
        boolean paged = c.longMode() && (c.cr0 & Cpu.CR0_PG) != 0 && !c.mem.slow().watches();
        Raw.plainPut64(env + Env.WALK_ROOT, paged ? root : 0);
        Raw.plainPut64(env + Env.WALK_ADDRESS, p.addressMask());
        Raw.plainPut64(env + Env.WALK_RESERVED, p.reserved());
        Raw.plainPut64(env + Env.WALK_RESERVED_TOP, p.reserved() | Paging.PS);
        Raw.plainPut64(env + Env.WALK_GLOBAL, (c.cr4 & Cpu.CR4_PGE) != 0 ? Paging.G : 0);
        int present = Paging.P | Paging.A;
        int kernelWrite = (c.cr0 & Cpu.CR0_WP) != 0 ? Paging.RW : 0;
        int kernelOnly = (c.cr4 & Cpu.CR4_SMAP) != 0 ? Paging.US : 0;
        rights(env, 0, present | kernelOnly, present, kernelWrite);
        rights(env, 1, present, present, kernelWrite);
        rights(env, 2, present | Paging.US, present | Paging.US, Paging.RW);
    }

    private static void rights(long env, int table, int mask, int wanted, int write) {
        long at = env + Env.WALK_RIGHTS + 16L * table;
        Raw.put32(at, mask);
        Raw.put32(at + 4, wanted);
        Raw.put32(at + 8, mask | write);
        Raw.put32(at + 12, wanted | write);
    }

    /** Takes over where RAM is. */
    static void refresh(long env, DirectMemory direct) {
        List<DirectMemory.Region> regions = direct.regions();
        for (int n = 0; n < DirectMemory.REGIONS; n++) {
            long at = env + Env.REGIONS + (long) n * REGION_BYTES;
            boolean there = n < regions.size();
            Raw.plainPut64(at, there ? regions.get(n).start() : 0);
            Raw.plainPut64(at + 8, there ? regions.get(n).size() : 0);
            Raw.plainPut64(at + 16, there ? regions.get(n).host() : 0);
            Raw.plainPut64(at + 24, there ? regions.get(n).writers() : 0);
        }
        Raw.put32(env + Env.WRITER, direct.writer());
    }

    // The routines.

    private Address env(int offset) {
        return m.at(env + offset);
    }

    private void op(int kind, int to, Address from) {
        a.rm(0, MAP_1, kind << 3 | 3, true, to, from);
    }

    private void op(int kind, int to, int from) {
        a.rr(0, MAP_1, kind << 3 | 3, true, to, from);
    }

    private void opImm(int kind, int to, int value) {
        a.rr(0, MAP_1, 0x81, true, kind, to);
        a.imm32(value);
    }

    private void shift(int kind, int register, int count) {
        a.rr(0, MAP_1, 0xC1, true, kind, register);
        a.byte8(count);
    }

    /** TEST m64, r64. */
    private void test(Address with, int register) {
        a.rm(0, MAP_1, 0x85, true, register, with);
    }

    /** TEST r32, imm32. */
    private void testBits(int register, int bits) {
        a.rr(0, MAP_1, 0xF7, false, 0, register);
        a.imm32(bits);
    }

    private void refuseIf(int condition) {
        a.jcc(condition, a.here());
        refusals[refused++] = a.here();
    }

    private long skipIf(int condition) {
        a.jcc(condition, a.here());
        return a.here();
    }

    private void routine(int table, boolean write) {
        refused = 0;
        for (int r : SAVED) {
            a.push(r);
        }
        a.byte8(0x9C);
        long tlb = env + Env.TLB + (long) table * MemSlow.TABLE_BYTES;
        a.mov64(SLOT, LA);
        shift(SHR, SLOT, 9);
        opImm(AND, SLOT, Mem.SLOT_MASK);
        a.mov64(PAGE, LA);
        opImm(AND, PAGE, -4096);
        // The page is there already: the access crosses its end, or is not aligned.
        op(CMP, PAGE, m.of(SLOT, (int) (tlb + (write ? Mem.WRITE : 0))));
        refuseIf(ZERO);
        a.mov64(TEMP, LA);
        shift(SHL, TEMP, 16);
        shift(SAR, TEMP, 16);
        op(CMP, TEMP, LA);
        refuseIf(NOT_ZERO);
        a.load64(HOST, env(Env.WALK_ROOT));
        a.rr(0, MAP_1, 0x85, true, HOST, HOST);
        refuseIf(ZERO);
        level(39);
        a.mov64(RIGHTS, ENTRY);
        test(env(Env.WALK_RESERVED_TOP), ENTRY);
        refuseIf(NOT_ZERO);
        tableAt();
        long huge = directory(30);
        long large = directory(21);
        level(12);
        op(AND, RIGHTS, ENTRY);
        test(env(Env.WALK_RESERVED), ENTRY);
        refuseIf(NOT_ZERO);
        a.mov64(OFFSET, ENTRY);
        op(AND, OFFSET, env(Env.WALK_ADDRESS));
        a.jmp(a.here());
        final long small = a.here();
        Assembler.patch(huge, a.here());
        leaf(30);
        a.jmp(a.here());
        long hugeDone = a.here();
        Assembler.patch(large, a.here());
        leaf(21);
        Assembler.patch(hugeDone, a.here());
        Assembler.patch(small, a.here());
        page(table, write, tlb);
        a.byte8(0x9D);
        restore();
        a.byte8(0xC3);
        for (int n = 0; n < refused; n++) {
            Assembler.patch(refusals[n], a.here());
        }
        a.byte8(0x9D);
        restore();
        a.store64(env(Env.MISSED), LA);
        a.pop(LA);
        a.lea64(LA, m.of(LA, REFUSED));
        a.rr(0, MAP_1, 0xFF, false, 4, LA);
    }

    private void restore() {
        for (int n = SAVED.length - 1; n >= 0; n--) {
            a.pop(SAVED[n]);
        }
    }

    /** ENTRY := the entry for LA of the table at HOST. */
    private void level(int shift) {
        a.mov64(TEMP, LA);
        shift(SHR, TEMP, shift);
        opImm(AND, TEMP, 0x1FF);
        a.load64(ENTRY, m.of(HOST, TEMP, 3, 0));
    }

    /** HOST := where the table is that ENTRY names. */
    private void tableAt() {
        a.mov64(OFFSET, ENTRY);
        op(AND, OFFSET, env(Env.WALK_ADDRESS));
        host();
    }

    /** A table whose entries may be large pages; a jump to be patched goes to where they are looked at. */
    private long directory(int shift) {
        level(shift);
        op(AND, RIGHTS, ENTRY);
        test(env(Env.WALK_RESERVED), ENTRY);
        refuseIf(NOT_ZERO);
        testBits(ENTRY, Paging.PS);
        final long large = skipIf(NOT_ZERO);
        tableAt();
        return large;
    }

    /** OFFSET := the guest-physical page of LA in the large page that ENTRY maps. */
    private void leaf(int shift) {
        testBits(ENTRY, (1 << shift) - 1 & ~0x1FFF);
        refuseIf(NOT_ZERO);
        a.mov64(OFFSET, ENTRY);
        op(AND, OFFSET, env(Env.WALK_ADDRESS));
        opImm(AND, OFFSET, -1 << shift);
        a.mov64(TEMP, PAGE);
        opImm(AND, TEMP, (1 << shift) - 1);
        op(OR, OFFSET, TEMP);
    }

    /** HOST := the host address of guest-physical OFFSET, which becomes relative to its region, whose ints are at TEMP. */
    private void host() {
        long[] found = new long[DirectMemory.REGIONS];
        for (int n = 0; n < DirectMemory.REGIONS; n++) {
            int at = Env.REGIONS + n * REGION_BYTES;
            boolean last = n == DirectMemory.REGIONS - 1;
            a.mov64(HOST, OFFSET);
            op(SUB, HOST, env(at));
            op(CMP, HOST, env(at + 8));
            if (last) {
                refuseIf(ABOVE_OR_EQUAL);
                in(at);
            } else {
                long next = skipIf(ABOVE_OR_EQUAL);
                in(at);
                a.jmp(a.here());
                found[n] = a.here();
                Assembler.patch(next, a.here());
            }
        }
        for (int n = 0; n < DirectMemory.REGIONS - 1; n++) {
            Assembler.patch(found[n], a.here());
        }
    }

    private void in(int region) {
        a.mov64(OFFSET, HOST);
        op(ADD, HOST, env(region + 16));
        a.load64(TEMP, env(region + 24));
    }

    /** The page at OFFSET may be accessed: fills the entry. */
    private void page(int table, boolean write, long tlb) {
        int rights = Env.WALK_RIGHTS + 16 * table + (write ? 8 : 0);
        a.rm(0, MAP_1, AND << 3 | 3, false, RIGHTS, env(rights));
        a.rm(0, MAP_1, CMP << 3 | 3, false, RIGHTS, env(rights + 4));
        refuseIf(NOT_ZERO);
        if (write) {
            testBits(ENTRY, Paging.D);
            refuseIf(ZERO);
        }
        host();
        if (write) {
            shift(SHR, OFFSET, 10);
            a.load32(OFFSET, m.of(TEMP, OFFSET, 0, 0));
            a.rm(0, MAP_1, 0x85, false, OFFSET, env(Env.WRITER));
            refuseIf(ZERO);
        }
        list(table, tlb);
        a.store64(m.of(SLOT, (int) tlb), PAGE);
        if (write) {
            a.store64(m.of(SLOT, (int) tlb + Mem.WRITE), PAGE);
        } else {
            op(CMP, PAGE, m.of(SLOT, (int) tlb + Mem.WRITE));
            long kept = skipIf(ZERO);
            a.mov64(TEMP, SLOT);
            shift(SHL, TEMP, 9);
            opImm(XOR, TEMP, Mem.ENTRIES / 2 << 12);
            a.store64(m.of(SLOT, (int) tlb + Mem.WRITE), TEMP);
            Assembler.patch(kept, a.here());
        }
        op(SUB, HOST, PAGE);
        a.store64(m.of(SLOT, (int) tlb + Mem.ADDEND), HOST);
        a.rm(0, MAP_1, 0xFF, true, 0, env(Env.WALKS));
    }

    /** Notes that the slot is filled. RIGHTS, OFFSET and TEMP are free. */
    private void list(int table, long tlb) {
        // The list's number and what says that the slot stands in it.
        a.mov64(TEMP, ENTRY);
        op(AND, TEMP, env(Env.WALK_GLOBAL));
        shift(SHR, TEMP, 8);
        a.lea64(OFFSET, m.of(TEMP, 2 * table));
        a.lea64(RIGHTS, m.of(-1, TEMP, 1, Mem.LISTED_LOCAL));
        a.load64(ENTRY, m.of(SLOT, (int) tlb + Mem.STATE));
        a.rr(0, MAP_1, 0x85, true, ENTRY, RIGHTS);
        final long listed = skipIf(NOT_ZERO);
        op(OR, ENTRY, RIGHTS);
        int counts = (int) (env + Env.TLB + MemSlow.COUNTS);
        // RIGHTS := the list's place in the array of all lists.
        a.mov64(RIGHTS, OFFSET);
        shift(SHL, RIGHTS, Integer.numberOfTrailingZeros(Mem.ENTRIES));
        op(ADD, RIGHTS, m.of(-1, OFFSET, 3, counts));
        a.rm(0, MAP_1, 0x89, false, SLOT, m.of(-1, RIGHTS, 2, (int) (env + Env.TLB + MemSlow.LISTS)));
        a.rm(0, MAP_1, 0xFF, true, 0, m.of(-1, OFFSET, 3, counts));
        Assembler.patch(listed, a.here());
        opImm(AND, ENTRY, ~Mem.IS_GLOBAL);
        op(OR, ENTRY, TEMP);
        a.store64(m.of(SLOT, (int) tlb + Mem.STATE), ENTRY);
    }
}
