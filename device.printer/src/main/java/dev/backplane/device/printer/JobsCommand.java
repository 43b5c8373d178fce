package dev.backplane.device.printer;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.device.printer.engine.Job;
import dev.backplane.device.printer.engine.PrintEngine;

/** {@code printer:jobs}. */
@Component(service = ShellCommand.class)
public final class JobsCommand extends PrinterCommand {
    @Activate
    public JobsCommand(@Reference Printers printers) {
        super(printers, "jobs", "what was printed, and what is being printed", List.of(),
            List.of("A job ends when its language says so, or when nothing came for a while (option idle)."),
            List.of("printer:jobs", "printer:jobs demo"));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        DateTimeFormatter clock = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault());
        List<List<String>> rows = new ArrayList<>();
        for (Printer p : named(call)) {
            for (Job j : panel(p, PrintEngine::jobs)) {
                rows.add(List.of(p.machine(), p.id(), Integer.toString(j.number()), j.state(), j.language(),
                    Integer.toString(j.pages()), Long.toString(j.bytes()), clock.format(j.started()),
                    j.ended() == null ? "" : clock.format(j.ended())));
            }
        }
        return new Output.Table(
            List.of("MACHINE", "CARD", "JOB", "STATE", "LANGUAGE", "PAGES", "BYTES", "STARTED", "ENDED"), rows,
            "nothing was printed");
    }
}
