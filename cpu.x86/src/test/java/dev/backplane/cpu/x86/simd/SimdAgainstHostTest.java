package dev.backplane.cpu.x86.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.fp.HostThunk;
import dev.backplane.cpu.x86.fp.Operands;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every entry of the SIMD tables, between registers and with memory, does what the host processor does. */
class SimdAgainstHostTest {
    private static final int CASES = Integer.getInteger("backplane.simd.cases", 40);
    private static final int[] PREFIX = {-1, 0x66, 0xF3, 0xF2};
    private static final String[] MAP = {"", "0f", "0f38", "0f3a"};
    private static final long RFLAGS = 0x8D5;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final Guest guest = new Guest();
    private final Class<?> undefined = guest.decode("0f0b").getClass();

    @AfterEach
    void free() {
        guest.close();
    }

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    @Test
    void everyInstructionDoesWhatTheHostDoes() {
        OpTable table = new OpTable();
        SimdTable.addTo(table);
        List<String> wrong = new ArrayList<>();
        int checked = 0;
        for (int map = 1; map < 4; map++) {
            for (int prefix = 0; prefix < 4; prefix++) {
                for (int opcode = 0; opcode < 256; opcode++) {
                    OpTable.Entry e = table.get(map, prefix, opcode);
                    if (e != null && e.modrm() && !excluded(map, opcode)) {
                        checked += check(e, map, prefix, opcode, wrong);
                    }
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(checked > 1000, "only " + checked + " encodings");
    }

    /** The approximations differ from processor to processor, and the masked moves go to memory. */
    private static boolean excluded(int map, int opcode) {
        return map == 1 && (opcode == 0x52 || opcode == 0x53 || opcode == 0xF7);
    }

    private int check(OpTable.Entry e, int map, int prefix, int opcode, List<String> wrong) {
        boolean imm = e.imm() != OpTable.Imm.NONE;
        boolean group = map == 1 && opcode >= 0x71 && opcode <= 0x73;
        boolean strings = map == 3 && opcode >= 0x60 && opcode < 0x64;
        Operands rnd = new Operands(map * 1000 + prefix * 300 + opcode);
        int count = 0;
        int imms = !imm ? 1 : strings ? 256 : group ? 12 : 24;
        for (int k = 0; k < imms; k++) {
            int value = imms == 256 || k < 20 ? k : rnd.below(256);
            for (int form = 0; form < 8; form++) {
                // Groups: the member in reg. Others: both directions between registers, and [rdi + 16].
                int modrm = group ? 0xC0 + 8 * form : new int[] {0xC1, 0xC8, 0x47}[Math.min(form, 2)];
                if (!group && form > 2 || strings && form == 1) {
                    break;
                }
                for (int w = 0; w < (strings ? 1 : 2); w++) {
                    String code = (prefix == 0 ? "" : "%02x".formatted(PREFIX[prefix])) + (w == 1 ? "48" : "")
                        + MAP[map] + "%02x%02x".formatted(opcode, modrm) + (modrm == 0x47 ? "10" : "")
                        + (imm ? "%02x".formatted(value) : "");
                    count += run(code, flags(map, opcode), rnd, wrong);
                }
            }
        }
        return count;
    }

    private int run(String code, boolean flags, Operands rnd, List<String> wrong) {
        Op op = guest.decode(code);
        if (op.getClass() == undefined) {
            return 0;
        }
        int batch = CASES;
        HostThunk host = HostThunk.sse(code);
        MemorySegment m = HostThunk.records(batch);
        long[][] in = new long[batch][];
        for (int n = 0; n < batch; n++) {
            in[n] = operands(rnd);
            long o = (long) n * HostThunk.RECORD;
            for (int f = 0; f < 4; f++) {
                m.set(LONG, o + 8 * f, in[n][f]);
            }
            m.set(INT, o + 32, (int) in[n][4]);
            for (int f = 5; f < 10; f++) {
                m.set(LONG, o + 8 * f, in[n][f]);
            }
        }
        host.run(m, batch);
        Cpu c = guest.c;
        for (int n = 0; n < batch; n++) {
            long o = (long) n * HostThunk.RECORD;
            c.fpu.initX87();
            System.arraycopy(in[n], 0, c.fpu.xmm, 0, 4);
            c.fpu.mxcsr((int) in[n][4]);
            c.r[Cpu.RAX] = in[n][5];
            c.r[Cpu.RDX] = in[n][6];
            c.r[Cpu.RCX] = in[n][7];
            c.r[Cpu.RDI] = 0x2000;
            guest.put64(0x2010, in[n][2]);
            guest.put64(0x2018, in[n][3]);
            c.fpu.mant[0] = in[n][8];
            c.fpu.mant[1] = in[n][9];
            c.setArithmeticFlags(0);
            int fault = guest.run(op);
            long[] want = {-1, m.get(LONG, o), m.get(LONG, o + 8), m.get(INT, o + 32), m.get(LONG, o + 40),
                m.get(LONG, o + 56), m.get(LONG, o + 64), flags ? m.get(LONG, o + 80) & RFLAGS : 0,
                m.get(LONG, o + 16), m.get(LONG, o + 24)};
            long[] got = {fault, c.fpu.xmm[0], c.fpu.xmm[1], c.fpu.mxcsr(), c.r[Cpu.RAX], c.r[Cpu.RCX],
                c.fpu.mant[0], flags ? c.flags() & RFLAGS : 0, guest.get64(0x2010), guest.get64(0x2018)};
            if (!Arrays.equals(want, got)) {
                if (wrong.size() < 25) {
                    wrong.add("%s\n in   %s\n want %s\n got  %s".formatted(code, show(in[n]), show(want), show(got)));
                }
                break;
            }
        }
        return 1;
    }

    /** Only comparisons change RFLAGS. */
    private static boolean flags(int map, int opcode) {
        return map == 1 && (opcode == 0x2E || opcode == 0x2F) || map == 2 && opcode == 0x17
            || map == 3 && opcode >= 0x60 && opcode < 0x64;
    }

    /** xmm0, xmm1, MXCSR, rax, rdx, rcx, mm0, mm1. */
    private static long[] operands(Operands rnd) {
        long[] v = new long[10];
        int kind = rnd.below(6);
        for (int f = 0; f < 10; f++) {
            v[f] = switch (kind) {
                case 0 -> rnd.any();
                case 1 -> rnd.f64();
                case 2 -> rnd.f32() & 0xFFFFFFFFL | (long) rnd.f32() << 32;
                case 3 -> text(rnd);
                case 4 -> rnd.integer();
                default -> edges(rnd);
            };
            if ((f == 2 || f == 3 || f == 9) && rnd.below(8) == 0) {
                v[f] = rnd.below(2) == 0 ? v[f == 9 ? 8 : f - 2] : rnd.below(70);
            }
        }
        v[4] = 0x1F80 | rnd.below(4) << 13 | (rnd.below(2) == 0 ? 0 : 0x8040 & (int) rnd.any()) | rnd.below(64);
        if (rnd.below(3) > 0) {
            v[5] = rnd.below(40) - 20;
            v[6] = rnd.below(40) - 20;
        }
        return v;
    }

    /** Few different bytes, zeros among them. */
    private static long text(Operands rnd) {
        long v = 0;
        for (int i = 0; i < 8; i++) {
            v = v << 8 | (rnd.below(7) == 0 ? 0 : rnd.below(4) + (rnd.below(2) << 7));
        }
        return v;
    }

    private static long edges(Operands rnd) {
        long v = 0;
        for (int i = 0; i < 8; i++) {
            v = v << 8 | new int[] {0, 0x7F, 0x80, 0xFF, 1}[rnd.below(5)];
        }
        return v;
    }

    private static String show(long... v) {
        StringBuilder s = new StringBuilder();
        for (long x : v) {
            s.append("%016x ".formatted(x));
        }
        return s.toString();
    }
}
