package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.D;
import static dev.backplane.cpu.x86.encode.Assembler.MAP_1;

import java.util.Arrays;

import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.encode.Address;
import dev.backplane.cpu.x86.encode.Assembler;

/**
 * Where machine code looks for the target of a branch that {@link JumpTables} does not have: with another hash and two
 * places for each RIP, so that targets that share a slot there do not drive each other out; and for user code by address
 * space as well, so that a process finds its targets again after others have run.
 *
 * <p>A tag is the negated RIP, for user code that of RIP and the number of its address space (in bits 63:48). A number is
 * given up, and another one taken, when mappings of the space may have changed. Pages of the kernel have entries if they
 * are global, those of user code if they are not.
 */
final class SecondTables {
    private static final int USER = 2;
    private static final int SHIFT = 6;
    private static final int PAGES = 1 << 16;
    private static final int SPACES = 4096;
    private static final int LAST_NUMBER = 0x7FFF;
    private static final int ENTRY_BYTES = 16;

    private final long env;
    /** Which pages may have entries, by the low bits of their numbers: of the kernel, of user code. */
    private final long[] kernelPages = new long[PAGES >> 6];
    private final long[] userPages = new long[PAGES >> 6];
    /** The number of each process-context identifier's address space, 0: none yet. */
    private final int[] numbers = new int[SPACES];
    private int lastNumber;
    private int current;
    private boolean used;

    SecondTables(long env) {
        this.env = env;
        Raw.plainPut64(env + Env.SECOND_MASK, Env.SECOND_ENTRIES - 1L);
        clear(0);
    }

    // The tables.

    private static int slot(long rip) {
        return (int) ((rip << 2) + (rip >>> SHIFT)) & Env.SECOND_ENTRIES - 1;
    }

    private long entry(int table, int slot) {
        return env + Env.SECOND + (long) table * Env.SECOND_TABLE_BYTES + (long) slot * ENTRY_BYTES;
    }

    /** A tag for which no branch looks in this place: that of RIP 0 is looked for in the first two only. */
    private static long none(int slot) {
        return slot < 2 ? -16L : 0;
    }

    private void empty(int table) {
        for (int slot = 0; slot <= Env.SECOND_ENTRIES; slot++) {
            Raw.plainPut64(entry(table, slot), none(slot));
        }
    }

    /** Forgets everything; {@code identifier}: the process-context identifier of now. */
    void clear(int identifier) {
        for (int table = 0; table < Env.JUMP_TABLES; table++) {
            empty(table);
        }
        Arrays.fill(kernelPages, 0);
        Arrays.fill(userPages, 0);
        Arrays.fill(numbers, 0);
        lastNumber = 0;
        used = false;
        space(identifier, false);
    }

    void put(int table, long rip, long code, boolean global) {
        boolean user = table == USER;
        if (user == global || user && rip >>> 47 != 0) {
            return;
        }
        used |= user;
        int page = (int) (rip >>> 12) & PAGES - 1;
        (user ? userPages : kernelPages)[page >> 6] |= 1L << page;
        long tag = -(user ? rip + Raw.plain64(env + Env.SPACE) : rip);
        int slot = slot(rip);
        long e = entry(table, slot);
        long old = Raw.plain64(e);
        if (old != tag && old != none(slot)) {
            Raw.plainPut64(e + ENTRY_BYTES, old);
            Raw.plainPut64(e + ENTRY_BYTES + 8, Raw.plain64(e + 8));
        }
        Raw.plainPut64(e, tag);
        Raw.plainPut64(e + 8, code);
    }

    // Address spaces.

    /** The vCPU goes to an address space; {@code kept}: its mappings are those that it had before. */
    void space(int identifier, boolean kept) {
        current = identifier;
        if (!kept || numbers[identifier] == 0) {
            if (lastNumber == LAST_NUMBER) {
                empty(USER);
                Arrays.fill(numbers, 0);
                lastNumber = 0;
            }
            numbers[identifier] = ++lastNumber;
        }
        Raw.plainPut64(env + Env.SPACE, (long) numbers[identifier] << 48);
    }

    /** The mappings of all address spaces may have changed, but for global pages. */
    void spacesChanged() {
        if (used) {
            used = false;
            Arrays.fill(numbers, 0);
            Arrays.fill(userPages, 0);
            space(current, false);
        }
    }

    /** The mapping of one page may have changed, in any address space. */
    void pageChanged(long linear) {
        int page = (int) (linear >>> 12) & PAGES - 1;
        if (linear >>> 47 == 0 && (userPages[page >> 6] & 1L << page) != 0) {
            spacesChanged();
        }
        if ((kernelPages[page >> 6] & 1L << page) != 0) {
            Arrays.fill(kernelPages, 0);
            empty(0);
            empty(1);
        }
    }

    // What machine code does.

    /**
     * Writes the code that looks for the RIP in A, which is {@link Env#TARGET} as well; {@link Env#EXIT} is the way out.
     *
     * @return its address
     */
    static long write(Assembler a, long env, int table, long exit) {
        Address m = new Address();
        final long start = a.here();
        int at = (int) (env + Env.SECOND + (long) table * Env.SECOND_TABLE_BYTES);
        a.load32(C, m.at(env + Env.ATTENTION));
        a.jrcxz(0);
        final long attention = a.here();
        if (table == USER) {
            a.pext(C, A, m.at(env + Env.NOT_USER_ADDRESS));
            a.jrcxz(5);
            a.jmp(exit);
        }
        a.rorx(D, A, SHIFT);
        a.lea64(D, m.of(D, A, 2, 0));
        a.pext(D, D, m.at(env + Env.SECOND_MASK));
        a.lea64(D, m.of(D, D, 0, 0));
        if (table == USER) {
            a.load64(C, m.at(env + Env.SPACE));
            a.lea64(A, m.of(A, C, 0, 0));
        }
        a.load64(C, m.of(-1, D, 3, at));
        a.lea64(C, m.of(C, A, 0, 0));
        a.jrcxz(0);
        final long first = a.here();
        a.load64(C, m.of(-1, D, 3, at + ENTRY_BYTES));
        a.lea64(C, m.of(C, A, 0, 0));
        a.jrcxz(0);
        final long second = a.here();
        a.patchShort(attention);
        a.jmp(exit);
        a.patchShort(first);
        found(a, env, table, at + 8);
        a.patchShort(second);
        found(a, env, table, at + ENTRY_BYTES + 8);
        return start;
    }

    private static void found(Assembler a, long env, int table, int code) {
        Address m = new Address();
        if (table == USER) {
            a.load64(A, m.at(env + Env.TARGET));
        }
        a.rm(0, MAP_1, 0xFF, false, 4, m.of(-1, D, 3, code));
    }
}
