package dev.backplane.cpu.interpreter;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.List;
import java.util.Queue;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.DebugRegisters;
import dev.backplane.cpu.x86.Engine;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.RepeatAlone;
import dev.backplane.cpu.x86.decode.Decoder;
import dev.backplane.cpu.x86.system.StateImage;

/** The block loop of one vCPU, and everything that happens between blocks. */
public final class VcpuCore implements Engine {
    private static final Logger LOG = LoggerFactory.getLogger(VcpuCore.class);
    /** The bit of a code key for blocks of one instruction. */
    private static final int SINGLE = 1 << Mode.BITS;
    private static final int CHECKED = Mode.LONG | Mode.FLAT;
    private static final long FLUSH = -2;
    private static final int CORE = VcpuPhase.CORE.ordinal();
    private static final int BUS = VcpuPhase.BUS.ordinal();
    private static final int INTERPRETED = VcpuPhase.INTERPRETED.ordinal();

    /** Guest code runs, or may run any moment: others wait for this vCPU. */
    volatile boolean executing;
    /**
     * The {@link Block#range} of the block being executed, and the number of its page; -1 if it is not in RAM. Not the
     * block itself: a reference stored for each block costs a garbage collector's barrier.
     */
    int currentRange;
    int currentIndex = -1;
    /** Whether the page of the block that was found last is global. */
    private boolean currentGlobal;
    long decoded;
    long codeWrites;
    long faults;
    long interrupts;

    private final Session session;
    private final Cpu c;
    private final Decoder decoder;
    private final PageReader reader;
    private final CodeTlb codeTlb = new CodeTlb();
    private final int[] writers = new int[1];
    private final Queue<Object> requests = new ArrayDeque<>();
    private final Window window;
    private Tier tier;
    private long posted;
    private volatile long postedSeen;
    private volatile long served;
    private volatile boolean kicked;
    /** The next instruction is executed alone: it writes to the block that it stood in. */
    private boolean alone;
    /** DR6 bits of traps that wait for the end of a MOV SS shadow. */
    private int pendingTraps;
    /** Null: no debugger. */
    private Stops stops;
    private DebugEvent debugEvent;
    private int beforeBus;
    private long limit = Long.MAX_VALUE;

    VcpuCore(Session session, int index, VcpuBus bus) {
        this.session = session;
        VcpuMemory memory = new VcpuMemory(session, this);
        c = new Cpu(index, session.config.vcpus(), session.model, bus, session.config.tscHz(),
            session.config.apicHz(), memory);
        window = new Window(c, memory);
        c.engine = this;
        decoder = new Decoder(session.table);
        reader = new PageReader(c);
        StateImage.load(c, CpuState.reset());
    }

    public Cpu cpu() {
        return c;
    }

    public int number() {
        return c.number;
    }

    Window window() {
        return window;
    }

    /** Guest code as text; see {@link dev.backplane.api.cpu.Vcpu#listing}. */
    List<CodeLine> listing(long address, int count, int bits) {
        return new Listing(this, window.peek(), table()).lines(address, count, bits);
    }

    /** Has the tier make something of the code at an address, which the guest can notice by accessed bits. */
    void make(long la) {
        long rip = c.rip;
        c.rip = la - c.segBase[Cpu.CS];
        try {
            Block b = find();
            if (tier != null && b.count > 0) {
                tier.make(b);
            }
        } catch (CpuFault f) {
            LOG.debug("no code at {}", Long.toHexString(la));
        } finally {
            c.rip = rip;
        }
    }

    /** What the tier has made of the instruction at a physical address, as text; the vCPU stands still. */
    List<String> made(long physical) {
        int index = tier == null ? -1 : session.map.index(physical);
        if (index < 0) {
            return List.of();
        }
        CodeCache code = session.code;
        code.lock.lock();
        try {
            CodePage page = code.page(index);
            int offset = (int) physical & 0xFFF;
            for (Block b : page == null ? List.<Block>of() : page.around(offset)) {
                List<String> lines = tier.made(b, offset - b.offset);
                if (!lines.isEmpty()) {
                    return lines;
                }
            }
            return List.of();
        } finally {
            code.lock.unlock();
        }
    }

    /** Says what the vCPU is busy with from now on: the ordinal of a {@link VcpuPhase}; own thread. */
    public void phase(int ordinal) {
        window.phase = ordinal;
    }

    /** Tells a tracer, or nobody (null), what this vCPU does; any thread. */
    void trace(VcpuTracer to) {
        boolean before = tracesBlocks();
        c.tracer = to;
        if (before != tracesBlocks()) {
            // What a tier has made of blocks does not tell, or tells nobody.
            requestFlush();
        }
    }

    /** Whether blocks are told to a tracer. */
    public boolean tracesBlocks() {
        VcpuTracer t = c.tracer;
        return t != null && t.wantsBlocks();
    }

    /** Tells the tracer, if there is one, of a block that begins to run. */
    public void traced(long rip, int length, boolean translated) {
        VcpuTracer t = c.tracer;
        if (t != null) {
            t.block(c.number, rip + c.segBase[Cpu.CS], length, translated);
        }
    }

    void tier(Tier t) {
        tier = t;
    }

    Tier tier() {
        return tier;
    }

    /** The table of instructions of the CPU model. */
    public OpTable table() {
        return session.table;
    }

    void close() {
        if (tier != null) {
            tier.close();
        }
        c.mem.slow().close();
    }

    void stateLoaded() {
        codeTlb.flush();
        if (tier != null) {
            tier.mappingsChanged();
        }
        alone = false;
        currentRange = 0;
    }

    /** As {@link dev.backplane.api.cpu.Vcpu#kick()}. */
    public void kick() {
        kicked = true;
        c.requestAttention();
    }

    // What others ask for.

    /** Asks to give up direct writes to a page of host memory, or to all (-1); any thread. */
    long requestDropWrites(long hostPage) {
        return request(hostPage);
    }

    /** Asks to forget what the tier made of a block; any thread. */
    void requestDrop(Block b) {
        request(b);
    }

    private long request(Object what) {
        long ticket;
        synchronized (requests) {
            requests.add(what);
            ticket = ++posted;
            postedSeen = ticket;
        }
        c.requestAttention();
        return ticket;
    }

    /** Asks to drop all translations; any thread. */
    void requestFlush() {
        requestDropWrites(FLUSH);
    }

    long served() {
        return served;
    }

    /** Does what others have asked for; own thread, while nobody may rely on an old translation. */
    void serve() {
        if (postedSeen == served) {
            return;
        }
        synchronized (requests) {
            Object what;
            while ((what = requests.poll()) != null) {
                if (what instanceof Block b) {
                    tier.dropped(b);
                    continue;
                }
                long page = (Long) what;
                if (page == FLUSH) {
                    c.mem.slow().flush();
                    codeTlb.flush();
                    if (tier != null) {
                        tier.flush();
                    }
                } else if (page == -1) {
                    c.mem.slow().dropWrites();
                    if (tier != null) {
                        tier.writesTracked();
                    }
                } else {
                    c.mem.slow().dropWrites(page);
                }
            }
            served = posted;
        }
    }

    // Engine.

    @Override
    public void mappingsChanged(Cpu cpu) {
        codeTlb.flush();
        if (tier != null) {
            tier.mappingsChanged();
        }
    }

    @Override
    public void localMappingsChanged(Cpu cpu) {
        codeTlb.flushLocal();
        if (tier != null) {
            tier.localMappingsChanged();
        }
    }

    @Override
    public void spaceChanged(Cpu cpu, boolean kept) {
        codeTlb.flushLocal();
        if (tier != null) {
            tier.spaceChanged(kept);
        }
    }

    @Override
    public void mappingChanged(Cpu cpu, long linear) {
        codeTlb.flushPage(linear);
        if (tier != null) {
            tier.mappingChanged(linear);
        }
    }

    @Override
    public void enterBus(Cpu cpu) {
        beforeBus = window.phase;
        window.phase = BUS;
        if (tier != null) {
            tier.busEntered();
        }
        session.worlds.leave(this);
    }

    @Override
    public void leaveBus(Cpu cpu) {
        session.worlds.enter(this);
        window.phase = beforeBus;
    }

    @Override
    public void enterExclusive(Cpu cpu) {
        session.worlds.enterExclusive(this);
    }

    @Override
    public void leaveExclusive(Cpu cpu) {
        session.worlds.leaveExclusive();
    }

    // Running.

    VcpuExit run() {
        session.worlds.enter(this);
        try {
            for (;;) {
                VcpuExit exit = service();
                if (exit != null) {
                    return exit;
                }
                window.phase = INTERPRETED;
                if (tier != null) {
                    tier.execute();
                } else if (tracesBlocks()) {
                    executeTraced();
                } else {
                    execute();
                }
            }
        } catch (RuntimeException e) {
            LOG.error("vCPU {} of {} failed at RIP {}: {}", c.number, session.config.machine(),
                Long.toHexString(c.rip), describe(), e);
            return VcpuExit.FAILED;
        } finally {
            currentRange = 0;
            window.phase = CORE;
            session.worlds.leave(this);
        }
    }

    private String describe() {
        return "mode " + c.mode + ", CPL " + c.cpl + ", registers " + Arrays.toString(c.r);
    }

    /** Runs blocks until something wants attention. */
    private void execute() {
        Cpu cpu = c;
        Block b = null;
        do {
            Op[] ops = null;
            int i = 0;
            try {
                b = following(b);
                currentRange = b.range;
                cpu.r[Cpu.BLOCK_RIP] = cpu.rip;
                ops = b.ops;
                for (; i < ops.length; i++) {
                    ops[i].exec(cpu);
                }
                cpu.instructions += b.count;
            } catch (CpuFault f) {
                b = null;
                fault(ops, i, f);
            } catch (RepeatAlone m) {
                b = null;
                cpu.instructions += i;
                repeatAlone(cpu.r[Cpu.BLOCK_RIP] + ops[i].pos);
            }
        } while (!cpu.attention);
    }

    /** The same, telling a tracer of each block. */
    private void executeTraced() {
        do {
            Block b;
            try {
                b = find();
            } catch (CpuFault f) {
                fetchFault(f);
                continue;
            }
            traced(c.rip, b.length, false);
            interpret(b);
        } while (!c.attention);
    }

    // For the tier.

    /**
     * How far the vCPU has come: instructions executed, exceptions and interrupts delivered. Exact between blocks; a
     * repeated string instruction counts when it is complete. Own thread.
     */
    public long steps() {
        return c.instructions + faults + interrupts;
    }

    /**
     * Lets {@link dev.backplane.api.cpu.Vcpu#run()} return when {@link #steps} has reached a number; the tier is to ask for
     * attention then.
     */
    public void limit(long steps) {
        limit = steps;
    }

    /**
     * The instruction at RIP alone, as a block.
     *
     * @throws CpuFault if it cannot be fetched
     */
    public Block findOne() {
        return next(SINGLE);
    }

    /**
     * Does iterations of the repeated string instruction at RIP until RCX has a value.
     *
     * @return false if RCX does not get there before the instruction is complete
     * @throws CpuFault if one faults
     */
    public boolean iterate(long count) {
        Op op = next(SINGLE).ops[0];
        long start = c.rip;
        long before = c.instructions;
        c.r[Cpu.BLOCK_RIP] = start;
        c.stepping = true;
        try {
            while (c.r[Cpu.RCX] != count && c.rip == start && op.endsBlock()) {
                op.exec(c);
            }
        } finally {
            c.stepping = false;
            c.instructions = before;
        }
        return c.r[Cpu.RCX] == count && c.rip == start;
    }

    /**
     * The block at RIP.
     *
     * @throws CpuFault if it cannot be fetched
     */
    public Block find() {
        return next(0);
    }

    /** Runs a block, the one at RIP, and delivers the fault if it raises one. */
    public void interpret(Block b) {
        Cpu cpu = c;
        Op[] ops = b.ops;
        int i = 0;
        try {
            currentRange = b.range;
            cpu.r[Cpu.BLOCK_RIP] = cpu.rip;
            for (; i < ops.length; i++) {
                ops[i].exec(cpu);
            }
            cpu.instructions += b.count;
        } catch (CpuFault f) {
            fault(ops, i, f);
        } catch (RepeatAlone m) {
            cpu.instructions += i;
            repeatAlone(cpu.r[Cpu.BLOCK_RIP] + ops[i].pos);
        } finally {
            currentRange = 0;
        }
    }

    /** The instruction at an address will be executed alone: its op threw {@link RepeatAlone}. */
    public void repeatAlone(long rip) {
        c.rip = rip;
        alone = true;
        c.attention = true;
    }

    /** Delivers the fault of an instruction fetch at RIP. */
    public void fetchFault(CpuFault f) {
        fault(null, 0, f);
    }

    /** Delivers the fault that an op raised; RIP is at the instruction. */
    public void opFault(Op op, CpuFault f) {
        faults++;
        if (f.nonCanonical && op.throughStack()) {
            f.vector = CpuFault.SS;
        }
        c.interrupts.fault(f);
    }

    /**
     * Keeps what the tier of this vCPU made of a block; false if the block's bytes have changed meanwhile.
     */
    public boolean keep(Block b, Object made) {
        CodeCache code = session.code;
        session.worlds.acquire(code.lock, this);
        try {
            if (!b.valid) {
                return false;
            }
            if (b.made == null) {
                b.made = new Object[session.config.vcpus()];
            }
            b.made[number()] = made;
            return true;
        } finally {
            session.worlds.release(code.lock, this);
        }
    }

    /** Where machine code finds the guest's RAM; valid until {@link Tier#flush}. */
    public DirectMemory directMemory() {
        return DirectMemory.of(session.map, session.code.writers(),
            session.ram.dirtyTracking() ? 0 : CodeCache.bit(number()));
    }

    /** Whether the page of the block that {@link #find()} has just found is global. */
    public boolean inGlobalPage() {
        return currentGlobal;
    }

    /** The host address of a page of RAM, 0 if it is none. */
    public long hostPage(long physical) {
        return session.map.hostPage(physical);
    }

    /** The host address of the RAM that holds the code at RIP, which {@link #find()} has just found; 0 if it is none. */
    public long hostPageOfCode() {
        return currentIndex < 0 ? 0 : session.map.hostPageOfIndex(currentIndex);
    }

    /** The block at RIP, which a block (or null) has just set. */
    private Block following(Block b) {
        if (b == null || !b.linkable) {
            return next(0);
        }
        long start = c.r[Cpu.BLOCK_RIP];
        long rip = c.rip;
        boolean falls = rip - start == b.length;
        Block n = falls ? b.fall : b.taken;
        if (n != null && n.valid) {
            return n;
        }
        n = next(0);
        long base = c.segBase[Cpu.CS];
        if ((start + base ^ rip + base) >>> 12 == 0 && n.secondPage < 0 && currentIndex >= 0) {
            if (falls) {
                b.fall = n;
            } else {
                b.taken = n;
            }
        }
        return n;
    }

    private void fault(Op[] ops, int i, CpuFault f) {
        faults++;
        if (ops != null) {
            Op op = ops[i];
            c.instructions += i;
            c.rip = c.r[Cpu.BLOCK_RIP] + op.pos;
            if (f.nonCanonical && op.throughStack()) {
                f.vector = CpuFault.SS;
            }
        }
        currentRange = 0;
        c.interrupts.fault(f);
    }

    // A debugger.

    /** What a debugger wants from now on; not in {@link #run}. */
    void debug(DebugControl control) {
        List<DebugPoint> before = Stops.points(stops);
        stops = control.isNone() ? null : new Stops(control);
        if (!before.equals(control.points())) {
            c.mem.slow().debug(control.points());
            codeTlb.flush();
            if (tier != null) {
                tier.mappingsChanged();
            }
        }
    }

    DebugEvent debugEvent() {
        return debugEvent;
    }

    private boolean stop(DebugPoint p) {
        debugEvent = stops.met(p);
        return true;
    }

    private long linearRip() {
        long la = c.rip + c.segBase[Cpu.CS];
        return (c.mode & Mode.LONG) == 0 ? la & 0xFFFFFFFFL : la;
    }

    /** Looks at what a debugger wants at RIP, and executes an instruction or a block; whether the vCPU stops. */
    private boolean debugged() {
        long la = linearRip();
        DebugPoint p = stops.at(la);
        if (p != null) {
            return stop(p);
        }
        stops.looking = true;
        try {
            if (!stops.control.step() && !stepwise()) {
                Block b = next(0);
                if (!stops.within(la, b.length)) {
                    interpret(b);
                    return false;
                }
            }
            step();
        } catch (CpuFault f) {
            fault(null, 0, f);
        } finally {
            stops.looking = false;
        }
        return debugHit() || stops.control.step() && stop(null);
    }

    /** Whether the instruction that was executed alone met what a debugger watches. */
    private boolean debugHit() {
        DebugPoint p = c.mem.slow().debugHit();
        return p != null && stop(p);
    }

    /** Runs one instruction with everything that single steps and breakpoints ask for. */
    private void step() {
        boolean trap = (c.eflags & Flags.TF) != 0;
        boolean breakpoints = DebugRegisters.active(c.sys.dr7);
        boolean shadowSs = c.shadowSs;
        // A repeated string instruction that merely goes on behind an interrupt need not go on slowly.
        c.stepping = trap || breakpoints || alone || stops != null;
        alone = false;
        c.shadow = false;
        c.shadowSs = false;
        c.trapsCleared = false;
        Op[] ops = null;
        try {
            if (breakpoints && (c.eflags & Flags.RF) == 0 && !shadowSs) {
                int hits = DebugRegisters.codeHits(c.sys, c.rip + c.segBase[Cpu.CS]);
                if (hits != 0) {
                    c.sys.dr6 = c.sys.dr6 & ~15L | hits;
                    throw c.fault(CpuFault.DB);
                }
            }
            Block b = next(SINGLE);
            traced(c.rip, b.length, false);
            c.eflags &= ~Flags.RF;
            currentRange = b.range;
            c.r[Cpu.BLOCK_RIP] = c.rip;
            ops = b.ops;
            ops[0].exec(c);
            if (ops.length > 1) {
                ops[1].exec(c);
            }
            c.instructions++;
        } catch (CpuFault f) {
            c.mem.slow().watchHits = 0;
            c.mem.slow().debugHit();
            fault(ops, 0, f);
            return;
        } finally {
            c.stepping = false;
        }
        int hits = c.mem.slow().watchHits;
        c.mem.slow().watchHits = 0;
        pendingTraps |= hits;
        if (trap && !c.trapsCleared && !c.shadowSs) {
            pendingTraps |= 0x4000;
        }
        if (pendingTraps != 0 && !c.shadowSs) {
            c.sys.dr6 = c.sys.dr6 & ~15L | pendingTraps;
            pendingTraps = 0;
            c.interrupts.debug();
        }
    }

    private boolean stepwise() {
        return alone || c.shadow || (c.eflags & (Flags.TF | Flags.RF)) != 0 || DebugRegisters.active(c.sys.dr7);
    }

    /** Everything between blocks. Null: run on. */
    private VcpuExit service() {
        for (;;) {
            c.clearAttention();
            if (session.worlds.mustPause(this)) {
                session.worlds.enter(this);
            }
            serve();
            if (window.wanted()) {
                window.answer();
            }
            if (session.code.hasDeviceWrites()) {
                session.worlds.acquire(session.code.lock, this);
                try {
                    session.code.drainDeviceWrites();
                } finally {
                    session.worlds.release(session.code.lock, this);
                }
            }
            if (kicked) {
                kicked = false;
                c.attention = true;
                return VcpuExit.KICKED;
            }
            if (steps() >= limit) {
                c.attention = true;
                return VcpuExit.KICKED;
            }
            if (c.shutdown) {
                return VcpuExit.SHUTDOWN;
            }
            if (c.waitForSipi) {
                return VcpuExit.HALTED;
            }
            if (!c.shadow && !alone && (stops == null || c.halted || !stops.holdInterrupts())) {
                long before = interrupts;
                events();
                if (stops != null && stops.control.step() && interrupts != before) {
                    stop(null);
                    return VcpuExit.DEBUG;
                }
            }
            if (c.halted) {
                return VcpuExit.HALTED;
            }
            if (c.shutdown) {
                continue;
            }
            if (stops != null && stops.concern(linearRip())) {
                if (debugged()) {
                    return VcpuExit.DEBUG;
                }
                continue;
            }
            if (!stepwise()) {
                return null;
            }
            step();
            if (stops != null && debugHit()) {
                return VcpuExit.DEBUG;
            }
        }
    }

    private void events() {
        if (c.injectedVector >= 0) {
            int vector = c.injectedVector;
            c.injectedVector = -1;
            interrupt(vector);
            return;
        }
        if (!c.eventsWaiting) {
            return;
        }
        c.eventsWaiting = false;
        int events = c.bus.pendingEvents();
        if (events == 0) {
            return;
        }
        if ((events & VcpuBus.EVENT_NMI) != 0 && !c.nmiBlocked) {
            if (c.bus.acknowledgeNmi()) {
                interrupt(2);
                c.nmiBlocked = true;
            }
        } else if ((events & VcpuBus.EVENT_INTERRUPT) != 0 && (c.eflags & Flags.IF) != 0) {
            int vector = c.bus.acknowledgeInterrupt();
            if (vector >= 0) {
                interrupt(vector);
            }
        }
        // There may be more: asked again when interrupts are enabled next.
        c.eventsWaiting = true;
    }

    private void interrupt(int vector) {
        interrupts++;
        c.halted = false;
        currentRange = 0;
        c.interrupts.external(vector);
    }

    // Finding code.

    private Block next(int extra) {
        long la = c.rip + c.segBase[Cpu.CS];
        int key = c.codeKey | extra;
        if ((key & Mode.LONG) == 0) {
            la &= 0xFFFFFFFFL;
        }
        Block b = codeTlb.find(la, key);
        if (b == null || !b.valid || b.secondPage >= 0) {
            b = lookup(la, key);
        } else {
            currentIndex = codeTlb.index;
            currentGlobal = codeTlb.global;
        }
        if ((key & CHECKED) == 0 && !c.segments.fetchAllowed(c.rip, b.length)) {
            return limited(b, extra);
        }
        return b;
    }

    /** The block reaches beyond the limit of CS: one instruction at a time, until the one that does. */
    private Block limited(Block b, int extra) {
        if (extra == 0) {
            return next(SINGLE);
        }
        throw c.gp(0);
    }

    private Block lookup(long la, int key) {
        boolean debugged = stops != null && stops.inPage(la);
        if (debugged && !stops.looking) {
            currentIndex = -1;
            c.attention = true;
            return stops.nothing;
        }
        long pa = c.mem.slow().translateFetch(la);
        currentGlobal = c.mem.slow().paging().global();
        RamMap map = session.map;
        CodeCache code = session.code;
        int index = map.index(pa);
        int mode = key & SINGLE - 1;
        boolean single = (key & SINGLE) != 0;
        if (index < 0) {
            currentIndex = -1;
            reader.start(la, pa, 0);
            return CodeCache.decode(decoder, reader, (int) pa & 0xFFF, mode, true);
        }
        session.worlds.acquire(code.lock, this);
        try {
            CodePage p = code.obtain(pa, writers);
            handshake(writers[0], map.hostPage(pa));
            CodePage.Tree tree = p.tree(mode | key & SINGLE);
            int offset = (int) pa & 0xFFF;
            Block b = p.get(tree, offset);
            if (b != null && b.secondPage >= 0
                && (c.mem.slow().translateFetch((la & ~0xFFFL) + 4096) & ~0xFFFL) != b.secondPage) {
                b = null;
            }
            if (b == null) {
                b = decode(code, p, tree, la, pa, mode, single);
            }
            // The last page that was looked up is the second one, if there is one.
            currentGlobal &= b.secondPage < 0 || c.mem.slow().paging().global();
            if (!debugged) {
                codeTlb.put(la, key, tree, index, currentGlobal);
            }
            currentIndex = index;
            return b;
        } finally {
            session.worlds.release(code.lock, this);
        }
    }

    private Block decode(CodeCache code, CodePage p, CodePage.Tree tree, long la, long pa, int mode,
        boolean single) {
        RamMap map = session.map;
        int offset = (int) pa & 0xFFF;
        Block b;
        try {
            reader.start(la, pa, map.hostPage(pa));
            b = CodeCache.decode(decoder, reader, offset, mode, single);
            if (b.secondPage >= 0 && map.index(b.secondPage) >= 0) {
                CodePage second = code.obtain(b.secondPage, writers);
                handshake(writers[0], map.hostPage(b.secondPage));
                reader.start(la, pa, map.hostPage(pa));
                b = CodeCache.decode(decoder, reader, offset, mode, single);
                if (b.secondPage >= 0) {
                    second.addIncoming(b, offset + b.length - 4096);
                }
            }
        } catch (CpuFault f) {
            code.dropIfEmpty(p);
            throw f;
        }
        p.add(tree, b);
        decoded++;
        return b;
    }

    /** Makes every vCPU of a set give up direct writes to a page. Holds the lock of the code cache. */
    private void handshake(int who, long hostPage) {
        if (who == 0) {
            return;
        }
        for (VcpuCore v : session.worlds.vcpus()) {
            if ((who & CodeCache.bit(v.number())) == 0) {
                continue;
            }
            if (v == this) {
                c.mem.slow().dropWrites(hostPage);
            } else {
                long ticket = v.requestDropWrites(hostPage);
                session.worlds.await(this, v, ticket);
            }
        }
    }
}
