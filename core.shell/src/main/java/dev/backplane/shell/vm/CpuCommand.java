package dev.backplane.shell.vm;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.machine.VcpuView;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Table;
import dev.backplane.shell.view.Answer;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Shows what runs a machine's vCPUs, and moves them to another backend. */
final class CpuCommand implements Command {

    private static final Signature SIGNATURE = new Signature("cpu",
            "show what runs a machine's vCPUs, or move them to another CPU backend",
            List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                    Parameter.optional("BACKEND", ValueKind.CPU_BACKEND, "move its vCPUs to this one")),
            List.of(Option.of("over", "TIME", ValueKind.DURATION, "look at it for so long (250ms)")),
            List.of("Shows what each vCPU is busy with, found by looking for a moment, and what its backend has counted.",
                    "A machine that runs is moved at an instruction boundary and does not notice. For one that is",
                    "off, vm:set NAME --backend BACKEND chooses."),
            List.of("vm:cpu demo", "vm:cpu demo --over 5s", "vm:cpu demo interpreter"));
    private static final Duration USUAL = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Machines machines;

    CpuCommand(Machines machines) {
        this.machines = machines;
    }

    @Override
    public Signature signature() {
        return SIGNATURE;
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        Optional<String> wanted = invocation.arguments().optionalAt(1);
        if (wanted.isEmpty()) {
            String now = now(machine, invocation);
            MachineView view = machine.view();
            return new Answer(view.cpuBackend(), table(view, now));
        }
        Duration stood = machine.switchBackend(wanted.get());
        return new Answer(wanted.get(), "%s: its vCPUs run on %s, after standing for %s".formatted(machine.name(),
                wanted.get(), millis(stood)));
    }

    /** What its vCPUs are busy with; nothing if it does not run. */
    private static String now(Machine machine, Invocation invocation) throws CommandException, InterruptedException {
        Duration time = invocation.arguments().duration("over", USUAL);
        if (time.compareTo(LONGEST) > 0) {
            throw new CommandException("--over: 10m at most");
        }
        if (machine.state() != MachineState.RUNNING || machine.processors().isEmpty()) {
            return "";
        }
        PhaseMeter meter = new PhaseMeter(machine.processors());
        meter.measure(time);
        return "\n\n" + meter.table();
    }

    private static String millis(Duration time) {
        double millis = time.toNanos() / 1e6;
        return String.format(Locale.ROOT, millis < 10 ? "%.1f ms" : "%.0f ms", millis);
    }

    private static String table(MachineView view, String now) {
        Table table = new Table("VCPU", "BACKEND", "BUNDLE", "ACTIVITY");
        Provider provider = view.backend();
        String bundle = provider == null ? "-" : provider.bundle() + " " + provider.version();
        Set<String> counted = new LinkedHashSet<>();
        for (VcpuView vcpu : view.vcpus()) {
            table.row("cpu" + vcpu.index(), view.cpuBackend().isEmpty() ? "-" : view.cpuBackend(), bundle,
                    vcpu.activity());
            counted.addAll(vcpu.statistics().keySet());
        }
        return table.text() + now + (counted.isEmpty() ? "" : "\n\n" + statistics(view, counted));
    }

    /** A row for each of them, a column for each vCPU. */
    private static String statistics(MachineView view, Set<String> counted) {
        Table table = new Table(Stream.concat(Stream.of("STATISTIC"),
                view.vcpus().stream().map(vcpu -> "CPU" + vcpu.index())).toArray(String[]::new));
        for (String name : counted) {
            table.row(Stream.concat(Stream.of(name), view.vcpus().stream()
                    .map(vcpu -> Long.toString(vcpu.statistics().getOrDefault(name, 0L)))).toArray(String[]::new));
        }
        return table.text();
    }
}
