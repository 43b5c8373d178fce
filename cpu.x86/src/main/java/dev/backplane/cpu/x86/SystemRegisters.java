package dev.backplane.cpu.x86;

/** Registers that only the system instructions use: descriptor tables, debug registers, MSRs of the processor. */
public final class SystemRegisters {
    public long gdtBase;
    public int gdtLimit;
    public long idtBase;
    public int idtLimit;
    /** DR0 to DR3. */
    public final long[] dr = new long[4];
    public long dr6;
    public long dr7;

    public long star;
    public long lstar;
    public long cstar;
    public long fmask;
    public long kernelGsBase;
    public long tscAux;
    public long sysenterCs;
    public long sysenterEsp;
    public long sysenterEip;
    public long pat;
    public long miscEnable;
    public long mtrrDefType;
    public final long[] mtrrFixed = new long[11];
    public final long[] mtrrVariable = new long[16];
    public long debugCtl;
    public long specCtrl;
    public long umwaitControl;
    public long smiCount;
    public long microcode;
}
