package dev.backplane.machine.lifecycle;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.MachineControl;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.machine.acpi.IsaDevice;
import dev.backplane.machine.board.Board;
import dev.backplane.machine.board.RootPortSeat;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.device.Card;
import dev.backplane.machine.device.CardPlatform;
import dev.backplane.machine.device.CardWatch;
import dev.backplane.machine.device.SpeakerJack;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.RootPort;
import dev.backplane.machine.state.StateTree;
import dev.backplane.machine.timer.BoardEvents;

/**
 * A machine from power-on to power-off: RAM, board, cards, vCPUs and the session of the backend that runs them.
 *
 * <p>Threading: one thread at a time calls the methods; {@link #cards()}, {@link #vcpus()} and {@link #uptime()} from
 * any thread.
 */
final class PoweredMachine {
    private static final Logger LOG = LoggerFactory.getLogger(PoweredMachine.class);
    private static final long WATCH_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MachineSpec spec;
    private final PowerEvents events;
    private final MachineRam ram;
    private final MachineTime time;
    private final AddressSpace memory = AddressSpace.memory();
    private final AddressSpace ports = AddressSpace.ports();
    private final Board board;
    private final CardPlatform platform;
    private final RandomGenerator random = new SecureRandom();
    private final Processors processors;
    private volatile Map<String, Card> cards = Map.of();
    /** The ports of the cards that have one; changed along with {@link #cards}. */
    private final Map<String, RootPort> portsOfCards = new ConcurrentHashMap<>();
    private Thread watch;
    private volatile boolean closed;

    /** Builds everything; nothing runs. If it throws, all is released. */
    PoweredMachine(MachineSpec spec, CpuBackend backend, List<PlannedCard> planned, Duration callLimit,
            PowerEvents events) throws MachineException {
        this.spec = spec;
        this.events = events;
        MemoryMap map = MemoryMap.of(spec.memory());
        try {
            ram = new MachineRam(spec.name(), map);
        } catch (OutOfMemoryError e) {
            throw new MachineException("the host has no memory for %s: %s".formatted(spec.name(), e.getMessage()), e);
        }
        time = new MachineTime(spec.name());
        try {
            board = new Board(map, spec.vcpus(), time, BusMemory.ofCore(ram), memory, ports, VcpuPort.TSC_HZ,
                VcpuPort.TSC_HZ, boardEvents());
            platform = new CardPlatform(spec.name(), memory, ports, ram, time, board::isaLine, control(),
                random, cardEvents(), callLimit, speaker());
            processors = new Processors(spec, memory, ports, ram, time, vcpuEvents(), platform.callLimit());
            processors.begin(backend, board);
            for (PlannedCard p : planned) {
                addCard(p).seatCold();
            }
        } catch (DeviceException e) {
            close();
            throw new MachineException(e.getMessage(), e);
        } catch (MachineException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private SpeakerJack speaker() {
        SpeakerJack jack = new SpeakerJack();
        board.devices().pit().onSpeaker(jack);
        return jack;
    }

    private CardPlatform.CardEvents cardEvents() {
        return new CardPlatform.CardEvents() {
            @Override
            public void failed(String card, String reason) {
                events.cardFailed(card, reason);
            }

            @Override
            public void warned(String card, String what) {
                Card warned = cards.get(card);
                if (warned != null) {
                    warned.note(what);
                }
                events.cardWarned(card, what);
            }
        };
    }

    private BoardEvents boardEvents() {
        return new BoardEvents() {
            @Override
            public void powerOff() {
                events.powerOff("the guest turned it off");
            }

            @Override
            public void reset() {
                events.reset("the guest reset it");
            }
        };
    }

    private MachineControl control() {
        return new MachineControl() {
            @Override
            public void requestReset() {
                events.reset("a card asked for it");
            }

            @Override
            public void requestPowerOff() {
                events.powerOff("a card asked for it");
            }

            @Override
            public void requestExit(int status) {
                events.exit(status);
            }
        };
    }

    private VcpuThread.Events vcpuEvents() {
        return new VcpuThread.Events() {
            @Override
            public void shutdown(int index, String place) {
                LOG.warn("{}: triple fault on vCPU {} at {}", spec.name(), index, place);
                events.reset("triple fault on vCPU " + index);
            }

            @Override
            public void failed(int index, String reason) {
                events.failed("vCPU " + index + " failed: " + reason);
            }

            @Override
            public void debugged() {
                events.debugged();
            }
        };
    }

    // ---- cards

    private Card addCard(PlannedCard p) throws DeviceException {
        RootPort port = p.type().placement() == Placement.PCIE ? freePort(p.id(), p.slot()) : null;
        RootPortSeat seat = port == null ? null : board.seat(port);
        Card card = new Card(platform, p.id(), p.type(), p.options(), seat, p.console(), p.hosts());
        card.provider(p.provider());
        card.create();
        if (port != null) {
            portsOfCards.put(p.id(), port);
        }
        Map<String, Card> more = new LinkedHashMap<>(cards);
        more.put(p.id(), card);
        cards = more;
        return card;
    }

    private RootPort freePort(String id, String slot) throws DeviceException {
        if (slot == null) {
            return board.pci().ports().stream()
                .filter(p -> p.card() == null && !portsOfCards.containsValue(p)).findFirst().orElseThrow(
                () -> new DeviceException("no PCIe slot is free for " + id));
        }
        RootPort port = board.pci().port(slot);
        if (port == null) {
            throw new DeviceException("%s: there is no slot %s; slot1 to slot%d are there".formatted(id, slot,
                board.pci().ports().size()));
        }
        if (port.card() != null || portsOfCards.containsValue(port)) {
            throw new DeviceException("%s: %s is taken; leave the slot out to get a free one".formatted(id, slot));
        }
        return port;
    }

    /** Adds a card while the machine runs. */
    void hotAdd(PlannedCard planned) throws DeviceException {
        addCard(planned).seatHot();
    }

    /** Closes a card and gives back what it claimed; out of its slot at once if it still is in it. */
    void dropCard(String id) {
        Map<String, Card> fewer = new LinkedHashMap<>(cards);
        Card card = fewer.remove(id);
        if (card != null) {
            cards = fewer;
            card.close();
            portsOfCards.remove(id);
        }
    }

    /**
     * Pulls a card out with nobody asked. What the guest waits for is answered first, and the vCPUs stand still
     * meanwhile, so that they ask for nothing more.
     *
     * @param runs whether the vCPUs run
     */
    void pullCard(String id, boolean runs) {
        Card card = cards.get(id);
        if (card == null) {
            return;
        }
        boolean stopped = false;
        try {
            if (runs && !waitsForBackend()) {
                standStill();
                stopped = true;
            }
            card.prepareSurprise();
        } catch (MachineException e) {
            LOG.warn("{}: {} is pulled out while a vCPU hangs: {}", spec.name(), id, e.getMessage());
        }
        dropCard(id);
        if (stopped) {
            run();
        }
    }

    /** Lets go of what a card that failed holds. */
    void dismantle(String id) {
        Card card = cards.get(id);
        if (card != null) {
            card.dismantle();
        }
    }

    /** The root port of a card's slot, or null if it has none. Any thread. */
    RootPort portOf(String id) {
        return portsOfCards.get(id);
    }

    /** By id, in the order in which they were added; a snapshot. */
    Map<String, Card> cards() {
        return cards;
    }

    Board board() {
        return board;
    }

    MachineRam ram() {
        return ram;
    }

    List<VcpuView> vcpus() {
        return processors.views();
    }

    /** Nanoseconds of machine time since power-on. */
    long uptime() {
        return time.nanoTime();
    }

    // ---- running

    /** As after power-on, the payload loaded; everything stands still. */
    void powerUp() throws MachineException {
        cards.values().forEach(Card::reset);
        board.reset();
        CpuState begin = board.boot(spec.name(), spec.boot(), isaDevices(), random);
        processors.powerUp(begin);
    }

    private List<IsaDevice> isaDevices() {
        return cards.values().stream().map(Card::isaDevice).flatMap(Optional::stream).toList();
    }

    /** Lets time, cards and vCPUs go on; nothing while its vCPUs have no backend. */
    void run() {
        if (processors.parked()) {
            return;
        }
        time.resume();
        cards.values().forEach(Card::resume);
        processors.go();
        if (watch == null) {
            watch = Thread.ofPlatform().daemon().name(spec.name() + "/watch").start(this::watch);
        }
    }

    private void watch() {
        CardWatch watcher = CardWatch.within(spec.name(), platform.callLimit(), this::allCards);
        while (!closed) {
            LockSupport.parkNanos(this, WATCH_PERIOD_NANOS);
            watcher.look();
        }
    }

    private Collection<Card> allCards() {
        return cards.values();
    }

    /** Stops vCPUs at an instruction boundary, and time. Cards finish what they do. */
    void standStill() throws MachineException {
        processors.standStill();
    }

    /** Brings the host's sides of all cards to rest, until {@link #run}. */
    void restHosts() {
        cards.values().forEach(Card::restHosts);
    }

    Processors processors() {
        return processors;
    }

    /** Whether its vCPUs have no backend. */
    boolean waitsForBackend() {
        return processors.parked();
    }

    // ---- state

    /** Everything but RAM; it stands still. Cards are quiesced and go on with {@link #run} or {@link #resumeCards}. */
    StateTree save() {
        cards.values().forEach(Card::quiesce);
        StateTree tree = new StateTree(spec.name());
        tree.putLong("time", time.nanoTime());
        processors.save(tree.section("cpus"));
        board.save(tree.section("board"));
        StateTree saved = tree.section("cards");
        cards.forEach((id, card) -> card.save(saved.section(id)));
        return tree;
    }

    /** Lets cards go on after {@link #save}. */
    void resumeCards() {
        cards.values().forEach(Card::resume);
    }

    /** Takes over what {@link #save} wrote, on a machine that was just built; RAM is filled by the caller. */
    void restore(StateReader in) throws StateException {
        time.set(in.getLong("time"));
        StateReader saved = in.section("cards");
        for (Map.Entry<String, Card> e : cards.entrySet()) {
            e.getValue().restore(saved.section(e.getKey()));
        }
        processors.restore(in.section("cpus"));
        board.restore(in.section("board"));
    }

    // ---- the end

    /** Ends vCPUs, closes cards, gives everything back. */
    void close() {
        closed = true;
        LockSupport.unpark(watch);
        boolean ended = true;
        if (processors != null) {
            processors.halt();
            ended = processors.end();
        }
        cards.values().forEach(Card::close);
        if (processors != null) {
            ended = processors.end();
        }
        if (time != null) {
            time.close();
        }
        if (!ended) {
            LOG.error("{}: a vCPU thread hangs in a card; its memory is not given back", spec.name());
            return;
        }
        if (processors != null) {
            processors.close();
        }
        releaseRam();
    }

    private void releaseRam() {
        try {
            ram.close();
        } catch (IllegalStateException e) {
            LOG.warn("{}: host I/O of a card still uses guest memory; it is not given back: {}", spec.name(),
                e.getMessage());
        }
    }
}
