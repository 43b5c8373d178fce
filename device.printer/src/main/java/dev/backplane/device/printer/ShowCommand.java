package dev.backplane.device.printer;

import java.util.ArrayList;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;

/** {@code printer:show}. */
@Component(service = ShellCommand.class)
public final class ShowCommand extends PrinterCommand {
    @Activate
    public ShowCommand(@Reference Printers printers) {
        super(printers, "show", "printers of running machines: paper, condition, jobs", List.of(), List.of(),
            List.of("printer:show", "printer:show demo"));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        List<List<String>> rows = new ArrayList<>();
        for (Printer p : named(call)) {
            rows.add(panel(p, e -> List.of(p.machine(), p.id(), e.condition(), e.paper().text(),
                e.sheetsLeft() < 0 ? "any number" : Long.toString(e.sheetsLeft()), Integer.toString(e.jobs().size()),
                Integer.toString(e.pending()))));
        }
        return new Output.Table(List.of("MACHINE", "CARD", "CONDITION", "PAPER", "SHEETS", "JOBS", "PENDING"), rows,
            "no running machine has a printer");
    }
}
