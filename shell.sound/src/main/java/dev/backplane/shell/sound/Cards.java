package dev.backplane.shell.sound;

import java.util.List;
import java.util.Locale;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;

/** What the commands have in common: they name a machine, and perhaps one of its sound cards. */
final class Cards {
    static final String NAME = "NAME";
    static final String CARD = "card";

    private Cards() {
    }

    /** The machines of a command: the one that was named, or all. */
    static List<Machine> machines(Call call) throws CommandException {
        return call.has(NAME) ? List.of(call.machine(call.value(NAME))) : call.machines().machines();
    }

    /** The sound cards of a machine: the one that the option names, or all; at least one. */
    static List<AudioConnection> of(Machine machine, Call call) throws CommandException {
        List<AudioConnection> all = machine.sounds();
        if (all.isEmpty()) {
            throw new CommandException(machine.name() + " has no sound card that is on (it is "
                + machine.state().name().toLowerCase(Locale.ROOT) + ")");
        }
        if (!call.has(CARD)) {
            return all;
        }
        String wanted = call.value(CARD);
        List<AudioConnection> one = all.stream().filter(c -> c.card().equals(wanted)).toList();
        if (one.isEmpty()) {
            throw new CommandException("%s has no sound card \"%s\"; there is %s".formatted(machine.name(), wanted,
                String.join(", ", all.stream().map(AudioConnection::card).toList())));
        }
        return one;
    }

    /** The sound cards of the machine named before. */
    static List<Candidate> candidates(Call call) {
        try {
            return call.machine(call.value(NAME)).sounds().stream()
                .map(c -> new Candidate(c.card(), c.backend())).toList();
        } catch (CommandException e) {
            return List.of();
        }
    }
}
