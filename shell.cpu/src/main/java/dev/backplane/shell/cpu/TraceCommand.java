package dev.backplane.shell.cpu;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:trace}. */
@Component
public final class TraceCommand implements ShellCommand {
    private static final String KIND = "KIND";
    private static final long USUAL = 100_000;
    private static final long MOST = 100_000_000;

    private final Traces traces;

    /** Made by SCR. */
    @Activate
    public TraceCommand(@Reference Traces traces) {
        this.traces = traces;
    }

    @Override
    public Signature signature() {
        return new Signature("trace", "write what the vCPUs of a machine do to a file",
            List.of(Parameter.optional(Machines.NAME, ValueKind.MACHINE, "the machine"),
                Parameter.many(KIND, ValueKind.OWN, "exceptions, interrupts, blocks, io (exceptions)")),
            List.of(Option.of("out", "FILE", ValueKind.FILE, "the file; it is overwritten"),
                Option.of("count", "N", ValueKind.NUMBER, "end after so many events (100000)"), Symbols.option(),
                Option.flag("stop", "end it")),
            List.of("Without a machine it lists the traces. A trace ends after its events, with its machine, or by",
                "--stop. Exceptions have vector, error code, return address, privilege level and CR2; blocks are runs",
                "of guest code, which make the machine many times slower while they are traced."),
            List.of("vm:trace demo exceptions interrupts --out demo.trace",
                "vm:trace demo blocks --count 10000 --out b.trace", "vm:trace demo --stop", "vm:trace"));
    }

    @Override
    public Output run(Call call) throws CommandException, MachineException {
        if (!call.has(Machines.NAME)) {
            return list();
        }
        String machine = call.value(Machines.NAME);
        if (call.has("stop")) {
            Trace ended = traces.stop(machine);
            return Output.answer(ended.file().toString(), "%s: %s%s".formatted(machine, counts(ended),
                ended.problem().isEmpty() ? " in " + ended.file() : "; " + ended.problem()));
        }
        Set<Trace.Kind> kinds = EnumSet.noneOf(Trace.Kind.class);
        for (String word : call.all(KIND)) {
            kinds.add(Arrays.stream(Trace.Kind.values()).filter(k -> k.word().equals(word)).findFirst().orElseThrow(
                () -> new CommandException("\"%s\" cannot be traced; there are %s".formatted(word, words()))));
        }
        if (kinds.isEmpty()) {
            kinds.add(Trace.Kind.EXCEPTIONS);
        }
        String name = call.optional("out").orElseThrow(() -> new CommandException(
            "--out FILE is missing: " + signature().usage()));
        Optional<String> count = call.optional("count");
        long most = count.isPresent() ? Machines.count(count.get(), MOST) : USUAL;
        List<Processor> processors = Machines.processors(call);
        Path file = call.file(name);
        traces.start(machine, processors, file, kinds, most, Symbols.of(call));
        return Output.answer(file.toString(), "%s: %s traced to %s until %,d events or vm:trace %s --stop".formatted(
            machine, kinds.stream().map(Trace.Kind::word).collect(Collectors.joining(", ")), file, most, machine));
    }

    private static String words() {
        return Arrays.stream(Trace.Kind.values()).map(Trace.Kind::word).collect(Collectors.joining(", "));
    }

    private static String counts(Trace t) {
        return String.format(Locale.ROOT, "%,d events", t.written()) + (t.lost() == 0 ? ""
            : String.format(Locale.ROOT, ", %,d lost", t.lost()));
    }

    private Output list() {
        return new Output.Table(List.of("MACHINE", "WHAT", "EVENTS", "LOST", "STATE", "FILE", ""),
            traces.all().stream().map(t -> List.of(t.machine(),
                t.kinds().stream().map(Trace.Kind::word).collect(Collectors.joining(",")), Long.toString(t.written()),
                Long.toString(t.lost()), t.running() ? "running" : "ended", t.file().toString(), t.problem())).toList(),
            "nothing is being traced");
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return Arrays.stream(Trace.Kind.values()).map(k -> new Candidate(k.word())).toList();
    }
}
