package dev.backplane.shell.plugin;

import dev.backplane.api.machine.MachineException;
import dev.backplane.shell.command.Arguments;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.view.Answer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** Uninstalls a bundle; cards that use it are taken out of their machines first, if the user agrees. */
final class Uninstall {

    private final Plugins plugins;

    Uninstall(Plugins plugins) {
        this.plugins = plugins;
    }

    Object run(Invocation invocation) throws CommandException, MachineException {
        Arguments arguments = invocation.arguments();
        Bundle bundle = plugins.named(arguments.at(0));
        String name = bundle.getSymbolicName();
        List<String> others = plugins.closure(bundle).stream().filter(other -> !other.equals(bundle))
                .map(Bundle::getSymbolicName).sorted().toList();
        if (!others.isEmpty()) {
            throw new CommandException(name + " is needed by " + String.join(", ", others) + "; uninstall those first");
        }
        List<String> processors = plugins.processors(List.of(bundle));
        if (!processors.isEmpty()) {
            throw new CommandException("the CPU of " + String.join(", ", processors) + " runs on " + name
                    + "; vm:cpu moves a machine to another backend");
        }
        List<String> cards = plugins.cards(List.of(bundle));
        boolean force = arguments.has("force");
        if (!cards.isEmpty() && !force && !arguments.has("yes") && !agreed(invocation, name, cards)) {
            return new Answer(null, name + " stays");
        }
        StringBuilder text = new StringBuilder();
        for (String card : cards) {
            takeOut(card, force, text);
        }
        try {
            synchronized (plugins) {
                bundle.uninstall();
            }
        } catch (BundleException e) {
            throw new CommandException(name + " cannot be uninstalled: " + e.getMessage(), e);
        }
        return new Answer(name, text + name + " uninstalled");
    }

    /** Asks the user, if there is one. */
    private static boolean agreed(Invocation invocation, String name, List<String> cards) throws CommandException {
        String used = name + " is used by " + String.join(", ", cards);
        Optional<Terminal> terminal = invocation.terminal();
        if (terminal.isEmpty()) {
            throw new CommandException(used + "; --yes takes them out first, --force also those that their guests do"
                    + " not let go");
        }
        try {
            String answer = LineReaderBuilder.builder().terminal(terminal.get()).build()
                    .readLine(used + ". Take them out and uninstall it? [y/N] ");
            return answer.strip().toLowerCase(Locale.ROOT).matches("y|yes");
        } catch (UserInterruptException | EndOfFileException e) {
            return false;
        }
    }

    private void takeOut(String card, boolean force, StringBuilder text) throws CommandException, MachineException {
        int colon = card.indexOf(':');
        String id = card.substring(colon + 1);
        try {
            plugins.machine(card.substring(0, colon)).remove(id, false);
            text.append(card).append(" removed\n");
        } catch (MachineException e) {
            if (!force) {
                throw new CommandException(card + " stays: " + e.getMessage() + "; --force pulls it out"
                        + (text.isEmpty() ? "" : " (" + text.toString().strip().replace("\n", ", ") + ")"), e);
            }
            plugins.machine(card.substring(0, colon)).remove(id, true);
            text.append(card).append(" pulled out: ").append(e.getMessage()).append('\n');
        }
    }
}
