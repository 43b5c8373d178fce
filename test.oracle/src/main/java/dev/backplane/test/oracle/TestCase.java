package dev.backplane.test.oracle;

import java.util.HexFormat;

/** One case: code, registers and what of the result is defined. Reused from case to case. */
final class TestCase {
    static final int CF = 1;
    static final int PF = 4;
    static final int AF = 0x10;
    static final int ZF = 0x40;
    static final int SF = 0x80;
    static final int DF = 0x400;
    static final int OF = 0x800;
    static final int STATUS = CF | PF | AF | ZF | SF | OF;

    String name;
    final byte[] code = new byte[2048];
    int length;
    final long[] gpr = new long[16];
    long flags;
    /** An FXSAVE image (64-bit format). */
    final byte[] fx = new byte[512];
    /** Bits 255:128 of the sixteen YMM registers. */
    final byte[] ymm = new byte[256];
    /** Flags that the manuals define after the instruction. */
    int definedFlags;
    /** Registers whose value is undefined afterwards, by bit. */
    int undefinedGprs;
    /** Bits of the x87 status word that are defined afterwards. */
    int definedFsw;
    /** How many units in the last place of the top x87 registers may differ (transcendental functions). */
    int x87Ulps;
    /** The code writes to itself: it must be put in place again before it runs again. */
    boolean changesCode;

    void begin(String caseName) {
        name = caseName;
        length = 0;
        definedFlags = STATUS | DF;
        undefinedGprs = 0;
        definedFsw = 0xFFFF;
        x87Ulps = 0;
        changesCode = false;
    }

    void undefined(int flagBits) {
        definedFlags &= ~flagBits;
    }

    String bytes() {
        return HexFormat.ofDelimiter(" ").formatHex(code, 0, length);
    }
}
