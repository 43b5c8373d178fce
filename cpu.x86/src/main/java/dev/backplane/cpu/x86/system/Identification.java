package dev.backplane.cpu.x86.system;

import java.nio.charset.StandardCharsets;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.RmOp;

/**
 * CPUID, the time-stamp counter and random numbers. Family 6 model 1Ch is an in-order processor: kernels know it as one
 * that does not speculate, and leave out what works around speculation.
 */
final class Identification {
    private static final int MAX_LEAF = 0x16;
    private static final int MAX_EXTENDED = 0x80000008;
    private static final int HYPERVISOR = 0x40000000;
    private static final int APIC_BASE = 0x1B;
    private static final int SIGNATURE = 0x000106CA;
    private static final byte[] BRAND =
        pad("Backplane virtual processor (x86-64)");

    private Identification() {
    }

    private static byte[] pad(String s) {
        byte[] b = new byte[48];
        byte[] t = s.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(t, 0, b, 0, t.length);
        return b;
    }

    static final class Cpuid extends Op {
        Cpuid(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            Cpu.serialize();
            int leaf = (int) c.r[Cpu.RAX];
            int sub = (int) c.r[Cpu.RCX];
            if (leaf >= 0 && leaf < HYPERVISOR && leaf > MAX_LEAF || leaf > HYPERVISOR + 0x10) {
                leaf = MAX_LEAF;
            } else if (leaf < 0 && Integer.compareUnsigned(leaf, MAX_EXTENDED) > 0) {
                leaf = MAX_LEAF;
            }
            if (leaf < 0) {
                extended(c, leaf);
            } else if (leaf >= HYPERVISOR) {
                hypervisor(c, leaf);
            } else {
                basic(c, leaf, sub);
            }
        }
    }

    private static void set(Cpu c, int a, int b, int cx, int d) {
        c.r[Cpu.RAX] = a & 0xFFFFFFFFL;
        c.r[Cpu.RBX] = b & 0xFFFFFFFFL;
        c.r[Cpu.RCX] = cx & 0xFFFFFFFFL;
        c.r[Cpu.RDX] = d & 0xFFFFFFFFL;
    }

    private static int text(String s, int at) {
        int v = 0;
        for (int n = 0; n < 4 && at + n < s.length(); n++) {
            v |= s.charAt(at + n) << 8 * n;
        }
        return v;
    }

    private static void basic(Cpu c, int leaf, int sub) {
        boolean v2 = c.model.v2;
        switch (leaf) {
            case 0 -> set(c, MAX_LEAF, text("GenuineIntel", 0), text("GenuineIntel", 8), text("GenuineIntel", 4));
            case 1 -> features(c);
            case 2 -> set(c, 0x00FEFF01, 0, 0, 0);
            case 4 -> cache(c, sub);
            case 6 -> set(c, 4, 0, 0, 0);
            case 7 -> {
                if (sub == 0 && v2) {
                    // FSGSBASE, TSC_ADJUST, SMEP, ERMS, INVPCID, RDSEED, SMAP; UMIP; FSRM, ARCH_CAPABILITIES.
                    int b = 1 | 2 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 18 | 1 << 20;
                    // BMI1, AVX2, BMI2.
                    set(c, 0, c.model.v3 ? b | 1 << 3 | 1 << 5 | 1 << 8 : b, 1 << 2, 1 << 4 | 1 << 29);
                } else {
                    set(c, 0, sub == 0 ? 2 | 1 << 9 : 0, 0, 0);
                }
            }
            case 0xB -> topology(c, sub);
            case 0xD -> {
                if (v2) {
                    extendedState(c, sub);
                } else {
                    set(c, 0, 0, 0, 0);
                }
            }
            case 0x15 -> {
                long g = gcd(c.tscHz, c.apicHz);
                set(c, (int) (c.apicHz / g), (int) (c.tscHz / g), (int) c.apicHz, 0);
            }
            case 0x16 -> {
                int mhz = (int) (c.tscHz / 1_000_000);
                set(c, mhz, mhz, 100, 0);
            }
            default -> set(c, 0, 0, 0, 0);
        }
    }

    /** Leaf 0Dh: state components, XSAVEOPT, XSAVEC and XGETBV with ECX = 1, and where YMM state is. */
    private static void extendedState(Cpu c, int sub) {
        int legacy = ExtendedState.YMM_AT;
        int now = (c.xcr0 & 4) != 0 ? legacy + ExtendedState.YMM_SIZE : legacy;
        boolean v3 = c.model.v3;
        switch (sub) {
            case 0 -> set(c, (int) ExtendedState.supported(c), now, v3 ? legacy + ExtendedState.YMM_SIZE : legacy, 0);
            case 1 -> set(c, v3 ? 7 : 0, v3 ? now : 0, 0, 0);
            case 2 -> set(c, v3 ? ExtendedState.YMM_SIZE : 0, v3 ? legacy : 0, 0, 0);
            default -> set(c, 0, 0, 0, 0);
        }
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static void features(Cpu c) {
        // FPU, DE, PSE, TSC, MSR, PAE, MCE, CX8, APIC, SEP, MTRR, PGE, MCA, CMOV, PAT, PSE36, CLFSH, MMX, FXSR, SSE,
        // SSE2.
        int d = 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 11 | 1 << 12
            | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 17 | 1 << 19 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26;
        if (c.count > 1) {
            d |= 1 << 28;
        }
        if (c.bus.ownsMsr(APIC_BASE) && (c.bus.readMsr(APIC_BASE) & 1 << 11) == 0) {
            d &= ~(1 << 9);
        }
        // x2APIC, TSC deadline, hypervisor.
        int x = 1 << 21 | 1 << 24 | 1 << 31;
        if (c.model.v2) {
            // SSE3, PCLMULQDQ, SSSE3, CX16, PCID, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, RDRAND.
            x |= 1 | 2 | 1 << 9 | 1 << 13 | 1 << 17 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 25 | 1 << 26
                | 1 << 30;
            if ((c.cr4 & Cpu.CR4_OSXSAVE) != 0) {
                x |= 1 << 27;
            }
        }
        if (c.model.v3) {
            // FMA, AVX, F16C.
            x |= 1 << 12 | 1 << 28 | 1 << 29;
        }
        set(c, SIGNATURE, c.number << 24 | Math.min(c.count, 255) << 16 | 8 << 8, x, d);
    }

    /** Deterministic cache parameters: 32 KiB, 32 KiB, 1 MiB for each core, 16 MiB for all. */
    private static void cache(Cpu c, int sub) {
        int cores = (1 << coreBits(c)) - 1 << 26;
        switch (sub) {
            case 0 -> set(c, cores | 0x121, 7 << 22 | 63, 63, 1);
            case 1 -> set(c, cores | 0x122, 7 << 22 | 63, 63, 1);
            case 2 -> set(c, cores | 0x143, 15 << 22 | 63, 1023, 1);
            case 3 -> set(c, cores | (1 << coreBits(c)) - 1 << 14 | 0x163, 15 << 22 | 63, 16383, 6);
            default -> set(c, 0, 0, 0, 0);
        }
    }

    private static int coreBits(Cpu c) {
        return 32 - Integer.numberOfLeadingZeros(c.count - 1);
    }

    private static void topology(Cpu c, int sub) {
        switch (sub) {
            case 0 -> set(c, 0, 1, 0x100, c.number);
            case 1 -> set(c, coreBits(c), c.count, 0x201, c.number);
            default -> set(c, 0, 0, sub & 0xFF, c.number);
        }
    }

    private static void hypervisor(Cpu c, int leaf) {
        switch (leaf) {
            case HYPERVISOR -> set(c, HYPERVISOR + 0x10, text("Backplane", 0), text("Backplane", 4),
                text("Backplane", 8));
            case HYPERVISOR + 0x10 -> set(c, (int) (c.tscHz / 1000), (int) (c.apicHz / 1000), 0, 0);
            default -> set(c, 0, 0, 0, 0);
        }
    }

    private static void extended(Cpu c, int leaf) {
        switch (leaf) {
            case 0x80000000 -> set(c, MAX_EXTENDED, 0, 0, 0);
            // LAHF, LZCNT; SYSCALL, NX, 1 GiB pages, RDTSCP, long mode.
            case 0x80000001 -> set(c, 0, 0, c.model.v3 ? 1 | 1 << 5 : 1, 1 << 11 | 1 << 20 | 1 << 26 | 1 << 27 | 1 << 29);
            case 0x80000002, 0x80000003, 0x80000004 -> {
                int at = (leaf & 7) - 2 << 4;
                set(c, brand(at), brand(at + 4), brand(at + 8), brand(at + 12));
            }
            case 0x80000006 -> set(c, 0, 0, 1024 << 16 | 6 << 12 | 64, 0);
            case 0x80000007 -> set(c, 0, 0, 0, 1 << 8);
            case 0x80000008 -> set(c, 48 << 8 | CpuModel.PHYSICAL_BITS, 0, 0, 0);
            default -> set(c, 0, 0, 0, 0);
        }
    }

    private static int brand(int at) {
        return BRAND[at] & 0xFF | (BRAND[at + 1] & 0xFF) << 8 | (BRAND[at + 2] & 0xFF) << 16 | BRAND[at + 3] << 24;
    }

    private static void checkTsd(Cpu c) {
        if ((c.cr4 & Cpu.CR4_TSD) != 0 && c.cpl != 0) {
            throw c.gp(0);
        }
    }

    /** RDTSC and RDTSCP. */
    static final class Rdtsc extends Op {
        private final boolean aux;

        Rdtsc(Insn i, boolean aux) {
            super(i);
            this.aux = aux;
        }

        @Override
        public void exec(Cpu c) {
            checkTsd(c);
            long v = c.bus.readTsc();
            c.r[Cpu.RAX] = v & 0xFFFFFFFFL;
            c.r[Cpu.RDX] = v >>> 32;
            if (aux) {
                c.r[Cpu.RCX] = c.sys.tscAux & 0xFFFFFFFFL;
            }
        }
    }

    /** RDPMC: there are no counters. */
    static final class Rdpmc extends Op {
        Rdpmc(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            throw c.gp(0);
        }
    }

    /** RDRAND and RDSEED. */
    static final class Random extends RmOp {
        Random(Insn i) {
            super(i, i.opSize);
        }

        @Override
        public void exec(Cpu c) {
            if (!c.model.v2) {
                throw c.ud();
            }
            Registers.set(c, rm, size, c.random.getAsLong());
            c.setArithmeticFlags(Flags.CF);
        }
    }
}
