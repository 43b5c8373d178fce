package dev.backplane.machine.fake;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import dev.backplane.api.console.ConsolePort;
import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;

/** A device whose one register holds a value; it misbehaves as its options say. */
public final class FakeDevice implements Device {
    /** What goes wrong. */
    public enum Trouble {
        NONE, CREATE_THROWS, CREATE_CLAIMS_THEN_THROWS, READ_THROWS, READ_HANGS, SAVE_THROWS, REFUSES_STATE,
        CREATE_HANGS, QUIESCE_HANGS, SAVE_HANGS, CLOSE_HANGS, RESTORE_HANGS, READ_EXHAUSTS_MEMORY, LEAVES_THREAD
    }

    /** The type of such devices. */
    public static final class Type implements DeviceType {
        private final String name;
        private final Placement placement;
        private final int version;
        public final AtomicInteger created = new AtomicInteger();
        public final AtomicInteger closed = new AtomicInteger();
        public volatile FakeDevice last;

        public Type(String name, Placement placement, int version) {
            this.name = name;
            this.placement = placement;
            this.version = version;
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
        public Placement placement() {
            return placement;
        }

        @Override
        public List<OptionSpec> options() {
            return List.of(OptionSpec.integer("port", 0x300, 0, 0xFFF0, "first port"),
                OptionSpec.choice("trouble", "NONE", Arrays.stream(Trouble.values()).map(Trouble::name).toList(),
                    "what goes wrong"),
                OptionSpec.size("room", "4K", 1, 1 << 20, "a size"), OptionSpec.path("image", "a file"));
        }

        @Override
        public int stateVersion() {
            return version;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            last = new FakeDevice(this, context, options);
            created.incrementAndGet();
            return last;
        }
    }

    private final Type type;
    public final DeviceContext context;
    public final Trouble trouble;
    public final DeviceTimer timer;
    public IrqLine irq;
    public MessageInterrupts messages;
    public ConsolePort console;
    public final AtomicInteger fired = new AtomicInteger();
    public final AtomicInteger resumed = new AtomicInteger();
    public final List<String> calls = new CopyOnWriteArrayList<>();
    /** What {@link #settle} gives. */
    public volatile CompletableFuture<Void> settled = CompletableFuture.completedFuture(null);
    public volatile long value;
    /** Lets go what hangs. */
    public static volatile boolean released;
    private final List<long[]> hoard = new ArrayList<>();

    private FakeDevice(Type type, DeviceContext context, Options options) throws DeviceException {
        this.type = type;
        this.context = context;
        trouble = Trouble.valueOf(options.string("trouble"));
        if (trouble == Trouble.CREATE_THROWS) {
            throw new IllegalStateException("create throws on purpose");
        }
        hang(Trouble.CREATE_HANGS);
        if (type.version == 98) {
            spin();
        }
        if (trouble == Trouble.LEAVES_THREAD) {
            context.execute(() -> new Thread(this::spin, "left behind").start());
        }
        timer = context.timer("tick", fired::incrementAndGet);
        RegisterHandler register = new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                return readValue();
            }

            @Override
            public void write(long offset, int size, long written) {
                value = written;
                if (console != null) {
                    console.write((int) written & 0xFF);
                }
            }
        };
        if (type.placement == Placement.PCIE) {
            PciFunction pci = context.pci(new PciIdentity(0x1234, 0x5678, 0xFF0000, 1, 0, 0));
            pci.bar(0, BarType.MEMORY_32, 4096, register);
            messages = pci.msix(2, 1);
        } else {
            context.ports((int) options.integer("port"), 8, register);
            irq = context.isaIrq(5);
            console = context.console();
        }
        if (trouble == Trouble.CREATE_CLAIMS_THEN_THROWS) {
            throw new DeviceException("create throws after its claims");
        }
    }

    private long readValue() {
        switch (trouble) {
            case READ_THROWS -> throw new IllegalStateException("read throws on purpose");
            case READ_EXHAUSTS_MEMORY -> {
                while (true) {
                    hoard.add(new long[1 << 24]);
                }
            }
            case READ_HANGS -> {
                synchronized (this) {
                    boolean hanging = true;
                    while (hanging) {
                        try {
                            wait();
                        } catch (InterruptedException e) {
                            hanging = false;
                        }
                    }
                }
            }
            default -> { }
        }
        return value;
    }

    @Override
    public void reset() {
        value = 0;
        calls.add("reset");
    }

    /** Hangs and cannot be interrupted. */
    private void hang(Trouble in) {
        if (trouble == in) {
            spin();
        }
    }

    private void spin() {
        while (!released) {
            LockSupport.parkNanos(1_000_000);
            Thread.interrupted();
        }
    }

    @Override
    public CompletableFuture<Void> settle() {
        calls.add("settle");
        return settled;
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        hang(Trouble.QUIESCE_HANGS);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void resume() {
        resumed.incrementAndGet();
    }

    @Override
    public void save(StateWriter out) {
        hang(Trouble.SAVE_HANGS);
        if (trouble == Trouble.SAVE_THROWS) {
            throw new IllegalStateException("save throws on purpose");
        }
        out.putLong("value", value);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        if (trouble == Trouble.REFUSES_STATE || type.version == 99) {
            throw new StateException("refused on purpose");
        }
        hang(Trouble.RESTORE_HANGS);
        value = in.getLong("value");
    }

    @Override
    public void close() {
        hang(Trouble.CLOSE_HANGS);
        type.closed.incrementAndGet();
        calls.add("close");
    }
}
