package dev.backplane.cpu.translator;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.interpreter.DirectMemory;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Mem;
import dev.backplane.cpu.x86.MemSlow;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.RepeatAlone;
import dev.backplane.cpu.x86.encode.Assembler;
import dev.backplane.cpu.x86.fp.FpEnv;

/**
 * Runs translated code of one vCPU, and translates what has run a few times. What machine code cannot do is done by the
 * ops of the instructions, one at a time, with the state in {@link Cpu}.
 */
final class NativeTier implements Tier {
    private static final MethodHandle CALL = Linker.nativeLinker()
        .downcallHandle(FunctionDescriptor.of(ValueLayout.JAVA_INT));
    /** A block is translated when it runs for this time. */
    private static final int WARM = Integer.getInteger("backplane.translator.warm", 3);

    private static final int TRANSLATED = VcpuPhase.TRANSLATED.ordinal();
    private static final int TRANSLATING = VcpuPhase.TRANSLATING.ordinal();
    private static final int INTERPRETED = VcpuPhase.INTERPRETED.ordinal();
    private static final int EXIT = VcpuPhase.EXIT.ordinal();

    private final VcpuCore core;
    private final Cpu c;
    private final CodeMemory memory;
    private final MemorySegment low;
    private final long env;
    private final JumpTables jumps;
    private final SecondTables seconds;
    private final List<Site> sites = new ArrayList<>();
    private final BlockTranslator translator;
    /** Kept while machine code looks at what it refers to. */
    private DirectMemory direct;
    private final long toExecutable;
    private final long firstCode;
    private final long lastCode;
    /** By what of {@link SimdCode#XMM} and {@link SimdCode#X87} is loaded. */
    private final MemorySegment[] enter = new MemorySegment[4];
    private final Assembler patcher = new Assembler();
    private final CodeWriter writer;
    private long nextCode;
    private int generation;
    /** The newest XMM registers and MXCSR are in {@link Env}, not in {@link Cpu}. */
    private boolean xmmInEnv;
    private final X87State x87;
    private final SystemState system;
    private final TimeStamp time;

    private final Counters counters = new Counters();

    NativeTier(VcpuCore core, CodeMemory memory) {
        this.core = core;
        this.memory = memory;
        c = core.cpu();
        low = memory.low();
        env = low.address();
        jumps = new JumpTables(env);
        seconds = new SecondTables(env);
        constants();
        x87 = new X87State(c, env, sites);
        system = new SystemState(c, env);
        c.mem.slow().useTables(env + Env.TLB, MemSlow.TABLES_BYTES);
        c.attentionIdle = (int) JumpTables.MASK;
        c.attentionCell = low.asSlice(Env.ATTENTION, 4);
        writer = new CodeWriter(env, sites);
        boolean counter = HostFeatures.counter();
        Thunks thunks = new Thunks(writer.a, memory.writable(), env, counter);
        writer.thunks(thunks, counter);
        toExecutable = memory.executable() - memory.writable();
        long[] ways = {thunks.enter, thunks.enterXmm, thunks.enterX87, thunks.enterBoth};
        for (int n = 0; n < ways.length; n++) {
            enter[n] = MemorySegment.ofAddress(ways[n] + toExecutable);
        }
        time = new TimeStamp(c, env, MemorySegment.ofAddress(thunks.timeStamp + toExecutable));
        firstCode = thunks.end;
        nextCode = firstCode;
        lastCode = memory.writable() + memory.size() - BlockTranslator.MOST_BYTES;
        translator = new BlockTranslator(writer, core.table(), c.model, toExecutable);
        writesTracked();
        walkFrom();
    }

    private void constants() {
        Raw.put64(env + Env.INDEX_MASK, Mem.ENTRIES - 1L << 12);
        Raw.put64(env + Env.PAGE_MASK, ~0xFFFL);
        Raw.put64(env + Env.ALIGNED_MASK, ~0xFF0L);
        Raw.put64(env + Env.ALIGNED_32_MASK, ~0xFE0L);
        Raw.put64(env + Env.ARITHMETIC, Flags.ARITHMETIC);
        Raw.put64(env + Env.MASK_63, 63);
        Raw.put64(env + Env.MASK_31, 31);
        Raw.put32(env + Env.XMM_ABSENT, 1);
        for (int n = 0; n <= Env.MAX_COUNT; n++) {
            Raw.put64(env + Env.NUMBERS + 8 * n, n);
        }
    }

    // Tier.

    @Override
    public void execute() {
        time.doubt();
        try {
            while (!c.attention) {
                Block b;
                try {
                    b = core.find();
                } catch (CpuFault f) {
                    core.fetchFault(f);
                    continue;
                }
                Translation t = translation(b);
                if (t == null) {
                    xmmToCpu();
                    x87.toCpu();
                    counters.interpreted += b.count;
                    if (core.tracesBlocks()) {
                        core.traced(c.rip, b.length, false);
                    }
                    core.phase(INTERPRETED);
                    core.interpret(b);
                } else {
                    run(t);
                }
            }
        } finally {
            xmmToCpu();
            x87.toCpu();
        }
    }

    @Override
    public void dropped(Block block) {
        for (Translation t = (Translation) block.made(core.number()); t != null; t = t.next) {
            if (t.generation == generation && !t.stale) {
                t.stale = true;
                counters.dropped++;
                counters.live--;
                patcher.start(t.internal - toExecutable);
                writer.leave(patcher, new Site(Site.Kind.STALE, t, 0, 0, 0));
            }
        }
    }

    @Override
    public void mappingsChanged() {
        jumps.flush();
        seconds.clear(space());
        walkFrom();
        remapped(true);
    }

    @Override
    public void localMappingsChanged() {
        jumps.flushLocal();
        seconds.spacesChanged();
        walkFrom();
        remapped(false);
    }

    @Override
    public void spaceChanged(boolean kept) {
        jumps.flushLocal();
        seconds.space(space(), kept);
        walkFrom();
        remapped(false);
    }

    @Override
    public void mappingChanged(long linear) {
        jumps.flushPage(linear);
        seconds.pageChanged(linear);
        remapped(true);
    }

    @Override
    public void busEntered() {
        time.doubt();
    }

    @Override
    public void writesTracked() {
        direct = core.directMemory();
        PageWalk.refresh(env, direct);
    }

    private void walkFrom() {
        PageWalk.refresh(env, c, core.hostPage(c.cr3 & c.mem.slow().paging().addressMask()));
    }

    /** The process-context identifier. */
    private int space() {
        return (c.cr4 & Cpu.CR4_PCIDE) != 0 ? (int) c.cr3 & 0xFFF : 0;
    }

    private void remapped(boolean global) {
        Raw.plainPut64(env + Env.MAPPINGS, Raw.plain64(env + Env.MAPPINGS) + 1);
        if (global) {
            Raw.plainPut64(env + Env.GLOBAL_MAPPINGS, Raw.plain64(env + Env.GLOBAL_MAPPINGS) + 1);
        }
    }

    @Override
    public void flush() {
        jumps.flush();
        seconds.clear(space());
        writesTracked();
        walkFrom();
        sites.clear();
        nextCode = firstCode;
        generation++;
        counters.flushes++;
        counters.live = 0;
    }

    @Override
    public void make(Block block) {
        translate(block, c.mem.slow().tableNumber(), (Translation) block.made(core.number()));
    }

    @Override
    public List<String> made(Block block, int pos) {
        for (Translation t = (Translation) block.made(core.number()); t != null; t = t.next) {
            for (int k = 0; t.generation == generation && !t.stale && k < t.count(); k++) {
                if (t.ops[k].pos == pos) {
                    long start = t.writable + toExecutable;
                    return new HostListing(env, sites).lines(start + t.inline[k], start + t.inline[k + 1]);
                }
            }
        }
        return List.of();
    }

    @Override
    public void statistics(SequencedMap<String, Long> m) {
        counters.addTo(m, nextCode - firstCode);
        m.put("tlb-fills-by-code", Raw.plain64(env + Env.WALKS));
    }

    @Override
    public void close() {
        memory.close();
    }

    // Translations.

    /** The translation of the block at RIP for the state of the CPU, made if it is worth it; null: interpret. */
    private Translation translation(Block b) {
        if ((c.mode & Mode.LONG) == 0 || c.cpl != 0 && c.cpl != 3
            || c.fpu.sse.masked != FpEnv.ALL && !xmmInEnv || c.mem.slow().checksAlignment()) {
            return null;
        }
        int table = c.mem.slow().tableNumber();
        Translation first = (Translation) b.made(core.number());
        for (Translation t = first; t != null; t = t.next) {
            if (t.table == table && t.generation == generation && !t.stale) {
                return t;
            }
        }
        if (++b.heat < WARM) {
            return null;
        }
        return translate(b, table, first);
    }

    private Translation translate(Block b, int table, Translation others) {
        long page = core.hostPageOfCode();
        long second = b.secondPage < 0 ? page : core.hostPage(b.secondPage);
        if (page == 0 || second == 0) {
            return null;
        }
        if (nextCode > lastCode) {
            flush();
        }
        Translation t = new Translation(b, table, c.mode, generation);
        core.phase(TRANSLATING);
        nextCode = translator.translate(t, page, second, nextCode, core.tracesBlocks());
        core.phase(EXIT);
        if (others != null && others.generation == generation) {
            t.next = others;
        }
        counters.translated++;
        counters.live++;
        counters.translatedInstructions += b.count;
        return core.keep(b, t) ? t : null;
    }

    // Running.

    private void xmmToCpu() {
        if (xmmInEnv) {
            xmmInEnv = false;
            long[] xmm = c.fpu.xmm;
            long[] high = c.fpu.ymmHigh;
            for (int n = 0; n < 32; n++) {
                long at = env + Env.YMM + ((n & -2) << 4 | (n & 1) << 3);
                xmm[n] = Raw.plain64(at);
                high[n] = Raw.plain64(at + 16);
            }
            c.fpu.mxcsr(Raw.get32(env + Env.GUEST_MXCSR));
        }
    }

    private void xmmToEnv() {
        if (!xmmInEnv) {
            xmmInEnv = true;
            long[] xmm = c.fpu.xmm;
            long[] high = c.fpu.ymmHigh;
            for (int n = 0; n < 32; n++) {
                long at = env + Env.YMM + ((n & -2) << 4 | (n & 1) << 3);
                Raw.plainPut64(at, xmm[n]);
                Raw.plainPut64(at + 16, high[n]);
            }
            Raw.put32(env + Env.GUEST_MXCSR, c.fpu.mxcsr());
        }
    }

    private int enter(long code, int loaded) {
        long e = env;
        long[] r = c.r;
        for (int n = 0; n < 16; n++) {
            Raw.plainPut64(e + 8 * n, r[n]);
        }
        Raw.plainPut64(e + Env.FLAGS, Flags.arithmetic(c.flagResult, c.flagCarry) | 2);
        Raw.plainPut64(e + Env.ENTRY, code);
        system.toEnv();
        Raw.plainPut64(e + Env.COUNT, 0);
        xmmToEnv();
        x87.toEnv();
        MemorySegment thunk = enter[loaded];
        int site;
        core.phase(TRANSLATED);
        try {
            site = (int) CALL.invokeExact(thunk);
        } catch (Throwable t) {
            throw new IllegalStateException("machine code cannot be entered", t);
        }
        core.phase(EXIT);
        for (int n = 0; n < 16; n++) {
            r[n] = Raw.plain64(e + 8 * n);
        }
        c.setArithmeticFlags((int) Raw.plain64(e + Env.FLAGS));
        c.instructions += Raw.plain64(e + Env.COUNT);
        x87.left();
        system.left();
        counters.entries++;
        return site;
    }

    /** Runs from the start of a translation until something must be looked up or looked at. */
    private void run(Translation t) {
        Raw.plainPut64(env + Env.PAGE_BASE, c.rip - t.block.offset);
        long code = t.internal;
        int loaded = 0;
        for (;;) {
            Site s = sites.get(enter(code, loaded));
            loaded = 0;
            t = s.from();
            long start = Raw.plain64(env + Env.PAGE_BASE) + t.block.offset;
            c.r[Cpu.BLOCK_RIP] = start;
            switch (s.kind()) {
                case OP -> {
                    x87.left(t, s.op());
                    int k = operate(t, s.op(), start);
                    if (k < 0) {
                        return;
                    }
                    code = t.entries[k];
                    loaded = (t.xmm[k] ? SimdCode.XMM : 0) | (t.x87[k] ? SimdCode.X87 : 0);
                }
                case MISS -> {
                    x87.left(t, s.op());
                    long la = Raw.plain64(env + Env.MISSED);
                    CpuFault f = s.inPage(la) ? c.mem.slow().touch(la, s.writes()) : null;
                    if (f != null) {
                        counters.pageFaults++;
                        c.instructions -= t.count() - s.op();
                        Op op = t.ops[s.op()];
                        c.rip = start + op.pos;
                        core.opFault(op, f);
                        return;
                    }
                    counters.misses++;
                    int k = operate(t, s.op(), start);
                    if (k < 0) {
                        return;
                    }
                    code = t.entries[k];
                    loaded = (t.xmm[k] ? SimdCode.XMM : 0) | (t.x87[k] ? SimdCode.X87 : 0);
                }
                case TIME -> {
                    int k = time.look() ? s.op() : operate(t, s.op(), start);
                    if (k < 0) {
                        return;
                    }
                    code = t.entries[k];
                    loaded = (t.xmm[k] ? SimdCode.XMM : 0) | (t.x87[k] ? SimdCode.X87 : 0);
                }
                case CHAIN -> {
                    c.rip = start + s.target();
                    counters.chains++;
                    Translation to = c.attention ? null : lookup();
                    if (to == null) {
                        return;
                    }
                    Assembler.patch(s.patch(), to.internal - toExecutable);
                    code = to.internal;
                }
                case LOOKUP, LOOKUP_CALL, LOOKUP_RETURN -> {
                    long rip = Raw.plain64(env + Env.TARGET);
                    if (rip << 16 >> 16 != rip) {
                        undo(s, t, start);
                        return;
                    }
                    c.rip = rip;
                    c.attention |= Raw.get32(env + Env.ATTENTION) == 0;
                    if (c.attention) {
                        resumed(s);
                        return;
                    }
                    counters.lookups++;
                    Translation to = lookup();
                    if (to == null) {
                        return;
                    }
                    long way = JumpTables.first(rip) ? polled(to) : to.external;
                    if (way != 0) {
                        jumps.put(to.table, rip, way, core.inGlobalPage());
                    }
                    seconds.put(to.table, rip, to.external, core.inGlobalPage());
                    Raw.plainPut64(env + Env.PAGE_BASE, rip - to.block.offset);
                    code = to.internal;
                }
                case POLL -> {
                    c.rip = start + s.target();
                    c.attention = true;
                    return;
                }
                case POLL_TARGET -> {
                    c.rip = Raw.plain64(env + Env.TARGET);
                    c.attention = true;
                    return;
                }
                case EVENTS -> {
                    c.rip = start + s.target();
                    c.instructions -= t.count() - s.op();
                    c.attention = true;
                    return;
                }
                case GUARD -> {
                    c.rip = start;
                    c.instructions -= t.count();
                    Translation to = c.attention ? null : lookup();
                    if (to == null) {
                        return;
                    }
                    boolean user = t.table == MemSlow.USER;
                    if (to == t && !user && !core.inGlobalPage()) {
                        // The guard of the kernel's code holds for global pages only.
                        c.instructions += t.count();
                        operate(t, 0, start);
                        return;
                    }
                    if (to == t) {
                        Raw.plainPut64(t.guard, -Raw.plain64(env + (user ? Env.MAPPINGS : Env.GLOBAL_MAPPINGS)));
                        Raw.plainPut64(t.guard + BlockTranslator.SECOND_GUARD, -Raw.plain64(env + Env.PAGE_BASE));
                    }
                    code = to == t ? t.body : to.internal;
                }
                case TRACE -> {
                    core.traced(start, t.block.length, true);
                    code = t.body;
                }
                case STALE -> {
                    c.rip = start;
                    counters.stale++;
                    Translation to = c.attention ? null : lookup();
                    if (to == null) {
                        return;
                    }
                    if (to.block.offset == t.block.offset && to.table == t.table) {
                        patcher.start(t.internal - toExecutable);
                        patcher.jmp(to.internal - toExecutable);
                    }
                    code = to.internal;
                }
            }
        }
    }

    /** A way to a translation that polls first, made once for each; 0: there is no room for it. */
    private long polled(Translation to) {
        if (to.polled == 0 && nextCode <= lastCode) {
            writer.a.start(nextCode);
            writer.polledJump(to, to.external - toExecutable);
            to.polled = nextCode + toExecutable;
            nextCode = writer.a.here();
        }
        return to.polled;
    }

    /** The translation of the block at RIP, or null: not fetched, not translated yet, or about to change. */
    private Translation lookup() {
        int before = generation;
        try {
            Translation t = translation(core.find());
            return before == generation ? t : null;
        } catch (CpuFault f) {
            core.fetchFault(f);
            return null;
        }
    }

    /** A return has loaded RF, which the next instruction clears, so that it counts only if something comes before that. */
    private void resumed(Site s) {
        if (s.kind() != Site.Kind.LOOKUP_RETURN && s.target() == SystemState.BY_IRET) {
            c.eflags |= (int) Raw.plain64(env + Env.RESUME);
        }
    }

    /** A branch to an address that is not canonical faults itself: what it did to the stack is taken back. */
    private void undo(Site s, Translation t, long start) {
        if (s.kind() == Site.Kind.LOOKUP_CALL) {
            c.r[Cpu.RSP] += 8;
        } else if (s.kind() == Site.Kind.LOOKUP_RETURN) {
            c.r[Cpu.RSP] -= s.target();
        }
        operate(t, s.op(), start);
    }

    /** Executes the op of an instruction; the index of the one to go on with in machine code, or -1: RIP says where. */
    private int operate(Translation t, int k, long start) {
        // The block has counted all of its instructions.
        c.instructions -= t.count() - k;
        c.r[Cpu.BLOCK_RIP] = start;
        for (;;) {
            Op op = t.ops[k];
            counters.ops++;
            int touches = t.touches[k];
            if ((touches & SimdCode.XMM) != 0) {
                xmmToCpu();
            }
            if ((touches & SimdCode.X87) != 0) {
                x87.toCpu();
            }
            try {
                op.exec(c);
            } catch (CpuFault f) {
                c.rip = start + op.pos;
                core.opFault(op, f);
                return -1;
            } catch (RepeatAlone r) {
                core.repeatAlone(start + op.pos);
                return -1;
            }
            c.instructions++;
            if ((touches & SimdCode.X87) != 0) {
                x87.executed();
            }
            if (op.endsBlock()) {
                if (op.fallsThrough()) {
                    c.rip = start + op.pos + op.length;
                } else if (op.throughStack() && c.cpl == 3 && t.table != MemSlow.USER && c.code64()) {
                    system.returned();
                }
                return -1;
            }
            k++;
            boolean shadow = op.shadows();
            if (k == t.count()) {
                c.rip = start + op.pos + op.length;
                if (shadow) {
                    c.shadow = true;
                    c.attention = true;
                }
                return -1;
            }
            if (shadow) {
                continue;
            }
            if (c.attention || t.stale || t.generation != generation || c.mem.slow().tableNumber() != t.tables[k]
                || c.mode != t.mode || c.fpu.sse.masked != FpEnv.ALL && !xmmInEnv
                || t.x87[k] && x87.refuses()) {
                c.rip = start + op.pos + op.length;
                return -1;
            }
            c.instructions += t.count() - k;
            return k;
        }
    }
}
