package dev.backplane.shell.vm;

import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Arguments;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The options that {@code create} and {@code set} share: what a machine is made of apart from its cards. */
final class SpecOptions {

    private SpecOptions() {
    }

    static List<Option> options() {
        return List.of(
                Option.of("memory", "SIZE", ValueKind.SIZE, "RAM, 16M at least (512M)"),
                Option.of("cpus", "N", ValueKind.NUMBER, "number of vCPUs, 1 to 16 (1)"),
                Option.of("cpu", "MODEL", ValueKind.CPU_MODEL, "CPU model; vm:types lists them"),
                Option.of("backend", "NAME", ValueKind.CPU_BACKEND, "CPU backend (the best that is present)"),
                Option.of("kernel", "FILE", ValueKind.FILE, "bzImage, ELF with a PVH note, or Multiboot 1 ELF"),
                Option.of("initrd", "FILE", ValueKind.FILE, "initial RAM disk"),
                Option.repeatable("module", "FILE", ValueKind.FILE, "Multiboot module, may have arguments after it"),
                Option.of("append", "TEXT", ValueKind.TEXT, "kernel command line"));
    }

    /** The specification with what was given changed. */
    static MachineSpec apply(Invocation invocation, MachineSpec spec, MachineManager manager)
            throws CommandException {
        Arguments arguments = invocation.arguments();
        String backend = text(arguments, "backend", spec.cpuBackend());
        String model = text(arguments, "cpu", spec.cpuModel());
        checkCpu(arguments, backend, manager);
        long vcpus = arguments.number("cpus").orElse(spec.vcpus());
        if (vcpus < 1 || vcpus > 16) {
            throw new CommandException("--cpus: " + vcpus + " is not between 1 and 16");
        }
        return new MachineSpec(spec.name(), (int) vcpus, arguments.size("memory").orElse(spec.memory()), model,
                backend, boot(invocation, spec.boot()), spec.cards());
    }

    /** The specification under another name and with other cards. */
    static MachineSpec with(MachineSpec spec, String name, List<CardSpec> cards) {
        return new MachineSpec(name, spec.vcpus(), spec.memory(), spec.cpuModel(), spec.cpuBackend(), spec.boot(),
                cards);
    }

    private static void checkCpu(Arguments arguments, String backend, MachineManager manager)
            throws CommandException {
        List<CpuBackendView> present = manager.cpuBackends();
        List<String> names = present.stream().map(view -> view.backend().name()).toList();
        if (arguments.has("backend") && backend != null && !names.isEmpty() && !names.contains(backend)
                && !Suggestions.nearest(backend, names).isEmpty()) {
            throw new CommandException("--backend: no CPU backend is named \"" + backend + "\""
                    + Suggestions.hint(backend, names));
        }
        List<String> models = present.stream()
                .filter(view -> backend == null || view.backend().name().equals(backend))
                .flatMap(view -> view.backend().models().stream()).map(CpuModelInfo::name).distinct().toList();
        String model = text(arguments, "cpu", null);
        if (model != null && !models.isEmpty() && !models.contains(model)) {
            throw new CommandException("--cpu: no CPU model is named \"" + model + "\""
                    + Suggestions.hint(model, models));
        }
    }

    private static BootSpec boot(Invocation invocation, BootSpec boot) throws CommandException {
        Arguments arguments = invocation.arguments();
        Path kernel = arguments.has("kernel") ? file(invocation, "kernel") : boot.kernel();
        Path initrd = arguments.has("initrd") ? file(invocation, "initrd") : boot.initrd();
        List<String> modules = new ArrayList<>();
        for (String module : arguments.all("module")) {
            int blank = module.indexOf(' ');
            String name = blank < 0 ? module : module.substring(0, blank);
            modules.add(existing(invocation, "module", name) + (blank < 0 ? "" : module.substring(blank)));
        }
        return new BootSpec(kernel, initrd, modules.isEmpty() ? boot.modules() : modules,
                arguments.option("append").orElse(boot.commandLine()));
    }

    /** The value of an option; an empty one takes away what was chosen. */
    private static String text(Arguments arguments, String option, String before) {
        String value = arguments.option(option).orElse(before);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The file of an option; an empty value takes it away. */
    private static Path file(Invocation invocation, String option) throws CommandException {
        String name = invocation.arguments().option(option).orElseThrow();
        return name.isEmpty() ? null : existing(invocation, option, name);
    }

    private static Path existing(Invocation invocation, String option, String name) throws CommandException {
        Path file = invocation.file(name);
        if (!Files.isRegularFile(file)) {
            throw new CommandException("--" + option + ": there is no file " + file);
        }
        if (!Files.isReadable(file)) {
            throw new CommandException("--" + option + ": " + file + " cannot be read; look at its permissions");
        }
        return file;
    }
}
