package dev.backplane.shell.vm;

import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.Answer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code vm:add}. */
final class Add implements Command {

    private final Machines machines;

    Add(Machines machines) {
        this.machines = machines;
    }

    @Override
    public Signature signature() {
        return new Signature("add", "put a card into a machine",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.required("TYPE", ValueKind.DEVICE_TYPE, "the device type; vm:types lists them"),
                        Parameter.many("KEY=VALUE", ValueKind.CARD_OPTION,
                                "options of the type; vm:types TYPE lists them")),
                List.of(Option.of("id", "ID", ValueKind.TEXT, "name of the card (made from the type)"),
                        Option.of("slot", "SLOT", ValueKind.TEXT, "where it goes (the first free one that fits)"),
                        Option.flag("wait-for-type",
                                "also if no such type or host backend is present now: the machine waits")),
                List.of("A PCI Express card can also be put into a running machine."),
                List.of("vm:add demo virtio-blk image=disk.img", "vm:add demo virtio-rng --id entropy"));
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        String typeName = invocation.arguments().at(1);
        Optional<DeviceTypeView> type = machines.type(typeName);
        if (type.isEmpty() && !invocation.arguments().has("wait-for-type")) {
            List<String> known = machines.manager().deviceTypes().stream().map(view -> view.type().name()).toList();
            throw new CommandException("no device type is named \"" + typeName + "\""
                    + Suggestions.hint(typeName, known) + " (--wait-for-type adds it all the same)");
        }
        Map<String, String> options = CardOptions.parse(invocation, invocation.arguments().from(2), type,
                Map.of(), machines.manager().hostBackends());
        if (type.isPresent() && !invocation.arguments().has("wait-for-type")) {
            CardOptions.checkBackends(type.get().type(), options, machines.manager().hostBackends());
        }
        String id = machine.add(new CardSpec(invocation.arguments().option("id").orElse(null), typeName,
                invocation.arguments().option("slot").orElse(null), options));
        return new Answer(id, machine.name() + ": " + typeName + " added as " + id + where(machine, id));
    }

    private static String where(Machine machine, String id) {
        Optional<CardView> card = machine.view().cards().stream().filter(view -> view.id().equals(id)).findFirst();
        if (card.isEmpty()) {
            return "";
        }
        String slot = card.get().slot();
        String place = slot == null || slot.isEmpty() ? "" : " in " + slot;
        return card.get().state() == CardState.WAITING 
                ? place + "; it waits: " + card.get().reason() : place;
    }
}
