package dev.backplane.shell.vm;

import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.HostList;
import java.util.ArrayList;
import java.util.List;

/** The commands about what cards talk to, and how much. */
final class HostCommands {

    private final Machines machines;

    HostCommands(Machines machines) {
        this.machines = machines;
    }

    List<Command> all() {
        return List.of(backends(), stats());
    }

    private Command backends() {
        Signature signature = new Signature("backends",
                "list what cards can talk to on the host, or the options of one",
                List.of(Parameter.optional("NAME", ValueKind.HOST_BACKEND, "show this one's options")), List.of(),
                List.of("A card chooses one by an option (net=user); its options are given with that name and a dot",
                        "before them (net.OPTION=VALUE)."),
                List.of("vm:backends", "vm:backends user"));
        return new SimpleCommand(signature, invocation -> {
            List<HostBackendView> all = machines.manager().hostBackends();
            if (invocation.arguments().optionalAt(0).isEmpty()) {
                return new HostList(all);
            }
            String name = invocation.arguments().at(0);
            return all.stream().filter(view -> view.backend().name().equals(name)).findFirst()
                    .orElseThrow(() -> new CommandException("no host backend is named \"" + name + "\""
                            + Suggestions.hint(name, all.stream().map(view -> view.backend().name()).toList())));
        });
    }

    private Command stats() {
        Signature signature = new Signature("stats", "show what the cards of a machine counted",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.optional("CARD", ValueKind.CARD, "only this card")),
                List.of(Option.flag("all", "also what is 0")), List.of(),
                List.of("vm:stats demo", "vm:stats demo net0 --all"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            List<CardView> cards = machine.view().cards();
            String wanted = invocation.arguments().optionalAt(1).orElse(null);
            List<String> ids = cards.stream().map(CardView::id).toList();
            if (wanted != null && !ids.contains(wanted)) {
                throw new CommandException(machine.name() + " has no card \"" + wanted + "\""
                        + Suggestions.hint(wanted, ids));
            }
            boolean zeros = invocation.arguments().has("all");
            List<List<String>> rows = new ArrayList<>();
            for (CardView card : cards) {
                if (wanted == null || wanted.equals(card.id())) {
                    card.counters().forEach((name, value) -> {
                        if (zeros || value != 0) {
                            rows.add(List.of(card.id(), name, Long.toString(value)));
                        }
                    });
                }
            }
            return new Output.Table(List.of("CARD", "COUNTER", "VALUE"), rows, machine.name()
                    + ": nothing was counted");
        });
    }
}
