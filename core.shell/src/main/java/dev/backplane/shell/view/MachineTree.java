package dev.backplane.shell.view;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.machine.SlotView;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.shell.text.Durations;
import dev.backplane.shell.text.Sizes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** One machine drawn as a tree: CPUs, memory, boot, slots and cards, with the bundles that serve them. */
final class MachineTree {

    private MachineTree() {
    }

    static String text(MachineView view) {
        Node root = new Node(headline(view));
        root.children.add(cpus(view));
        root.children.add(new Node("memory " + Sizes.format(view.spec().memory())));
        root.children.add(boot(view.spec()));
        root.children.add(slots(view));
        view.remarks().forEach((topic, text) -> root.children.add(new Node(topic + "  " + text)));
        List<String> lines = new ArrayList<>();
        lines.add(root.text);
        draw(root, "", lines);
        return String.join("\n", lines);
    }

    private static String headline(MachineView view) {
        StringBuilder text = new StringBuilder(view.spec().name()).append("  ").append(word(view.state()));
        if (view.uptime() > 0 && (view.state() == MachineState.RUNNING || view.state() == MachineState.PAUSED)) {
            text.append(" for ").append(Durations.format(Duration.ofSeconds(view.uptime() / 1_000_000_000L)));
        }
        if (view.state() == MachineState.WAITING) {
            text.setLength(view.spec().name().length());
            text.append("  ").append(view.reason().isEmpty() ? "waiting" : view.reason());
        } else if (!view.reason().isEmpty()) {
            text.append(": ").append(view.reason());
        }
        if (view.exitStatus() >= 0) {
            text.append(" (exit status ").append(view.exitStatus()).append(')');
        }
        return text.append(servedBy(view.board())).toString();
    }

    private static Node cpus(MachineView view) {
        String model = view.spec().cpuModel() == null ? "" : ", model " + view.spec().cpuModel();
        String backend = view.cpuBackend().isEmpty() ? "none present" : view.cpuBackend();
        Node cpus = new Node(view.spec().vcpus() + (view.spec().vcpus() == 1 ? " vCPU" : " vCPUs") + ", backend "
                + backend + model + servedBy(view.backend()));
        for (VcpuView vcpu : view.vcpus()) {
            cpus.children.add(new Node("cpu" + vcpu.index() + "  " + vcpu.activity() + counters(vcpu.statistics())));
        }
        return cpus;
    }

    private static Node boot(MachineSpec spec) {
        BootSpec boot = spec.boot();
        if (boot.kernel() == null) {
            return new Node("boot  no kernel (vm:set " + spec.name() + " --kernel FILE)");
        }
        Node node = new Node("boot  " + boot.kernel());
        if (boot.initrd() != null) {
            node.children.add(new Node("initrd  " + boot.initrd()));
        }
        boot.modules().forEach(module -> node.children.add(new Node("module  " + module)));
        if (!boot.commandLine().isEmpty()) {
            node.children.add(new Node("command line  " + boot.commandLine()));
        }
        return node;
    }

    private static Node slots(MachineView view) {
        Map<String, CardView> byId = view.cards().stream()
                .collect(Collectors.toMap(CardView::id, card -> card, (first, second) -> first));
        List<String> seated = view.slots().stream().map(SlotView::card).toList();
        Node slots = new Node("");
        int free = 0;
        for (SlotView slot : view.slots()) {
            CardView card = slot.card() == null ? null : byId.get(slot.card());
            if (card == null) {
                free++;
            } else {
                slots.children.add(card(slot.name(), card));
            }
        }
        for (CardView card : view.cards()) {
            if (!seated.contains(card.id())) {
                slots.children.add(card(card.slot() == null || card.slot().isEmpty() ? "-" : card.slot(), card));
            }
        }
        return new Node(view.cards().size() + (view.cards().size() == 1 ? " card, " : " cards, ") + free
                + (free == 1 ? " slot free" : " slots free"), slots.children);
    }

    private static Node card(String slot, CardView card) {
        String address = card.address().isEmpty() ? "" : " at " + card.address();
        String reason = card.reason().isEmpty() ? "" : ": " + card.reason();
        String state = card.state() == CardState.LIVE ? "" : "  " + word(card.state()) + reason;
        Node node = new Node(slot + "  " + card.id() + "  " + card.type() + address + state
                + servedBy(card.provider()));
        card.options().forEach((key, value) -> node.children.add(new Node(key + " = " + value + servedBy(card.hosts().get(key)))));
        String counters = counters(card.counters()).strip();
        if (!counters.isEmpty()) {
            node.children.add(new Node(counters));
        }
        return node;
    }

    private static String counters(Map<String, Long> counters) {
        return counters.entrySet().stream().filter(entry -> entry.getValue() != 0)
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.collectingAndThen(Collectors.joining(", "),
                        text -> text.isEmpty() ? "" : "  " + text));
    }

    private static String servedBy(Provider provider) {
        return provider == null ? "" : "  [" + provider.bundle() + " " + provider.version() + "]";
    }

    private static String word(Enum<?> state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static void draw(Node node, String indent, List<String> lines) {
        for (int i = 0; i < node.children.size(); i++) {
            boolean last = i == node.children.size() - 1;
            Node child = node.children.get(i);
            lines.add(indent + (last ? "└─ " : "├─ ") + child.text);
            draw(child, indent + (last ? "   " : "│  "), lines);
        }
    }

    private record Node(String text, List<Node> children) {
        private Node(String text) {
            this(text, new ArrayList<>());
        }
    }
}
