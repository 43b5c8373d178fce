package dev.backplane.cpu.x86.simd;

import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_0F3A;
import static dev.backplane.cpu.x86.OpTable.P66;
import static dev.backplane.cpu.x86.simd.Swar.B;
import static dev.backplane.cpu.x86.simd.Swar.D;
import static dev.backplane.cpu.x86.simd.Swar.W;

import dev.backplane.cpu.x86.Insn;
import java.util.function.Function;

/** SSE4.1, SSE4.2, AES and PCLMULQDQ, and their VEX forms (Intel SDM Vol. 2, appendix A). */
final class Sse4Table {
    private Sse4Table() {
    }

    static void addTo(Tables t) {
        map38(t);
        map3a(t);
    }

    private static void map38(Tables t) {
        t.sse(MAP_0F38, P66, 0x10, Forms.xmm(Sse4.blendv(Sse4::blendBytes)));
        t.sse(MAP_0F38, P66, 0x14, Forms.xmm(Sse4.blendv(Sse4::blendSingles)));
        t.sse(MAP_0F38, P66, 0x15, Forms.xmm(Sse4.blendv(Sse4::blendDoubles)));
        t.sse(MAP_0F38, P66, 0x17, Forms.xmm(Sse4::ptest));
        int[][] widths = {{8, 16}, {8, 32}, {8, 64}, {16, 32}, {16, 64}, {32, 64}};
        for (int i = 0; i < 6; i++) {
            int from = widths[i][0];
            int to = widths[i][1];
            int bytes = 16 * from / to;
            for (int signed = 0; signed < 2; signed++) {
                XmmFn f = Sse4.extend(from, to, signed == 1);
                int opcode = signed == 1 ? 0x20 + i : 0x30 + i;
                t.sse(MAP_0F38, P66, opcode, Forms.narrow(bytes, f));
                t.vex(MAP_0F38, P66, opcode, VexForms.widening(bytes, f));
            }
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
        t.sse(MAP_0F38, P66, 0x41, Forms.xmm(Sse4::phminposuw));
        t.vex(MAP_0F38, P66, 0x41, VexForms.l0(VexForms.two(Sse4::phminposuw)));
        t.sse(MAP_0F38, P66, 0xDB, Forms.xmm(Sse4::aesimc));
        t.vex(MAP_0F38, P66, 0xDB, VexForms.l0(VexForms.two(Sse4::aesimc)));
        t.v38Narrow(0xDC, Sse4::aesenc);
        t.v38Narrow(0xDD, Sse4::aesenclast);
        t.v38Narrow(0xDE, Sse4::aesdec);
        t.v38Narrow(0xDF, Sse4::aesdeclast);
    }

    private static void map3a(Tables t) {
        t.unaryImm(MAP_0F3A, P66, 0x08, SingleOps::roundps);
        t.unaryImm(MAP_0F3A, P66, 0x09, DoubleOps::roundpd);
        t.sseImm(MAP_0F3A, P66, 0x0A, Forms.narrowImm(4, SingleOps::roundss));
        t.vexImm(MAP_0F3A, P66, 0x0A, VexForms.scalarImm(4, SingleOps::roundss));
        t.sseImm(MAP_0F3A, P66, 0x0B, Forms.narrowImm(8, DoubleOps::roundsd));
        t.vexImm(MAP_0F3A, P66, 0x0B, VexForms.scalarImm(8, DoubleOps::roundsd));
        t.v3a(0x0C, 4, imm -> Sse4.blend(imm & 15, 32));
        t.v3a(0x0D, 2, imm -> Sse4.blend(imm & 3, 64));
        t.v3a(0x0E, 0, imm -> Sse4.blend(imm, 16));
        t.sseImm(MAP_0F3A, P66, 0x21, i -> Forms.narrow(4, Sse4.insertps((int) i.imm & 0xFF, i.mem)).create(i));
        t.vexImm(MAP_0F3A, P66, 0x21,
            VexForms.l0(i -> VexForms.scalar(4, Sse4.insertps((int) i.imm & 0xFF, i.mem)).create(i)));
        t.v3a(0x40, 0, SingleOps::dpps);
        t.v3aNarrow(0x41, DoubleOps::dppd);
        t.v3a(0x42, 3, Sse4::mpsadbw);
        t.v3aNarrow(0x44, Sse4::pclmulqdq);
        strings(t);
        t.sseImm(MAP_0F3A, P66, 0xDF, Forms.xmmImm(Sse4::aeskeygenassist));
        t.vexImm(MAP_0F3A, P66, 0xDF, VexForms.l0(VexForms.twoImm(Sse4::aeskeygenassist, 0)));
    }

    /** PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI. */
    private static void strings(Tables t) {
        for (int opcode = 0x60; opcode <= 0x63; opcode++) {
            boolean index = (opcode & 1) != 0;
            boolean explicit = opcode < 0x62;
            Function<Insn, XmmFn> f = i -> explicit ? Sse4.pcmpestr((int) i.imm & 0xFF, index, i.w)
                : Sse4.pcmpistr((int) i.imm & 0xFF, index);
            t.sseImm(MAP_0F3A, P66, opcode, i -> Forms.unaligned(f.apply(i)).create(i));
            // The mask goes to XMM0, which lies where scratch registers put their result.
            t.vexImm(MAP_0F3A, P66, opcode, VexForms.l0(VexForms.noV(i -> index
                ? new VexForms.Test(i, f.apply(i), 16)
                : new VexForms.Packed(i, f.apply(i), f.apply(i), 0, i.reg, i.rm))));
        }
    }
}
