package dev.backplane.shell.net;

import java.util.List;
import java.util.Locale;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ValueKind;

/** What the commands have in common: they name a machine and one of its cables. */
final class Cables {
    static final String NAME = "NAME";
    static final String CARD = "CARD";

    private Cables() {
    }

    /** The two parameters. */
    static List<Parameter> parameters() {
        return List.of(Parameter.required(NAME, ValueKind.MACHINE, "the machine"),
            Parameter.required(CARD, ValueKind.OWN, "one of its network cards"));
    }

    /** The cable that was named. */
    static NetworkConnection named(Call call) throws CommandException {
        Machine machine = call.machine(call.value(NAME));
        String card = call.value(CARD);
        List<NetworkConnection> cables = machine.networks();
        return cables.stream().filter(c -> c.card().equals(card)).findFirst().orElseThrow(
            () -> new CommandException(machine.name() + (cables.isEmpty()
                ? " has no network card that is on (it is " + machine.state().name().toLowerCase(Locale.ROOT) + ")"
                : " has no network card \"" + card + "\"; there is " + String.join(", ",
                    cables.stream().map(NetworkConnection::card).toList()))));
    }

    /** The network cards of the machine named before. */
    static List<Candidate> cards(Call call) {
        try {
            return call.machine(call.value(NAME)).networks().stream()
                .map(c -> new Candidate(c.card(), c.peer())).toList();
        } catch (CommandException e) {
            return List.of();
        }
    }
}
