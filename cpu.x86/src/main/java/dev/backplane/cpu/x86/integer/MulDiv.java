package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/** MUL, IMUL, DIV and IDIV. */
public final class MulDiv {
    private MulDiv() {
    }

    private static void flags(Cpu c, long result, boolean overflow) {
        c.flagResult = result;
        // CF and OF alike: bit 62 stays clear.
        c.flagCarry = overflow ? 1L << 63 : 0;
    }

    /** The two- and three-operand IMUL. */
    public static long imul(Cpu c, int size, long a, long b) {
        a = Registers.signExtend(a, size);
        b = Registers.signExtend(b, size);
        long p = a * b;
        long s = Registers.signExtend(p, size);
        boolean overflow = size == 8 ? Math.multiplyHigh(a, b) != p >> 63 : s != p;
        flags(c, s, overflow);
        return p;
    }

    /** MUL and one-operand IMUL: the double-width product goes to AX, DX:AX, EDX:EAX or RDX:RAX. */
    static void multiply(Cpu c, int size, long v, boolean signed) {
        long[] r = c.r;
        if (size == 8) {
            long a = r[Cpu.RAX];
            long low = a * v;
            long high = signed ? Math.multiplyHigh(a, v) : Math.unsignedMultiplyHigh(a, v);
            r[Cpu.RAX] = low;
            r[Cpu.RDX] = high;
            flags(c, low, signed ? high != low >> 63 : high != 0);
            return;
        }
        long a = signed ? Registers.signExtend(r[Cpu.RAX], size) : Registers.zeroExtend(r[Cpu.RAX], size);
        long b = signed ? Registers.signExtend(v, size) : v;
        long p = a * b;
        int bits = 8 * size;
        if (size == 1) {
            Registers.set(c, Cpu.RAX, 2, p);
        } else {
            Registers.set(c, Cpu.RAX, size, p);
            Registers.set(c, Cpu.RDX, size, p >>> bits);
        }
        long s = Registers.signExtend(p, size);
        flags(c, s, signed ? s != p : p >>> bits != 0);
    }

    static void divide(Cpu c, int size, long v, boolean signed) {
        if (v == 0) {
            throw c.fault(CpuFault.DE);
        }
        if (size == 8) {
            divide128(c, v, signed);
            return;
        }
        long[] r = c.r;
        int bits = 8 * size;
        long n = size == 1 ? r[Cpu.RAX] & 0xFFFF
            : Registers.zeroExtend(r[Cpu.RDX], size) << bits | Registers.zeroExtend(r[Cpu.RAX], size);
        long q;
        long m;
        if (signed) {
            n = Registers.signExtend(n, 2 * size);
            long d = Registers.signExtend(v, size);
            if (n == Long.MIN_VALUE && d == -1) {
                throw c.fault(CpuFault.DE);
            }
            q = n / d;
            m = n % d;
            if (q != Registers.signExtend(q, size)) {
                throw c.fault(CpuFault.DE);
            }
        } else {
            q = Long.divideUnsigned(n, v);
            m = Long.remainderUnsigned(n, v);
            if (q >>> bits != 0) {
                throw c.fault(CpuFault.DE);
            }
        }
        if (size == 1) {
            Registers.set(c, Cpu.RAX, 2, m << 8 | q & 0xFF);
        } else {
            Registers.set(c, Cpu.RAX, size, q);
            Registers.set(c, Cpu.RDX, size, m);
        }
    }

    private static void divide128(Cpu c, long v, boolean signed) {
        long[] r = c.r;
        long high = r[Cpu.RDX];
        long low = r[Cpu.RAX];
        if (!signed) {
            if (high == 0) {
                r[Cpu.RAX] = Long.divideUnsigned(low, v);
                r[Cpu.RDX] = Long.remainderUnsigned(low, v);
                return;
            }
            if (Long.compareUnsigned(high, v) >= 0) {
                throw c.fault(CpuFault.DE);
            }
            long q = quotient(high, low, v);
            r[Cpu.RAX] = q;
            r[Cpu.RDX] = low - q * v;
            return;
        }
        if (high == low >> 63 && !(low == Long.MIN_VALUE && v == -1)) {
            r[Cpu.RAX] = low / v;
            r[Cpu.RDX] = low % v;
            return;
        }
        boolean negative = high < 0;
        long nl = low;
        long nh = high;
        if (negative) {
            nl = -low;
            nh = ~high + (low == 0 ? 1 : 0);
        }
        long d = v < 0 ? -v : v;
        if (Long.compareUnsigned(nh, d) >= 0) {
            throw c.fault(CpuFault.DE);
        }
        long q = quotient(nh, nl, d);
        long m = nl - q * d;
        boolean negativeQuotient = negative != v < 0;
        if (negativeQuotient ? Long.compareUnsigned(q, Long.MIN_VALUE) > 0 : q < 0) {
            throw c.fault(CpuFault.DE);
        }
        r[Cpu.RAX] = negativeQuotient ? -q : q;
        r[Cpu.RDX] = negative ? -m : m;
    }

    /** The quotient of high:low by d, high below d; schoolbook division in base 2^32 (Knuth, algorithm D). */
    static long quotient(long high, long low, long d) {
        int s = Long.numberOfLeadingZeros(d);
        if (s != 0) {
            d <<= s;
            high = high << s | low >>> 64 - s;
            low <<= s;
        }
        long dh = d >>> 32;
        long dl = d & 0xFFFFFFFFL;
        long q1 = digit(high, low >>> 32, d, dh, dl);
        long rest = (high << 32 | low >>> 32) - q1 * d;
        long q0 = digit(rest, low & 0xFFFFFFFFL, d, dh, dl);
        return q1 << 32 | q0;
    }

    private static long digit(long high, long next, long d, long dh, long dl) {
        long q = Long.divideUnsigned(high, dh);
        long rest = high - q * dh;
        while (q >>> 32 != 0 || Long.compareUnsigned(q * dl, rest << 32 | next) > 0) {
            q--;
            rest += dh;
            if (rest >>> 32 != 0) {
                break;
            }
        }
        return q;
    }

    /** F6 and F7, members 4 to 7. */
    static final class Group3 extends RmOp {
        private final int kind;

        Group3(Insn i, int size) {
            super(i, size);
            kind = i.regLow;
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            if (kind < 6) {
                multiply(c, size, v, kind == 5);
            } else {
                divide(c, size, v, kind == 7);
            }
        }
    }

    /** IMUL with a register destination: 0F AF, and 69 and 6B with an immediate. */
    static final class Imul extends RmOp {
        private final boolean immediate;
        private final long imm;

        Imul(Insn i, boolean immediate) {
            super(i, i.opSize);
            this.immediate = immediate;
            imm = i.imm;
        }

        @Override
        public void exec(Cpu c) {
            long v = readRm(c);
            writeReg(c, imul(c, size, v, immediate ? imm : c.r[reg]));
        }
    }
}
