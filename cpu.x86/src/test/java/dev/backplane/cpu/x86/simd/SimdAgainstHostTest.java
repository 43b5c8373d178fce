package dev.backplane.cpu.x86.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.fp.HostThunk;
import dev.backplane.cpu.x86.fp.Operands;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The register form of every entry of the SIMD tables does what the host processor does. */
class SimdAgainstHostTest {
    private static final int CASES = Integer.getInteger("backplane.simd.cases", 400);
    private static final int[] PREFIX = {-1, 0x66, 0xF3, 0xF2};
    private static final String[] MAP = {"", "0f", "0f38", "0f3a"};
    private static final long RFLAGS = 0x8D5;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    @BeforeAll
    static void needsTheHost() {
        assumeTrue(HostThunk.available());
    }

    @Test
    void everyInstructionBetweenRegistersDoesWhatTheHostDoes() {
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
        assertTrue(checked > 600, "only " + checked + " encodings");
    }

    /** The approximations differ from processor to processor, and the masked moves go to memory. */
    private static boolean excluded(int map, int opcode) {
        return map == 1 && (opcode == 0x52 || opcode == 0x53 || opcode == 0xF7);
    }

    private static int check(OpTable.Entry e, int map, int prefix, int opcode, List<String> wrong) {
        boolean imm = e.imm() != OpTable.Imm.NONE;
        boolean group = map == 1 && opcode >= 0x71 && opcode <= 0x73;
        Operands rnd = new Operands(map * 1000 + prefix * 300 + opcode);
        int count = 0;
        int imms = !imm ? 1 : map == 3 && opcode >= 0x60 && opcode < 0x64 ? 256 : group ? 12 : 32;
        for (int k = 0; k < imms; k++) {
            int value = imms == 256 || k < 20 ? k : rnd.below(256);
            for (int modrm = 0xC0; modrm < 0x100; modrm += 8) {
                if (group || modrm < 0xD0) {
                    int m = group ? modrm : modrm == 0xC0 ? 0xC1 : 0xC8;
                    for (int w = 0; w < (imms == 256 ? 1 : 2); w++) {
                        count += run(e, map, prefix, opcode, m, imm ? value : -1, w == 1, rnd, wrong);
                    }
                }
            }
        }
        return count;
    }

    private static int run(OpTable.Entry e, int map, int prefix, int opcode, int modrm, int imm, boolean w,
        Operands rnd, List<String> wrong) {
        Insn i = new Insn();
        i.mode64 = true;
        i.mode = 1;
        i.w = w;
        i.hasRex = w;
        i.map = map;
        i.opcode = opcode;
        i.pp = prefix;
        i.opSize = w ? 8 : 4;
        i.addrSize = 8;
        i.modrm = modrm;
        i.mod = 3;
        i.reg = modrm >> 3 & 7;
        i.regLow = i.reg;
        i.rm = modrm & 7;
        i.rmLow = i.rm;
        i.imm = imm;
        Op op = e.factory().create(i);
        if (op == null) {
            return 0;
        }
        String code = (prefix == 0 ? "" : "%02x".formatted(PREFIX[prefix])) + (w ? "48" : "") + MAP[map]
            + "%02x%02x".formatted(opcode, modrm) + (imm >= 0 ? "%02x".formatted(imm) : "");
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
        Cpu c = new Cpu(0, 1, CpuModel.V2, null, 0, 0, null);
        for (int n = 0; n < batch; n++) {
            long o = (long) n * HostThunk.RECORD;
            c.fpu.initX87();
            System.arraycopy(in[n], 0, c.fpu.xmm, 0, 4);
            c.fpu.mxcsr((int) in[n][4]);
            c.r[Cpu.RAX] = in[n][5];
            c.r[Cpu.RDX] = in[n][6];
            c.r[Cpu.RCX] = in[n][7];
            c.fpu.mant[0] = in[n][8];
            c.fpu.mant[1] = in[n][9];
            c.setArithmeticFlags(0);
            op.exec(c);
            String want = show(m.get(LONG, o), m.get(LONG, o + 8), m.get(INT, o + 32), m.get(LONG, o + 40),
                m.get(LONG, o + 56), m.get(LONG, o + 64), flags(map, opcode) ? m.get(LONG, o + 80) & RFLAGS : 0);
            String got = show(c.fpu.xmm[0], c.fpu.xmm[1], c.fpu.mxcsr(), c.r[Cpu.RAX], c.r[Cpu.RCX],
                c.fpu.mant[0], flags(map, opcode) ? c.flags() & RFLAGS : 0);
            if (!want.equals(got)) {
                if (wrong.size() < 25) {
                    wrong.add("%s\n in   %s\n want %s\n got  %s".formatted(code, show(in[n]), want, got));
                }
                break;
            }
        }
        c.mem.slow().close();
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
