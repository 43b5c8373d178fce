package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.Registers;

/**
 * MOVS, STOS, LODS, SCAS and CMPS with their repeat prefixes. Registers advance with each iteration, so that a fault or
 * an interrupt leaves a state from which the instruction goes on. Long runs go page by page straight on host memory.
 */
public abstract class Strings extends Op {
    private static final int CHECK_EVERY = 4096;

    protected final int size;
    protected final int addrSize;
    protected final int source;
    private final boolean direct;
    /** 0, F2 or F3. */
    protected final int rep;

    protected Strings(Insn i, int size) {
        super(i);
        this.size = size;
        addrSize = i.addrSize;
        source = i.dataSeg();
        rep = i.rep;
        direct = !i.checkedSeg(source) && !i.checkedSeg(Cpu.ES);
    }

    /** (E/R)CX as the address size says. */
    public static long count(Cpu c, int addrSize) {
        return addrSize == 8 ? c.r[Cpu.RCX] : c.r[Cpu.RCX] & (1L << 8 * addrSize) - 1;
    }

    public static void setCount(Cpu c, int addrSize, long v) {
        setIndex(c, Cpu.RCX, addrSize, v);
    }

    static void setIndex(Cpu c, int n, int addrSize, long v) {
        c.r[n] = switch (addrSize) {
            case 8 -> v;
            case 4 -> v & 0xFFFFFFFFL;
            default -> c.r[n] & ~0xFFFFL | v & 0xFFFF;
        };
    }

    protected final long index(Cpu c, int n) {
        return addrSize == 8 ? c.r[n] : c.r[n] & (1L << 8 * addrSize) - 1;
    }

    protected final long linear(Cpu c, int seg, long offset, boolean write) {
        if (direct) {
            return offset + c.segBase[seg];
        }
        return write ? c.segments.linearWrite(seg, offset, size) : c.segments.linearRead(seg, offset, size);
    }

    protected final long step(Cpu c) {
        return (c.eflags & Flags.DF) != 0 ? -size : size;
    }

    protected final void advance(Cpu c, int n, long by) {
        setIndex(c, n, addrSize, c.r[n] + by);
    }

    @Override
    public boolean endsBlock() {
        return rep != 0;
    }

    /** One iteration; for SCAS and CMPS the flags are set. */
    protected abstract void once(Cpu c);

    /**
     * Up to {@code count} iterations at once; how many were done, 0 if it must go one by one. DF is clear, addresses
     * need no checks and do not wrap.
     */
    protected long bulk(Cpu c, long count) {
        return 0;
    }

    /** Whether the repetition ends by flags. */
    boolean stops(Cpu c) {
        return false;
    }

    @Override
    public final void exec(Cpu c) {
        if (rep == 0) {
            once(c);
            return;
        }
        int budget = CHECK_EVERY;
        long count;
        while ((count = count(c, addrSize)) != 0) {
            long done = 0;
            if (direct && !c.stepping && (c.eflags & Flags.DF) == 0 && addrSize >= 4) {
                done = bulk(c, count);
            }
            if (done == 0) {
                once(c);
                done = 1;
            }
            count -= done;
            setCount(c, addrSize, count);
            if (count == 0 || stops(c)) {
                break;
            }
            budget -= (int) done;
            if (c.stepping || budget < 0 && c.attention) {
                // Goes on after the interrupt: RIP still points here, and its breakpoint has been met already.
                c.rip = rip(c);
                // The engine counts it now; it is to count when it is complete.
                c.instructions--;
                c.eflags |= Flags.RF;
                return;
            }
        }
        c.rip = nextRip(c);
    }

    /** How many elements from an offset stay in its page and do not wrap. */
    final long inPage(Cpu c, int n, int seg) {
        long offset = index(c, n);
        long la = offset + c.segBase[seg];
        return (0x1000 - (la & 0xFFF)) / size;
    }

    static final class Movs extends Strings {
        Movs(Insn i, int size) {
            super(i, size);
        }

        @Override
        protected void once(Cpu c) {
            long from = linear(c, source, index(c, Cpu.RSI), false);
            long v = c.mem.load(from, size);
            c.mem.store(linear(c, Cpu.ES, index(c, Cpu.RDI), true), size, v);
            long step = step(c);
            advance(c, Cpu.RSI, step);
            advance(c, Cpu.RDI, step);
        }

        @Override
        protected long bulk(Cpu c, long count) {
            long n = Math.min(inPage(c, Cpu.RSI, source), inPage(c, Cpu.RDI, Cpu.ES));
            if (Long.compareUnsigned(count, n) < 0) {
                n = count;
            }
            if (n < 2) {
                return 0;
            }
            long from = c.mem.hostRead(index(c, Cpu.RSI) + c.segBase[source]);
            if (from == 0) {
                return 0;
            }
            long to = c.mem.hostWrite(index(c, Cpu.RDI) + c.segBase[Cpu.ES]);
            if (to == 0) {
                return 0;
            }
            long bytes = n * size;
            long ahead = to - from;
            if (ahead > 0 && ahead < bytes) {
                // Overlapping forward: every element is read after the one before it was written.
                for (long k = 0; k < bytes; k += size) {
                    switch (size) {
                        case 1 -> Raw.put8(to + k, Raw.get8(from + k));
                        case 2 -> Raw.put16(to + k, Raw.get16(from + k));
                        case 4 -> Raw.put32(to + k, Raw.get32(from + k));
                        default -> Raw.put64(to + k, Raw.get64(from + k));
                    }
                }
            } else {
                Raw.copy(from, to, bytes);
            }
            advance(c, Cpu.RSI, bytes);
            advance(c, Cpu.RDI, bytes);
            return n;
        }
    }

    static final class Stos extends Strings {
        Stos(Insn i, int size) {
            super(i, size);
        }

        @Override
        protected void once(Cpu c) {
            c.mem.store(linear(c, Cpu.ES, index(c, Cpu.RDI), true), size, c.r[Cpu.RAX]);
            advance(c, Cpu.RDI, step(c));
        }

        @Override
        protected long bulk(Cpu c, long count) {
            long n = inPage(c, Cpu.RDI, Cpu.ES);
            if (Long.compareUnsigned(count, n) < 0) {
                n = count;
            }
            if (n < 2) {
                return 0;
            }
            long to = c.mem.hostWrite(index(c, Cpu.RDI) + c.segBase[Cpu.ES]);
            if (to == 0) {
                return 0;
            }
            long bytes = n * size;
            long v = c.r[Cpu.RAX];
            if (size == 1 || v == 0) {
                Raw.fill(to, bytes, (int) v);
            } else {
                for (long k = 0; k < bytes; k += size) {
                    switch (size) {
                        case 2 -> Raw.put16(to + k, (int) v);
                        case 4 -> Raw.put32(to + k, (int) v);
                        default -> Raw.put64(to + k, v);
                    }
                }
            }
            advance(c, Cpu.RDI, bytes);
            return n;
        }
    }

    static final class Lods extends Strings {
        Lods(Insn i, int size) {
            super(i, size);
        }

        @Override
        protected void once(Cpu c) {
            long v = c.mem.load(linear(c, source, index(c, Cpu.RSI), false), size);
            Registers.set(c, Cpu.RAX, size, v);
            advance(c, Cpu.RSI, step(c));
        }
    }

    static final class Scas extends Strings {
        Scas(Insn i, int size) {
            super(i, size);
        }

        @Override
        protected void once(Cpu c) {
            long v = c.mem.load(linear(c, Cpu.ES, index(c, Cpu.RDI), false), size);
            Alu.binary(c, 7, size, c.r[Cpu.RAX], v);
            advance(c, Cpu.RDI, step(c));
        }

        @Override
        boolean stops(Cpu c) {
            return (c.flagResult == 0) != (rep == 0xF3);
        }
    }

    static final class Cmps extends Strings {
        Cmps(Insn i, int size) {
            super(i, size);
        }

        @Override
        protected void once(Cpu c) {
            long a = c.mem.load(linear(c, source, index(c, Cpu.RSI), false), size);
            long b = c.mem.load(linear(c, Cpu.ES, index(c, Cpu.RDI), false), size);
            Alu.binary(c, 7, size, a, b);
            long step = step(c);
            advance(c, Cpu.RSI, step);
            advance(c, Cpu.RDI, step);
        }

        @Override
        boolean stops(Cpu c) {
            return (c.flagResult == 0) != (rep == 0xF3);
        }
    }
}
