package dev.backplane.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.MachineControl;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.device.SpeakerListener;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.net.NetworkPort;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.api.time.MachineClock;

/** What the bench gives to the card; checks what the core checks. */
final class TestContext implements DeviceContext {

    record Range(long start, long size, RegisterHandler handler) {
        boolean contains(long address) {
            return address >= start && address - start < size;
        }
    }

    /** A counter that the test reads. */
    static final class Count implements Counter {
        private final AtomicLong value = new AtomicLong();

        @Override
        public void add(long amount) {
            value.addAndGet(amount);
        }

        @Override
        public long value() {
            return value.get();
        }
    }

    private final TestBench bench;
    private final TestMemory dma;
    private final TestClock clock;
    private final TestConsole console;
    private final TestHosts hosts;
    private final RandomGenerator random;
    private final List<Range> ports = new ArrayList<>();
    private final List<Range> mmio = new ArrayList<>();
    private final Map<Integer, TestIrq> irqs = new TreeMap<>();
    private final Map<String, Count> counters = new ConcurrentSkipListMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private TestPci pci;
    private boolean consoleClaimed;
    private SpeakerListener speaker;
    private volatile boolean creating = true;
    private volatile boolean closed;

    TestContext(TestBench bench, TestMemory ram, TestClock clock, TestConsole console, TestHosts hosts,
            long seed) {
        this.bench = bench;
        this.clock = clock;
        this.console = console;
        this.hosts = hosts;
        dma = ram.deviceView(() -> pci == null || pci.busMaster());
        random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(seed);
    }

    void created() {
        creating = false;
    }

    void closed() {
        closed = true;
    }

    private void claim() {
        if (!creating) {
            throw new IllegalStateException("can be claimed only while the device is created");
        }
    }

    private static void claim(List<Range> ranges, Range claimed, String what) throws DeviceException {
        for (Range other : ranges) {
            if (claimed.start < other.start + other.size && other.start < claimed.start + claimed.size) {
                throw new DeviceException("%s 0x%x is claimed twice".formatted(what, claimed.start));
            }
        }
        ranges.add(claimed);
    }

    private static Range find(List<Range> ranges, long address, String what) {
        return ranges.stream().filter(range -> range.contains(address)).findFirst().orElseThrow(
            () -> new IllegalArgumentException("%s 0x%x is not claimed".formatted(what, address)));
    }

    @Override
    public String machine() {
        return "bench";
    }

    @Override
    public String id() {
        return "card";
    }

    @Override
    public PciFunction pci(PciIdentity identity) throws DeviceException {
        claim();
        if (pci != null) {
            throw new IllegalStateException("the PCI function is claimed already");
        }
        pci = new TestPci(identity, () -> creating);
        return pci;
    }

    @Override
    public void ports(int first, int count, RegisterHandler handler) throws DeviceException {
        claim();
        if (first < 0 || count < 1 || first + count > 0x10000) {
            throw new IllegalArgumentException("ports 0x%x + %d".formatted(first, count));
        }
        claim(ports, new Range(first, count, handler), "port");
    }

    @Override
    public void mmio(long address, long size, RegisterHandler handler) throws DeviceException {
        claim();
        claim(mmio, new Range(address, size, handler), "address");
    }

    @Override
    public IrqLine isaIrq(int irq) throws DeviceException {
        claim();
        if (irq < 0 || irq > 15) {
            throw new DeviceException("ISA interrupt " + irq + ": 0 to 15 is possible");
        }
        TestIrq line = new TestIrq();
        if (irqs.putIfAbsent(irq, line) != null) {
            throw new DeviceException("ISA interrupt " + irq + " is claimed twice");
        }
        return line;
    }

    @Override
    public void speaker(SpeakerListener listener) throws DeviceException {
        claim();
        if (speaker != null) {
            throw new DeviceException("the loudspeaker is claimed twice");
        }
        speaker = listener;
    }

    /** Who hears the loudspeaker; fails if nobody does. */
    SpeakerListener speaker() {
        if (speaker == null) {
            throw new IllegalArgumentException("the loudspeaker is not claimed");
        }
        return speaker;
    }

    @Override
    public DeviceTimer timer(String name, Runnable callback) {
        claim();
        return clock.timer(name, callback);
    }

    @Override
    public ConsolePort console() throws DeviceException {
        claim();
        if (consoleClaimed) {
            throw new DeviceException("the console is claimed twice");
        }
        consoleClaimed = true;
        return console;
    }

    @Override
    public NetworkPort network(String option) throws DeviceException {
        claim();
        return hosts.claimNetwork(option);
    }

    @Override
    public <E extends HostEndpoint> E host(String option, Class<E> kind) throws DeviceException {
        claim();
        return hosts.claim(option, kind);
    }

    @Override
    public GuestMemory memory() {
        return dma;
    }

    @Override
    public MachineClock clock() {
        return clock;
    }

    @Override
    public void execute(Runnable work) {
        bench.enqueue(() -> {
            if (!closed) {
                work.run();
            }
        });
    }

    @Override
    public RandomGenerator random() {
        return random;
    }

    @Override
    public Counter counter(String name) {
        if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("counter " + name + ": lower-case words with dashes");
        }
        return counters.computeIfAbsent(name, key -> new Count());
    }

    @Override
    public MachineControl control() {
        return new MachineControl() {
            @Override
            public void requestReset() {
                requests.add("reset");
            }

            @Override
            public void requestPowerOff() {
                requests.add("power-off");
            }

            @Override
            public void requestExit(int status) {
                requests.add("exit " + status);
            }
        };
    }

    TestMemory dma() {
        return dma;
    }

    TestPci function() {
        return pci;
    }

    TestIrq irq(int number) {
        TestIrq line = irqs.get(number);
        if (line == null) {
            throw new IllegalArgumentException("ISA interrupt " + number + " is not claimed");
        }
        return line;
    }

    List<Range> portRanges() {
        return ports;
    }

    List<Range> mmioRanges() {
        return mmio;
    }

    Range port(int port) {
        return find(ports, port, "port");
    }

    Range mmioAt(long address) {
        return find(mmio, address, "address");
    }

    long counterValue(String name) {
        Count count = counters.get(name);
        return count == null ? 0 : count.value();
    }

    Map<String, Long> counterValues() {
        Map<String, Long> values = new TreeMap<>();
        counters.forEach((name, count) -> values.put(name, count.value()));
        return values;
    }

    List<String> requests() {
        return requests;
    }
}
