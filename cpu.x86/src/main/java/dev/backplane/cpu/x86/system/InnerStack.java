package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Segments;

/**
 * Pushes onto a stack that is not yet in SS:RSP, as gates and interrupts do: nothing of the CPU changes until the
 * caller commits. One instance per use would be garbage on a hot path, so each CPU's thread reuses one.
 */
final class InnerStack {
    private final Cpu c;
    private long base;
    private long mask;
    private long limit;
    private boolean expandDown;
    private boolean flat;
    private boolean user;
    private int ext;
    /** The stack pointer so far. */
    long sp;
    /** What the stack is for when it comes from a TSS: null selector and descriptor. */
    int selector;
    long descriptor;

    InnerStack(Cpu c) {
        this.c = c;
    }

    /** A 64-bit stack. */
    void start64(long sp, int cpl, int ext) {
        base = 0;
        mask = -1;
        flat = true;
        this.sp = sp;
        this.ext = ext;
        user = cpl == 3;
    }

    /** The stack that SS:ESP is now. */
    void startCurrent(int ext) {
        if (c.code64()) {
            start64(c.r[Cpu.RSP], c.cpl, ext);
            return;
        }
        Segments s = c.segments;
        start(s.base[Cpu.SS], s.limit[Cpu.SS], s.rights[Cpu.SS], c.r[Cpu.RSP], c.cpl, ext);
    }

    /** A new stack by a checked descriptor. */
    void startDescriptor(int selector, long d, long sp, int cpl, int ext) {
        this.selector = selector;
        descriptor = d;
        start(Descriptors.base(d), Descriptors.limit(d), Descriptors.rights(d), sp, cpl, ext);
    }

    private void start(long base, int limit, int rights, long sp, int cpl, int ext) {
        this.base = base;
        this.limit = limit & 0xFFFFFFFFL;
        expandDown = (rights & 0x1C) == 0x14;
        mask = (rights & Segments.DB) != 0 ? 0xFFFFFFFFL : 0xFFFF;
        flat = false;
        this.sp = sp & mask;
        this.ext = ext;
        user = cpl == 3;
    }

    void push(int size, long v) {
        sp = sp - size & mask;
        long la = sp;
        if (!flat) {
            boolean outside = expandDown ? sp <= limit || sp + size - 1 > mask : sp + size - 1 > limit;
            if (outside) {
                throw c.fault(CpuFault.SS, ext);
            }
            la = base + sp & 0xFFFFFFFFL;
        } else if (la << 16 >> 16 != la) {
            throw c.fault(CpuFault.SS, ext);
        }
        if (user) {
            c.mem.store(la, size, v);
        } else {
            c.mem.slow().systemStore(la, size, v);
        }
    }

    /** Sets the stack pointer of the CPU; SS must have been loaded. */
    void commit() {
        if (mask == 0xFFFF) {
            c.r[Cpu.RSP] = c.r[Cpu.RSP] & ~0xFFFFL | sp;
        } else {
            c.r[Cpu.RSP] = sp;
        }
    }
}
