package dev.backplane.shell.vm;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.text.Suggestions;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The machine core as the commands see it: what does not exist is refused with the nearest name that does.
 *
 * <p>Threading: any thread.
 */
public final class Machines {

    private final Supplier<Optional<MachineManager>> core;

    /** A view of a machine core that may come and go. */
    public Machines(Supplier<Optional<MachineManager>> core) {
        this.core = core;
    }

    /** The core, or a refusal that says it is not there. */
    public MachineManager manager() throws CommandException {
        return core.get().orElseThrow(() -> new CommandException(
                "the machine core is not running; see whether its bundle is active (lb) and what the log says"));
    }

    /** The core if it is there; for completion. */
    public Optional<MachineManager> ifPresent() {
        return core.get();
    }

    /** The machine of that name. */
    public Machine machine(String name) throws CommandException {
        MachineManager manager = manager();
        return manager.machine(name).orElseThrow(() -> {
            List<String> names = manager.machines().stream().map(Machine::name).toList();
            String hint = names.isEmpty() ? "; there are none, vm:create makes one" : Suggestions.hint(name, names);
            return new CommandException("no machine is named \"" + name + "\"" + hint);
        });
    }

    /** The device type of that name if it is present. */
    public Optional<DeviceTypeView> type(String name) throws CommandException {
        return manager().deviceTypes().stream().filter(view -> view.type().name().equals(name)).findFirst();
    }

    /** The console of a card, or the first one of the machine. */
    public static Console console(Machine machine, Optional<String> card) throws CommandException {
        List<Console> consoles = machine.consoles();
        if (consoles.isEmpty()) {
            boolean empty = machine.view().cards().isEmpty();
            throw new CommandException(machine.name() + (empty
                    ? " has no console; vm:types lists the device types, vm:add puts one with a console in"
                    : " has no console before it is switched on: vm:start " + machine.name()));
        }
        if (card.isEmpty()) {
            return consoles.getFirst();
        }
        List<String> cards = consoles.stream().map(Console::card).toList();
        return consoles.stream().filter(console -> console.card().equals(card.get())).findFirst()
                .orElseThrow(() -> new CommandException(machine.name() + " has no console on a card named \""
                        + card.get() + "\"" + Suggestions.hint(card.get(), cards)));
    }
}
