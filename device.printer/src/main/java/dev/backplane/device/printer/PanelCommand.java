package dev.backplane.device.printer;

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
import dev.backplane.device.printer.engine.PrintEngine;

/** {@code printer:panel}: the keys and mishaps of a printer. */
@Component(service = ShellCommand.class)
public final class PanelCommand extends PrinterCommand {
    private static final List<Candidate> ACTIONS = List.of(
        new Candidate("online", "ready to print"),
        new Candidate("offline", "takes nothing; the guest sees that it is not selected"),
        new Candidate("jam", "paper jam; the guest sees the fault line"),
        new Candidate("clear", "the jam is cleared, and the host's side is tried again after a problem"),
        new Candidate("finish", "the open job is over"),
        new Candidate("cancel", "the open job is thrown away"));

    @Activate
    public PanelCommand(@Reference Printers printers) {
        super(printers, "panel", "works a printer's panel: online, offline, jam, clear, finish, cancel",
            List.of(Parameter.required("ACTION", ValueKind.OWN, "online, offline, jam, clear, finish or cancel")),
            List.of("What the guest sends meanwhile waits in the guest: nothing is lost."),
            List.of("printer:panel demo offline", "printer:panel demo online", "printer:panel demo jam",
                "printer:panel demo clear", "printer:panel demo cancel"));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        String action = call.value("ACTION");
        if (ACTIONS.stream().noneMatch(a -> a.word().equals(action))) {
            throw new CommandException("\"" + action + "\" is no key; "
                + String.join(", ", ACTIONS.stream().map(Candidate::word).toList()) + " are possible");
        }
        Printer printer = one(call);
        return Output.text(panel(printer, e -> {
            press(e, action);
            return printer.machine() + ": " + printer.id() + ": " + e.condition();
        }));
    }

    private static void press(PrintEngine engine, String action) {
        switch (action) {
            case "online" -> engine.offline(false);
            case "offline" -> engine.offline(true);
            case "jam" -> engine.jam(true);
            case "clear" -> engine.jam(false);
            case "finish" -> engine.endJob();
            default -> engine.cancel();
        }
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return ACTIONS;
    }
}
