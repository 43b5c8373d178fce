package dev.backplane.shell;

import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.OptionType;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.HostBackendView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Arguments;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.plugin.Plugins;
import dev.backplane.shell.text.CommandText;
import dev.backplane.shell.vm.CardOptions;
import dev.backplane.shell.vm.CommandCatalog;
import dev.backplane.shell.vm.VmCommands;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Completion made from the signatures of the commands and from what machines and types there are now. */
final class VmCompleter implements Completer {

    private static final Logger LOG = LoggerFactory.getLogger(VmCompleter.class);
    private static final String SCOPE = VmCommands.SCOPE + ":";

    private final CommandCatalog catalog;
    private final ShellSession session;

    VmCompleter(CommandCatalog catalog, ShellSession session) {
        this.catalog = catalog;
        this.session = session;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        complete(CommandText.lastStatement(line.line().substring(0, line.cursor())), candidates);
    }

    void complete(List<String> words, List<Candidate> candidates) {
        String current = words.getLast();
        if (words.size() == 1) {
            commands(current, candidates);
            return;
        }
        String name = words.getFirst().toLowerCase(Locale.ROOT);
        Optional<Command> command = catalog.command(name);
        if (command.isEmpty()) {
            files("", current, candidates);
            return;
        }
        arguments(command.get(), words, candidates);
    }

    private void arguments(Command command, List<String> words, List<Candidate> candidates) {
        Signature signature = command.signature();
        Map<String, List<String>> given = new LinkedHashMap<>();
        String current = words.getLast();
        List<String> positional = new ArrayList<>();
        Option awaiting = null;
        for (String word : words.subList(1, words.size() - 1)) {
            if (awaiting != null) {
                given.computeIfAbsent(awaiting.name(), name -> new ArrayList<>()).add(word);
                awaiting = null;
            } else if (word.startsWith("--")) {
                int equals = word.indexOf('=');
                given.computeIfAbsent(word.substring(2, equals < 0 ? word.length() : equals), name -> new ArrayList<>())
                        .addAll(equals < 0 ? List.of() : List.of(word.substring(equals + 1)));
                awaiting = signature.option(word.substring(2)).filter(option -> !option.isFlag()).orElse(null);
            } else {
                positional.add(word);
            }
        }
        int equals = current.indexOf('=');
        Invocation before = new Invocation(new Arguments(positional, given), session.gogo());
        if (awaiting != null) {
            own(command, awaiting.name(), awaiting.kind(), "", current, before, candidates);
            values(awaiting.kind(), "", current, positional, candidates);
        } else if (current.startsWith("--") && equals > 0) {
            signature.option(current.substring(2, equals)).ifPresent(option -> {
                String prefix = current.substring(0, equals + 1);
                String value = current.substring(equals + 1);
                own(command, option.name(), option.kind(), prefix, value, before, candidates);
                values(option.kind(), prefix, value, positional, candidates);
            });
        } else if (current.startsWith("-")) {
            options(signature, words, candidates);
        } else {
            Optional<Parameter> parameter = signature.parameter(positional.size());
            parameter.ifPresent(found -> {
                own(command, found.name(), found.kind(), "", current, before, candidates);
                values(found.kind(), "", current, positional, candidates);
            });
            if (candidates.isEmpty() && current.isEmpty()) {
                options(signature, words, candidates);
            }
        }
    }

    /** What the command itself knows, or else files. */
    private void own(Command command, String name, ValueKind kind, String prefix, String current, Invocation before,
            List<Candidate> candidates) {
        if (kind != ValueKind.OWN) {
            return;
        }
        command.candidates(name, before).stream().filter(offer -> offer.word().startsWith(current))
                .forEach(offer -> candidates.add(candidate(prefix + offer.word(), offer.description(),
                        !offer.word().endsWith("="))));
        if (candidates.isEmpty()) {
            files(prefix, current, candidates);
        }
    }

    private static void options(Signature signature, List<String> words, List<Candidate> candidates) {
        for (Option option : signature.options()) {
            if (option.repeatable() || !words.contains("--" + option.name())) {
                candidates.add(candidate("--" + option.name(), option.description(), true));
            }
        }
    }

    private void commands(String current, List<Candidate> candidates) {
        for (Command command : catalog.commands()) {
            String name = command.signature().name();
            if (!command.signature().scope().equals(VmCommands.SCOPE)) {
                candidates.add(candidate(command.signature().fullName(), command.signature().summary(), true));
                continue;
            }
            candidates.add(candidate(current.startsWith(SCOPE) || current.isEmpty() ? SCOPE + name : name,
                    command.signature().summary(), true));
            if (SCOPE.startsWith(current) && !current.isEmpty() && !current.startsWith(SCOPE)) {
                candidates.add(candidate(SCOPE + name, command.signature().summary(), true));
            }
        }
        if (!current.isEmpty()) {
            for (String name : session.commandNames()) {
                int colon = name.indexOf(':');
                if (colon > 0 && catalog.command(name).isEmpty()) {
                    candidates.add(candidate(current.contains(":") ? name : name.substring(colon + 1), null, true));
                }
            }
        }
    }

    private void values(ValueKind kind, String prefix, String current, List<String> positional,
            List<Candidate> candidates) {
        if (kind == ValueKind.FILE) {
            files(prefix, current, candidates);
            return;
        }
        MachineManager manager = catalog.machines().ifPresent().orElse(null);
        switch (kind) {
            case STATE -> {
                for (MachineState state : MachineState.values()) {
                    candidates.add(candidate(prefix + state.name().toLowerCase(Locale.ROOT), null, true));
                }
            }
            case COMMAND -> catalog.commands().forEach(command -> candidates.add(
                    candidate(prefix + command.signature().fullName(), command.signature().summary(), true)));
            case SIZE -> List.of("256M", "512M", "1G", "2G", "4G").forEach(
                    size -> candidates.add(candidate(prefix + size, null, true)));
            case PLUGIN -> {
                catalog.plugins().forEach(plugin -> candidates.add(candidate(prefix
                        + (current.startsWith("dev.") ? plugin : Plugins.shortName(plugin)), null, true)));
                files(prefix, current, candidates);
            }
            case NUMBER, TEXT, DURATION, OWN -> { }
            default -> {
                if (manager != null) {
                    live(kind, prefix, current, positional, manager, candidates);
                }
            }
        }
    }

    private void live(ValueKind kind, String prefix, String current, List<String> positional, MachineManager manager,
            List<Candidate> candidates) {
        switch (kind) {
            case MACHINE -> manager.machines().forEach(machine -> candidates.add(
                    candidate(prefix + machine.name(), machine.state().name().toLowerCase(Locale.ROOT), true)));
            case CARD -> cards(manager, positional).forEach(
                    card -> candidates.add(candidate(prefix + card.id(), card.type(), true)));
            case DEVICE_TYPE -> manager.deviceTypes().forEach(view -> candidates.add(
                    candidate(prefix + view.type().name(), view.type().description(), true)));
            case HOST_BACKEND -> manager.hostBackends().forEach(view -> candidates.add(
                    candidate(prefix + view.backend().name(), view.backend().description(), true)));
            case CPU_BACKEND -> manager.cpuBackends().forEach(view -> candidates.add(
                    candidate(prefix + view.backend().name(), view.backend().description(), true)));
            case CPU_MODEL -> manager.cpuBackends().stream().flatMap(view -> view.backend().models().stream())
                    .distinct().forEach((CpuModelInfo model) -> candidates.add(
                            candidate(prefix + model.name(), model.description(), true)));
            case CARD_OPTION -> type(manager, positional).ifPresent(type -> {
                cardOptions("", type.options(), current, manager, candidates);
                hostOptions(type, choices(manager, positional), current, manager, candidates);
            });
            default -> { }
        }
    }

    private void cardOptions(String scope, List<OptionSpec> options, String current, MachineManager manager,
            List<Candidate> candidates) {
        int equals = current.indexOf('=');
        for (OptionSpec option : options) {
            String name = scope + option.name();
            if (equals < 0) {
                candidates.add(candidate(name + "=", option.description(), false));
            } else if (name.equals(current.substring(0, equals))) {
                String prefix = current.substring(0, equals + 1);
                switch (option.type()) {
                    case PATH -> files(prefix, current.substring(equals + 1), candidates);
                    case BOOLEAN -> List.of("on", "off").forEach(
                            value -> candidates.add(candidate(prefix + value, null, true)));
                    case BACKEND -> manager.hostBackends().stream().map(HostBackendView::backend)
                            .filter(backend -> option.choices().contains(backend.kind().getName()))
                            .forEach(backend -> candidates.add(
                                    candidate(prefix + backend.name(), backend.description(), true)));
                    default -> option.choices().forEach(
                            value -> candidates.add(candidate(prefix + value, null, true)));
                }
            }
        }
    }

    /** The options of the backends that the card has chosen, when what is typed could become one. */
    private void hostOptions(DeviceType type, Map<String, String> choices, String current, MachineManager manager,
            List<Candidate> candidates) {
        for (OptionSpec option : type.options()) {
            String scope = option.name() + ".";
            if (option.type() == OptionType.BACKEND && (current.startsWith(scope) || scope.startsWith(current))) {
                CardOptions.backend(option, choices, manager.hostBackends()).ifPresent(
                        backend -> cardOptions(scope, backend.options(), current, manager, candidates));
            }
        }
    }

    /** What the words say, and what the card named there has. */
    private static Map<String, String> choices(MachineManager manager, List<String> positional) {
        Map<String, String> choices = new LinkedHashMap<>();
        cards(manager, positional).stream().filter(card -> card.id().equals(positional.get(1)))
                .forEach(card -> choices.putAll(card.options()));
        positional.stream().filter(word -> word.indexOf('=') > 0).forEach(
                word -> choices.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1)));
        return choices;
    }

    private static List<CardView> cards(MachineManager manager, List<String> positional) {
        return positional.isEmpty() ? List.of()
                : manager.machine(positional.getFirst()).map(Machine::view).map(view -> view.cards()).orElse(List.of());
    }

    /** The type named in the second place, or that of the card named there. */
    private static Optional<DeviceType> type(MachineManager manager, List<String> positional) {
        if (positional.size() < 2) {
            return Optional.empty();
        }
        String named = positional.get(1);
        String type = cards(manager, positional).stream().filter(card -> card.id().equals(named))
                .map(CardView::type).findFirst().orElse(named);
        return manager.deviceTypes().stream().map(view -> view.type()).filter(found -> found.name().equals(type))
                .findFirst();
    }

    private void files(String prefix, String current, List<Candidate> candidates) {
        int slash = current.lastIndexOf('/');
        String folderText = current.substring(0, slash + 1);
        String expanded = folderText.startsWith("~/") ? System.getProperty("user.home") + folderText.substring(1)
                : folderText;
        Path folder = session.gogo().currentDir().resolve(expanded);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                boolean isFolder = Files.isDirectory(entry);
                if (!name.startsWith(".") || current.startsWith(".", slash + 1)) {
                    candidates.add(candidate(prefix + folderText + name + (isFolder ? "/" : ""), null, !isFolder));
                }
            }
        } catch (IOException e) {
            LOG.debug("Nothing to complete in {}", folder, e);
        }
    }

    private static Candidate candidate(String value, String description, boolean complete) {
        return new Candidate(value, value, null, description, null, null, complete);
    }
}
