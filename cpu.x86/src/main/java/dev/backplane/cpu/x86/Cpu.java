package dev.backplane.cpu.x86;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.function.LongSupplier;

import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.cpu.x86.system.Interrupts;

/**
 * The execution state of one vCPU, as instructions see it. Public fields because every instruction works on them;
 * they belong to the vCPU's thread. What other threads may touch says so.
 *
 * <p>Flags are lazy: {@link #flagResult} and {@link #flagCarry} hold what the last arithmetic instruction left, see
 * {@link Flags}.
 */
public final class Cpu {
    /** Register numbers in {@link #r}: as in encodings. */
    public static final int RAX = 0;
    public static final int RCX = 1;
    public static final int RDX = 2;
    public static final int RBX = 3;
    public static final int RSP = 4;
    public static final int RBP = 5;
    public static final int RSI = 6;
    public static final int RDI = 7;
    /** Always 0: the missing base or index of an address. */
    public static final int ZERO = 16;
    /** RIP of the start of the block being executed. */
    public static final int BLOCK_RIP = 17;

    /** Segment register numbers as in encodings; LDTR and TR follow. */
    public static final int ES = 0;
    public static final int CS = 1;
    public static final int SS = 2;
    public static final int DS = 3;
    public static final int FS = 4;
    public static final int GS = 5;
    public static final int LDTR = 6;
    public static final int TR = 7;

    /** The bit of {@link #codeKey} for user privilege; bit {@link Mode#BITS} is free for the engine. */
    public static final int CODE_KEY_USER = 1 << Mode.BITS + 1;

    public static final int CR0_PE = 1;
    public static final int CR0_MP = 2;
    public static final int CR0_EM = 4;
    public static final int CR0_TS = 8;
    public static final int CR0_ET = 16;
    public static final int CR0_NE = 32;
    public static final int CR0_WP = 1 << 16;
    public static final int CR0_AM = 1 << 18;
    public static final int CR0_NW = 1 << 29;
    public static final int CR0_CD = 1 << 30;
    public static final int CR0_PG = 1 << 31;

    public static final int CR4_VME = 1;
    public static final int CR4_PVI = 2;
    public static final int CR4_TSD = 4;
    public static final int CR4_DE = 8;
    public static final int CR4_PSE = 16;
    public static final int CR4_PAE = 32;
    public static final int CR4_MCE = 64;
    public static final int CR4_PGE = 128;
    public static final int CR4_PCE = 256;
    public static final int CR4_OSFXSR = 512;
    public static final int CR4_OSXMMEXCPT = 1024;
    public static final int CR4_UMIP = 2048;
    public static final int CR4_FSGSBASE = 1 << 16;
    public static final int CR4_PCIDE = 1 << 17;
    public static final int CR4_OSXSAVE = 1 << 18;
    public static final int CR4_SMEP = 1 << 20;
    public static final int CR4_SMAP = 1 << 21;

    public static final int EFER_SCE = 1;
    public static final int EFER_LME = 1 << 8;
    public static final int EFER_LMA = 1 << 10;
    public static final int EFER_NXE = 1 << 11;

    /** General registers 0 to 15, then {@link #ZERO} and {@link #BLOCK_RIP}. */
    public final long[] r = new long[18];
    /** The next instruction, valid between blocks; ops that transfer control set it. */
    public long rip;
    public long flagResult = 1;
    public long flagCarry;
    /** The other flags of RFLAGS (TF, IF, DF, IOPL, NT, RF, VM, AC, ID) and bit 1; the arithmetic ones are 0 here. */
    public int eflags = 2;
    /** What is added to an offset, by segment: 0 for ES, CS, SS and DS in 64-bit mode. */
    public final long[] segBase = new long[8];

    public final Segments segments;
    public final Mem mem;
    public final FpuState fpu = new FpuState();
    public final SystemRegisters sys;
    /** Delivers interrupts and exceptions to this CPU. */
    public final Interrupts interrupts;
    public final VcpuBus bus;
    public final CpuModel model;
    /** Index of the vCPU, also its initial APIC ID. */
    public final int number;
    /** How many vCPUs the machine has. */
    public final int count;
    public final long tscHz;
    public final long apicHz;

    public long cr0;
    public long cr2;
    public long cr3;
    public long cr4;
    public long xcr0 = 1;
    public long efer;
    /** Current privilege level, 0 to 3; 3 in virtual-8086 mode, 0 in real mode. */
    public int cpl;
    /** The {@link Mode} bits, kept by {@link Segments#updateMode()}. */
    public int mode;
    /** {@link #mode} and the privilege of fetches: what a cached translation of code depends on. */
    public int codeKey;
    /** HLT was executed and nothing has woken the vCPU. */
    public boolean halted;
    /** Interrupts are inhibited until the next instruction has been executed (STI, MOV SS, POP SS). */
    public boolean shadow;
    /** {@link #shadow} comes from MOV SS or POP SS: debug exceptions and NMI are inhibited as well. */
    public boolean shadowSs;
    public boolean nmiBlocked;
    /** After INIT: waits for a startup IPI, which the core turns into a new state. */
    public boolean waitForSipi;
    /** A vector that was acknowledged elsewhere and must be delivered first, or -1. */
    public int injectedVector = -1;
    /** The instruction ended in a handler: no single-step trap follows it. */
    public boolean trapsCleared;
    /** A triple fault: the vCPU has shut down. */
    public boolean shutdown;
    /** The engine runs one instruction at a time: a repeated string instruction does one iteration. */
    public boolean stepping;
    /** PAUSE instructions executed. */
    public int pauses;
    /** Instructions executed; grows per block. */
    public long instructions;
    /**
     * What the block loop is asked to look at; the loop polls it at the end of each block. Set by the vCPU's thread; any
     * other one calls {@link #requestAttention()}.
     */
    public volatile boolean attention;
    /** For an engine that runs machine code: a native int, 0 while it should look at {@link #attention}. Or null. */
    public MemorySegment attentionCell;
    /** What the cell holds while there is nothing to look at; not 0. */
    public int attentionIdle = 1;
    /** An interrupt may be pending in the core; any thread sets it with {@link #attention}. */
    public volatile boolean eventsWaiting;
    /** Hears of exceptions and interrupts, and of blocks if it wants to; or null. Any thread sets it. */
    public volatile VcpuTracer tracer;
    /** Every RDTSC asks the bus: an engine does not work out the time-stamp counter itself. */
    public boolean tscExits;
    /** What instructions ask of the engine that runs them. */
    public Engine engine = Engine.NONE;

    /** What RDRAND and RDSEED return. */
    public LongSupplier random = new SecureRandom()::nextLong;

    /** An XSAVE area, for the instructions that move one. */
    public final ByteBuffer scratch = ByteBuffer.allocate(832).order(ByteOrder.LITTLE_ENDIAN);

    /** For throwing. */
    public final RepeatAlone repeatAlone = new RepeatAlone();

    private final CpuFault fault = new CpuFault();

    public Cpu(int number, int count, CpuModel model, VcpuBus bus, long tscHz, long apicHz, PhysicalMemory physical) {
        this.number = number;
        this.count = count;
        this.model = model;
        this.bus = bus;
        this.tscHz = tscHz;
        this.apicHz = apicHz;
        sys = new SystemRegisters();
        interrupts = new Interrupts(this);
        segments = new Segments(this);
        mem = new Mem(this, physical);
    }

    /** The fault with an error code, filled in for throwing. */
    public CpuFault fault(int vector, int error) {
        fault.vector = vector;
        fault.error = error;
        fault.hasError = true;
        fault.nonCanonical = false;
        return fault;
    }

    /** The fault without an error code, filled in for throwing. */
    public CpuFault fault(int vector) {
        fault.vector = vector;
        fault.error = 0;
        fault.hasError = false;
        fault.nonCanonical = false;
        return fault;
    }

    /** Asks the block loop to look at what is asked of it; any thread. */
    public void requestAttention() {
        attention = true;
        MemorySegment cell = attentionCell;
        if (cell != null) {
            cell.set(ValueLayout.JAVA_INT, 0, 0);
        }
    }

    /** The block loop is about to look; own thread. */
    public void clearAttention() {
        if (attentionCell != null) {
            attentionCell.set(ValueLayout.JAVA_INT, 0, attentionIdle);
        }
        attention = false;
    }

    /** EFLAGS.IF may have become set: pending interrupts are looked at. */
    public void interruptsMayBeEnabled() {
        if (eventsWaiting && (eflags & Flags.IF) != 0) {
            attention = true;
        }
    }

    /** #GP with an error code. */
    public CpuFault gp(int error) {
        return fault(CpuFault.GP, error);
    }

    /** #UD. */
    public CpuFault ud() {
        return fault(CpuFault.UD);
    }

    /** #GP(0), or #SS(0) if the instruction goes through SS, for an address that is not canonical. */
    public CpuFault nonCanonical() {
        fault(CpuFault.GP, 0).nonCanonical = true;
        return fault;
    }

    /** RFLAGS as PUSHF sees it: with the arithmetic flags. */
    public int flags() {
        return eflags | Flags.arithmetic(flagResult, flagCarry);
    }

    /** Sets OF, SF, ZF, AF, PF and CF from an EFLAGS image; other bits of it are ignored. */
    public void setArithmeticFlags(int image) {
        flagResult = Flags.resultOf(image);
        flagCarry = Flags.carryOf(image);
    }

    public boolean protectedMode() {
        return (cr0 & CR0_PE) != 0;
    }

    public boolean v86() {
        return (eflags & Flags.VM) != 0;
    }

    public boolean longMode() {
        return (efer & EFER_LMA) != 0;
    }

    /** What serializing instructions do for memory (Intel SDM vol. 3, 9.3): earlier stores are globally visible. */
    public static void serialize() {
        Raw.fullFence();
    }

    /** Whether the operating system has enabled YMM state, without which VEX-encoded vector instructions are #UD. */
    public boolean avxEnabled() {
        return (cr4 & CR4_OSXSAVE) != 0 && (xcr0 & 6) == 6;
    }

    public boolean code64() {
        return (mode & Mode.LONG) != 0;
    }

    public int iopl() {
        return eflags >> 12 & 3;
    }
}
