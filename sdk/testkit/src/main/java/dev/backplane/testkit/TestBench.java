package dev.backplane.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.state.StateException;

/**
 * The machine around one card. The test is the guest, the user and the clock:
 *
 * <pre>{@code
 * try (TestBench bench = TestBench.of(new MyType()).option("rate", "1M").plug()) {
 *     bench.writeBar(0, 0x10, 4, 1);
 *     bench.advance(Duration.ofMillis(5));
 *     assertEquals(1, bench.pci().messages().raised(0));
 * }
 * }</pre>
 *
 * <p>Everything that the card does happens under its lock, one thing at a time. Work that the card hands to its
 * executor runs when the test calls {@link #settle} or {@link #await}, never by itself, so a test is repeatable. What a
 * device throws comes out of the method that led to it.
 *
 * <p>Threading: one test thread; the card may use threads of its own.
 */
public final class TestBench implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Gathers what the card is to be made with. */
    public static final class Builder {
        private final DeviceType type;
        private final Map<String, String> options = new LinkedHashMap<>();
        private long lowRam = 16 << 20;
        private long highRam;
        private byte[] waitingInput = {};
        private long seed = 1;
        private final Map<String, HostEndpoint> endpoints = new LinkedHashMap<>();

        private Builder(DeviceType type) {
            this.type = type;
        }

        /** An option, as a user would write it. */
        public Builder option(String name, Object value) {
            options.put(name, value.toString());
            return this;
        }

        /** RAM in bytes from address 0 (16 MiB if not said) and from 4 GiB (none if not said). */
        public Builder ram(long low, long high) {
            lowRam = low;
            highRam = high;
            return this;
        }

        /** The seed of the machine's random numbers. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Input that waits at the console before the card is made. */
        public Builder input(String text) {
            waitingInput = text.getBytes(StandardCharsets.ISO_8859_1);
            return this;
        }

        /** The host's side that the card finds under an option of type BACKEND, instead of the bench's own. */
        public Builder host(String option, HostEndpoint endpoint) {
            endpoints.put(option, endpoint);
            return this;
        }

        /** Makes the card. */
        public TestBench plug() throws DeviceException {
            return new TestBench(this);
        }
    }

    private final DeviceType type;
    private final Map<String, String> options;
    private final ReentrantLock lock = new ReentrantLock();
    private final BlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final TestMemory ram;
    private final TestClock clock = new TestClock();
    private final TestConsole console = new TestConsole();
    private final long seed;
    private final TestHosts hosts;
    private TestContext context;
    private Device device;
    private long nextAddress = 0x10000;

    private TestBench(Builder builder) throws DeviceException {
        type = builder.type;
        options = Map.copyOf(builder.options);
        ram = new TestMemory(builder.lowRam, builder.highRam);
        seed = builder.seed;
        console.queue(builder.waitingInput);
        hosts = new TestHosts(this, type.options(), options, builder.endpoints);
        make();
        locked(hosts::resume);
    }

    public static Builder of(DeviceType type) {
        return new Builder(type);
    }

    private void make() throws DeviceException {
        context = new TestContext(this, ram, clock, console, hosts, seed);
        hosts.begin();
        lock.lock();
        try {
            device = type.create(context, new TestOptions(type.options(), options));
        } finally {
            context.created();
            lock.unlock();
        }
    }

    /** Runs something under the device's lock. */
    public void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    void enqueue(Runnable task) {
        work.add(task);
    }

    /** The card. Its methods are to be called through {@link #locked} if the card has threads. */
    public Device device() {
        return device;
    }

    /** The test's own view of RAM. */
    public TestMemory ram() {
        return ram;
    }

    /** The device's view of RAM, with its counts of what it refused. */
    public TestMemory dma() {
        return context.dma();
    }

    /** Reserves RAM for the test's use; below 64 KiB nothing is ever reserved. */
    public long allocate(long bytes, int alignment) {
        long address = (nextAddress + alignment - 1) & -alignment;
        if (!ram.contains(address, bytes)) {
            throw new IllegalArgumentException("RAM of the bench is used up");
        }
        nextAddress = address + bytes;
        return address;
    }

    List<TestContext.Range> portRanges() {
        return context.portRanges();
    }

    List<TestContext.Range> mmioRanges() {
        return context.mmioRanges();
    }

    /** The card's PCI function, or null if it declared none. */
    public TestPci pci() {
        return context.function();
    }

    public TestConsole console() {
        return console;
    }

    public TestClock clock() {
        return clock;
    }

    /** The card's cable; it has one. */
    public TestNetwork network() {
        return hosts.network(null);
    }

    /** The card's cable of that option. */
    public TestNetwork network(String option) {
        return hosts.network(option);
    }

    /** The host's sound system that the card claimed. */
    public TestAudio audio() {
        return hosts.endpoint(null, TestAudio.class);
    }

    /** The host's printing system that the card claimed. */
    public TestPages pages() {
        return hosts.endpoint(null, TestPages.class);
    }

    /** The ISA interrupt of that number, which the card must have claimed. */
    public TestIrq irq(int number) {
        return context.irq(number);
    }

    /**
     * The guest changes what drives the board's loudspeaker, which the card must have claimed.
     *
     * @param count ticks of 1193182 Hz in a cycle of the counter
     */
    public void speaker(boolean data, boolean gate, int mode, int count) {
        locked(() -> context.speaker().changed(clock.nanoTime(), data, gate, mode, count));
    }

    /** The value of a counter, 0 if the card has none of that name. */
    public long counter(String name) {
        return context.counterValue(name);
    }

    /** What the card asked of the machine, in order: {@code reset}, {@code power-off}, {@code exit N}. */
    public List<String> requests() {
        return context.requests();
    }

    /** The user types. */
    public void type(String text) {
        boolean none = console.available() == 0;
        console.queue(text.getBytes(StandardCharsets.ISO_8859_1));
        if (none && !text.isEmpty() && console.callback() != null) {
            locked(console.callback());
        }
    }

    private static long mask(int size) {
        return size == 8 ? -1L : (1L << (size * 8)) - 1;
    }

    private long read(RegisterHandler handler, long offset, int size) {
        lock.lock();
        try {
            return handler.read(offset, size) & mask(size);
        } finally {
            lock.unlock();
        }
    }

    private void write(RegisterHandler handler, long offset, int size, long value) {
        lock.lock();
        try {
            handler.write(offset, size, value & mask(size));
        } finally {
            lock.unlock();
        }
    }

    /** The guest reads a BAR: {@code size} is 1, 2, 4 or 8. */
    public long readBar(int bar, long offset, int size) {
        return read(pci().bar(bar).handler(), offset, size);
    }

    /** The guest writes a BAR: {@code size} is 1, 2, 4 or 8. */
    public void writeBar(int bar, long offset, int size, long value) {
        write(pci().bar(bar).handler(), offset, size, value);
    }

    /** The guest reads a capability that has a handler, {@code offset} from the capability's start. */
    public long readCapability(TestPci.Capability capability, int offset, int size) {
        return read(capability.handler(), offset, size);
    }

    /** The guest writes a capability that has a handler, {@code offset} from the capability's start. */
    public void writeCapability(TestPci.Capability capability, int offset, int size, long value) {
        write(capability.handler(), offset, size, value);
    }

    /** The guest reads an I/O port. */
    public long in(int port, int size) {
        TestContext.Range range = context.port(port);
        return read(range.handler(), port - range.start(), size);
    }

    /** The guest writes an I/O port. */
    public void out(int port, int size, long value) {
        TestContext.Range range = context.port(port);
        write(range.handler(), port - range.start(), size, value);
    }

    /** The guest reads a physical address that the card claimed. */
    public long readMmio(long address, int size) {
        TestContext.Range range = context.mmioAt(address);
        return read(range.handler(), address - range.start(), size);
    }

    /** The guest writes a physical address that the card claimed. */
    public void writeMmio(long address, int size, long value) {
        TestContext.Range range = context.mmioAt(address);
        write(range.handler(), address - range.start(), size, value);
    }

    /** The guest sets or clears Bus Master Enable. */
    public void busMaster(boolean enabled) {
        locked(() -> pci().setBusMaster(enabled));
    }

    /** Runs all work that waits for the executor, and what that work adds. */
    public void settle() {
        for (Runnable task = work.poll(); task != null; task = work.poll()) {
            locked(task);
        }
    }

    /** Lets the card work until the condition holds; fails after 20 seconds. */
    public void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT.toNanos();
        settle();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(what + ": did not happen within " + LIMIT.toSeconds() + " s");
            }
            try {
                Runnable task = work.poll(1, TimeUnit.MILLISECONDS);
                if (task != null) {
                    locked(task);
                    settle();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(what + ": interrupted", e);
            }
        }
    }

    /** Machine time goes on; timers that fall due run in order, and so does the work that they give. */
    public void advance(Duration time) {
        long until = clock.nanoTime() + time.toNanos();
        settle();
        for (TestClock.Timer timer = clock.due(until); timer != null; timer = clock.due(until)) {
            clock.moveTo(timer.deadline());
            timer.cancel();
            locked(timer.callback);
            settle();
        }
        clock.moveTo(until);
    }

    /** Machine reset, as the core does it. */
    public void reset() {
        locked(() -> {
            device.reset();
            hosts.reset();
        });
        settle();
    }

    /** Brings the card to rest and gives its state; the card rests until {@link #resume}. */
    public TestState save() {
        CompletableFuture<?>[] quiet = new CompletableFuture<?>[1];
        locked(() -> quiet[0] = device.quiesce());
        await("quiesce", quiet[0]::isDone);
        quiet[0].join();
        locked(hosts::quiesce);
        TestState state = new TestState(type.stateVersion());
        locked(() -> device.save(state));
        return state;
    }

    /** Goes on after {@link #save}. */
    public void resume() {
        locked(() -> {
            device.resume();
            hosts.resume();
        });
        settle();
    }

    /** Takes the card out and puts in a new one that takes over the given state, as an update of its bundle does. */
    public void replace(TestState state) throws DeviceException, StateException {
        List<long[]> armed = new ArrayList<>();
        clock.timers().forEach(timer -> armed.add(new long[] {timer.armed() ? 1 : 0, timer.deadline()}));
        List<String> names = clock.timers().stream().map(timer -> timer.name).toList();
        TestPci before = context.function();
        close();
        clock.forgetTimers();
        make();
        lock.lock();
        try {
            if (before != null) {
                copyGuestSide(before, context.function());
            }
            device.restore(state);
            for (TestClock.Timer timer : clock.timers()) {
                int index = names.indexOf(timer.name);
                if (index >= 0 && armed.get(index)[0] != 0) {
                    timer.armAt(armed.get(index)[1]);
                }
            }
        } finally {
            lock.unlock();
        }
        resume();
    }

    /** Saves, replaces and resumes: what a guest must not notice. */
    public void replace() throws DeviceException, StateException {
        locked(() -> device.settle());
        replace(save());
    }

    private static void copyGuestSide(TestPci from, TestPci to) {
        if (from.messages() != null) {
            to.messages().enable(from.messages().enabled());
        }
        if (from.busMaster() != to.busMaster()) {
            to.setBusMaster(from.busMaster());
        }
    }

    /** Everything under the names of all counters that the card has, for messages. */
    public Map<String, Long> counters() {
        return context.counterValues();
    }

    @Override
    public void close() {
        locked(device::close);
        settle();
        context.closed();
    }

    @Override
    public String toString() {
        return type.name() + Arrays.asList(options);
    }
}
