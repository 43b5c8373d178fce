package dev.backplane.device.printer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.device.printer.engine.PrintEngine;

/** What the commands of printers have in common: they find one, or all, and stand at its panel. */
abstract class PrinterCommand implements ShellCommand {
    private static final long LIMIT_SECONDS = 5;

    private final Printers printers;
    private final Signature signature;

    PrinterCommand(Printers printers, String name, String summary, List<Parameter> more, List<String> notes,
            List<String> examples) {
        this.printers = printers;
        List<Parameter> parameters = new ArrayList<>();
        parameters.add(more.isEmpty() ? Parameter.optional("NAME", ValueKind.MACHINE, "the machine; all if not given")
            : Parameter.required("NAME", ValueKind.MACHINE, "the machine"));
        parameters.addAll(more);
        signature = new Signature("printer", name, summary, parameters, List.of(), notes, examples);
    }

    @Override
    public Signature signature() {
        return signature;
    }

    /** The printers of the machine that was named, or of all. */
    List<Printer> named(Call call) throws CommandException {
        String machine = call.optional("NAME").orElse(null);
        if (machine != null) {
            call.machine(machine);
        }
        List<Printer> found = printers.all().stream()
            .filter(p -> machine == null || p.machine().equals(machine)).toList();
        if (machine != null && found.isEmpty()) {
            throw new CommandException(machine + " has no printer, or does not run; vm:add " + machine
                + " printer adds one to a machine that is off");
        }
        return found;
    }

    /** The one printer of the machine. */
    Printer one(Call call) throws CommandException {
        return named(call).getFirst();
    }

    <T> T panel(Printer printer, Function<PrintEngine, T> action) throws CommandException, InterruptedException {
        CompletableFuture<T> done = printer.panel(action);
        try {
            return done.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new CommandException(printer.machine() + ": " + printer.id()
                + " does not answer; vm:show " + printer.machine() + " says how it is", e);
        } catch (ExecutionException e) {
            throw new CommandException(printer.machine() + ": " + printer.id() + " failed: "
                + e.getCause().getMessage(), e);
        }
    }
}
