package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.simd.Swar.B;
import static dev.backplane.cpu.x86.simd.Swar.D;
import static dev.backplane.cpu.x86.simd.Swar.W;

/** SSE4.1, SSE4.2, AES and PCLMULQDQ (Intel SDM Vol. 2, appendix A). */
final class Sse4Table {
    private Sse4Table() {
    }

    static void addTo(Tables t) {
        map38(t);
        map3a(t);
    }

    private static void map38(Tables t) {
        t.v38(0x10, Sse4::pblendvb);
        t.v38(0x14, Sse4::blendvps);
        t.v38(0x15, Sse4::blendvpd);
        t.v38(0x17, Sse4::ptest);
        int[][] widths = {{8, 16}, {8, 32}, {8, 64}, {16, 32}, {16, 64}, {32, 64}};
        for (int i = 0; i < 6; i++) {
            int from = widths[i][0];
            int to = widths[i][1];
            int bytes = 16 * from / to;
            t.sse(MAP_0F38, P66, 0x20 + i, Forms.narrow(bytes, Sse4.extend(from, to, true)));
            t.sse(MAP_0F38, P66, 0x30 + i, Forms.narrow(bytes, Sse4.extend(from, to, false)));
        }
        t.v38(0x28, Forms.lanes(Multiply::evenS));
        t.v38(0x29, Forms.lanes((a, b) -> a == b ? -1 : 0));
        t.v38(0x37, Forms.lanes((a, b) -> a > b ? -1 : 0));
        t.v38(0x38, Forms.lanes((a, b) -> Swar.minS(a, b, B, 8)));
        t.v38(0x39, Forms.lanes((a, b) -> Swar.minS(a, b, D, 32)));
        t.v38(0x3A, Forms.lanes((a, b) -> Swar.minU(a, b, W, 16)));
        t.v38(0x3B, Forms.lanes((a, b) -> Swar.minU(a, b, D, 32)));
        t.v38(0x3C, Forms.lanes((a, b) -> Swar.maxS(a, b, B, 8)));
        t.v38(0x3D, Forms.lanes((a, b) -> Swar.maxS(a, b, D, 32)));
        t.v38(0x3E, Forms.lanes((a, b) -> Swar.maxU(a, b, W, 16)));
        t.v38(0x3F, Forms.lanes((a, b) -> Swar.maxU(a, b, D, 32)));
        t.v38(0x40, Forms.lanes(Multiply::lowDoublewords));
        t.v38(0x41, Sse4::phminposuw);
        t.v38(0xDB, Sse4::aesimc);
        t.v38(0xDC, Sse4::aesenc);
        t.v38(0xDD, Sse4::aesenclast);
        t.v38(0xDE, Sse4::aesdec);
        t.v38(0xDF, Sse4::aesdeclast);
    }

    private static void map3a(Tables t) {
        t.v3a(0x08, SingleOps::roundps);
        t.v3a(0x09, DoubleOps::roundpd);
        t.sseImm(MAP_0F3A, P66, 0x0A, Forms.narrowImm(4, SingleOps::roundss));
        t.sseImm(MAP_0F3A, P66, 0x0B, Forms.narrowImm(8, DoubleOps::roundsd));
        t.v3a(0x0C, imm -> Sse4.blend(imm & 15, 32));
        t.v3a(0x0D, imm -> Sse4.blend(imm & 3, 64));
        t.v3a(0x0E, imm -> Sse4.blend(imm, 16));
        t.sseImm(MAP_0F3A, P66, 0x21, i -> Forms.narrow(4, Sse4.insertps((int) i.imm & 0xFF, i.mem)).create(i));
        t.v3a(0x40, SingleOps::dpps);
        t.v3a(0x41, DoubleOps::dppd);
        t.v3a(0x42, Sse4::mpsadbw);
        t.v3a(0x44, Sse4::pclmulqdq);
        t.sseImm(MAP_0F3A, P66, 0x60, i -> Forms.unaligned(Sse4.pcmpestr((int) i.imm & 0xFF, false, i.w)).create(i));
        t.sseImm(MAP_0F3A, P66, 0x61, i -> Forms.unaligned(Sse4.pcmpestr((int) i.imm & 0xFF, true, i.w)).create(i));
        t.sseImm(MAP_0F3A, P66, 0x62, i -> Forms.unaligned(Sse4.pcmpistr((int) i.imm & 0xFF, false)).create(i));
        t.sseImm(MAP_0F3A, P66, 0x63, i -> Forms.unaligned(Sse4.pcmpistr((int) i.imm & 0xFF, true)).create(i));
        t.v3a(0xDF, Sse4::aeskeygenassist);
    }
}
