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

    /** Environments and states: too large for the record, and with pointers of the host. */
    private static boolean excludedMemory(int opcode, int reg) {
        return opcode == 0xD9 && (reg == 4 || reg == 6) || opcode == 0xDD && (reg == 4 || reg == 6);
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
            String want = "-1 sw %04x flags %03x mem %016x %04x".formatted(m.get(SHORT, o + 80),
                m.get(LONG, o + 104) & FLAGS, m.get(LONG, o + 88), m.get(SHORT, o + 96));
            String got = "%d sw %04x flags %03x mem %016x %04x".formatted(fault, (short) f.statusWord(),
                c.flags() & FLAGS, guest.get64(0x2058), (short) guest.get64(0x2060));
            if (approximate) {
                want = want.replaceFirst("sw .*", "");
                got = got.replaceFirst("sw .*", "");
            } else {
                want += show(m, o + 48) + show(m, o + 64);
                got += show(f, 0) + show(f, 1);
            }
            if (!want.equals(got)) {
                if (wrong.size() < 20) {
                    wrong.add("%s cw %x st0 %04x:%016x st1 %04x:%016x mem %x %x flags %x\n  want %s\n  got  %s".formatted(
                        code, in[i][4] & 0xFFFF, in[i][1], in[i][0], in[i][3], in[i][2], in[i][5], in[i][6],
                        in[i][7], want, got));
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
        int control = 0x40 | (masked || rnd.below(2) == 0 ? 0x33F : rnd.below(64) | rnd.below(16) << 8);
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

    private static String show(MemorySegment m, long at) {
        return " %04x:%016x".formatted(m.get(SHORT, at + 8), m.get(LONG, at));
    }

    private static String show(FpuState f, int i) {
        if (X87.isEmpty(f, i)) {
            return " ffff:c000000000000000";
        }
        int p = X87.st(f, i);
        return " %04x:%016x".formatted((short) f.exp[p], f.mant[p]);
    }
}
