package dev.backplane.shell.net;

import java.util.ArrayList;
import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code net:link}. */
@Component
public final class LinkCommand implements ShellCommand {
    private static final String STATE = "up|down";

    @Override
    public Signature signature() {
        List<Parameter> parameters = new ArrayList<>(Cables.parameters());
        parameters.add(Parameter.optional(STATE, ValueKind.OWN, "plug the cable in, or pull it out"));
        return new Signature("net", "link", "plug in or pull out the cable of a network card", parameters, List.of(),
            List.of("The guest sees the link go up or down. Without " + STATE + " it says how it is."),
            List.of("net:link demo net0 down", "net:link demo net0 up"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        NetworkConnection cable = Cables.named(call);
        if (call.has(STATE)) {
            cable.plugged(switch (call.value(STATE)) {
                case "up" -> true;
                case "down" -> false;
                case String other -> throw new CommandException("\"" + other + "\" is neither up nor down");
            });
        }
        String state = cable.plugged() ? "up" : "down";
        String rest = cable.plugged() && !cable.linkUp() ? ", but " + cable.peer() + " is down" : "";
        return Output.answer(state, "%s:%s: %s%s".formatted(call.value(Cables.NAME), cable.card(), state, rest));
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return name.equals(STATE) ? List.of(new Candidate("up"), new Candidate("down")) : Cables.cards(call);
    }
}
