package dev.backplane.machine.interrupt;

/**
 * Registers of a local APIC by their number: the offset in the xAPIC page divided by 16, or the MSR minus 0x800 (Intel
 * SDM vol. 3, tables 11-1 and 11-6).
 */
final class ApicRegister {
    static final int ID = 0x02;
    static final int VERSION = 0x03;
    static final int TPR = 0x08;
    static final int APR = 0x09;
    static final int PPR = 0x0A;
    static final int EOI = 0x0B;
    static final int RRD = 0x0C;
    static final int LDR = 0x0D;
    static final int DFR = 0x0E;
    static final int SVR = 0x0F;
    static final int ISR = 0x10;
    static final int TMR = 0x18;
    static final int IRR = 0x20;
    static final int ESR = 0x28;
    static final int ICR_LOW = 0x30;
    static final int ICR_HIGH = 0x31;
    static final int LVT_TIMER = 0x32;
    static final int LVT_LINT0 = 0x35;
    static final int LVT_LINT1 = 0x36;
    static final int LVT_ERROR = 0x37;
    static final int INITIAL_COUNT = 0x38;
    static final int CURRENT_COUNT = 0x39;
    static final int DIVIDE = 0x3E;
    static final int SELF_IPI = 0x3F;

    /** Bits of the spurious-interrupt vector register that can be written. */
    static final int SVR_WRITABLE = 0x13FF;
    /** Bits of the low half of the interrupt command register that can be written. */
    static final int ICR_WRITABLE = 0xCCFFF;

    private ApicRegister() {
    }

    static boolean isVector(int register) {
        return register >= ISR && register < IRR + 8;
    }

    static boolean isLvt(int register) {
        return register >= LVT_TIMER && register < LVT_TIMER + LocalVectorTable.ENTRIES;
    }

    /** Whether RDMSR gives it in x2APIC mode. */
    static boolean msrReadable(int register) {
        return isVector(register) || isLvt(register) || switch (register) {
            case ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR_LOW, INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            default -> false;
        };
    }

    /** The bits that WRMSR may set in x2APIC mode, or -1 if it cannot be written; not for the command register. */
    static long msrWritable(int register) {
        if (isLvt(register)) {
            return LocalVectorTable.defined(register - LVT_TIMER);
        }
        return switch (register) {
            case TPR, SELF_IPI -> 0xFF;
            case EOI, ESR -> 0;
            case SVR -> SVR_WRITABLE;
            case DIVIDE -> 0xB;
            case INITIAL_COUNT -> 0xFFFFFFFFL;
            default -> -1;
        };
    }
}
