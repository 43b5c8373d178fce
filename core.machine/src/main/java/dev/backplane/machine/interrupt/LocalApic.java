package dev.backplane.machine.interrupt;

import java.util.concurrent.atomic.AtomicInteger;
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

    static final int ERROR_SEND_VECTOR = 1 << 5;
    static final int ERROR_RECEIVE_VECTOR = 1 << 6;
    static final int ERROR_REGISTER = 1 << 7;

    /** Version 0x14, six LVT entries, EOI broadcasts can be suppressed. */
    private static final int VERSION_VALUE = 0x01050014;
    private static final int SVR_ENABLE = 1 << 8;
    private static final int SVR_SUPPRESS_EOI = 1 << 12;
    private static final int BASE_BSP = 1 << 8;
    private static final int BASE_X2APIC = 1 << 10;
    private static final int BASE_ENABLE = 1 << 11;

    private final int id;
    private final Settings settings;
    private final InterruptFabric fabric;
    private final VcpuSignals signals;
    private final ApicTimer timer;
    private final long baseMask;

    private final ApicRequests requests = new ApicRequests();
    private final LocalVectorTable lvt = new LocalVectorTable();
    private volatile long apicBase;
    private volatile int ldr;
    private volatile int dfr;
    private volatile int svr;
    private volatile boolean lint0;
    /** An ExtINT message waits (as opposed to the line). */
    private volatile boolean extIntMessage;
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
        return requests.processorPriority();
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
        if (requests.request(vector, level)) {
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
        if (!enabled() || LocalVectorTable.mode(lvt.get(LocalVectorTable.LINT0)) == DeliveryMode.EXT_INT) {
            if (extIntPending()) {
                signals.interruptRequested();
            }
        } else {
            local(LocalVectorTable.LINT0);
        }
    }

    /** A pulse on LINT1. */
    void pulseLint1() {
        if (enabled()) {
            local(LocalVectorTable.LINT1);
        } else if (settings.bootstrap()) {
            signals.nmi();
        }
    }

    /** A local interrupt happens: does what its entry says. */
    private void local(int index) {
        int entry = lvt.get(index);
        if (LocalVectorTable.masked(entry)) {
            return;
        }
        boolean moded = index != LocalVectorTable.TIMER && index != LocalVectorTable.ERROR;
        switch (moded ? LocalVectorTable.mode(entry) : DeliveryMode.FIXED) {
            case DeliveryMode.FIXED -> {
                boolean level = index == LocalVectorTable.LINT0 && (entry & LocalVectorTable.LEVEL) != 0;
                if (level) {
                    if ((entry & LocalVectorTable.REMOTE_IRR) != 0) {
                        return;
                    }
                    lvt.setRemoteIrr(index);
                }
                accept(LocalVectorTable.vector(entry), level);
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
        local(LocalVectorTable.TIMER);
    }

    private void error(int bit) {
        int before = newErrors.getAndAccumulate(bit, (a, b) -> a | b);
        if ((before & bit) == 0) {
            // An error entry with an illegal vector must not raise errors about itself without end.
            if (LocalVectorTable.vector(lvt.get(LocalVectorTable.ERROR)) >= 16) {
                local(LocalVectorTable.ERROR);
            }
        }
    }

    // ---- delivery to the vCPU ----

    private boolean extIntPending() {
        if (!enabled()) {
            return lint0 && settings.bootstrap();
        }
        int entry = lvt.get(LocalVectorTable.LINT0);
        return extIntMessage || lint0 && !LocalVectorTable.masked(entry)
            && LocalVectorTable.mode(entry) == DeliveryMode.EXT_INT;
    }

    /** Whether {@link #acknowledge} would give a vector now. Cheap; RFLAGS.IF and shadows are the vCPU's business. */
    public boolean interruptPending() {
        if ((lint0 || extIntMessage) && extIntPending()) {
            return true;
        }
        return requestPending();
    }

    private boolean requestPending() {
        return requests.pending() && enabled();
    }

    /**
     * Takes the highest-priority interrupt into service; vCPU's thread.
     *
     * @return the vector, 0 to 255, or -1 if there is nothing to deliver
     */
    public int acknowledge() {
        if (enabled()) {
            int vector = requests.take();
            if (vector >= 0) {
                return vector;
            }
        }
        if (extIntPending()) {
            extIntMessage = false;
            return fabric.acknowledgeExtInt();
        }
        return -1;
    }

    /** After priority fell: a vCPU that looks only when told must hear of what waited. */
    private void priorityChanged() {
        if (requestPending()) {
            signals.interruptRequested();
        }
    }

    /** Bits 7:4 of the task-priority register, 0 to 15. */
    public int readCr8() {
        return requests.taskPriority() >>> 4;
    }

    /** @param value 0 to 15 */
    public void writeCr8(int value) {
        requests.taskPriority((value & 0xF) << 4);
        priorityChanged();
    }

    private void endOfInterrupt() {
        int vector = requests.end();
        if (vector < 0) {
            return;
        }
        if (requests.levelTriggered(vector)) {
            endOfLint0(vector);
            if ((svr & SVR_SUPPRESS_EOI) == 0) {
                fabric.endOfInterrupt(vector);
            }
        }
        priorityChanged();
    }

    private void endOfLint0(int vector) {
        int entry = lvt.get(LocalVectorTable.LINT0);
        if ((entry & LocalVectorTable.REMOTE_IRR) != 0 && LocalVectorTable.vector(entry) == vector) {
            lvt.clearRemoteIrr(LocalVectorTable.LINT0);
            if (lint0) {
                local(LocalVectorTable.LINT0);
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
        if (ApicRegister.isVector(register)) {
            int word = register & 7;
            return register < ApicRegister.TMR ? requests.inService(word)
                : register < ApicRegister.IRR ? requests.triggerModes(word) : requests.requested(word);
        }
        if (ApicRegister.isLvt(register)) {
            return lvt.get(register - ApicRegister.LVT_TIMER);
        }
        return switch (register) {
            case ApicRegister.ID -> x2Apic() ? id : id << 24;
            case ApicRegister.VERSION -> VERSION_VALUE;
            case ApicRegister.TPR -> requests.taskPriority();
            case ApicRegister.APR, ApicRegister.RRD -> 0;
            case ApicRegister.PPR -> requests.processorPriority();
            case ApicRegister.EOI, ApicRegister.SELF_IPI -> 0;
            case ApicRegister.LDR -> x2Apic() ? logicalX2ApicId() : ldr;
            case ApicRegister.DFR -> dfr;
            case ApicRegister.SVR -> svr;
            case ApicRegister.ESR -> esr;
            case ApicRegister.ICR_LOW -> icrLow;
            case ApicRegister.ICR_HIGH -> icrHigh;
            case ApicRegister.INITIAL_COUNT -> timer.initialCount();
            case ApicRegister.CURRENT_COUNT -> timer.currentCount();
            case ApicRegister.DIVIDE -> timer.divideConfiguration();
            default -> {
                error(ERROR_REGISTER);
                yield 0;
            }
        };
    }

    private void writeRegister(int register, int value) {
        if (ApicRegister.isLvt(register)) {
            writeLvt(register - ApicRegister.LVT_TIMER, value);
            return;
        }
        switch (register) {
            case ApicRegister.TPR -> {
                requests.taskPriority(value & 0xFF);
                priorityChanged();
            }
            case ApicRegister.EOI -> endOfInterrupt();
            case ApicRegister.LDR -> ldr = value & 0xFF000000;
            case ApicRegister.DFR -> dfr = value | 0x0FFFFFFF;
            case ApicRegister.SVR -> writeSvr(value);
            case ApicRegister.ESR -> esr = newErrors.getAndSet(0);
            case ApicRegister.ICR_LOW -> {
                icrLow = value & ApicRegister.ICR_WRITABLE;
                sendIpi(icrLow, icrHigh >>> 24, false);
            }
            case ApicRegister.ICR_HIGH -> icrHigh = value & 0xFF000000;
            case ApicRegister.INITIAL_COUNT -> timer.initialCount(value);
            case ApicRegister.DIVIDE -> timer.divideConfiguration(value);
            case ApicRegister.ID, ApicRegister.VERSION, ApicRegister.APR, ApicRegister.PPR, ApicRegister.RRD,
                ApicRegister.CURRENT_COUNT -> { } // read-only
            default -> {
                if (!ApicRegister.isVector(register)) {
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
        svr = value & ApicRegister.SVR_WRITABLE;
        if ((value & SVR_ENABLE) == 0) {
            lvt.maskAll();
            configureTimer();
        }
    }

    private void writeLvt(int index, int value) {
        int before = lvt.get(index);
        int entry = lvt.write(index, value, (svr & SVR_ENABLE) != 0);
        if (index == LocalVectorTable.TIMER) {
            configureTimer();
        } else if (index == LocalVectorTable.LINT0 && lint0 && before != entry) {
            if (extIntPending()) {
                signals.interruptRequested();
            } else if ((entry & LocalVectorTable.LEVEL) != 0 && LocalVectorTable.mode(entry) == DeliveryMode.FIXED) {
                local(LocalVectorTable.LINT0);
            }
        }
    }

    private void configureTimer() {
        timer.configure(lvt.timerMode(), lvt.timerMasked());
    }

    // ---- MSRs ----

    /** Whether this MSR is one of the APIC's and can be read now. */
    public boolean msrReadable(int index) {
        if (index == MSR_APIC_BASE || index == MSR_TSC_DEADLINE) {
            return true;
        }
        int register = index - MSR_X2APIC;
        return x2Apic() && ApicRegister.msrReadable(register);
    }

    /** Reads an MSR for which {@link #msrReadable} is true. */
    public long readMsr(int index) {
        return switch (index) {
            case MSR_APIC_BASE -> apicBase;
            case MSR_TSC_DEADLINE -> timer.deadline();
            case MSR_X2APIC + ApicRegister.ICR_LOW -> (long) icrHigh << 32 | icrLow & 0xFFFFFFFFL;
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
        if (register == ApicRegister.ICR_LOW) {
            if ((value & 0xFFFFFFFFL & ~ApicRegister.ICR_WRITABLE) != 0) {
                return false;
            }
            icrLow = (int) value;
            icrHigh = (int) (value >>> 32);
            sendIpi(icrLow, icrHigh, true);
            return true;
        }
        long writable = ApicRegister.msrWritable(register);
        if (writable < 0 || (value & ~writable) != 0) {
            return false;
        }
        if (register == ApicRegister.SELF_IPI) {
            sendIpi((int) value | 1 << 18, 0, true);
        } else {
            writeRegister(register, (int) value);
        }
        return true;
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
        writeLvt(LocalVectorTable.LINT0, settings.bootstrap() ? DeliveryMode.EXT_INT << 8 : LocalVectorTable.MASKED);
        writeLvt(LocalVectorTable.LINT1, DeliveryMode.NMI << 8);
    }

    // ---- reset and state ----

    private void clearRegisters() {
        requests.clear();
        lvt.reset(settings.bootstrap());
        ldr = 0;
        dfr = -1;
        svr = 0xFF;
        esr = 0;
        newErrors.set(0);
        icrLow = 0;
        icrHigh = 0;
        extIntMessage = false;
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
        requests.save(out);
        lvt.save(out);
        out.putLong("apic-base", apicBase).putInt("ldr", ldr).putInt("dfr", dfr).putInt("svr", svr).putInt("esr", esr)
            .putInt("new-errors", newErrors.get()).putInt("icr-low", icrLow).putInt("icr-high", icrHigh)
            .putBoolean("lint0", lint0).putBoolean("ext-int-message", extIntMessage);
        timer.save(out.section("timer"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        long base = in.getLong("apic-base");
        if ((base & ~(baseMask | BASE_BSP | BASE_X2APIC | BASE_ENABLE)) != 0
            || (base & (BASE_X2APIC | BASE_ENABLE)) == BASE_X2APIC) {
            throw new StateException(name() + ": apic-base 0x" + Long.toHexString(base) + " is not a legal value");
        }
        requests.restore(in);
        lvt.restore(in);
        apicBase = base & ~BASE_BSP | (settings.bootstrap() ? BASE_BSP : 0);
        ldr = in.getInt("ldr") & 0xFF000000;
        dfr = in.getInt("dfr") | 0x0FFFFFFF;
        svr = in.getInt("svr") & ApicRegister.SVR_WRITABLE;
        esr = in.getInt("esr", 0, 0xFF);
        newErrors.set(in.getInt("new-errors", 0, 0xFF));
        icrLow = in.getInt("icr-low") & ApicRegister.ICR_WRITABLE;
        icrHigh = in.getInt("icr-high");
        lint0 = in.getBoolean("lint0");
        extIntMessage = in.getBoolean("ext-int-message");
        timer.restore(in.section("timer"), lvt.timerMode(), lvt.timerMasked());
    }
}
