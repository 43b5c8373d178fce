package dev.backplane.cpu.x86.fp;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.FpuState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The legacy region of FXSAVE and XSAVE images, 512 bytes (Intel SDM Vol. 1, 10.5.1 and 13.4.1): x87 state, MXCSR and
 * XMM registers. The caller has checked alignment, access and the XSAVE header.
 */
public final class FxImage {
    /** Bytes of the region, of which the last 96 are left to software. */
    public static final int SIZE = 512;

    private static final int MXCSR = 24;
    private static final int ST = 32;
    private static final int XMM = 160;

    private FxImage() {
    }

    /**
     * Stores the x87 part: bytes 0 to 23 and 32 to 159.
     *
     * @param wide 64-bit pointers (REX.W) instead of selectors
     */
    public static void storeX87(Cpu c, long la, boolean wide) {
        FpuState f = c.fpu;
        c.mem.store16(la, f.control);
        c.mem.store16(la + 2, f.statusWord());
        c.mem.store16(la + 4, ~f.empty & 0xFF);
        c.mem.store16(la + 6, f.lastOpcode);
        c.mem.store64(la + 8, wide ? f.lastIp : f.lastIp & 0xFFFFFFFFL | (long) f.lastCs << 32);
        c.mem.store64(la + 16, wide ? f.lastDp : f.lastDp & 0xFFFFFFFFL | (long) f.lastDs << 32);
        for (int n = 0; n < 8; n++) {
            int p = X87.st(f, n);
            c.mem.store128(la + ST + 16 * n, f.mant[p], f.exp[p] & 0xFFFF);
        }
    }

    /** Stores MXCSR and its mask: bytes 24 to 31. */
    public static void storeMxcsr(Cpu c, long la) {
        c.mem.store32(la + MXCSR, c.fpu.mxcsr());
        c.mem.store32(la + MXCSR + 4, FpEnv.MXCSR_MASK);
    }

    /** Stores the first {@code count} XMM registers: 16 in 64-bit mode, else 8. */
    public static void storeXmm(Cpu c, long la, int count) {
        long[] x = c.fpu.xmm;
        for (int n = 0; n < count; n++) {
            c.mem.store128(la + XMM + 16 * n, x[2 * n], x[2 * n + 1]);
        }
    }

    /** Whether the MXCSR of the image may be loaded; otherwise #GP(0) is due before anything is. */
    public static boolean mxcsrValid(Cpu c, long la) {
        return (c.mem.load32(la + MXCSR) & ~FpEnv.MXCSR_MASK) == 0;
    }

    /** Loads what {@link #storeX87} stores. */
    public static void loadX87(Cpu c, long la, boolean wide) {
        FpuState f = c.fpu;
        f.statusWord(c.mem.load16(la + 2));
        f.empty = ~c.mem.load16(la + 4) & 0xFF;
        f.lastOpcode = c.mem.load16(la + 6) & 0x7FF;
        long ip = c.mem.load64(la + 8);
        long dp = c.mem.load64(la + 16);
        f.lastIp = wide ? ip : ip & 0xFFFFFFFFL;
        f.lastCs = wide ? 0 : (int) (ip >>> 32) & 0xFFFF;
        f.lastDp = wide ? dp : dp & 0xFFFFFFFFL;
        f.lastDs = wide ? 0 : (int) (dp >>> 32) & 0xFFFF;
        for (int n = 0; n < 8; n++) {
            int p = X87.st(f, n);
            f.mant[p] = c.mem.load64(la + ST + 16 * n);
            f.exp[p] = c.mem.load16(la + ST + 16 * n + 8);
        }
        X87.control(f, c.mem.load16(la));
    }

    /** Loads MXCSR, which {@link #mxcsrValid} has been asked about. */
    public static void loadMxcsr(Cpu c, long la) {
        c.fpu.mxcsr(c.mem.load32(la + MXCSR));
    }

    /** Loads the first {@code count} XMM registers. */
    public static void loadXmm(Cpu c, long la, int count) {
        long[] x = c.fpu.xmm;
        for (int n = 0; n < count; n++) {
            x[2 * n] = c.mem.load128(la + XMM + 16 * n);
            x[2 * n + 1] = c.mem.high;
        }
    }

    /** Writes the whole region with 64-bit pointers, as a state image that is kept outside guest memory. */
    public static void toBytes(FpuState f, byte[] image) {
        ByteBuffer b = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        b.putShort(0, (short) f.control).putShort(2, (short) f.statusWord()).putShort(4, (short) (~f.empty & 0xFF));
        b.putShort(6, (short) f.lastOpcode).putLong(8, f.lastIp).putLong(16, f.lastDp);
        b.putInt(MXCSR, f.mxcsr()).putInt(MXCSR + 4, FpEnv.MXCSR_MASK);
        for (int n = 0; n < 8; n++) {
            int p = X87.st(f, n);
            b.putLong(ST + 16 * n, f.mant[p]).putLong(ST + 16 * n + 8, f.exp[p] & 0xFFFF);
        }
        for (int n = 0; n < 32; n++) {
            b.putLong(XMM + 8 * n, f.xmm[n]);
        }
    }

    /** Takes over what {@link #toBytes} wrote. */
    public static void fromBytes(FpuState f, byte[] image) {
        ByteBuffer b = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        f.statusWord(b.getShort(2) & 0xFFFF);
        f.empty = ~b.getShort(4) & 0xFF;
        f.lastOpcode = b.getShort(6) & 0x7FF;
        f.lastIp = b.getLong(8);
        f.lastDp = b.getLong(16);
        f.lastCs = 0;
        f.lastDs = 0;
        f.mxcsr(b.getInt(MXCSR));
        for (int n = 0; n < 8; n++) {
            int p = X87.st(f, n);
            f.mant[p] = b.getLong(ST + 16 * n);
            f.exp[p] = b.getShort(ST + 16 * n + 8) & 0xFFFF;
        }
        for (int n = 0; n < 32; n++) {
            f.xmm[n] = b.getLong(XMM + 8 * n);
        }
        X87.control(f, b.getShort(0));
    }
}
