package dev.backplane.shell.vm;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.ProgressLine;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.text.Durations;
import dev.backplane.shell.text.Sizes;
import dev.backplane.shell.view.Answer;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The commands that write machines to files and read them back. */
final class FileCommands {

    private final Machines machines;

    FileCommands(Machines machines) {
        this.machines = machines;
    }

    List<Command> all() {
        return List.of(export(), save(), restore());
    }

    private Command export() {
        Signature signature = new Signature("export", "print a machine's definition as YAML",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.optional("FILE", ValueKind.FILE, "write it here instead")),
                List.of(), List.of("vm:create --from FILE makes the machine again."),
                List.of("vm:export demo demo.yaml", "vm:export demo"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            String yaml = machines.manager().write(machine.view().spec());
            if (invocation.arguments().optionalAt(1).isEmpty()) {
                return yaml.stripTrailing();
            }
            Path file = invocation.file(invocation.arguments().at(1));
            checkTarget(file);
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            try {
                Files.writeString(fresh, yaml);
                Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } catch (AccessDeniedException e) {
                throw new CommandException(file + " cannot be written; look at the permissions of its folder", e);
            } catch (IOException e) {
                throw new CommandException(file + " cannot be written: " + e.getMessage(), e);
            }
            return new Answer(file.toString(), machine.name() + ": definition written to " + file);
        });
    }

    private Command save() {
        Signature signature = new Signature("save", "write a whole machine, with its RAM, to a file",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.required("FILE", ValueKind.FILE, "the file")),
                List.of(), List.of("A running machine is paused for it and goes on afterwards. Disk images are not in",
                        "the file: keep them unchanged until vm:restore, or stop the machine and copy them too."),
                List.of("vm:save demo demo.state"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            Path file = invocation.file(invocation.arguments().at(1));
            checkTarget(file);
            long start = System.nanoTime();
            try (ProgressLine progress = new ProgressLine(invocation, "saving " + machine.name())) {
                machine.save(file, progress);
            }
            return new Answer(file.toString(), machine.name() + ": saved to " + file + size(file) + took(start));
        });
    }

    private Command restore() {
        Signature signature = new Signature("restore", "make a machine from a file that vm:save wrote",
                List.of(Parameter.required("FILE", ValueKind.FILE, "the file"),
                        Parameter.optional("NAME", ValueKind.TEXT, "its name (the one it had)")),
                List.of(Option.flag("resume", "let it run at once if it is paused")),
                List.of("It is then in the state in which it was saved."),
                List.of("vm:restore demo.state", "vm:restore demo.state copy"));
        return new SimpleCommand(signature, this::restore);
    }

    private Object restore(Invocation invocation) throws CommandException, MachineException {
        Path file = invocation.file(invocation.arguments().at(0));
        if (!Files.isRegularFile(file)) {
            throw new CommandException("there is no file " + file);
        }
        long start = System.nanoTime();
        Machine machine;
        try (ProgressLine progress = new ProgressLine(invocation, "restoring")) {
            String name = invocation.arguments().optionalAt(1).orElse(null);
            machine = machines.manager().restore(file, name, progress);
        }
        if (invocation.arguments().has("resume") && machine.state() == MachineState.PAUSED) {
            machine.resume();
        }
        return new Answer(machine.name(), machine.name() + ": restored, "
                + machine.state().name().toLowerCase(Locale.ROOT) + took(start));
    }

    /** What can be said about a file before anything is written. */
    private static void checkTarget(Path file) throws CommandException {
        if (Files.isDirectory(file)) {
            throw new CommandException(file + " is a folder; name a file in it");
        }
        if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
            throw new CommandException(file + " cannot be written: there is no folder "
                    + file.toAbsolutePath().getParent());
        }
    }

    private static String took(long start) {
        return " in " + Durations.format(Duration.ofNanos(System.nanoTime() - start));
    }

    private static String size(Path file) {
        try {
            return " (" + Sizes.rounded(Files.size(file)) + ")";
        } catch (IOException e) {
            return "";
        }
    }
}
