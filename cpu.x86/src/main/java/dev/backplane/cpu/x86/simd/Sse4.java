package dev.backplane.cpu.x86.simd;

import dev.backplane.cpu.x86.Cpu;

/** Instructions of SSE4, AES and PCLMULQDQ that work on a whole register. */
final class Sse4 {
    private Sse4() {
    }

    static long blendBytes(long mask, long yes, long no) {
        return Swar.select(Swar.spread(mask, Swar.B, 8), yes, no);
    }

    static long blendSingles(long mask, long yes, long no) {
        return Swar.select(Swar.spread(mask, Swar.D, 32), yes, no);
    }

    static long blendDoubles(long mask, long yes, long no) {
        return mask < 0 ? yes : no;
    }

    /** PBLENDVB and its kin: the mask is XMM0. */
    static XmmFn blendv(VexMoves.Choice f) {
        return (c, x, d, lo, hi) -> {
            long m = x[0];
            long n = x[1];
            x[d] = f.apply(m, lo, x[d]);
            x[d + 1] = f.apply(n, hi, x[d + 1]);
        };
    }

    /** A 128-bit mask half from bits, each for {@code width} bits. */
    private static long expand(int bits, int width) {
        long r = 0;
        long unit = -1L >>> 64 - width;
        for (int i = 0; i < 64 / width; i++) {
            if ((bits >> i & 1) != 0) {
                r |= unit << i * width;
            }
        }
        return r;
    }

    /** BLENDPS, BLENDPD and PBLENDW. */
    static XmmFn blend(int imm, int width) {
        long m = expand(imm, width);
        long n = expand(imm >> 64 / width, width);
        return (c, x, d, lo, hi) -> {
            x[d] = Swar.select(m, lo, x[d]);
            x[d + 1] = Swar.select(n, hi, x[d + 1]);
        };
    }

    static void ptest(Cpu c, long[] x, int d, long lo, long hi) {
        test(c, x[d] & lo | x[d + 1] & hi, ~x[d] & lo | ~x[d + 1] & hi);
    }

    /** Sets ZF if the first is zero and CF if the second is; clears the other flags. */
    static void test(Cpu c, long and, long andNot) {
        c.setArithmeticFlags((and == 0 ? 0x40 : 0) | (andNot == 0 ? 1 : 0));
    }

    static void phminposuw(Cpu c, long[] x, int d, long lo, long hi) {
        int best = 0x10000;
        int at = 0;
        for (int i = 0; i < 8; i++) {
            int w = (int) ((i < 4 ? lo : hi) >>> (i << 4)) & 0xFFFF;
            if (w < best) {
                best = w;
                at = i;
            }
        }
        x[d] = best | (long) at << 16;
        x[d + 1] = 0;
    }

    static XmmFn mpsadbw(int imm) {
        int from = imm & 4;
        int block = (imm & 3) * 4;
        return (c, x, d, lo, hi) -> {
            long four = Shuffle.window(lo, hi, block) & 0xFFFFFFFFL;
            long a = x[d];
            long b = x[d + 1];
            long r = 0;
            long s = 0;
            for (int i = 0; i < 4; i++) {
                r |= Multiply.sumOfDifferences(Shuffle.window(a, b, from + i) & 0xFFFFFFFFL, four) << (i << 4);
                s |= Multiply.sumOfDifferences(Shuffle.window(a, b, from + i + 4) & 0xFFFFFFFFL, four) << (i << 4);
            }
            x[d] = r;
            x[d + 1] = s;
        };
    }

    /** INSERTPS; a memory operand is its one doubleword, whatever the selector says. */
    static XmmFn insertps(int imm, boolean mem) {
        int from = mem ? 0 : imm >> 6;
        int to = imm >> 4 & 3;
        return (c, x, d, lo, hi) -> {
            long v = Shuffle.doubleword(lo, hi, from);
            long m = 0xFFFFFFFFL << ((to & 1) << 5);
            int half = to >> 1;
            x[d + half] = x[d + half] & ~m | v << ((to & 1) << 5);
            x[d] &= ~expand(imm & 3, 32);
            x[d + 1] &= ~expand(imm >> 2 & 3, 32);
        };
    }

    /** PMOVSX and PMOVZX: the first elements of {@code from} bits become {@code to} bits wide. */
    static XmmFn extend(int from, int to, boolean signed) {
        int n = 64 / to;
        return (c, x, d, lo, hi) -> {
            x[d] = extend(lo, from, to, n, signed);
            x[d + 1] = extend(lo >>> n * from, from, to, n, signed);
        };
    }

    private static long extend(long v, int from, int to, int n, boolean signed) {
        long r = 0;
        for (int i = 0; i < n; i++) {
            long e = v << 64 - from - i * from;
            e = signed ? e >> 64 - from : e >>> 64 - from;
            r |= (e & -1L >>> 64 - to) << i * to;
        }
        return r;
    }

    static void aesenc(Cpu c, long[] x, int d, long lo, long hi) {
        long a = x[d];
        long b = x[d + 1];
        x[d] = Aes.encrypt(a, b, 0) ^ lo;
        x[d + 1] = Aes.encrypt(a, b, 1) ^ hi;
    }

    static void aesenclast(Cpu c, long[] x, int d, long lo, long hi) {
        long a = x[d];
        long b = x[d + 1];
        x[d] = Aes.encryptLast(a, b, 0) ^ lo;
        x[d + 1] = Aes.encryptLast(a, b, 1) ^ hi;
    }

    static void aesdec(Cpu c, long[] x, int d, long lo, long hi) {
        long a = x[d];
        long b = x[d + 1];
        x[d] = Aes.decrypt(a, b, 0) ^ lo;
        x[d + 1] = Aes.decrypt(a, b, 1) ^ hi;
    }

    static void aesdeclast(Cpu c, long[] x, int d, long lo, long hi) {
        long a = x[d];
        long b = x[d + 1];
        x[d] = Aes.decryptLast(a, b, 0) ^ lo;
        x[d + 1] = Aes.decryptLast(a, b, 1) ^ hi;
    }

    static void aesimc(Cpu c, long[] x, int d, long lo, long hi) {
        x[d] = Aes.inverseMix(lo);
        x[d + 1] = Aes.inverseMix(hi);
    }

    static XmmFn aeskeygenassist(int imm) {
        return (c, x, d, lo, hi) -> {
            x[d] = Aes.keyAssist(lo, imm);
            x[d + 1] = Aes.keyAssist(hi, imm);
        };
    }

    static XmmFn pclmulqdq(int imm) {
        int half = imm & 1;
        boolean high = (imm & 16) != 0;
        return (c, x, d, lo, hi) -> {
            long a = x[d + half];
            long b = high ? hi : lo;
            x[d] = Polynomial.low(a, b);
            x[d + 1] = Polynomial.high(a, b);
        };
    }

    /** PCMPISTRI (index) and PCMPISTRM. */
    static XmmFn pcmpistr(int imm, boolean index) {
        return (c, x, d, lo, hi) -> string(c, x, d, lo, hi, imm, index,
            StringCompare.implicitLength(x[d], x[d + 1], imm), StringCompare.implicitLength(lo, hi, imm));
    }

    /** PCMPESTRI (index) and PCMPESTRM. */
    static XmmFn pcmpestr(int imm, boolean index, boolean wide) {
        return (c, x, d, lo, hi) -> {
            long a = wide ? c.r[Cpu.RAX] : (int) c.r[Cpu.RAX];
            long b = wide ? c.r[Cpu.RDX] : (int) c.r[Cpu.RDX];
            string(c, x, d, lo, hi, imm, index, StringCompare.explicitLength(a, imm),
                StringCompare.explicitLength(b, imm));
        };
    }

    private static void string(Cpu c, long[] x, int d, long lo, long hi, int imm, boolean index, int la, int lb) {
        int bits = StringCompare.compare(x[d], x[d + 1], la, lo, hi, lb, imm);
        c.setArithmeticFlags(StringCompare.flags(bits, la, lb, imm));
        if (index) {
            c.r[Cpu.RCX] = StringCompare.index(bits, imm);
        } else {
            x[0] = StringCompare.mask(bits, imm, 0);
            x[1] = StringCompare.mask(bits, imm, 1);
        }
    }
}
