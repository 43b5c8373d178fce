package dev.backplane.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;

import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.MessageInterrupts;
import dev.backplane.api.pci.PciFunction;
import dev.backplane.api.pci.PciIdentity;

/** The PCI function of the card on the bench: what it declared, and the guest's side of its interrupts. */
public final class TestPci implements PciFunction {

    /** A capability as declared; {@code handler} may be null. */
    public record Capability(int id, int offset, byte[] body, RegisterHandler handler) {
    }

    /** A base address register as declared. */
    public record Bar(BarType type, long size, RegisterHandler handler) {
    }

    private final PciIdentity identity;
    private final BooleanSupplier creating;
    private final Bar[] bars = new Bar[6];
    private final List<Capability> capabilities = new ArrayList<>();
    private final TestIrq intx = new TestIrq();
    private Messages messages;
    private boolean intxDeclared;
    private Runnable onCommandChange = () -> { };
    private volatile boolean busMaster = true;

    TestPci(PciIdentity identity, BooleanSupplier creating) {
        this.identity = identity;
        this.creating = creating;
    }

    private void claim() {
        if (!creating.getAsBoolean()) {
            throw new IllegalStateException("can be declared only while the device is created");
        }
    }

    @Override
    public void bar(int index, BarType type, long size, RegisterHandler handler) {
        claim();
        if (bars[index] != null || Long.bitCount(size) != 1 || size < (type == BarType.IO ? 4 : 16)) {
            throw new IllegalArgumentException("BAR " + index + " of size " + size);
        }
        bars[index] = new Bar(type, size, handler);
    }

    @Override
    public int capability(int id, byte[] body, RegisterHandler handler) {
        claim();
        if (body.length < 1 || body.length > 128) {
            throw new IllegalArgumentException("capability of " + body.length + " bytes");
        }
        int offset = 0x40;
        for (Capability other : capabilities) {
            offset = other.offset + ((other.body.length + 2 + 3) & ~3);
        }
        capabilities.add(new Capability(id, offset, body.clone(), handler));
        return offset;
    }

    private MessageInterrupts messages(int vectors) {
        claim();
        if (messages != null) {
            throw new IllegalStateException("message interrupts are declared already");
        }
        messages = new Messages(vectors);
        return messages;
    }

    @Override
    public MessageInterrupts msix(int vectors, int bar) {
        if (bars[bar] != null) {
            throw new IllegalArgumentException("BAR " + bar + " is in use");
        }
        return messages(vectors);
    }

    @Override
    public MessageInterrupts msi(int vectors) {
        return messages(vectors);
    }

    @Override
    public IrqLine intx() {
        claim();
        intxDeclared = true;
        return intx;
    }

    @Override
    public boolean busMaster() {
        return busMaster;
    }

    @Override
    public void onCommandChange(Runnable callback) {
        onCommandChange = callback;
    }

    /** The identity that the device declared. */
    public PciIdentity identity() {
        return identity;
    }

    /** The BAR of that index, or null. */
    public Bar bar(int index) {
        return bars[index];
    }

    /** The capabilities in order of declaration. */
    public List<Capability> capabilities() {
        return capabilities;
    }

    /** The INTA# line, or null if the device declared none. */
    public TestIrq line() {
        return intxDeclared ? intx : null;
    }

    /** The guest's side of MSI or MSI-X, or null if the device declared none. */
    public Messages messages() {
        return messages;
    }

    /** What the guest's Bus Master Enable is; on at first. The command callback runs through the bench. */
    void setBusMaster(boolean enabled) {
        busMaster = enabled;
        onCommandChange.run();
    }

    /** Message interrupts that count. */
    public static final class Messages implements MessageInterrupts {
        private final AtomicLongArray raised;
        private final boolean[] masked;
        private volatile boolean enabled;
        private volatile long outOfRange;

        Messages(int vectors) {
            raised = new AtomicLongArray(vectors);
            masked = new boolean[vectors];
        }

        @Override
        public int vectors() {
            return raised.length();
        }

        @Override
        public boolean enabled() {
            return enabled;
        }

        @Override
        public boolean masked(int vector) {
            return masked[vector];
        }

        @Override
        public void raise(int vector) {
            if (vector < 0 || vector >= raised.length()) {
                outOfRange++;
            } else {
                raised.incrementAndGet(vector);
            }
        }

        /** The guest enables or disables them. */
        public void enable(boolean on) {
            enabled = on;
        }

        /** The guest masks or unmasks a vector; here that only shows in {@link #masked}. */
        public void mask(int vector, boolean on) {
            masked[vector] = on;
        }

        /** How often a vector was raised. */
        public long raised(int vector) {
            return raised.get(vector);
        }

        /** How often a vector that does not exist was raised. */
        public long outOfRange() {
            return outOfRange;
        }
    }
}
