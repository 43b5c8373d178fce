package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions that machine code has forms of its own for, where a prefix makes them undefined. */
class UndefinedFormsTest {
    private static final int INVALID_OPCODE = 6;
    /** More than a block is interpreted for. */
    private static final int RUNS = 8;

    @ParameterizedTest(name = "LOCK {0}")
    @ValueSource(strings = {"fa", "fb", "9c", "9d", "c3", "c2 08 00", "e8 00 00 00 00", "eb 00", "74 00", "0f 85 00 00 00 00",
        "ff e0", "ff d0", "48 cf", "0f 05", "48 0f 07", "0f 01 f8", "0f 01 ca", "0f 01 cb", "0f 31", "0f a2", "f4",
        "f3 a4", "f3 aa", "a4", "ac", "0f 0b", "d9 e8", "0f 58 c1", "48 8b 04 24", "48 0f c8", "0f a3 c8", "ec", "e6 e0",
        "0f 20 c0", "0f 22 c0", "f3 48 0f ae c0", "48 89 e0", "48 01 c8", "48 87 c8", "50", "58", "6a 00", "c9"})
    void isInvalidWithLockAlsoWhereItEndsABlock(String form) throws Exception {
        try (Guest guest = new Guest(new TranslatorBackend(), 1)) {
            guest.code(Guest.CODE, "49 21 d3 f0" + form + "f4");
            for (int run = 0; run < RUNS; run++) {
                guest.load(0, b -> b.gpr(0, Guest.DATA).gpr(1, 1));
                guest.run();
                assertEquals(INVALID_OPCODE, guest.vector(), "run " + run);
            }
        }
    }
}
