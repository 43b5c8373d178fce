package dev.backplane.machine.lifecycle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

import dev.backplane.api.device.Placement;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.SlotView;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.machine.device.Card;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.PciHost;
import dev.backplane.machine.pci.PciSignals;
import dev.backplane.machine.pci.RootPort;

/** Looks at machines. */
final class Views {
    private Views() {
    }

    static MachineView of(MachineCore m) {
        MachineSpec spec = m.spec();
        PoweredMachine p = m.powered();
        Catalog catalog = m.outside().catalog();
        Optional<CpuBackendView> backend = p != null ? Optional.ofNullable(m.backend())
            : catalog.cpuBackend(spec.cpuBackend());
        List<CardView> cards = new ArrayList<>();
        for (CardSpec c : spec.cards()) {
            cards.add(card(c, p, catalog));
        }
        return new MachineView(spec, m.state(), m.reason(), m.exitStatus(), m.uptime(),
            backend.map(CpuBackendView::provider).orElse(null),
            backend.map(b -> b.backend().name()).orElse(spec.cpuBackend() == null ? "" : spec.cpuBackend()),
            m.outside().core(), vcpus(spec, p), slots(p, cards), cards, m.remarks());
    }

    private static List<VcpuView> vcpus(MachineSpec spec, PoweredMachine p) {
        if (p != null) {
            return p.vcpus();
        }
        List<VcpuView> stopped = new ArrayList<>();
        for (int i = 0; i < spec.vcpus(); i++) {
            stopped.add(new VcpuView(i, "stopped", Collections.unmodifiableSequencedMap(new LinkedHashMap<>())));
        }
        return stopped;
    }

    private static List<SlotView> slots(PoweredMachine p, List<CardView> cards) {
        PciHost pci = p != null ? p.board().pci() : new PciHost(MemoryMap.of(MemoryMap.MAX_LOW_RAM), new Unwired());
        List<SlotView> slots = new ArrayList<>();
        for (RootPort port : pci.ports()) {
            slots.add(new SlotView(port.name(), port.address(),
                cards.stream().filter(c -> port.name().equals(c.slot())).map(CardView::id).findFirst().orElse(null)));
        }
        cards.stream().filter(c -> c.slot().equals("isa")).forEach(c -> slots.add(new SlotView("isa", "", c.id())));
        return slots;
    }

    /** The signals of a board that is only looked at. */
    private static final class Unwired implements PciSignals {
        @Override
        public void message(long address, int data) {
            // It drives nothing.
        }

        @Override
        public void gsi(int gsi, boolean asserted) {
            // It drives nothing.
        }

        @Override
        public void route(int pirq, int isaIrq) {
            // It drives nothing.
        }
    }

    private static CardView card(CardSpec spec, PoweredMachine p, Catalog catalog) {
        Optional<DeviceTypeView> type = catalog.deviceType(spec.type());
        Card card = p == null ? null : p.cards().get(spec.id());
        RootPort port = p == null ? null : p.portOf(spec.id());
        String slot = port != null ? port.name() : spec.slot() != null ? spec.slot()
            : type.map(t -> place(t.type().placement())).orElse("");
        if (card == null) {
            String waits = waits(spec, type, catalog);
            return new CardView(spec.id(), spec.type(), slot, "",
                waits.isEmpty() ? CardState.SEATED : CardState.WAITING, waits, spec.options(),
                type.map(DeviceTypeView::provider).orElse(null),
                Collections.unmodifiableSequencedMap(new LinkedHashMap<>()));
        }
        return new CardView(spec.id(), spec.type(), slot, card.address(), card.state(), card.reason(), spec.options(),
            card.waitsForBuild() ? type.map(DeviceTypeView::provider).orElse(null) : card.provider(), card.counters(),
            card.links().providers());
    }

    private static String waits(CardSpec spec, Optional<DeviceTypeView> type, Catalog catalog) {
        return type.map(t -> new HostPlans(catalog).missing(t.type(), spec))
            .orElse(List.of("the device type " + spec.type())).stream().findFirst().map(what -> what + " is not there")
            .orElse("");
    }

    private static String place(Placement placement) {
        return switch (placement) {
            case PCIE -> "";
            case ISA -> "isa";
            case FIXED -> "fixed";
        };
    }
}
