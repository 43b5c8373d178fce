package dev.backplane.shell.net;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code net:show}. */
@Component
public final class ShowCommand implements ShellCommand {
    private static final String[] UNITS = {"", "K", "M", "G", "T"};

    @Override
    public Signature signature() {
        return new Signature("net", "show", "draw who is connected to whom",
            List.of(Parameter.optional(Cables.NAME, ValueKind.MACHINE, "only this machine's cables")), List.of(),
            List.of(), List.of("net:show", "net:show demo"));
    }

    /** A line with lines below it. */
    private record Node(String text, List<Node> below) {
        Node(String text) {
            this(text, new ArrayList<>());
        }
    }

    @Override
    public Output run(Call call) throws CommandException {
        List<Machine> machines = call.has(Cables.NAME) ? List.of(call.machine(call.value(Cables.NAME)))
            : call.machines().machines();
        Map<String, Node> peers = new TreeMap<>();
        for (Machine machine : machines) {
            for (NetworkConnection cable : machine.networks()) {
                String peer = cable.peer();
                int comma = peer.indexOf(',');
                String head = comma < 0 ? peer : peer.substring(0, comma);
                peers.computeIfAbsent(head, Node::new).below.add(
                    node(machine.name(), cable, comma < 0 ? "" : peer.substring(comma + 1).strip()));
            }
        }
        if (peers.isEmpty()) {
            return Output.text(call.has(Cables.NAME) ? call.value(Cables.NAME) + " has no network card that is on"
                : "no machine with a network card is on");
        }
        List<String> lines = new ArrayList<>();
        peers.values().forEach(peer -> {
            lines.add(peer.text);
            draw(peer, "", lines);
        });
        return Output.text(String.join("\n", lines));
    }

    private static Node node(String machine, NetworkConnection cable, String place) {
        List<String> parts = new ArrayList<>(List.of(machine + ":" + cable.card()));
        parts.add(cable.linkUp() ? "up" : cable.plugged() ? "down" : "unplugged");
        String shape = Shapes.text(cable);
        for (String part : List.of(place, shape, traffic(cable))) {
            if (!part.isEmpty()) {
                parts.add(part);
            }
        }
        Node node = new Node(String.join("  ", parts));
        cable.details().forEach(line -> node.below.add(new Node(line)));
        return node;
    }

    private static String traffic(NetworkConnection cable) {
        Map<String, Long> c = new LinkedHashMap<>(cable.counters());
        long lost = c.getOrDefault("from-guest-lost", 0L) + c.getOrDefault("to-guest-lost", 0L);
        return "sent %s, received %s%s".formatted(bytes(c.getOrDefault("from-guest-bytes", 0L)),
            bytes(c.getOrDefault("to-guest-bytes", 0L)), lost == 0 ? "" : ", " + lost + " frames lost");
    }

    private static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? count + " bytes" : String.format(Locale.ROOT, "%.1f%s", value, UNITS[unit]);
    }

    private static void draw(Node node, String indent, List<String> lines) {
        for (Node child : node.below) {
            boolean last = child == node.below.getLast();
            lines.add(indent + (last ? "└─ " : "├─ ") + child.text);
            draw(child, indent + (last ? "   " : "│  "), lines);
        }
    }
}
