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
            if (r.nextInt(3) == 0) {
                b[0] = 0x0F;
            }
            Op op = decoder.decode(p -> b[p] & 0xFF, 0, modes[n % modes.length]);
            assertTrue(op.length >= 1 && op.length <= 15);
        }
    }
}
