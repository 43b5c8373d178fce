package dev.backplane.cpu.x86.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;

class DecoderTest {
    private static final int LONG = Mode.LONG;
    private static final int FLAT32 = Mode.CODE32 | Mode.STACK32 | Mode.FLAT;
    private static final int REAL = Mode.REAL;

    private final Decoder decoder = new Decoder(Decoder.table());

    private Op decode(String hex, int mode) {
        byte[] b = HexFormat.of().parseHex(hex.replace(" ", ""));
        return decoder.decode(p -> p < b.length ? b[p] & 0xFF : 0x90, 0, mode);
    }

    private void is(String hex, int mode, String name) {
        Op op = decode(hex, mode);
        assertEquals(name, op.getClass().getSimpleName(), hex);
        assertEquals(hex.replace(" ", "").length() / 2, op.length, hex);
    }

    @Test
    void hotFormsGetClassesOfTheirOwn() {
        is("48 01 d8", LONG, "AddRR");
        is("48 03 04 8b", LONG, "AddRM");
        is("83 7d fc 05", LONG, "CmpMI");
        is("48 8b 05 10 00 00 00", LONG, "Mov64RM");
        is("48 b8 88 77 66 55 44 33 22 11", LONG, "Mov64RI");
        is("0f b6 c0", LONG, "Movzx8R");
        is("55", LONG, "Push64");
        is("e8 00 00 00 00", LONG, "Call64");
        is("c3", LONG, "Ret64");
    }

    @Test
    void prefixesChangeSizesAsTheModeSays() {
        is("66 b8 34 12", LONG, "Mov16RI");
        is("b8 34 12", REAL, "Mov16RI");
        is("66 b8 78 56 34 12", REAL, "Mov32RI");
        is("67 8b 04 24", LONG, "Mov32RM");
        is("67 8b 07", FLAT32, "Mov32RM");
        is("8b 46 02", REAL, "Mov16RM");
        is("8b 86 00 01", REAL, "Mov16RM");
    }

    @Test
    void rexCountsOnlyRightBeforeTheOpcode() {
        is("48 66 01 d8", LONG, "AddRR");
        assertEquals("dev.backplane.cpu.x86.integer.Alu16Ops$AddRR", decode("48 66 01 d8", LONG).getClass().getName());
        is("40", FLAT32, "IncReg");
    }

    @Test
    void whatIsUndefinedRaisesUd() {
        is("0f 0b", LONG, "Undefined");
        is("06", LONG, "Undefined");
        is("27", LONG, "Undefined");
        is("f0 01 d8", LONG, "Undefined");
        is("f0 8b 00", LONG, "Undefined");
        is("0f 20 c8", LONG, "Undefined");
        is("8d c0", LONG, "Undefined");
        assertTrue(decode("f0 01 00", LONG).acceptsLock());
    }

    @Test
    void vexIsUndefinedWhereItMustBe() {
        String[] undefined = {
            // Behind LOCK, 66, F2, F3, REX; reserved opcode maps.
            "f0 c5 f0 58 c1", "66 c5 f0 58 c1", "f2 c5 f0 58 c1", "f3 c5 f0 58 c1", "48 c5 f0 58 c1", "c4 e0 70 58 c1",
            "c4 e4 70 58 c1",
            // vvvv not all ones: VSQRTPS, VMOVAPS, VPSHUFD, VZEROUPPER.
            "c5 f0 51 c1", "c5 f0 28 c1", "c5 f1 70 c1 00", "c5 f0 77",
            // VEX.L 1: VMOVD, VAESENC, VDPPD, VMOVHLPS, ANDN, VPEXTRW. VEX.L 0: VPERMD, VINSERTF128, VBROADCASTSD.
            "c5 fd 6e c0", "c4 e2 75 dc c1", "c4 e3 75 41 c1 00", "c5 f4 12 c1", "c4 e2 74 f2 c0", "c5 fd c5 c1 00",
            "c4 e2 71 36 c1", "c4 e3 71 18 c1 00", "c4 e2 79 19 c1",
            // VEX.W: VPERMILPS, VPERMQ, VBLENDVPS, VCVTPH2PS, VPSRAVD.
            "c4 e2 f1 0c c1", "c4 e3 7d 00 c1 00", "c4 e3 f1 4a c1 00", "c4 e2 f9 13 c1", "c4 e2 f1 46 c1",
            // Register forms of VMASKMOVPS, VBROADCASTF128, VLDDQU, VMOVNTPS, VPGATHERDD; a memory form of VMOVMSKPS.
            "c4 e2 71 2c c1", "c4 e2 7d 1a c1", "c5 fb f0 c1", "c5 f8 2b c1", "c4 e2 69 90 c8", "c5 f8 50 00",
            // Gathers: destination = index, destination = mask, mask = index, no SIB byte.
            "c4 e2 69 90 0c 09", "c4 e2 71 90 0c 11", "c4 e2 69 90 0c 11", "c4 e2 69 90 08",
            // Members of groups that are not there.
            "c4 e2 78 f3 c0", "c4 e2 78 f3 e0", "c5 f1 71 c1 00"};
        for (String hex : undefined) {
            assertEquals("Undefined", decode(hex, LONG).getClass().getSimpleName(), hex);
        }
        String[] defined = {"c5 f0 58 c1", "c4 e1 70 58 c1", "48 66 90", "c5 f8 51 c1", "c5 f8 28 c1", "c5 f9 6e c0",
            "c4 e2 71 dc c1", "c4 e2 75 36 c1", "c4 e3 75 18 c1 00", "c4 e2 71 0c c1", "c4 e3 fd 00 c1 00",
            "c4 e2 71 2c 00", "c4 e2 69 90 0c 19", "c4 e2 78 f3 c8", "c5 f1 71 d1 00", "c5 f8 77", "c5 fc 77"};
        for (String hex : defined) {
            assertNotEquals("Undefined", decode(hex, LONG).getClass().getSimpleName(), hex);
            assertEquals(hex.replace(" ", "").length() / 2, decode(hex, LONG).length, hex);
        }
    }

    @Test
    void vexIsLdsOrLesOutsideSixtyFourBitModeUnlessItsOperandWouldBeARegister() {
        assertEquals("Packed", decode("c5 f0 58 c1", FLAT32).getClass().getSimpleName());
        assertEquals("LoadFar", decode("c5 30 58 c1", FLAT32).getClass().getSimpleName());
        assertEquals("LoadFar", decode("c4 00", FLAT32).getClass().getSimpleName());
        assertEquals("Undefined", decode("c5 f0 58 c1", REAL).getClass().getSimpleName());
        assertEquals("Undefined", decode("c4 e2 78 f2 c0", REAL).getClass().getSimpleName());
        // General registers have 32 bits there whatever VEX.W says, in 16-bit code too.
        assertEquals("AndNot", decode("c4 e2 f8 f2 c0", Mode.FLAT).getClass().getSimpleName());
    }

    /** What processors do with the bits of a VEX prefix that 32-bit code cannot mean. */
    @Test
    void vexIn32BitCodeIgnoresRegistersAbove7AndMostlyW() {
        for (String hex : new String[] {"c4 c1 70 58 c1", "c4 e1 30 58 c1", "c4 e3 71 4a c1 f0", "c4 e1 f9 6e c0",
            "c4 e1 f9 7e c0", "c4 e1 f3 2a c0", "c4 e3 fb f0 c0 01", "c4 e3 79 16 c0 01", "c4 e3 fd 00 c1 00"}) {
            assertNotEquals("Undefined", decode(hex, FLAT32).getClass().getSimpleName(), hex);
            assertEquals(hex.replace(" ", "").length() / 2, decode(hex, FLAT32).length, hex);
        }
        // An unused vvvv has all four bits set all the same; VPINSRQ and VPEXTRQ do not exist.
        for (String hex : new String[] {"c4 e1 38 51 c1", "c4 e3 3b f0 c0 01", "c4 e1 38 77", "c4 e1 3a 10 04 24",
            "c4 e3 f1 22 c0 03", "c4 e3 f9 16 c0 01"}) {
            assertEquals("Undefined", decode(hex, FLAT32).getClass().getSimpleName(), hex);
        }
    }

    @Test
    void modelsBeforeV3KnowNoVexAndIgnoreThePrefixOfTzcnt() {
        Decoder v2 = new Decoder(Decoder.table(CpuModel.V2));
        for (String hex : new String[] {"c5f058c1", "c4e278f2c0"}) {
            byte[] b = HexFormat.of().parseHex(hex + "00".repeat(8));
            assertEquals("Undefined", v2.decode(p -> b[p] & 0xFF, 0, LONG).getClass().getSimpleName(), hex);
        }
        byte[] b = HexFormat.of().parseHex("f30fbcc1");
        assertEquals("Scan", v2.decode(p -> b[p] & 0xFF, 0, LONG).getClass().getSimpleName());
        is("f3 0f bc c1", LONG, "CountZeros");
    }

    @Test
    void theBaselineModelKnowsNothingLaterThanSse2() {
        Decoder v1 = new Decoder(Decoder.table(CpuModel.V1));
        for (String later : new String[] {"f30fb8c0", "660f3800c1", "660f3a0fc100", "f20f12c1", "660f7cc1", "dd08",
            "480fc708", "0f38f000"}) {
            byte[] b = HexFormat.of().parseHex(later + "00".repeat(8));
            assertEquals("Undefined", v1.decode(p -> b[p] & 0xFF, 0, LONG).getClass().getSimpleName(), later);
            assertNotEquals("Undefined", decoder.decode(p -> b[p] & 0xFF, 0, LONG).getClass().getSimpleName(), later);
        }
        for (String early : new String[] {"660f6fc1", "f20f58c1", "0fc708", "dd00", "660f12 00"}) {
            byte[] b = HexFormat.of().parseHex(early.replace(" ", "") + "00".repeat(8));
            assertNotEquals("Undefined", v1.decode(p -> b[p] & 0xFF, 0, LONG).getClass().getSimpleName(), early);
        }
    }

    @Test
    void anInstructionOfMoreThanFifteenBytesIsTooLong() {
        assertEquals("TooLong", decode("66".repeat(15) + "90", LONG).getClass().getSimpleName());
        assertEquals(15, decode("66".repeat(14) + "90", LONG).length);
    }

    @Test
    void noBytesWhateverBreakTheDecoder() {
        Random r = new Random(11);
        byte[] b = new byte[24];
        int[] modes = {LONG, FLAT32, REAL, Mode.CODE32, LONG | Mode.FP_TRAP, REAL | Mode.FP_TRAP};
        for (int n = 0; n < 500_000; n++) {
            r.nextBytes(b);
            int first = r.nextInt(6);
            if (first < 4) {
                b[0] = (byte) (first < 2 ? 0x0F : first == 2 ? 0xC4 : 0xC5);
            }
            Op op = decoder.decode(p -> b[p] & 0xFF, 0, modes[n % modes.length]);
            assertTrue(op.length >= 1 && op.length <= 15);
        }
    }
}
