package dev.backplane.shell.vm;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Sizes;
import dev.backplane.shell.view.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code vm:create}. */
final class Create implements Command {

    private static final long DEFAULT_MEMORY = 512L << 20;

    private final Machines machines;
    private final List<String> usualCards;
    private final Signature signature;

    Create(Machines machines, List<String> usualCards) {
        this.machines = machines;
        this.usualCards = List.copyOf(usualCards);
        List<Option> options = new ArrayList<>(SpecOptions.options());
        options.add(Option.of("from", "FILE", ValueKind.FILE, "a definition as vm:export writes it"));
        options.add(Option.flag("bare", "without the cards that a machine usually has"
                + (usualCards.isEmpty() ? "" : " (" + String.join(", ", usualCards) + ")")));
        this.signature = new Signature("create", "make a machine",
                List.of(Parameter.optional("NAME", ValueKind.TEXT,
                        "its name: a letter, then letters, digits, . - _ (with --from: the one in the file)")),
                options,
                List.of("The machine does not run yet: vm:add puts cards in, vm:start switches it on."),
                List.of("vm:create demo --memory 512M --kernel vmlinuz --initrd initrd.img --append console=ttyS0",
                        "vm:create twin --from demo.yaml"));
    }

    @Override
    public Signature signature() {
        return signature;
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException {
        MachineManager manager = machines.manager();
        MachineSpec spec = invocation.arguments().has("from") ? fromFile(invocation, manager)
                : fresh(invocation);
        Machine machine = manager.create(SpecOptions.apply(invocation, spec, manager));
        return new Answer(machine.name(), text(machine));
    }

    private MachineSpec fromFile(Invocation invocation, MachineManager manager)
            throws CommandException, MachineException {
        MachineSpec spec = manager.read(invocation.file(invocation.arguments().option("from").orElseThrow()));
        String name = invocation.arguments().optionalAt(0).orElse(spec.name());
        return SpecOptions.with(spec, name, spec.cards());
    }

    private MachineSpec fresh(Invocation invocation) throws CommandException {
        String name = invocation.arguments().optionalAt(0)
                .orElseThrow(() -> new CommandException("NAME is missing: " + signature.usage()));
        List<CardSpec> cards = invocation.arguments().has("bare") ? List.of()
                : usualCards.stream().map(type -> new CardSpec(null, type, null, Map.of())).toList();
        return new MachineSpec(name, 1, DEFAULT_MEMORY, null, null, BootSpec.NONE, cards);
    }

    private static String text(Machine machine) {
        MachineSpec spec = machine.view().spec();
        String made = machine.name() + ": created with " + spec.vcpus() + (spec.vcpus() == 1 ? " vCPU" : " vCPUs")
                + " and " + Sizes.format(spec.memory());
        return machine.state() == MachineState.WAITING ? made + "; it " + machine.view().reason() : made;
    }
}
