package dev.backplane.machine.fake;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.LinkedHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuTracer;

/**
 * A backend that runs a Java program instead of guest code: once per instruction, with R15 counting them; a breakpoint is
 * at a count.
 */
public final class FakeBackend implements CpuBackend {
    /** One instruction. */
    @FunctionalInterface
    public interface Program {
        /** @return null to go on, or why to exit */
        VcpuExit step(int index, VcpuBus bus, long count);
    }

    /** How many points it can keep. */
    public static final int MOST_POINTS = 4;

    private final String name;
    public volatile Program program;
    public volatile String model = "plain";
    /** What it throws instead of opening a session, or null. */
    public volatile RuntimeException refusal;
    public final AtomicInteger sessions = new AtomicInteger();
    public final Map<Integer, FakeVcpu> vcpus = new ConcurrentHashMap<>();

    public FakeBackend(String name, Program program) {
        this.name = name;
        this.program = program;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "for tests";
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public List<CpuModelInfo> models() {
        return List.of(new CpuModelInfo(model, "for tests"));
    }

    @Override
    public CpuSession open(CpuConfig config) throws CpuException {
        if (!config.model().equals(model)) {
            throw new CpuException("no model " + config.model());
        }
        if (refusal != null) {
            throw refusal;
        }
        sessions.incrementAndGet();
        return new CpuSession() {
            @Override
            public Vcpu createVcpu(int index, VcpuBus bus) {
                FakeVcpu v = new FakeVcpu(index, bus);
                vcpus.put(index, v);
                return v;
            }

            @Override
            public void close() {
                sessions.decrementAndGet();
            }
        };
    }

    /** Its vCPU. */
    public final class FakeVcpu implements Vcpu {
        private final int index;
        private final VcpuBus bus;
        private final AtomicBoolean kicked = new AtomicBoolean();
        private final AtomicLong count = new AtomicLong();
        private CpuState state = CpuState.reset();
        private DebugControl control = DebugControl.NONE;
        private DebugEvent event;
        /** Who is told what it does, or null. */
        public volatile VcpuTracer tracer;

        FakeVcpu(int index, VcpuBus bus) {
            this.index = index;
            this.bus = bus;
        }

        @Override
        public VcpuExit run() {
            while (!kicked.getAndSet(false)) {
                for (DebugPoint p : control.points()) {
                    if (p.kind() == DebugPoint.Kind.EXECUTE ? p.address() == count.get() : watched(p)) {
                        return met(p);
                    }
                }
                VcpuExit exit = program.step(index, bus, count.incrementAndGet());
                if (exit != null) {
                    return exit;
                }
                if (control.step()) {
                    return met(null);
                }
            }
            return VcpuExit.KICKED;
        }

        /** Data of length n is accessed by vCPU n - 1 when it has executed as many instructions as the address says. */
        private boolean watched(DebugPoint p) {
            return p.length() == 1 + index && count.get() == p.address();
        }

        private VcpuExit met(DebugPoint p) {
            event = new DebugEvent(p == null ? DebugEvent.Cause.STEP : p.watchesData() ? DebugEvent.Cause.WATCHPOINT
                : DebugEvent.Cause.BREAKPOINT, p);
            if (p != null && p.watchesData()) {
                count.incrementAndGet();
            }
            return VcpuExit.DEBUG;
        }

        @Override
        public void debug(DebugControl wanted) throws CpuException {
            if (wanted.points().size() > MOST_POINTS) {
                throw new CpuException("only " + MOST_POINTS + " points");
            }
            control = wanted;
        }

        @Override
        public DebugEvent debugEvent() {
            return event;
        }

        @Override
        public void kick() {
            kicked.set(true);
        }

        @Override
        public void attention() {
            // It looks at the bus at each instruction.
        }

        @Override
        public CpuState save() {
            return state.with(b -> b.gpr(15, count.get()));
        }

        @Override
        public void load(CpuState loaded) {
            state = loaded;
            count.set(loaded.gpr(15));
        }

        @Override
        public void trace(VcpuTracer to) {
            tracer = to;
        }

        @Override
        public List<CodeLine> listing(long address, int lines, int bits) {
            return List.of(new CodeLine(address, "", "instruction " + count.get(), name, List.of()));
        }

        @Override
        public SequencedMap<String, Long> statistics() {
            SequencedMap<String, Long> s = new LinkedHashMap<>();
            s.put("instructions", count.get());
            return s;
        }
    }
}
