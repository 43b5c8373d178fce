package dev.backplane.cpu.x86;

/**
 * An exception of the guest, on its way to delivery. One preallocated instance per {@link Cpu}, without a stack trace:
 * get it filled through {@link Cpu#fault} and its like, and throw it.
 */
public final class CpuFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public static final int DE = 0;
    public static final int DB = 1;
    public static final int BP = 3;
    public static final int OF = 4;
    public static final int BR = 5;
    public static final int UD = 6;
    public static final int NM = 7;
    public static final int DF = 8;
    public static final int TS = 10;
    public static final int NP = 11;
    public static final int SS = 12;
    public static final int GP = 13;
    public static final int PF = 14;
    public static final int MF = 16;
    public static final int AC = 17;
    public static final int XM = 19;

    /** Vector, 0 to 31. */
    public int vector;
    /** Error code, meaningful if {@link #hasError}. */
    public int error;
    public boolean hasError;
    /** A #GP(0) for a non-canonical address, which is a #SS(0) if the access went through SS. */
    public boolean nonCanonical;

    CpuFault() {
        super(null, null, false, false);
    }
}
