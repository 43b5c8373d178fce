package dev.backplane.machine.device;

import java.util.random.RandomGenerator;

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

/** The context of one instance of a card. Claims go to the card's {@link Claims}, which outlive the instance. */
final class CardContext implements DeviceContext {
    private final Card card;
    private final Claims claims;
    private volatile boolean creating = true;
    private volatile boolean alive = true;

    CardContext(Card card, Claims claims) {
        this.card = card;
        this.claims = claims;
    }

    /** No claims from now on. */
    void created() {
        creating = false;
    }

    /** Tasks of this instance are dropped from now on. */
    void closed() {
        creating = false;
        alive = false;
    }

    boolean alive() {
        return alive;
    }

    boolean creating() {
        return creating;
    }

    private void claiming(String what) {
        if (!creating) {
            throw new IllegalStateException(card.id() + ": " + what
                + " can be claimed only while the card is being created");
        }
    }

    @Override
    public String machine() {
        return card.platform().machine();
    }

    @Override
    public String id() {
        return card.id();
    }

    @Override
    public PciFunction pci(PciIdentity identity) throws DeviceException {
        claiming("a PCI function");
        return claims.pci(identity, this);
    }

    @Override
    public void ports(int first, int count, RegisterHandler handler) throws DeviceException {
        claiming("ports");
        claims.ports(first, count, handler);
    }

    @Override
    public void mmio(long address, long size, RegisterHandler handler) throws DeviceException {
        claiming("memory");
        claims.mmio(address, size, handler);
    }

    @Override
    public IrqLine isaIrq(int irq) throws DeviceException {
        claiming("an interrupt");
        return claims.isaIrq(irq);
    }

    @Override
    public void speaker(SpeakerListener listener) throws DeviceException {
        claiming("the loudspeaker");
        claims.speaker(listener);
    }

    @Override
    public DeviceTimer timer(String name, Runnable callback) {
        claiming("a timer");
        return claims.timer(name, callback);
    }

    @Override
    public ConsolePort console() throws DeviceException {
        claiming("a console");
        return claims.console(this);
    }

    @Override
    public NetworkPort network(String option) throws DeviceException {
        claiming("a network port");
        return card.links().network(option);
    }

    @Override
    public <E extends HostEndpoint> E host(String option, Class<E> kind) throws DeviceException {
        claiming("a host backend");
        return card.links().host(option, kind);
    }

    @Override
    public GuestMemory memory() {
        return claims.memory();
    }

    @Override
    public MachineClock clock() {
        return card.platform().time();
    }

    @Override
    public void execute(Runnable work) {
        card.host().post(() -> {
            if (alive) {
                work.run();
            }
        });
    }

    @Override
    public RandomGenerator random() {
        return card.platform().random();
    }

    @Override
    public Counter counter(String name) {
        return card.host().counter(name);
    }

    @Override
    public MachineControl control() {
        return card.platform().control();
    }
}
