package dev.backplane.shell.view;

import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.DeviceTypeView;
import dev.backplane.api.machine.Provider;
import dev.backplane.shell.text.Table;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Device types and CPU backends as text. */
final class TypeText {

    private TypeText() {
    }

    static String list(TypeList types) {
        if (types.devices().isEmpty() && types.backends().isEmpty()) {
            return "no device types and no CPU backends; drop their bundles into the folder plugins";
        }
        Table devices = new Table("DEVICE TYPE", "PLACE", "DESCRIPTION", "BUNDLE");
        for (DeviceTypeView view : types.devices()) {
            devices.row(view.type().name(), word(view.type().placement()), view.type().description(),
                    bundle(view.provider()));
        }
        Table backends = new Table("CPU BACKEND", "MODELS", "DESCRIPTION", "BUNDLE");
        for (CpuBackendView view : types.backends()) {
            String models = view.backend().models().stream().map(CpuModelInfo::name).collect(Collectors.joining(" "));
            backends.row(view.backend().name(), models, view.backend().description(), bundle(view.provider()));
        }
        return devices.text() + "\n\n" + backends.text();
    }

    static String detail(DeviceTypeView view) {
        StringBuilder text = new StringBuilder(view.type().name()).append(" - ").append(view.type().description());
        text.append("\n  goes into: ").append(word(view.type().placement()));
        text.append("\n  served by: ").append(bundle(view.provider())).append('\n');
        if (view.type().options().isEmpty()) {
            return text.append("  it has no options").toString();
        }
        text.append(options(view.type().options()));
        for (OptionSpec option : view.type().options()) {
            if (option.type() == OptionType.BACKEND) {
                text.append("\n  options of the ").append(values(option)).append(": ").append(option.name())
                        .append(".OPTION=...; vm:backends NAME lists them");
            }
        }
        return text.toString();
    }

    /** Options as a table, indented. */
    static String options(List<OptionSpec> specs) {
        Table options = new Table("  OPTION", "VALUE", "DEFAULT", "DESCRIPTION");
        for (OptionSpec option : specs) {
            options.row("  " + option.name(), values(option), preset(option), option.description());
        }
        return options.text();
    }

    private static String preset(OptionSpec option) {
        if (option.required()) {
            return "(required)";
        }
        if (option.defaultValue() == null) {
            return "";
        }
        return option.type() != OptionType.BOOLEAN ? option.defaultValue()
                : Boolean.parseBoolean(option.defaultValue()) ? "on" : "off";
    }

    static String values(OptionSpec option) {
        return switch (option.type()) {
            case BOOLEAN -> "on|off";
            case CHOICE -> String.join("|", option.choices());
            case INTEGER -> range(option);
            case BACKEND -> HostBackend.kindName(option.choices().getFirst()) + " backend";
            default -> word(option.type());
        };
    }

    private static String range(OptionSpec option) {
        boolean bounded = option.min() != Long.MIN_VALUE && option.max() != Long.MAX_VALUE;
        return bounded ? option.min() + ".." + option.max() : word(OptionType.INTEGER);
    }

    static String bundle(Provider provider) {
        return provider == null ? "" : provider.bundle() + " " + provider.version();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
