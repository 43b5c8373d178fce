package dev.backplane.cpu.x86;

import dev.backplane.cpu.x86.fp.FpEnv;
import java.util.Arrays;

/**
 * x87, MMX and SSE registers of one vCPU (Intel SDM vol. 1, chapters 8 to 10). Plain state: the arithmetic is in the
 * packages {@code fp} and {@code simd}. Public fields because instructions use them at every turn; used by the vCPU's
 * thread only.
 */
public final class FpuState {
    /** Significands of the eight physical x87 registers; MMX register i is {@code mant[i]}. */
    public final long[] mant = new long[8];
    /** Sign (bit 15) and biased exponent (14:0) of the eight physical x87 registers. */
    public final int[] exp = new int[8];
    /** Bit i set: physical register i is empty (as in the abridged tag word, inverted). */
    public int empty;
    /** Top of stack, 0 to 7: ST(i) is physical register (top + i) & 7. Not mirrored in {@link #status}. */
    public int top;
    /** Control word. */
    public int control;
    /** Status word without its TOP field; ES and B are kept in step with the unmasked exception flags. */
    public int status;
    /** Last opcode (11 bits), instruction pointer and data pointer with their selectors. */
    public int lastOpcode;
    public long lastIp;
    public int lastCs;
    public long lastDp;
    public int lastDs;
    /** XMM registers: XMMi is {@code xmm[2 * i]} (low) and {@code xmm[2 * i + 1]} (high). */
    public final long[] xmm = new long[32];
    /** Bits 255:128 of the YMM registers, indexed as {@link #xmm}: a 256-bit operation is the 128-bit one on both. */
    public final long[] ymmHigh = new long[32];
    /** What a VEX-encoded instruction computes in before it may touch its destination. */
    public final long[] work = new long[8];
    /** MXCSR and the environment of SSE arithmetic. */
    public final FpEnv sse = new FpEnv();
    /** The environment of x87 arithmetic; what it holds of {@link #control} is set before each operation. */
    public final FpEnv x87 = new FpEnv();

    public FpuState() {
        initX87();
        mxcsr(FpEnv.MXCSR_RESET);
    }

    public int mxcsr() {
        return sse.mxcsr();
    }

    public void mxcsr(int value) {
        sse.mxcsr(value);
    }

    /** As after FNINIT. */
    public void initX87() {
        control = 0x37F;
        status = 0;
        top = 0;
        empty = 0xFF;
        lastOpcode = 0;
        lastIp = 0;
        lastCs = 0;
        lastDp = 0;
        lastDs = 0;
    }

    /** The status word with TOP, as FNSTSW shows it. */
    public int statusWord() {
        return status & ~0x3800 | top << 11;
    }

    public void statusWord(int value) {
        top = value >> 11 & 7;
        status = value & ~0x3800;
    }

    /** What every MMX instruction but EMMS does: TOP is 0 and all tags are valid. */
    public void enterMmx() {
        top = 0;
        empty = 0;
    }

    /** Writes an MMX register: the exponent part becomes all ones. */
    public void setMmx(int i, long value) {
        mant[i] = value;
        exp[i] = 0xFFFF;
    }

    /** As after power-up (Intel SDM vol. 3, table 10-1). */
    public void reset() {
        initX87();
        control = 0x40;
        empty = 0;
        Arrays.fill(mant, 0);
        Arrays.fill(exp, 0);
        Arrays.fill(xmm, 0);
        Arrays.fill(ymmHigh, 0);
        mxcsr(FpEnv.MXCSR_RESET);
    }
}
