package dev.backplane.shell.cpu;

import java.util.List;
import java.util.Locale;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ValueKind;

/** The words that the commands here have in common. */
final class Machines {
    static final String NAME = "NAME";

    private Machines() {
    }

    static Parameter parameter() {
        return Parameter.required(NAME, ValueKind.MACHINE, "the machine");
    }

    /** The vCPUs of the machine named, which is on. */
    static List<Processor> processors(Call call) throws CommandException {
        Machine machine = call.machine(call.value(NAME));
        List<Processor> processors = machine.processors();
        if (processors.isEmpty()) {
            throw new CommandException("%s is not on (it is %s); start it first".formatted(machine.name(),
                machine.state().name().toLowerCase(Locale.ROOT)));
        }
        return processors;
    }

    /** A number of things from 1 to a limit. */
    static long count(String text, long most) throws CommandException {
        try {
            long n = Long.parseLong(text.replace("_", ""));
            if (n >= 1 && n <= most) {
                return n;
            }
        } catch (NumberFormatException e) {
            throw new CommandException("\"" + text + "\" is no number", e);
        }
        throw new CommandException(text + " is too many or too few; 1 to " + most + " are possible");
    }
}
