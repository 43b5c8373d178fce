package dev.backplane.shell.vm;

import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.HelpPage;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.text.Table;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code vm:help}. */
final class Help implements Command {

    private final CommandCatalog catalog;

    Help(CommandCatalog catalog) {
        this.catalog = catalog;
    }

    @Override
    public Signature signature() {
        return new Signature("help", "list the commands, or explain one",
                List.of(Parameter.optional("COMMAND", ValueKind.COMMAND, "the command")), List.of(),
                List.of("The scope vm: need not be typed."), List.of("help vm:create", "help"));
    }

    @Override
    public Object run(Invocation invocation) throws CommandException {
        if (invocation.arguments().optionalAt(0).isEmpty()) {
            return overview(invocation);
        }
        String asked = invocation.arguments().at(0);
        if (catalog.command(asked).isPresent()) {
            return HelpPage.of(catalog.command(asked).get().signature());
        }
        List<String> others = otherCommands(invocation).stream()
                .filter(command -> command.equals(asked) || command.endsWith(":" + asked)).sorted().toList();
        if (!others.isEmpty()) {
            return String.join("\n", others)
                    + "\n\nA command of Gogo or of another bundle; many explain themselves with --help.";
        }
        boolean scoped = asked.contains(":");
        List<String> known = catalog.commands().stream().map(Command::signature)
                .map(signature -> scoped ? signature.fullName() : signature.name()).toList();
        throw new CommandException("no command is named \"" + asked + "\"" + Suggestions.hint(asked, known));
    }

    private String overview(Invocation invocation) {
        Table table = new Table("COMMAND", "");
        for (Command command : catalog.commands()) {
            table.row(command.signature().fullName(), command.signature().summary());
        }
        Map<String, List<String>> others = otherCommands(invocation).stream()
                .filter(command -> command.contains(":") && catalog.command(command).isEmpty())
                .collect(Collectors.groupingBy(command -> command.substring(0, command.indexOf(':')), TreeMap::new,
                        Collectors.mapping(command -> command.substring(command.indexOf(':') + 1),
                                Collectors.toList())));
        StringBuilder text = new StringBuilder(table.text());
        text.append("\n\nhelp COMMAND explains one. Commands of other bundles, by scope:");
        others.forEach((scope, names) -> text.append('\n').append(wrapped(scope + ":  ",
                names.stream().sorted().toList())));
        return text.toString();
    }

    private static String wrapped(String head, List<String> words) {
        StringBuilder text = new StringBuilder();
        StringBuilder line = new StringBuilder(head);
        for (String word : words) {
            if (line.length() + word.length() > 100) {
                text.append(line.toString().stripTrailing()).append('\n');
                line = new StringBuilder(" ".repeat(head.length()));
            }
            line.append(word).append(' ');
        }
        return text.append(line.toString().stripTrailing()).toString();
    }

    @SuppressWarnings("unchecked")
    private static Collection<String> otherCommands(Invocation invocation) {
        return invocation.session().get(".commands") instanceof Collection<?> names ? (Collection<String>) names
                : List.of();
    }
}
