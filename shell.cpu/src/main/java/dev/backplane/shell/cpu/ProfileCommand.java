package dev.backplane.shell.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:profile}. */
@Component
public final class ProfileCommand implements ShellCommand {
    private static final long PERIOD_NANOS = 1_000_000;
    private static final Duration USUAL = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofHours(1);
    private static final int USUAL_LINES = 30;

    @Override
    public Signature signature() {
        return new Signature("profile", "sample where the guest spends its time",
            List.of(Machines.parameter()),
            List.of(Option.of("seconds", "TIME", ValueKind.DURATION, "for how long (5s)"), Symbols.option(),
                Option.of("out", "FILE", ValueKind.FILE,
                    "also write it to a file: .svg (a flame graph), .folded (stacks) or .txt (the whole table)"),
                Option.of("lines", "N", ValueKind.NUMBER, "lines of the table (30)")),
            List.of("Each vCPU is asked a thousand times a second where it is. Callers are found by frame pointers,",
                "which a Debian kernel has not: its profile is flat. A kernel that was moved in memory (KASLR) is",
                "found by where SYSCALL leads."),
            List.of("vm:profile demo", "vm:profile demo --seconds 10 --symbols kallsyms.txt --out demo.svg"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        List<Processor> processors = Machines.processors(call);
        Symbols symbols = Symbols.of(call);
        Duration time = call.duration("seconds").orElse(USUAL);
        if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
            throw new CommandException("--seconds: 1ms to 1h are possible");
        }
        Optional<String> lines = call.optional("lines");
        long most = lines.isPresent() ? Machines.count(lines.get(), 1_000_000) : USUAL_LINES;
        Optional<String> out = call.optional("out");
        if (out.isPresent() && !out.get().matches(".*\\.(svg|folded|txt)")) {
            throw new CommandException(out.get() + ": its name must end with .svg, .folded or .txt");
        }
        Profile profile = new Profile();
        double seconds = profile.run(processors, time.toNanos(), PERIOD_NANOS, call.progress("profiling")) / 1e9;
        Optional<Long> shift = symbols.locate(profile.entry());
        Stacks stacks = new Stacks(profile.places(), symbols);
        List<String> notes = new ArrayList<>(phases(profile));
        shift.ifPresent(s -> notes.add("the kernel is %s0x%x bytes from where its symbols say (KASLR)"
            .formatted(s < 0 ? "-" : "", Math.abs(s))));
        notes.add("%,d samples at %,d looks in %.1f s; %.0f %% with callers (frame pointers)".formatted(
            stacks.samples(), profile.ticks(), seconds, 100 * stacks.shareWithCallers()));
        if (out.isPresent()) {
            Path file = call.file(out.get());
            write(file, stacks, "%s, %.1f s, %,d samples".formatted(call.value(Machines.NAME), seconds,
                stacks.samples()), notes);
            notes.add("written to " + file);
        }
        String table = table(stacks, most);
        return Output.answer(table, String.join("\n", notes) + "\n\n" + table);
    }

    /** A line for each vCPU: what it was busy with. */
    private static List<String> phases(Profile profile) {
        List<String> lines = new ArrayList<>();
        for (int n = 0; n < profile.phases().size(); n++) {
            Map<VcpuPhase, Long> seen = profile.phases().get(n);
            StringJoiner line = new StringJoiner(", ", "cpu" + n + ": ", "");
            for (VcpuPhase p : VcpuPhase.values()) {
                if (seen.containsKey(p)) {
                    line.add("%.1f %% %s".formatted(100.0 * seen.get(p) / Math.max(1, profile.ticks()), p.text()));
                }
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static String table(Stacks stacks, long most) {
        if (stacks.samples() == 0) {
            return "no samples: the guest was halted all the time";
        }
        StringBuilder text = new StringBuilder(" SHARE   SAMPLES  SYMBOL                                    WHERE");
        stacks.lines().stream().limit(most).forEach(e -> text.append('\n').append(String.format(Locale.ROOT,
            "%5.1f %%  %8d  %-40s  %s", 100.0 * e.getValue() / stacks.samples(), e.getValue(), e.getKey().symbol(),
            e.getKey().where())));
        return text.toString();
    }

    private static void write(Path file, Stacks stacks, String title, List<String> notes) throws CommandException {
        String name = file.toString();
        String text = name.endsWith(".svg") ? FlameGraph.of(stacks.folded(), title)
            : name.endsWith(".folded") ? stacks.folded().entrySet().stream()
                .map(e -> e.getKey() + " " + e.getValue() + "\n").collect(Collectors.joining())
                : title + "\n" + String.join("\n", notes) + "\n\n" + table(stacks, Long.MAX_VALUE) + "\n";
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new CommandException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }
}
