package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.MemOp;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Raw;

/** CMPXCHG8B and CMPXCHG16B. */
final class WideExchange {
    private WideExchange() {
    }

    static Op create(Insn i) {
        return i.w ? new Sixteen(i) : new Eight(i);
    }

    private static final class Eight extends MemOp {
        private final boolean lock;

        Eight(Insn i) {
            super(i);
            lock = i.lock;
        }

        @Override
        public boolean acceptsLock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 8);
            long[] r = c.r;
            long expected = r[Cpu.RDX] << 32 | r[Cpu.RAX] & 0xFFFFFFFFL;
            long wanted = r[Cpu.RCX] << 32 | r[Cpu.RBX] & 0xFFFFFFFFL;
            long host = (la & 7) == 0 ? c.mem.hostWrite(la) : 0;
            long old;
            if (host != 0) {
                do {
                    old = Raw.get64(host);
                } while (!Raw.cas64(host, old, old == expected ? wanted : old));
            } else if (lock) {
                c.engine.enterExclusive(c);
                try {
                    old = exchange(c, la, expected, wanted);
                } finally {
                    c.engine.leaveExclusive(c);
                }
            } else {
                old = exchange(c, la, expected, wanted);
            }
            finish(c, old == expected);
            if (old != expected) {
                r[Cpu.RAX] = old & 0xFFFFFFFFL;
                r[Cpu.RDX] = old >>> 32;
            }
        }

        private static long exchange(Cpu c, long la, long expected, long wanted) {
            long old = c.mem.rmw64(la);
            c.mem.store64(la, old == expected ? wanted : old);
            return old;
        }
    }

    private static void finish(Cpu c, boolean equal) {
        c.setArithmeticFlags(c.flags() & ~Flags.ZF | (equal ? Flags.ZF : 0));
    }

    /** Java has no 16-byte compare-and-swap, so that the locked form stops the other vCPUs. */
    private static final class Sixteen extends MemOp {
        private final boolean lock;

        Sixteen(Insn i) {
            super(i);
            lock = i.lock;
        }

        @Override
        public boolean acceptsLock() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            long la = eaW(c, 16);
            c.mem.requireAligned16(la);
            if (!lock || c.count == 1) {
                exchange(c, la);
                return;
            }
            c.engine.enterExclusive(c);
            try {
                exchange(c, la);
            } finally {
                c.engine.leaveExclusive(c);
            }
        }

        private static void exchange(Cpu c, long la) {
            long[] r = c.r;
            long low = c.mem.rmw64(la);
            long high = c.mem.rmw64(la + 8);
            boolean equal = low == r[Cpu.RAX] && high == r[Cpu.RDX];
            if (equal) {
                c.mem.store128(la, r[Cpu.RBX], r[Cpu.RCX]);
            } else {
                c.mem.store128(la, low, high);
                r[Cpu.RAX] = low;
                r[Cpu.RDX] = high;
            }
            finish(c, equal);
        }
    }
}
