package dev.backplane.cpu.x86.fp;

import static dev.backplane.cpu.x86.fp.Unpacked.FINITE;
import static dev.backplane.cpu.x86.fp.Unpacked.INF;
import static dev.backplane.cpu.x86.fp.Unpacked.ZERO;

import dev.backplane.cpu.x86.FpuState;

/** The transcendental instructions of the x87 unit (Intel SDM Vol. 1, 8.3.7 and 8.3.8; special cases of Vol. 2). */
final class X87Functions {
    private static final int LARGEST_ANGLE = 63;

    private X87Functions() {
    }

    /** Rounds a function's value, which is never exact, to {@code e.r}. */
    private static void inexact(FpEnv e, Wide v) {
        e.r.neg = v.neg;
        e.r.exp = v.exp;
        e.r.sig = v.hi;
        e.lo = v.lo | 1;
        SoftFloat.round(e, 64, F80.EMIN, F80.EMAX);
    }

    private static void exact(FpEnv e, Wide v) {
        e.r.neg = v.neg;
        e.r.exp = v.exp;
        e.r.sig = v.hi;
        e.lo = v.lo;
        SoftFloat.round(e, 64, F80.EMIN, F80.EMAX);
    }

    private static boolean empty(FpuState f, boolean two) {
        if (X87.isEmpty(f, 0) || two && X87.isEmpty(f, 1)) {
            if (X87.underflow(f)) {
                X87.setIndefinite(f, two ? 1 : 0);
                if (two) {
                    X87.pop(f);
                }
            }
            return true;
        }
        return false;
    }

    /** Writes {@code e.r} to ST(0), or to ST(1) and pops. */
    private static void finish(FpuState f, FpEnv e, boolean two) {
        if (X87.end(f, e)) {
            X87.setResult(f, two ? 1 : 0, e.r);
            if (two) {
                X87.pop(f);
            }
        }
    }

    private static void denormal(FpEnv e) {
        if (e.a.denormal || e.b.denormal) {
            e.flags |= FpEnv.DE;
        }
    }

    static void f2xm1(FpuState f) {
        FpEnv e = X87.begin(f);
        if (empty(f, false)) {
            return;
        }
        X87.load(e.a, f, 0);
        e.b.denormal = false;
        if (!F80.nan1(e)) {
            denormal(e);
            e.r.set(e.a);
            if (e.a.cls == INF) {
                if (e.a.neg) {
                    F80.integer(e.r, -1);
                }
            } else if (e.a.cls == FINITE && e.a.exp < 0) {
                Elementary m = e.elementary;
                m.x.set(e.a);
                m.exponential();
                inexact(e, m.x);
            } else if (e.a.cls == FINITE && e.a.exp == 0 && e.a.sig == Unpacked.TOP && e.a.neg) {
                e.r.exp = -1;
            }
            // 2^1 - 1 is 1, and beyond that the result is undefined.
        }
        finish(f, e, false);
    }

    static void fsin(FpuState f) {
        trigonometric(f, true, false);
    }

    static void fcos(FpuState f) {
        trigonometric(f, false, true);
    }

    static void fsincos(FpuState f) {
        trigonometric(f, true, true);
    }

    private static void trigonometric(FpuState f, boolean sin, boolean cos) {
        FpEnv e = X87.begin(f);
        f.status &= ~X87.C2;
        boolean both = sin && cos;
        if (!ready(f, both)) {
            return;
        }
        X87.load(e.a, f, 0);
        e.b.denormal = false;
        if (special(f, e, both)) {
            return;
        }
        Elementary m = e.elementary;
        if (e.a.cls == ZERO) {
            m.cosine.one();
            e.r.zero(e.a.neg);
            if (!sin) {
                exact(e, m.cosine);
            }
            if (X87.end(f, e)) {
                X87.setResult(f, 0, e.r);
                if (both) {
                    X87.push(f, 0x3FFF, Unpacked.TOP);
                }
            }
            return;
        }
        quadrant(m, e);
        inexact(e, sin ? m.sine : m.cosine);
        if (!both) {
            finish(f, e, false);
            return;
        }
        e.b.set(e.r);
        inexact(e, m.cosine);
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.b);
            f.top = f.top - 1 & 7;
            X87.setResult(f, 0, e.r);
        }
    }

    /** Sine and cosine of {@code e.a}. */
    private static void quadrant(Elementary m, FpEnv e) {
        m.x.set(e.a);
        int q = m.reduce();
        m.sineAndCosine();
        if ((q & 1) != 0) {
            m.x.set(m.sine);
            m.sine.set(m.cosine);
            m.cosine.set(m.x);
        }
        m.sine.neg ^= (q & 2) != 0;
        m.cosine.neg ^= q == 1 || q == 2;
    }

    /** Whether there is an operand, and room for a second result; if not, the masked response has been given. */
    private static boolean ready(FpuState f, boolean push) {
        boolean empty = X87.isEmpty(f, 0);
        if (!empty && (!push || X87.isEmpty(f, 7))) {
            return true;
        }
        if (empty ? X87.underflow(f) : X87.overflow(f)) {
            X87.setIndefinite(f, 0);
            if (push) {
                X87.push(f, F80.INDEFINITE_SE, F80.INDEFINITE);
            }
        }
        return false;
    }

    /** NaN, infinity, and angles that are too large: whether the instruction is done. */
    private static boolean special(FpuState f, FpEnv e, boolean push) {
        if (e.a.cls == INF) {
            SoftFloat.invalid(e);
        } else if (!F80.nan1(e)) {
            denormal(e);
            if (e.a.cls == FINITE && e.a.exp >= LARGEST_ANGLE) {
                X87.end(f, e);
                f.status |= X87.C2;
                return true;
            }
            return false;
        }
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
            if (push) {
                X87.push(f, e.r.se80(), e.r.sig);
            }
        }
        return true;
    }

    static void fptan(FpuState f) {
        FpEnv e = X87.begin(f);
        f.status &= ~X87.C2;
        if (!ready(f, true)) {
            return;
        }
        X87.load(e.a, f, 0);
        e.b.denormal = false;
        if (special(f, e, true)) {
            return;
        }
        if (e.a.cls == ZERO) {
            e.r.zero(e.a.neg);
        } else {
            Elementary m = e.elementary;
            quadrant(m, e);
            m.x.div(m.sine, m.cosine);
            inexact(e, m.x);
        }
        if (X87.end(f, e)) {
            X87.setResult(f, 0, e.r);
            X87.push(f, 0x3FFF, Unpacked.TOP);
        }
    }

    static void fpatan(FpuState f) {
        FpEnv e = X87.begin(f);
        if (empty(f, true)) {
            return;
        }
        X87.load(e.a, f, 0);
        X87.load(e.b, f, 1);
        if (!F80.nan(e)) {
            denormal(e);
            arcTangent(e);
        }
        finish(f, e, true);
    }

    /** The angle of (x, y) = (e.a, e.b). */
    private static void arcTangent(FpEnv e) {
        Unpacked x = e.a;
        Unpacked y = e.b;
        Elementary m = e.elementary;
        if (y.cls == INF) {
            m.quarterPi(x.cls != INF ? 2 : x.neg ? 3 : 1);
        } else if (x.cls == INF || y.cls == ZERO) {
            if (!x.neg) {
                e.r.zero(y.neg);
                return;
            }
            m.quarterPi(4);
        } else if (x.cls == ZERO) {
            m.quarterPi(2);
        } else {
            m.x.set(x);
            m.y.set(y);
            m.arcTangent();
        }
        m.x.neg = y.neg;
        inexact(e, m.x);
    }

    static void fyl2x(FpuState f) {
        FpEnv e = X87.begin(f);
        if (empty(f, true)) {
            return;
        }
        X87.load(e.a, f, 0);
        X87.load(e.b, f, 1);
        if (!F80.nan(e)) {
            logarithm(e);
        }
        finish(f, e, true);
    }

    /** e.b * log2(e.a). */
    private static void logarithm(FpEnv e) {
        Unpacked x = e.a;
        Unpacked y = e.b;
        Unpacked r = e.r;
        if (x.cls == ZERO) {
            if (y.cls == ZERO) {
                SoftFloat.invalid(e);
                return;
            }
            if (y.cls == FINITE) {
                e.flags |= FpEnv.ZE;
            }
            r.infinity(!y.neg);
            return;
        }
        if (x.neg) {
            SoftFloat.invalid(e);
            return;
        }
        boolean isOne = x.cls == FINITE && x.exp == 0 && x.sig == Unpacked.TOP;
        boolean below = x.cls == FINITE && x.exp < 0;
        if (x.cls == INF && y.cls == ZERO || y.cls == INF && isOne) {
            SoftFloat.invalid(e);
            return;
        }
        denormal(e);
        if (x.cls == INF || y.cls == INF) {
            r.infinity(y.neg ^ below);
            return;
        }
        if (isOne || y.cls == ZERO) {
            r.zero(y.neg ^ below);
            return;
        }
        Elementary m = e.elementary;
        m.x.set(x);
        m.logarithm();
        m.sine.set(y);
        m.cosine.mul(m.x, m.sine);
        if (x.sig == Unpacked.TOP) {
            // The logarithm is an integer, but processors report an inexact result all the same.
            exact(e, m.cosine);
            e.flags |= e.r.cls == FINITE && e.r.sig >= 0 ? FpEnv.PE | FpEnv.UE : FpEnv.PE;
        } else {
            inexact(e, m.cosine);
        }
    }

    static void fyl2xp1(FpuState f) {
        FpEnv e = X87.begin(f);
        if (empty(f, true)) {
            return;
        }
        X87.load(e.a, f, 0);
        X87.load(e.b, f, 1);
        if (!F80.nan(e)) {
            logarithmPlusOne(e);
        }
        finish(f, e, true);
    }

    /** e.b * log2(1 + e.a). */
    private static void logarithmPlusOne(FpEnv e) {
        Unpacked x = e.a;
        Unpacked y = e.b;
        Unpacked r = e.r;
        boolean outside = x.neg && (x.cls == INF || x.cls == FINITE && x.exp >= 0);
        if (outside || x.cls == INF && y.cls == ZERO || y.cls == INF && x.cls == ZERO) {
            SoftFloat.invalid(e);
            return;
        }
        denormal(e);
        boolean neg = x.neg ^ y.neg;
        if (x.cls == INF || y.cls == INF) {
            r.infinity(neg);
            return;
        }
        if (x.cls == ZERO || y.cls == ZERO) {
            r.zero(neg);
            return;
        }
        Elementary m = e.elementary;
        m.x.set(x);
        m.logarithmPlusOne();
        m.sine.set(y);
        m.cosine.mul(m.x, m.sine);
        inexact(e, m.cosine);
    }
}
