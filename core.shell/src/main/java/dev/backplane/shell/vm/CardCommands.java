package dev.backplane.shell.vm;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.MachineList;
import dev.backplane.shell.view.TypeList;
import java.util.List;

/** The commands that show what there is, and the one that takes cards out. */
final class CardCommands {

    private final Machines machines;

    CardCommands(Machines machines) {
        this.machines = machines;
    }

    List<Command> all() {
        return List.of(remove(), list(), show(), types());
    }

    private Command remove() {
        Signature signature = new Signature("remove", "take cards out of a machine",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.required("CARD", ValueKind.CARD, "its id; vm:show lists them"),
                        Parameter.many("CARD", ValueKind.CARD, "more, at the same time")),
                List.of(Option.flag("force", "do not ask the guest")),
                List.of("A running guest is asked to let go of the cards, unless --force is given. Linux takes five",
                        "seconds, for several cards as for one."),
                List.of("vm:remove demo disk0", "vm:remove demo disk0 net0 --force"));
        return new SimpleCommand(signature, new Removal(machines)::run);
    }

    private Command list() {
        Signature signature = new Signature("list", "list all machines",
                List.of(), List.of(Option.flag("running", "only those that run")), List.of(), List.of("vm:list"));
        return new SimpleCommand(signature, invocation -> new MachineList(machines.manager().machines().stream()
                .filter(machine -> !invocation.arguments().has("running") || machine.state() == MachineState.RUNNING)
                .map(Machine::view).toList()));
    }

    private Command show() {
        Signature signature = new Signature("show", "draw a machine: CPUs, memory, slots, cards and their bundles",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine")),
                List.of(), List.of(), List.of("vm:show demo"));
        return new SimpleCommand(signature,
                invocation -> machines.machine(invocation.arguments().at(0)).view());
    }

    private Command types() {
        Signature signature = new Signature("types", "list device types and CPU backends, or the options of one type",
                List.of(Parameter.optional("TYPE", ValueKind.DEVICE_TYPE, "show this one's options")),
                List.of(), List.of(), List.of("vm:types", "vm:types virtio-blk"));
        return new SimpleCommand(signature, invocation -> {
            if (invocation.arguments().optionalAt(0).isEmpty()) {
                return new TypeList(machines.manager().deviceTypes(), machines.manager().cpuBackends());
            }
            String name = invocation.arguments().at(0);
            List<String> known = machines.manager().deviceTypes().stream().map(view -> view.type().name()).toList();
            return machines.type(name).orElseThrow(() -> new CommandException("no device type is named \"" + name
                    + "\"" + Suggestions.hint(name, known)));
        });
    }
}
