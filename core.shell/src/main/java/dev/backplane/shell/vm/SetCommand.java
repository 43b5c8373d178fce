package dev.backplane.shell.vm;

import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code vm:set}. */
final class SetCommand implements Command {

    private final Machines machines;

    SetCommand(Machines machines) {
        this.machines = machines;
    }

    @Override
    public Signature signature() {
        return new Signature("set", "change a machine that is stopped, or one of its cards",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.optional("CARD", ValueKind.CARD, "one of its cards"),
                        Parameter.many("KEY=VALUE", ValueKind.CARD_OPTION,
                                "options of the card; an empty value takes one away")),
                SpecOptions.options(),
                List.of("An empty value takes one away: --initrd \"\", --backend \"\"."),
                List.of("vm:set demo --memory 1G --cpus 2", "vm:set demo disk0 image=other.img"));
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        boolean forMachine = !invocation.arguments().options().isEmpty();
        boolean forCard = invocation.arguments().optionalAt(1).isPresent();
        if (!forMachine && !forCard) {
            throw new CommandException("nothing to change is given: " + signature().usage());
        }
        MachineState state = machine.state();
        if (state == MachineState.RUNNING || state == MachineState.PAUSED) {
            throw new CommandException(machine.name() + " is running; stop it first (vm:shutdown or vm:stop "
                    + machine.name() + ")");
        }
        if (forMachine) {
            MachineSpec changed = SpecOptions.apply(invocation, machine.view().spec(), machines.manager());
            machine.configure(changed);
        }
        if (forCard) {
            changeCard(invocation, machine);
        }
        return new Answer(machine.name(), machine.name() + ": changed");
    }

    private void changeCard(Invocation invocation, Machine machine) throws CommandException, MachineException {
        String id = invocation.arguments().at(1);
        List<CardSpec> cards = machine.view().spec().cards();
        CardSpec card = cards.stream().filter(spec -> spec.id().equals(id)).findFirst()
                .orElseThrow(() -> new CommandException(machine.name() + " has no card \"" + id + "\""
                        + Suggestions.hint(id, cards.stream().map(CardSpec::id).toList())));
        Map<String, String> given = CardOptions.parse(invocation, invocation.arguments().from(2),
                machines.type(card.type()), card.options(), machines.manager().hostBackends());
        if (given.isEmpty()) {
            throw new CommandException("no KEY=VALUE is given for " + id);
        }
        Map<String, String> options = new LinkedHashMap<>(card.options());
        options.putAll(given);
        options.values().removeIf(String::isEmpty);
        MachineSpec spec = machine.view().spec();
        machine.configure(new MachineSpec(spec.name(), spec.vcpus(), spec.memory(), spec.cpuModel(),
                spec.cpuBackend(), spec.boot(), cards.stream().map(one -> one.id().equals(id)
                        ? new CardSpec(id, card.type(), card.slot(), options) : one).toList()));
    }
}
