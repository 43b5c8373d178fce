package dev.backplane.machine.interrupt;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.LongSupplier;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.MachineClock;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.board.TimerFactory;

/**
 * The local APIC of one vCPU (Intel SDM vol. 3, chapter 11): xAPIC page and x2APIC MSRs, version 0x14, six LVT entries,
 * suppression of EOI broadcasts, TSC-deadline timer. The APIC ID is the vCPU's index and cannot be changed.
 *
 * <p>The 8259A pair reaches LINT0, the NMI button LINT1. While IA32_APIC_BASE disables the APIC, the bootstrap
 * processor takes both directly, as its INTR and NMI pins. After reset LINT0 of the bootstrap processor is unmasked
 * ExtINT, as the MP specification (appendix D) wants it before software takes over.
 *
 * <p>Threading: registers, {@link #acknowledge} and {@link #init} on the vCPU's thread only. {@link #interruptPending}
 * may be asked from any thread. Messages arrive from any thread without a lock: they set atomics and then signal.
 */
public final class LocalApic implements BoardPart {
    /** MSR IA32_APIC_BASE. */
    public static final int MSR_APIC_BASE = 0x1B;
    /** MSR IA32_TSC_DEADLINE. */
    public static final int MSR_TSC_DEADLINE = 0x6E0;
    /** MSR of the first x2APIC register. */
    public static final int MSR_X2APIC = 0x800;
    /** Where the register page is after reset. */
    public static final long DEFAULT_ADDRESS = 0xFEE00000L;

    /**
     * What distinguishes one local APIC.
     *
     * @param id                  the vCPU's index, 0 to 254
     * @param bootstrap           whether it is the bootstrap processor's
     * @param apicHz              frequency of the timer before its divider, in Hz
     * @param tscHz               frequency of the time-stamp counter in Hz
     * @param physicalAddressBits width of physical addresses, 36 to 52
     */
    public record Settings(int id, boolean bootstrap, long apicHz, long tscHz, int physicalAddressBits) {
    }

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

    static final int ERROR_SEND_VECTOR = 1 << 5;
    static final int ERROR_RECEIVE_VECTOR = 1 << 6;
    static final int ERROR_REGISTER = 1 << 7;

    /** Version 0x14, six LVT entries, EOI broadcasts can be suppressed. */
    private static final int VERSION_VALUE = 0x01050014;
    private static final int LVTS = 6;
    private static final int LVT_MASKED = 1 << 16;
    private static final int LVT_REMOTE_IRR = 1 << 14;
    private static final int LVT_LEVEL = 1 << 15;
    /** Writable bits of the LVT entries from timer to error. */
    private static final int[] LVT_WRITABLE = {0x700FF, 0x107FF, 0x107FF, 0x1A7FF, 0x1A7FF, 0x100FF};
    private static final int SVR_WRITABLE = 0x13FF;
    private static final int SVR_ENABLE = 1 << 8;
    private static final int SVR_SUPPRESS_EOI = 1 << 12;
    private static final int ICR_WRITABLE = 0xCCFFF;
    private static final int BASE_BSP = 1 << 8;
    private static final int BASE_X2APIC = 1 << 10;
    private static final int BASE_ENABLE = 1 << 11;

    private final int id;
    private final Settings settings;
    private final InterruptFabric fabric;
    private final VcpuSignals signals;
    private final ApicTimer timer;
    private final long baseMask;

    private final VectorSet irr = new VectorSet();
    private final VectorSet isr = new VectorSet();
    private final VectorSet tmr = new VectorSet();
    /** False only if the request register is empty: spares the scan. Set after a bit, cleared before a second look. */
    private volatile boolean requests;
    private volatile long apicBase;
    private volatile int tpr;
    private volatile int ppr;
    private volatile int ldr;
    private volatile int dfr;
    private volatile int svr;
    private volatile boolean lint0;
    /** An ExtINT message waits (as opposed to the line). */
    private volatile boolean extIntMessage;
    private final AtomicIntegerArray lvt = new AtomicIntegerArray(LVTS);
    private final AtomicInteger newErrors = new AtomicInteger();
    private int esr;
    private int icrLow;
    private int icrHigh;

    /**
     * @param tsc     the vCPU's time-stamp counter now, adjustments included; called from any thread
     * @param signals reaches the vCPU
     */
    public LocalApic(Settings settings, InterruptFabric fabric, LongSupplier tsc, MachineClock clock,
            TimerFactory timers, VcpuSignals signals) {
        this.settings = settings;
        this.id = settings.id();
        this.fabric = fabric;
        this.signals = signals;
        baseMask = (1L << settings.physicalAddressBits()) - 1 & ~0xFFFL;
        timer = new ApicTimer(name() + "-timer", settings.apicHz(), settings.tscHz(), tsc, clock, timers,
            this::timerExpired);
        reset();
        fabric.attach(id, this);
    }

    @Override
    public String name() {
        return "lapic-" + settings.id();
    }

    // ---- arrival of interrupts: any thread ----

    boolean x2Apic() {
        return (apicBase & BASE_X2APIC) != 0;
    }

    private boolean enabled() {
        return (apicBase & BASE_ENABLE) != 0;
    }

    /** Whether it takes fixed and lowest-priority interrupts: enabled by hardware and software. */
    boolean acceptsFixed() {
        return enabled() && (svr & SVR_ENABLE) != 0;
    }

    /** The processor-priority register: what lowest-priority arbitration compares. */
    int processorPriority() {
        return ppr;
    }

    /** Whether a logical destination means this APIC (Intel SDM vol. 3, 11.6.2.2 and 11.12.10.2). */
    boolean matchesLogical(int destination) {
        if (x2Apic()) {
            int own = logicalX2ApicId();
            return destination >>> 16 == own >>> 16 && (destination & own & 0xFFFF) != 0;
        }
        if ((destination & ~0xFF) != 0) {
            return false;
        }
        int own = ldr >>> 24;
        if (dfr >>> 28 == 0xF) {
            return (destination & own) != 0;
        }
        int cluster = destination >>> 4;
        return (cluster == 0xF || cluster == own >>> 4) && (destination & own & 0xF) != 0;
    }

    private int logicalX2ApicId() {
        return id >>> 4 << 16 | 1 << (id & 0xF);
    }

    /** Takes a message of any delivery mode. */
    void receive(int mode, int vector, boolean level) {
        if (!enabled()) {
            return;
        }
        switch (mode) {
            case DeliveryMode.FIXED, DeliveryMode.LOWEST_PRIORITY -> accept(vector, level);
            case DeliveryMode.NMI -> signals.nmi();
            case DeliveryMode.INIT -> signals.init();
            case DeliveryMode.STARTUP -> signals.startup(vector);
            case DeliveryMode.EXT_INT -> {
                extIntMessage = true;
                signals.interruptRequested();
            }
            default -> { } // SMI: there is no system-management mode; 3 is reserved
        }
    }

    /** Requests a vector; software-disabled APICs drop it. */
    void accept(int vector, boolean level) {
        if (!acceptsFixed()) {
            return;
        }
        if (vector < 16) {
            error(ERROR_RECEIVE_VECTOR);
            return;
        }
        if (level) {
            tmr.set(vector);
        } else {
            tmr.clear(vector);
        }
        boolean fresh = irr.set(vector);
        if (!requests) {
            requests = true;
        }
        if (fresh) {
            signals.interruptRequested();
        }
    }

    /** The level of LINT0. */
    void lint0(boolean asserted) {
        if (lint0 == asserted) {
            return;
        }
        lint0 = asserted;
        if (!asserted) {
            return;
        }
        int entry = lvt.get(LVT_LINT0 - LVT_TIMER);
        if (!enabled() || (entry >>> 8 & 7) == DeliveryMode.EXT_INT) {
            if (extIntPending()) {
                signals.interruptRequested();
            }
        } else {
            local(LVT_LINT0, entry);
        }
    }

    /** A pulse on LINT1. */
    void pulseLint1() {
        if (enabled()) {
            local(LVT_LINT1, lvt.get(LVT_LINT1 - LVT_TIMER));
        } else if (settings.bootstrap()) {
            signals.nmi();
        }
    }

    /** A local interrupt with an LVT entry of its own. */
    private void local(int register, int entry) {
        if ((entry & LVT_MASKED) != 0) {
            return;
        }
        int mode = register == LVT_TIMER || register == LVT_ERROR ? DeliveryMode.FIXED : entry >>> 8 & 7;
        switch (mode) {
            case DeliveryMode.FIXED -> {
                boolean level = register == LVT_LINT0 && (entry & LVT_LEVEL) != 0;
                if (level) {
                    if ((entry & LVT_REMOTE_IRR) != 0) {
                        return;
                    }
                    lvt.getAndAccumulate(register - LVT_TIMER, LVT_REMOTE_IRR, (a, b) -> a | b);
                }
                accept(entry & 0xFF, level);
            }
            case DeliveryMode.NMI -> signals.nmi();
            case DeliveryMode.INIT -> signals.init();
            case DeliveryMode.EXT_INT -> {
                extIntMessage = true;
                signals.interruptRequested();
            }
            default -> { }
        }
    }

    private void timerExpired() {
        local(LVT_TIMER, lvt.get(0));
    }

    private void error(int bit) {
        int before = newErrors.getAndAccumulate(bit, (a, b) -> a | b);
        if ((before & bit) == 0) {
            int entry = lvt.get(LVT_ERROR - LVT_TIMER);
            // An error entry with an illegal vector must not raise errors about itself without end.
            if ((entry & 0xFF) >= 16) {
                local(LVT_ERROR, entry);
            }
        }
    }

    // ---- delivery to the vCPU ----

    private boolean extIntPending() {
        if (!enabled()) {
            return lint0 && settings.bootstrap();
        }
        return extIntMessage
            || lint0 && (lvt.get(LVT_LINT0 - LVT_TIMER) & (LVT_MASKED | 0x700)) == DeliveryMode.EXT_INT << 8;
    }

    /** The highest requested vector, or -1. */
    private int highestRequest() {
        if (!requests) {
            return -1;
        }
        int v = irr.highest();
        if (v < 0) {
            requests = false;
            v = irr.highest();
            if (v >= 0) {
                requests = true;
            }
        }
        return v;
    }

    /** Whether {@link #acknowledge} would give a vector now. Cheap; RFLAGS.IF and shadows are the vCPU's business. */
    public boolean interruptPending() {
        if ((lint0 || extIntMessage) && extIntPending()) {
            return true;
        }
        return requestPending();
    }

    private boolean requestPending() {
        return requests && enabled() && highestRequest() >> 4 > ppr >> 4;
    }

    /**
     * Takes the highest-priority interrupt into service; vCPU's thread.
     *
     * @return the vector, 0 to 255, or -1 if there is nothing to deliver
     */
    public int acknowledge() {
        if (enabled()) {
            int vector = highestRequest();
            if (vector >> 4 > ppr >> 4) {
                irr.clear(vector);
                isr.set(vector);
                updatePriority();
                return vector;
            }
        }
        if (extIntPending()) {
            extIntMessage = false;
            return fabric.acknowledgeExtInt();
        }
        return -1;
    }

    private void updatePriority() {
        int task = tpr;
        int serving = Math.max(0, isr.highest()) & 0xF0;
        ppr = (task & 0xF0) >= serving ? task : serving;
    }

    /** After priority fell: a vCPU that looks only when told must hear of what waited. */
    private void priorityChanged() {
        updatePriority();
        if (requestPending()) {
            signals.interruptRequested();
        }
    }

    /** Bits 7:4 of the task-priority register, 0 to 15. */
    public int readCr8() {
        return tpr >>> 4;
    }

    /** @param value 0 to 15 */
    public void writeCr8(int value) {
        tpr = (value & 0xF) << 4;
        priorityChanged();
    }

    private void endOfInterrupt() {
        int vector = isr.highest();
        if (vector < 0) {
            return;
        }
        isr.clear(vector);
        if (tmr.get(vector)) {
            endOfLint0(vector);
            if ((svr & SVR_SUPPRESS_EOI) == 0) {
                fabric.endOfInterrupt(vector);
            }
        }
        priorityChanged();
    }

    private void endOfLint0(int vector) {
        int entry = lvt.get(LVT_LINT0 - LVT_TIMER);
        if ((entry & LVT_REMOTE_IRR) != 0 && (entry & 0xFF) == vector) {
            entry &= ~LVT_REMOTE_IRR;
            lvt.set(LVT_LINT0 - LVT_TIMER, entry);
            if (lint0) {
                local(LVT_LINT0, entry);
            }
        }
    }

    // ---- register page ----

    /** Whether a physical address is in this APIC's register page; false in x2APIC mode and while it is disabled. */
    public boolean claims(long address) {
        long base = apicBase;
        return (base & (BASE_ENABLE | BASE_X2APIC)) == BASE_ENABLE && ((address ^ base) & ~0xFFFL) == 0;
    }

    /**
     * Reads the register page. Registers are 32 bits at multiples of 16; what lies between them reads as zero.
     *
     * @param address anywhere in the page; only bits 11:0 count
     */
    public long mmioRead(long address, int size) {
        int offset = (int) address & 0xFFF;
        int within = offset & 0xF;
        if (within >= 4) {
            return 0;
        }
        return (readRegister(offset >>> 4) & 0xFFFFFFFFL) >>> within * 8;
    }

    /** Writes the register page; anything but a whole register is dropped. */
    public void mmioWrite(long address, int size, long value) {
        int offset = (int) address & 0xFFF;
        if ((offset & 0xF) == 0 && size >= 4) {
            writeRegister(offset >>> 4, (int) value);
        }
    }

    private int readRegister(int register) {
        if (register >= ISR && register < IRR + 8) {
            VectorSet set = register < TMR ? isr : register < IRR ? tmr : irr;
            return set.word(register & 7);
        }
        if (register >= LVT_TIMER && register < LVT_TIMER + LVTS) {
            return lvt.get(register - LVT_TIMER);
        }
        return switch (register) {
            case ID -> x2Apic() ? id : id << 24;
            case VERSION -> VERSION_VALUE;
            case TPR -> tpr;
            case APR, RRD -> 0;
            case PPR -> ppr;
            case EOI, SELF_IPI -> 0;
            case LDR -> x2Apic() ? logicalX2ApicId() : ldr;
            case DFR -> dfr;
            case SVR -> svr;
            case ESR -> esr;
            case ICR_LOW -> icrLow;
            case ICR_HIGH -> icrHigh;
            case INITIAL_COUNT -> timer.initialCount();
            case CURRENT_COUNT -> timer.currentCount();
            case DIVIDE -> timer.divideConfiguration();
            default -> {
                error(ERROR_REGISTER);
                yield 0;
            }
        };
    }

    private void writeRegister(int register, int value) {
        if (register >= LVT_TIMER && register < LVT_TIMER + LVTS) {
            writeLvt(register, value);
            return;
        }
        switch (register) {
            case TPR -> {
                tpr = value & 0xFF;
                priorityChanged();
            }
            case EOI -> endOfInterrupt();
            case LDR -> ldr = value & 0xFF000000;
            case DFR -> dfr = value | 0x0FFFFFFF;
            case SVR -> writeSvr(value);
            case ESR -> esr = newErrors.getAndSet(0);
            case ICR_LOW -> {
                icrLow = value & ICR_WRITABLE;
                sendIpi(icrLow, icrHigh >>> 24, false);
            }
            case ICR_HIGH -> icrHigh = value & 0xFF000000;
            case INITIAL_COUNT -> timer.initialCount(value);
            case DIVIDE -> timer.divideConfiguration(value);
            case ID, VERSION, APR, PPR, RRD, CURRENT_COUNT -> { } // read-only
            default -> {
                if (register < ISR || register >= IRR + 8) {
                    error(ERROR_REGISTER);
                }
            }
        }
    }

    private void sendIpi(int icr, int destination, boolean x2) {
        int mode = icr >>> 8 & 7;
        if ((mode == DeliveryMode.FIXED || mode == DeliveryMode.LOWEST_PRIORITY) && (icr & 0xFF) < 16) {
            error(ERROR_SEND_VECTOR);
            return;
        }
        fabric.sendIpi(this, icr, destination, x2);
    }

    private void writeSvr(int value) {
        svr = value & SVR_WRITABLE;
        if ((value & SVR_ENABLE) == 0) {
            for (int i = 0; i < LVTS; i++) {
                lvt.set(i, lvt.get(i) | LVT_MASKED);
            }
            configureTimer();
        }
    }

    private void writeLvt(int register, int value) {
        int index = register - LVT_TIMER;
        int entry = value & LVT_WRITABLE[index];
        if ((svr & SVR_ENABLE) == 0) {
            entry |= LVT_MASKED;
        }
        if ((entry & LVT_LEVEL) != 0) {
            entry |= lvt.get(index) & LVT_REMOTE_IRR;
        }
        int before = lvt.getAndSet(index, entry);
        if (register == LVT_TIMER) {
            configureTimer();
        } else if (register == LVT_LINT0 && lint0 && before != entry) {
            if (extIntPending()) {
                signals.interruptRequested();
            } else if ((entry & (0x700 | LVT_LEVEL)) == LVT_LEVEL) {
                local(LVT_LINT0, entry);
            }
        }
    }

    private void configureTimer() {
        int entry = lvt.get(0);
        timer.configure(timerMode(entry), timerMasked(entry));
    }

    private static int timerMode(int entry) {
        return Math.min(entry >>> 17 & 3, ApicTimer.TSC_DEADLINE);
    }

    /** Mode 3 is reserved and never fires. */
    private static boolean timerMasked(int entry) {
        return (entry & LVT_MASKED) != 0 || (entry >>> 17 & 3) == 3;
    }

    // ---- MSRs ----

    /** Whether this MSR is one of the APIC's and can be read now. */
    public boolean msrReadable(int index) {
        if (index == MSR_APIC_BASE || index == MSR_TSC_DEADLINE) {
            return true;
        }
        int register = index - MSR_X2APIC;
        if (!x2Apic() || register < 0 || register > 0xFF) {
            return false;
        }
        if (register >= ISR && register < IRR + 8 || register >= LVT_TIMER && register < LVT_TIMER + LVTS) {
            return true;
        }
        return switch (register) {
            case ID, VERSION, TPR, PPR, LDR, SVR, ESR, ICR_LOW, INITIAL_COUNT, CURRENT_COUNT, DIVIDE -> true;
            default -> false;
        };
    }

    /** Reads an MSR for which {@link #msrReadable} is true. */
    public long readMsr(int index) {
        return switch (index) {
            case MSR_APIC_BASE -> apicBase;
            case MSR_TSC_DEADLINE -> timer.deadline();
            case MSR_X2APIC + ICR_LOW -> (long) icrHigh << 32 | icrLow & 0xFFFFFFFFL;
            default -> msrReadable(index) ? readRegister(index - MSR_X2APIC) & 0xFFFFFFFFL : 0;
        };
    }

    /** Writes an MSR; false if that is a general-protection fault. */
    public boolean writeMsr(int index, long value) {
        if (index == MSR_APIC_BASE) {
            return writeBase(value);
        }
        if (index == MSR_TSC_DEADLINE) {
            timer.deadline(value);
            return true;
        }
        int register = index - MSR_X2APIC;
        if (!x2Apic() || register < 0 || register > 0xFF) {
            return false;
        }
        if (register == ICR_LOW) {
            if ((value & 0xFFFFFFFFL & ~ICR_WRITABLE) != 0) {
                return false;
            }
            icrLow = (int) value;
            icrHigh = (int) (value >>> 32);
            sendIpi(icrLow, icrHigh, true);
            return true;
        }
        long writable = writableBits(register);
        if (writable < 0 || (value & ~writable) != 0) {
            return false;
        }
        if (register == SELF_IPI) {
            sendIpi((int) value | 1 << 18, 0, true);
        } else {
            writeRegister(register, (int) value);
        }
        return true;
    }

    /** The bits of an x2APIC register that may be written as ones, or -1 if it cannot be written. */
    private static long writableBits(int register) {
        if (register >= LVT_TIMER && register < LVT_TIMER + LVTS) {
            return LVT_WRITABLE[register - LVT_TIMER] | 0x1000 | (register == LVT_LINT0 || register == LVT_LINT1
                ? LVT_REMOTE_IRR : 0);
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

    /** IA32_APIC_BASE: legal transitions as in figure 11-27 of the Intel SDM vol. 3. */
    private boolean writeBase(long value) {
        long old = apicBase;
        if ((value & ~(baseMask | BASE_BSP | BASE_X2APIC | BASE_ENABLE)) != 0) {
            return false;
        }
        boolean enable = (value & BASE_ENABLE) != 0;
        boolean x2 = (value & BASE_X2APIC) != 0;
        if (x2 && !enable || x2 && (old & BASE_ENABLE) == 0 || enable && !x2 && (old & BASE_X2APIC) != 0) {
            return false;
        }
        apicBase = value & ~BASE_BSP | old & BASE_BSP;
        if (!enable && (old & BASE_ENABLE) != 0) {
            clearRegisters();
        } else if (x2 && (old & BASE_X2APIC) == 0) {
            icrHigh = 0;
        }
        return true;
    }

    /** IA32_TSC or IA32_TSC_ADJUST was written. */
    public void tscChanged() {
        timer.tscChanged();
    }

    /**
     * Leaves the APIC as PC firmware leaves the bootstrap processor's: software-enabled, LINT0 ExtINT, LINT1 NMI. For
     * boots that enter a kernel with no firmware. Other processors get LINT1 only.
     */
    public void virtualWire() {
        writeSvr(0xFF | SVR_ENABLE);
        writeLvt(LVT_LINT0, settings.bootstrap() ? DeliveryMode.EXT_INT << 8 : LVT_MASKED);
        writeLvt(LVT_LINT1, DeliveryMode.NMI << 8);
    }

    // ---- reset and state ----

    private void clearRegisters() {
        tpr = 0;
        ldr = 0;
        dfr = -1;
        svr = 0xFF;
        esr = 0;
        newErrors.set(0);
        icrLow = 0;
        icrHigh = 0;
        extIntMessage = false;
        for (int i = 0; i < LVTS; i++) {
            lvt.set(i, LVT_MASKED);
        }
        if (settings.bootstrap()) {
            lvt.set(LVT_LINT0 - LVT_TIMER, DeliveryMode.EXT_INT << 8);
        }
        irr.clearAll();
        isr.clearAll();
        tmr.clearAll();
        requests = false;
        ppr = 0;
        timer.reset();
    }

    /** INIT was carried out: registers as after reset, but mode, base address and ID stay. vCPU's thread. */
    public void init() {
        clearRegisters();
    }

    @Override
    public void reset() {
        apicBase = DEFAULT_ADDRESS | BASE_ENABLE | (settings.bootstrap() ? BASE_BSP : 0);
        clearRegisters();
    }

    @Override
    public void save(StateWriter out) {
        int[] entries = new int[LVTS];
        for (int i = 0; i < LVTS; i++) {
            entries[i] = lvt.get(i);
        }
        out.putLong("apic-base", apicBase).putInts("irr", irr.toArray()).putInts("isr", isr.toArray())
            .putInts("tmr", tmr.toArray()).putInt("tpr", tpr).putInt("ldr", ldr).putInt("dfr", dfr).putInt("svr", svr)
            .putInts("lvt", entries).putInt("esr", esr).putInt("new-errors", newErrors.get())
            .putInt("icr-low", icrLow).putInt("icr-high", icrHigh).putBoolean("lint0", lint0)
            .putBoolean("ext-int-message", extIntMessage);
        timer.save(out.section("timer"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        long base = in.getLong("apic-base");
        if ((base & ~(baseMask | BASE_BSP | BASE_X2APIC | BASE_ENABLE)) != 0
            || (base & (BASE_X2APIC | BASE_ENABLE)) == BASE_X2APIC) {
            throw new StateException(name() + ": apic-base 0x" + Long.toHexString(base) + " is not a legal value");
        }
        int[] entries = words(in, "lvt", LVTS);
        int[] requested = words(in, "irr", 8);
        int[] serving = words(in, "isr", 8);
        int[] levels = words(in, "tmr", 8);
        apicBase = base & ~BASE_BSP | (settings.bootstrap() ? BASE_BSP : 0);
        irr.load(requested);
        isr.load(serving);
        tmr.load(levels);
        requests = true;
        for (int i = 0; i < LVTS; i++) {
            lvt.set(i, entries[i] & (LVT_WRITABLE[i] | LVT_REMOTE_IRR));
        }
        tpr = in.getInt("tpr", 0, 0xFF);
        ldr = in.getInt("ldr") & 0xFF000000;
        dfr = in.getInt("dfr") | 0x0FFFFFFF;
        svr = in.getInt("svr") & SVR_WRITABLE;
        esr = in.getInt("esr", 0, 0xFF);
        newErrors.set(in.getInt("new-errors", 0, 0xFF));
        icrLow = in.getInt("icr-low") & ICR_WRITABLE;
        icrHigh = in.getInt("icr-high");
        lint0 = in.getBoolean("lint0");
        extIntMessage = in.getBoolean("ext-int-message");
        updatePriority();
        timer.restore(in.section("timer"), timerMode(lvt.get(0)), timerMasked(lvt.get(0)));
    }

    private int[] words(StateReader in, String field, int length) throws StateException {
        int[] a = in.getInts(field);
        if (a.length != length) {
            throw new StateException(name() + ": " + field + " has " + a.length + " values, not " + length);
        }
        return a;
    }
}
