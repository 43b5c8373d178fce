package dev.backplane.machine.fake;

import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.LinkedHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.cpu.VcpuExit;

/** A backend that runs a Java program instead of guest code: once per instruction, with R15 counting them. */
public final class FakeBackend implements CpuBackend {
    /** One instruction. */
    @FunctionalInterface
    public interface Program {
        /** @return null to go on, or why to exit */
        VcpuExit step(int index, VcpuBus bus, long count);
    }

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

        FakeVcpu(int index, VcpuBus bus) {
            this.index = index;
            this.bus = bus;
        }

        @Override
        public VcpuExit run() {
            while (!kicked.getAndSet(false)) {
                VcpuExit exit = program.step(index, bus, count.incrementAndGet());
                if (exit != null) {
                    return exit;
                }
            }
            return VcpuExit.KICKED;
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
        public SequencedMap<String, Long> statistics() {
            SequencedMap<String, Long> s = new LinkedHashMap<>();
            s.put("instructions", count.get());
            return s;
        }
    }
}
