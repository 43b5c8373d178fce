package dev.backplane.machine.lifecycle;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.MachineControl;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.machine.board.Board;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.device.Card;
import dev.backplane.machine.device.CardPlatform;
import dev.backplane.machine.device.ConsoleChannel;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.PciHost;
import dev.backplane.machine.spec.OptionParser;
import dev.backplane.machine.spec.Suggestions;
import dev.backplane.machine.timer.BoardEvents;

/** Works out what a machine's cards need: ids, slots, checked options; and tries them out. */
public final class CardPlans {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final long PROBE_RAM = 16L << 20;

    private final Catalog catalog;
    private final HostPlans hosts;

    public CardPlans(Catalog catalog) {
        this.catalog = catalog;
        hosts = new HostPlans(catalog);
    }

    /** The names of the PCIe slots. */
    static List<String> slots() {
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= PciHost.SLOTS; i++) {
            names.add("slot" + i);
        }
        return names;
    }

    /**
     * Gives a card an id and a slot if it has none and makes its paths absolute.
     *
     * @param present the cards that are there
     */
    public CardSpec complete(CardSpec card, Collection<CardSpec> present) throws MachineException {
        Set<String> ids = new HashSet<>();
        Set<String> slots = new HashSet<>();
        for (CardSpec c : present) {
            ids.add(c.id());
            slots.add(c.slot());
        }
        String id = card.id() == null ? freeId(card.type(), ids) : card.id();
        if (!ID.matcher(id).matches()) {
            throw new MachineException("'" + id + "' cannot be the id of a card: letters, digits, dots, dashes and "
                + "underscores are possible, up to 63");
        }
        if (ids.contains(id)) {
            throw new MachineException("there is a card " + id + " already");
        }
        Optional<DeviceTypeView> type = catalog.deviceType(card.type());
        String slot = card.slot();
        if (type.isPresent()) {
            slot = type.get().type().placement() == Placement.PCIE ? slot(card.slot(), id, slots) : noSlot(card, id);
        } else if (slot != null) {
            slot = slot(slot, id, slots);
        }
        return new CardSpec(id, card.type(), slot,
            type.isPresent() ? hosts.absolute(type.get().type(), absolute(type.get().type(), card.options()))
                : card.options());
    }

    private static String freeId(String type, Set<String> taken) {
        int n = 0;
        while (taken.contains(type + n)) {
            n++;
        }
        return type + n;
    }

    private static String noSlot(CardSpec card, String id) throws MachineException {
        if (card.slot() != null) {
            throw new MachineException(id + " is a " + card.type() + ", which goes into no PCIe slot");
        }
        return null;
    }

    private static String slot(String wanted, String id, Set<String> taken) throws MachineException {
        if (wanted != null) {
            if (!slots().contains(wanted)) {
                throw new MachineException("%s: there is no slot %s; slot1 to slot%d are there".formatted(id, wanted,
                    PciHost.SLOTS));
            }
            if (taken.contains(wanted)) {
                throw new MachineException(id + ": " + wanted + " is taken; leave the slot out to get a free one");
            }
            return wanted;
        }
        return slots().stream().filter(s -> !taken.contains(s)).findFirst().orElseThrow(
            () -> new MachineException("all " + PciHost.SLOTS + " slots are taken; " + id + " finds none"));
    }

    private static Map<String, String> absolute(DeviceType type, Map<String, String> options) {
        Map<String, String> all = new LinkedHashMap<>(options);
        for (OptionSpec o : type.options()) {
            if (o.type() == OptionType.PATH && options.containsKey(o.name()) && !options.get(o.name()).isEmpty()) {
                all.computeIfPresent(o.name(), (n, v) -> Path.of(v).toAbsolutePath().normalize().toString());
            }
        }
        return all;
    }

    /**
     * Looks whether what is known of a card is right, and tries it out; a card whose type is not there passes.
     *
     * @param present the machine's other cards
     */
    public void check(CardSpec card, Collection<CardSpec> present) throws MachineException {
        Optional<DeviceTypeView> type = catalog.deviceType(card.type());
        if (type.isPresent()) {
            OptionParser.parse(type.get().type(), card.options(), Path.of(""));
            hosts.check(type.get().type(), card);
            if (hosts.missing(type.get().type(), card).isEmpty()) {
                tryOut(card, present);
            }
        }
    }

    /** The cards, those that are named by id among the others with the options that they have there. */
    List<CardSpec> withOptionsOf(List<CardSpec> cards, List<CardSpec> changed) throws MachineException {
        List<CardSpec> result = new ArrayList<>(cards);
        for (int i = 0; i < cards.size(); i++) {
            CardSpec card = cards.get(i);
            Optional<CardSpec> wanted = changed.stream().filter(c -> card.id().equals(c.id())
                && !card.options().equals(c.options())).findFirst();
            if (wanted.isPresent()) {
                List<CardSpec> others = result.stream().filter(c -> !c.id().equals(card.id())).toList();
                CardSpec next = complete(new CardSpec(card.id(), card.type(), card.slot(), wanted.get().options()),
                    others);
                check(next, others);
                result.set(i, next);
            }
        }
        return result;
    }

    /** What the machine waits for, one phrase each; empty if it can start. */
    List<String> missing(MachineSpec spec) {
        List<String> missing = new ArrayList<>();
        if (catalog.cpuBackend(spec.cpuBackend()).isEmpty()) {
            missing.add(spec.cpuBackend() == null ? "a CPU backend" : "the CPU backend " + spec.cpuBackend());
        }
        List<String> names = catalog.deviceTypes().stream().map(t -> t.type().name()).toList();
        Set<String> seen = new HashSet<>();
        for (CardSpec c : spec.cards()) {
            catalog.deviceType(c.type()).ifPresent(t -> hosts.missing(t.type(), c).stream().filter(seen::add)
                .forEach(missing::add));
            if (!names.contains(c.type()) && seen.add(c.type())) {
                missing.add("the device type " + c.type()
                    + Suggestions.nearest(c.type(), names).map(n -> " (there is " + n + ")").orElse(""));
            }
        }
        return missing;
    }

    /** The cards of a machine, ready to be made. */
    List<PlannedCard> plan(MachineSpec spec, Function<String, ConsoleChannel> consoles) throws MachineException {
        Set<String> slots = new HashSet<>();
        spec.cards().forEach(c -> slots.add(c.slot()));
        List<PlannedCard> planned = new ArrayList<>();
        for (CardSpec c : spec.cards()) {
            PlannedCard p = plan(c, consoles);
            if (p.slot() == null && p.type().placement() == Placement.PCIE) {
                // It was added when its type was not there; slots that others name are not free.
                String slot = slot(null, c.id(), slots);
                slots.add(slot);
                p = new PlannedCard(p.id(), p.type(), p.provider(), p.options(), slot, p.console(), p.hosts());
            }
            planned.add(p);
        }
        return planned;
    }

    PlannedCard plan(CardSpec c, Function<String, ConsoleChannel> consoles) throws MachineException {
        DeviceTypeView type = catalog.deviceType(c.type()).orElseThrow(
            () -> new MachineException("the device type " + c.type() + " of " + c.id() + " is not there"));
        return new PlannedCard(c.id(), type.type(), type.provider(),
            OptionParser.parse(type.type(), c.options(), Path.of("")), c.slot(), consoles.apply(c.id()),
            hosts.choices(type.type(), c));
    }

    /**
     * Makes a card, on a board of its own, and closes it: so that what is wrong with its options is known before the
     * machine starts. Cards at fixed places are made too, since a new one may collide with them.
     *
     * @param card a card whose type is there
     */
    private void tryOut(CardSpec card, Collection<CardSpec> present) throws MachineException {
        MemoryMap map = MemoryMap.of(PROBE_RAM);
        AddressSpace memory = AddressSpace.memory();
        AddressSpace ports = AddressSpace.ports();
        List<Card> made = new ArrayList<>();
        try (MachineRam ram = new MachineRam("probe", map); MachineTime time = new MachineTime("probe")) {
            Board board = new Board(map, 1, time, BusMemory.ofCore(ram), memory, ports, VcpuPort.TSC_HZ,
                VcpuPort.TSC_HZ, NoEvents.INSTANCE);
            CardPlatform platform = new CardPlatform("probe", memory, ports, ram, time, board::isaLine,
                NoEvents.INSTANCE, new SecureRandom(), (id, reason) -> { }, CardPlatform.CALL_LIMIT);
            try {
                for (CardSpec other : present) {
                    Optional<DeviceTypeView> type = catalog.deviceType(other.type());
                    if (type.isPresent() && type.get().type().placement() != Placement.PCIE
                        && hosts.missing(type.get().type(), other).isEmpty()) {
                        make(other, platform, board, made);
                    }
                }
                make(card, platform, board, made);
            } finally {
                made.reversed().forEach(Card::close);
            }
        } catch (DeviceException e) {
            throw new MachineException(e.getMessage(), e);
        } catch (IllegalStateException e) {
            throw new MachineException(card.id() + " still uses guest memory after it was closed", e);
        }
    }

    private void make(CardSpec spec, CardPlatform platform, Board board, List<Card> made)
            throws MachineException, DeviceException {
        PlannedCard p = plan(spec, ConsoleChannel::new);
        boolean pci = p.type().placement() == Placement.PCIE;
        Card card = new Card(platform, p.id(), p.type(), p.options(),
            pci ? board.seat(board.pci().ports().getFirst()) : null, p.console(), p.hosts());
        card.create();
        made.add(card);
    }

    /** A board that is never switched on asks for nothing. */
    private enum NoEvents implements BoardEvents, MachineControl {
        INSTANCE;

        @Override
        public void powerOff() {
            // Nothing runs.
        }

        @Override
        public void reset() {
            // Nothing runs.
        }

        @Override
        public void requestReset() {
            // Nothing runs.
        }

        @Override
        public void requestPowerOff() {
            // Nothing runs.
        }

        @Override
        public void requestExit(int status) {
            // Nothing runs.
        }
    }
}
