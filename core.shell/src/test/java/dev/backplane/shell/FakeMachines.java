package dev.backplane.shell;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.Progress;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.machine.SlotView;
import dev.backplane.api.machine.VcpuView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/** A machine core without machines in it: keeps specifications and states, and a console that answers. */
final class FakeMachines implements MachineManager {

    static final Provider BUNDLE = new Provider("dev.backplane.fake", "1.0.0");
    static final Provider CPU = new Provider("dev.backplane.fakecpu", "1.0.0");

    final TreeMap<String, FakeMachine> all = new TreeMap<>();
    final List<DeviceTypeView> types = new ArrayList<>();
    final List<HostBackendView> hosts = new ArrayList<>();

    @Override
    public List<Machine> machines() {
        return List.copyOf(all.values());
    }

    @Override
    public Optional<Machine> machine(String name) {
        return Optional.ofNullable(all.get(name));
    }

    @Override
    public Machine create(MachineSpec spec) throws MachineException {
        if (all.containsKey(spec.name())) {
            throw new MachineException("there is a machine named " + spec.name() + " already");
        }
        FakeMachine machine = new FakeMachine(spec);
        all.put(spec.name(), machine);
        return machine;
    }

    @Override
    public MachineSpec read(Path file) throws MachineException {
        throw new MachineException(file + " is not a definition");
    }

    @Override
    public String write(MachineSpec spec) {
        return "name: " + spec.name() + "\n";
    }

    @Override
    public Machine restore(Path file, String name, Progress progress) throws MachineException {
        throw new MachineException(file + " is of version 9");
    }

    @Override
    public List<DeviceTypeView> deviceTypes() {
        return types;
    }

    @Override
    public List<HostBackendView> hostBackends() {
        return hosts;
    }

    @Override
    public List<CpuBackendView> cpuBackends() {
        return List.of();
    }

    final class FakeMachine implements Machine {
        final FakeConsole console = new FakeConsole();
        private MachineSpec spec;
        private MachineState state = MachineState.STOPPED;

        FakeMachine(MachineSpec spec) {
            this.spec = new MachineSpec(spec.name(), spec.vcpus(), spec.memory(), spec.cpuModel(), spec.cpuBackend(),
                    spec.boot(), List.of());
            spec.cards().forEach(this::add);
        }

        @Override
        public String name() {
            return spec.name();
        }

        @Override
        public MachineState state() {
            return state;
        }

        @Override
        public MachineView view() {
            List<CardView> cards = new ArrayList<>();
            List<SlotView> slots = new ArrayList<>();
            for (CardSpec card : spec.cards()) {
                String slot = "slot" + (cards.size() + 1);
                cards.add(new CardView(card.id(), card.type(), slot, "01:00.0", CardState.LIVE, "", card.options(),
                        BUNDLE, new LinkedHashMap<>()));
                slots.add(new SlotView(slot, "00:01.0", card.id()));
            }
            slots.add(new SlotView("slot9", "00:09.0", null));
            return new MachineView(spec, state, "", -1, 0, CPU, "fake", BUNDLE,
                    List.of(new VcpuView(0, "running", new LinkedHashMap<>(Map.of("instructions", 12L)))), slots, cards);
        }

        @Override
        public String add(CardSpec card) {
            String id = card.id() == null ? card.type() + spec.cards().size() : card.id();
            List<CardSpec> cards = new ArrayList<>(spec.cards());
            cards.add(new CardSpec(id, card.type(), card.slot(), card.options()));
            configure(new MachineSpec(spec.name(), spec.vcpus(), spec.memory(), spec.cpuModel(), spec.cpuBackend(),
                    spec.boot(), cards));
            return id;
        }

        @Override
        public synchronized void remove(String cardId, boolean force) throws MachineException {
            if (cardId.startsWith("kept")) {
                throw new MachineException("the guest keeps " + cardId);
            }
            configure(new MachineSpec(spec.name(), spec.vcpus(), spec.memory(), spec.cpuModel(), spec.cpuBackend(),
                    spec.boot(), spec.cards().stream().filter(card -> !card.id().equals(cardId)).toList()));
        }

        @Override
        public void configure(MachineSpec changed) {
            spec = changed;
        }

        @Override
        public void start() throws MachineException {
            if (state == MachineState.RUNNING) {
                throw new MachineException(name() + " runs already");
            }
            state = MachineState.RUNNING;
        }

        @Override
        public void pause() {
            state = MachineState.PAUSED;
        }

        @Override
        public void resume() {
            state = MachineState.RUNNING;
        }

        @Override
        public Duration switchBackend(String backend) throws MachineException {
            if (!backend.equals("other")) {
                throw new MachineException("no CPU backend is named " + backend);
            }
            spec = new MachineSpec(spec.name(), spec.vcpus(), spec.memory(), spec.cpuModel(), backend, spec.boot(),
                    spec.cards());
            return Duration.ofMillis(3);
        }

        @Override
        public void reset() {
            console.print("reset\r\n");
        }

        @Override
        public void powerButton() {
            state = MachineState.STOPPED;
        }

        @Override
        public void stop() {
            state = MachineState.STOPPED;
        }

        @Override
        public void destroy() {
            all.remove(name());
        }

        @Override
        public MachineState await(List<MachineState> states, Duration timeout) throws MachineException {
            if (!states.contains(state)) {
                throw new MachineException(name() + " is still " + state);
            }
            return state;
        }

        @Override
        public List<Console> consoles() {
            return List.of(console);
        }

        @Override
        public void save(Path file, Progress progress) throws MachineException {
            throw new MachineException(file + " cannot be written");
        }
    }

    /** Prints the answer set for it when it is sent something. */
    static final class FakeConsole implements Console {
        final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private String answer = "";

        synchronized void print(String text) {
            printed.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            notifyAll();
        }

        void answer(String text) {
            answer = text;
        }

        @Override
        public String card() {
            return "serial0";
        }

        @Override
        public void send(byte[] data) {
            sent.writeBytes(data);
            print(answer);
        }

        @Override
        public synchronized long position() {
            return printed.size();
        }

        @Override
        public long oldest() {
            return 0;
        }

        @Override
        public synchronized byte[] read(long from) {
            byte[] all = printed.toByteArray();
            return java.util.Arrays.copyOfRange(all, (int) Math.min(from, all.length), all.length);
        }

        @Override
        public synchronized long await(long position, long nanos) throws InterruptedException {
            if (printed.size() <= position) {
                wait(Math.max(1, nanos / 1_000_000));
            }
            return printed.size();
        }

        @Override
        public AutoCloseable attach(Consumer<byte[]> output) {
            return () -> { };
        }
    }
}
