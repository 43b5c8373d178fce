package dev.backplane.testkit;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.state.StateException;
import dev.backplane.api.time.MachineClock;

/**
 * The machine around one host backend's endpoint; the test is the card. For networks {@link #cable} is the guest:
 *
 * <pre>{@code
 * try (HostBench<NetworkEndpoint> bench = HostBench.of(new MyNetwork()).option("mtu", 1500).open()) {
 *     bench.cable().send(frame);
 *     bench.cable().await("an answer", answer -> isArpReply(answer.data()));
 *     bench.replace();
 * }
 * }</pre>
 *
 * <p>Threading: one test thread; the endpoint may use threads of its own.
 *
 * @param <E> what the backend's endpoints are
 */
public final class HostBench<E extends HostEndpoint> implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Gathers what the endpoint is to be opened with. */
    public static final class Builder {
        private final HostBackend backend;
        private final Map<String, String> options = new LinkedHashMap<>();
        private long seed = 1;
        private String card = "card";

        private Builder(HostBackend backend) {
            this.backend = backend;
        }

        /** An option of the backend, as a user would write it after {@code net.}. */
        public Builder option(String name, Object value) {
            options.put(name, value.toString());
            return this;
        }

        /** The seed of the machine's random numbers. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** The id of the card; {@code card} if not said. */
        public Builder card(String id) {
            card = id;
            return this;
        }

        /** Opens the endpoint, plugs the cable in if it is a network's, and resumes it. */
        public <E extends HostEndpoint> HostBench<E> open() throws DeviceException {
            HostBench<E> bench = new HostBench<>(this);
            bench.resume();
            return bench;
        }

        /** Opens an endpoint that takes over a state from a file. */
        public <E extends HostEndpoint> HostBench<E> restored(TestState state) throws DeviceException, StateException {
            HostBench<E> bench = new HostBench<>(this);
            bench.endpoint.restore(state, new TestHandover());
            bench.resume();
            return bench;
        }
    }

    private final HostBackend backend;
    private final Map<String, String> options;
    private final ReentrantLock lock = new ReentrantLock();
    private final TestClock clock = new TestClock();
    private final RandomGenerator random;
    private final String card;
    private final Map<String, TestContext.Count> counters = new ConcurrentSkipListMap<>();
    private final TestCable cable = new TestCable(this::endpointTellsLink);
    private E endpoint;

    private HostBench(Builder builder) throws DeviceException {
        backend = builder.backend;
        options = Map.copyOf(builder.options);
        card = builder.card;
        random = RandomGeneratorFactory.of("Xoshiro256PlusPlus").create(builder.seed);
        open();
    }

    public static Builder of(HostBackend backend) {
        return new Builder(backend);
    }

    @SuppressWarnings("unchecked")
    private void open() throws DeviceException {
        lock.lock();
        try {
            HostEndpoint made = backend.open(new Context(), new TestOptions(backend.options(), options));
            endpoint = (E) backend.kind().cast(made);
            if (made instanceof NetworkEndpoint network) {
                cable.plugged();
                network.plug(cable);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean endpointTellsLink() {
        return endpoint instanceof NetworkEndpoint network && network.linkUp();
    }

    /** The endpoint; its methods are to be called through {@link #locked} if it has threads. */
    public E endpoint() {
        return endpoint;
    }

    /** The guest's end of the cable. */
    public TestCable cable() {
        return cable;
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

    /** Machine time goes on. */
    public void advance(Duration time) {
        clock.moveTo(clock.nanoTime() + time.toNanos());
    }

    public MachineClock clock() {
        return clock;
    }

    /** The value of a counter, 0 if the endpoint has none of that name. */
    public long counter(String name) {
        Counter count = counters.get(name);
        return count == null ? 0 : count.value();
    }

    /** All counters. */
    public Map<String, Long> counters() {
        Map<String, Long> values = new TreeMap<>();
        counters.forEach((name, count) -> values.put(name, count.value()));
        return values;
    }

    /** Waits until the condition holds; fails after 20 seconds. */
    public void await(String what, BooleanSupplier condition) {
        TestCable.await(what, LIMIT, condition);
    }

    /** Brings the endpoint to rest and gives its state; it rests until {@link #resume}. */
    public TestState save() {
        CompletableFuture<?>[] quiet = new CompletableFuture<?>[1];
        locked(() -> quiet[0] = endpoint.quiesce());
        await("quiesce", quiet[0]::isDone);
        quiet[0].join();
        TestState state = new TestState(backend.stateVersion());
        locked(() -> endpoint.save(state));
        return state;
    }

    /** Goes on after {@link #save}. */
    public void resume() {
        locked(endpoint::resume);
    }

    /** What an update of the backend's bundle does: quiesce, save, hand over, close, open, restore, resume. */
    public void replace() throws DeviceException, StateException {
        TestState state = save();
        TestHandover handover = new TestHandover();
        locked(() -> endpoint.handOver(handover));
        locked(endpoint::close);
        open();
        lock.lock();
        try {
            endpoint.restore(state, handover);
        } finally {
            lock.unlock();
        }
        List<String> left = handover.left();
        if (!left.isEmpty()) {
            throw new AssertionError("handed over, but not taken: " + left);
        }
        resume();
    }

    /** Machine reset. */
    public void reset() {
        locked(endpoint::reset);
    }

    @Override
    public void close() {
        locked(endpoint::close);
    }

    private final class Context implements HostContext {
        @Override
        public String machine() {
            return "bench";
        }

        @Override
        public String card() {
            return card;
        }

        @Override
        public MachineClock clock() {
            return clock;
        }

        @Override
        public Counter counter(String name) {
            if (!name.matches("[a-z0-9]+(-[a-z0-9]+)*")) {
                throw new IllegalArgumentException("counter " + name + ": lower-case words with dashes");
            }
            return counters.computeIfAbsent(name, key -> new TestContext.Count());
        }

        @Override
        public RandomGenerator random() {
            return random;
        }
    }

    /** Checks what the core checks: only objects of the JDK's classes travel. */
    private static final class TestHandover implements Handover {
        private final Map<String, Object> objects = new HashMap<>();

        @Override
        public void put(String name, Object object) {
            Class<?> type = object.getClass();
            while (type.isArray()) {
                type = type.getComponentType();
            }
            ClassLoader loader = type.getClassLoader();
            if (loader != null && loader != ClassLoader.getPlatformClassLoader()) {
                throw new IllegalArgumentException(name + " is a " + type.getName() + ", not one of the JDK's");
            }
            if (objects.putIfAbsent(name, object) != null) {
                throw new IllegalArgumentException(name + " is handed over twice");
            }
        }

        @Override
        public <T> T take(String name, Class<T> type) {
            Object found = objects.get(name);
            return type.isInstance(found) ? type.cast(objects.remove(name)) : null;
        }

        List<String> left() {
            return objects.keySet().stream().sorted().toList();
        }
    }
}
