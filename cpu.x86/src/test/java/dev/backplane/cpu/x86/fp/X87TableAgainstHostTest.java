package dev.backplane.cpu.x86.fp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.simd.Guest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every encoding from D8 to DF, decoded and executed, does what the host does with it. */
class X87TableAgainstHostTest {
    private static final int BATCH = Integer.getInteger("backplane.x87.cases", 60);
    private static final int FLAGS = 0x8D5;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final String LOAD_FLAGS = "ff77689d";
    private static final String SAVE_FLAGS = "9c8f4768";

    private final Guest guest = new Guest();

    @AfterEach
    void free() {
        guest.close();
    }

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    @Test
    void everyEncodingDoesWhatTheHostDoes() {
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (int opcode = 0xD8; opcode <= 0xDF; opcode++) {
            for (int reg = 0; reg < 8; reg++) {
                if (!excludedMemory(opcode, reg)) {
                    checked += run("%02x%02x58".formatted(opcode, 0x47 + 8 * reg), false, wrong);
                }
            }
            for (int modrm = 0xC0; modrm < 0x100; modrm++) {
                if (!excluded(opcode, modrm)) {
                    checked += run("%02x%02x".formatted(opcode, modrm), opcode == 0xD9 && modrm >= 0xF0, wrong);
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(checked > 450, "only " + checked + " encodings");
    }

    /** Environments and states: too large for the record, and with pointers of the host; decimals of any digits. */
    private static boolean excludedMemory(int opcode, int reg) {
        return opcode == 0xD9 && (reg == 4 || reg == 6) || opcode == 0xDD && (reg == 4 || reg == 6)
            || opcode == 0xDF && reg == 4;
    }

    /** Aliases that the manuals do not list. */
    private static boolean excluded(int opcode, int modrm) {
        return opcode == 0xD9 && modrm >= 0xD8 && modrm < 0xE0 || opcode == 0xDB && modrm == 0xE4;
    }

    private int run(String code, boolean approximate, List<String> wrong) {
        Op op = guest.decode(code);
        if (op.getClass() == guest.decode("0f0b").getClass()) {
            return 0;
        }
        HostThunk host = HostThunk.x87(LOAD_FLAGS + code + SAVE_FLAGS);
        Operands rnd = new Operands(code.hashCode());
        MemorySegment m = HostThunk.records(BATCH);
        long[][] in = new long[BATCH][];
        for (int i = 0; i < BATCH; i++) {
            in[i] = operands(rnd, approximate);
            long o = (long) i * HostThunk.RECORD;
            for (int n = 0; n < 5; n++) {
                m.set(LONG, o + 8 * n, in[i][n]);
            }
            m.set(LONG, o + 88, in[i][5]);
            m.set(LONG, o + 96, in[i][6]);
            m.set(LONG, o + 104, in[i][7]);
        }
        host.run(m, BATCH);
        Cpu c = guest.c;
        FpuState f = c.fpu;
        for (int i = 0; i < BATCH; i++) {
            f.initX87();
            X87.push(f, (int) in[i][3] & 0xFFFF, in[i][2]);
            X87.push(f, (int) in[i][1] & 0xFFFF, in[i][0]);
            f.control = (int) in[i][4] & 0xFFFF;
            c.r[Cpu.RDI] = 0x2000;
            guest.put64(0x2058, in[i][5]);
            guest.put64(0x2060, in[i][6]);
            c.setArithmeticFlags((int) in[i][7]);
            int fault = guest.run(op);
            long o = (long) i * HostThunk.RECORD;
            long[] want = {-1, m.get(SHORT, o + 80), m.get(LONG, o + 104) & FLAGS, m.get(LONG, o + 88),
                m.get(SHORT, o + 96), m.get(LONG, o + 48), m.get(SHORT, o + 56), m.get(LONG, o + 64),
                m.get(SHORT, o + 72)};
            long[] got = {fault, (short) f.statusWord(), c.flags() & FLAGS, guest.get64(0x2058),
                (short) guest.get64(0x2060), significand(f, 0), exponent(f, 0), significand(f, 1), exponent(f, 1)};
            if (approximate) {
                want = new long[] {want[0], want[1] & 0x3800};
                got = new long[] {got[0], got[1] & 0x3800};
            }
            if (!Arrays.equals(want, got)) {
                if (wrong.size() < 20) {
                    wrong.add("%s\n  in   %s\n  want %s\n  got  %s".formatted(code, hex(in[i]), hex(want), hex(got)));
                }
                break;
            }
        }
        return 1;
    }

    /** st0, st1 (significand, exponent), control word, ten bytes of memory, flags. */
    private static long[] operands(Operands rnd, boolean masked) {
        long[] v = new long[8];
        for (int k = 0; k < 4; k += 2) {
            int se = rnd.se();
            v[k] = rnd.significand(se);
            v[k + 1] = se;
        }
        int control = 0x40 | (masked || rnd.below(2) == 0 || !HostThunk.sameChoices() ? 0x33F : rnd.below(64) | rnd.below(16) << 8);
        if ((control & 0x300) == 0x100) {
            control |= 0x200;
        }
        // A denormal is loaded or not by the vendor's taste if its exception is unmasked.
        v[4] = control | 2 | 0x37F0000L;
        int se = rnd.se();
        v[5] = switch (rnd.below(4)) {
            case 0 -> rnd.f64();
            case 1 -> rnd.f32() & 0xFFFFFFFFL;
            case 2 -> rnd.integer();
            default -> rnd.significand(se);
        };
        v[6] = se;
        v[7] = rnd.any() & FLAGS;
        return v;
    }

    private static String hex(long[] v) {
        return Arrays.stream(v).mapToObj(Long::toHexString).toList().toString();
    }

    private static long significand(FpuState f, int i) {
        return X87.isEmpty(f, i) ? F80.INDEFINITE : f.mant[X87.st(f, i)];
    }

    private static long exponent(FpuState f, int i) {
        return X87.isEmpty(f, i) ? -1 : (short) f.exp[X87.st(f, i)];
    }
}
