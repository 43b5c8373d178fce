package dev.backplane.device.printer;

import java.util.ArrayList;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.device.printer.engine.PaperSize;

/** {@code printer:paper}. */
@Component(service = ShellCommand.class)
public final class PaperCommand extends PrinterCommand {
    private static final long MOST_SHEETS = 1_000_000;

    @Activate
    public PaperCommand(@Reference Printers printers) {
        super(printers, "paper", "takes paper out of a printer, or puts paper in",
            List.of(Parameter.required("PAPER", ValueKind.OWN,
                "out; or a size: " + String.join(", ", PaperSize.names())),
                Parameter.optional("SHEETS", ValueKind.NUMBER, "how many; any number if not given")),
            List.of("Without paper the guest sees the paper-out line, and printing waits. The sheet that is being",
                "printed stays in the printer; a new size is that of the next one."),
            List.of("printer:paper demo out", "printer:paper demo a4", "printer:paper demo letter 20"));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        String what = call.value("PAPER");
        Printer printer = one(call);
        if (what.equals("out")) {
            return Output.text(panel(printer, e -> {
                e.load(e.paper(), 0);
                return printer.machine() + ": " + printer.id() + " has no paper";
            }));
        }
        PaperSize size = PaperSize.of(what).orElseThrow(() -> new CommandException("\"" + what
            + "\" is no paper; out, " + String.join(", ", PaperSize.names()) + " are possible"));
        long sheets = sheets(call.optional("SHEETS").orElse("-1"));
        return Output.text(panel(printer, e -> {
            e.load(size, sheets);
            return printer.machine() + ": " + printer.id() + " has " + (sheets < 0 ? "any number of" : sheets + "")
                + " sheets of " + size.text();
        }));
    }

    private static long sheets(String text) throws CommandException {
        try {
            long value = Long.parseLong(text);
            if (value >= -1 && value <= MOST_SHEETS && value != 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new CommandException("\"" + text + "\" is no number of sheets", e);
        }
        throw new CommandException(text + " sheets; 1 to " + MOST_SHEETS + " are possible");
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        List<Candidate> all = new ArrayList<>();
        all.add(new Candidate("out", "no paper"));
        PaperSize.names().forEach(size -> all.add(new Candidate(size)));
        return all;
    }
}
