package dev.backplane.shell.view;

import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.shell.Output;
import dev.backplane.shell.console.Expectation;
import dev.backplane.shell.text.Sizes;
import dev.backplane.shell.text.Table;
import java.util.Locale;
import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

/** Prints what the commands of scope {@code vm} return. */
@Component(service = Converter.class)
public final class Views implements Converter {

    @Override
    public Object convert(Class<?> desiredType, Object in) {
        return null;
    }

    @Override
    public CharSequence format(Object target, int level, Converter escape) {
        return switch (target) {
            case MachineView view -> level == INSPECT ? MachineTree.text(view) : view.spec().name();
            case MachineList list -> machines(list);
            case TypeList types -> TypeText.list(types);
            case DeviceTypeView type -> level == INSPECT ? TypeText.detail(type) : type.type().name();
            case HostList hosts -> HostText.list(hosts);
            case HostBackendView host -> level == INSPECT ? HostText.detail(host) : host.backend().name();
            case Answer answer -> answer.text();
            case Output.Text text -> text.text();
            case Output.Table table -> table(table);
            case Expectation.Found found -> found.line();
            case null, default -> null;
        };
    }

    private static String table(Output.Table from) {
        if (from.rows().isEmpty()) {
            return from.empty();
        }
        Table table = new Table(from.heading().toArray(String[]::new));
        from.rows().forEach(row -> table.row(row.toArray(String[]::new)));
        return table.text();
    }

    private static String machines(MachineList list) {
        if (list.machines().isEmpty()) {
            return "no machines; vm:create makes one";
        }
        Table table = new Table("NAME", "STATE", "VCPUS", "MEMORY", "BACKEND", "CARDS", "");
        for (MachineView view : list.machines()) {
            table.row(view.spec().name(), view.state().name().toLowerCase(Locale.ROOT),
                    Integer.toString(view.spec().vcpus()), Sizes.format(view.spec().memory()), view.cpuBackend(),
                    Integer.toString(view.cards().size()), view.reason());
        }
        return table.text();
    }
}
