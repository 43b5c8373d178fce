package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Mode;

/** The stack at the width and with the checks of the current mode. */
public final class Stack {
    private Stack() {
    }

    /** Pushes 2, 4 or 8 bytes; RSP changes after the store. */
    public static void push(Cpu c, int size, long v) {
        long[] r = c.r;
        int mode = c.mode;
        if ((mode & Mode.LONG) != 0) {
            long sp = r[Cpu.RSP] - size;
            c.mem.store(sp, size, v);
            r[Cpu.RSP] = sp;
        } else {
            long sp = mask(c, r[Cpu.RSP] - size);
            c.mem.store(linear(c, sp, size, true), size, v);
            setSp(c, sp);
        }
    }

    /** Reads 2, 4 or 8 bytes at a distance from the top of stack, zero-extended. */
    public static long peek(Cpu c, int size, int distance) {
        if ((c.mode & Mode.LONG) != 0) {
            return c.mem.load(c.r[Cpu.RSP] + distance, size);
        }
        return c.mem.load(linear(c, mask(c, c.r[Cpu.RSP] + distance), size, false), size);
    }

    /** Writes below or above the top of stack. */
    public static void poke(Cpu c, int size, int distance, long v) {
        if ((c.mode & Mode.LONG) != 0) {
            c.mem.store(c.r[Cpu.RSP] + distance, size, v);
        } else {
            c.mem.store(linear(c, mask(c, c.r[Cpu.RSP] + distance), size, true), size, v);
        }
    }

    /** Checks that a place on the stack may be written. */
    static void probe(Cpu c, int size, int distance) {
        if ((c.mode & Mode.LONG) != 0) {
            c.mem.probeWrite(c.r[Cpu.RSP] + distance, size);
        } else {
            c.mem.probeWrite(linear(c, mask(c, c.r[Cpu.RSP] + distance), size, true), size);
        }
    }

    /** Adds to RSP. */
    public static void release(Cpu c, int bytes) {
        if ((c.mode & Mode.LONG) != 0) {
            c.r[Cpu.RSP] += bytes;
        } else {
            setSp(c, c.r[Cpu.RSP] + bytes);
        }
    }

    public static long pop(Cpu c, int size) {
        long v = peek(c, size, 0);
        release(c, size);
        return v;
    }

    /** The stack pointer at the width of the stack. */
    public static long sp(Cpu c) {
        return (c.mode & Mode.LONG) != 0 ? c.r[Cpu.RSP] : mask(c, c.r[Cpu.RSP]);
    }

    /** Sets SP, ESP or RSP. */
    public static void setSp(Cpu c, long sp) {
        int mode = c.mode;
        if ((mode & Mode.LONG) != 0) {
            c.r[Cpu.RSP] = sp;
        } else if ((mode & Mode.STACK32) != 0) {
            c.r[Cpu.RSP] = sp & 0xFFFFFFFFL;
        } else {
            c.r[Cpu.RSP] = c.r[Cpu.RSP] & ~0xFFFFL | sp & 0xFFFF;
        }
    }

    private static long mask(Cpu c, long sp) {
        return sp & ((c.mode & Mode.STACK32) != 0 ? 0xFFFFFFFFL : 0xFFFF);
    }

    private static long linear(Cpu c, long sp, int size, boolean write) {
        if ((c.mode & Mode.FLAT) != 0) {
            return sp;
        }
        return write ? c.segments.linearWrite(Cpu.SS, sp, size) : c.segments.linearRead(Cpu.SS, sp, size);
    }
}
