package dev.backplane.shell.plugin;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.text.Table;
import dev.backplane.shell.view.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** The commands of scope {@code plugin}. */
public final class PluginCommands {

    private static final String SCOPE = "plugin";

    private final Plugins plugins;

    /** The commands over a framework's bundles. */
    public PluginCommands(Plugins plugins) {
        this.plugins = plugins;
    }

    /** All of them, in order of name. */
    public List<Command> all() {
        return List.of(new SimpleCommand(new Signature(SCOPE, "install", "install bundles that machines are made of",
                List.of(Parameter.required("SOURCE", ValueKind.FILE, "a jar, a folder of jars, or a URL")),
                List.of(),
                List.of("What they offer can be used at once, also in machines that run. They are there until",
                        "the runtime ends; a jar in the folder plugins is there at every start."),
                List.of("plugin:install target/my.device.jar")), this::install),
                new SimpleCommand(new Signature(SCOPE, "list", "list the bundles that machines are made of", List.of(),
                        List.of(), List.of("With what they offer and the cards that use them, as machine:card."),
                        List.of("plugin:list")), invocation -> list()),
                new SimpleCommand(new Signature(SCOPE, "uninstall", "uninstall a bundle",
                        List.of(Parameter.required("NAME", ValueKind.PLUGIN,
                                "its symbolic name; dev.backplane. may be left out")),
                        List.of(Option.flag("force", "take the cards that use it out of their machines first")),
                        List.of("Refused while cards use it, unless --force is given. Guests are asked to let go."),
                        List.of("plugin:uninstall device.rng", "plugin:uninstall my.device --force")),
                        this::uninstall),
                new SimpleCommand(new Signature(SCOPE, "update",
                        "put another build in a bundle's place while machines run",
                        List.of(Parameter.required("NAME|FILE", ValueKind.PLUGIN,
                                "a bundle, read again from where it came from, or the jar or URL of its new build")),
                        List.of(),
                        List.of("Cards that run on it go on with the new build, with their state; the guest only",
                                "waits for them a moment. If it does not start or a card refuses it, the old build",
                                "is put back."),
                        List.of("plugin:update target/device.rng.jar", "plugin:update device.rng")), this::update));
    }

    private Object list() {
        Table table = new Table("BUNDLE", "VERSION", "STATE", "OFFERS", "IN USE");
        for (Bundle bundle : plugins.all()) {
            List<String> users = new ArrayList<>(plugins.cards(plugins.closure(bundle)));
            plugins.processors(plugins.closure(bundle)).forEach(machine -> users.add(machine + ":cpu"));
            table.row(bundle.getSymbolicName(), bundle.getVersion().toString(), state(bundle), plugins.offers(bundle),
                    String.join(" ", users));
        }
        return table.text();
    }

    private static String state(Bundle bundle) {
        return switch (bundle.getState()) {
            case Bundle.ACTIVE -> "active";
            case Bundle.STARTING -> "starting";
            case Bundle.STOPPING -> "stopping";
            case Bundle.RESOLVED -> "resolved";
            case Bundle.INSTALLED -> "installed";
            default -> "uninstalled";
        };
    }

    private Object install(Invocation invocation) throws CommandException {
        Map<String, byte[]> jars = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (String location : locations(invocation, invocation.arguments().at(0))) {
            byte[] jar = Jars.read(location);
            String name = Jars.symbolicName(jar, location);
            if (names.containsValue(name) || Arrays.stream(plugins.context().getBundles())
                    .anyMatch(bundle -> name.equals(bundle.getSymbolicName()))) {
                throw new CommandException(name + " is installed already; plugin:update puts another build in its"
                        + " place");
            }
            jars.put(location, jar);
            names.put(location, name);
        }
        List<Bundle> installed = new ArrayList<>();
        String current = "";
        try {
            for (Map.Entry<String, byte[]> jar : jars.entrySet()) {
                current = names.get(jar.getKey());
                installed.add(plugins.context().installBundle(jar.getKey(),
                        new ByteArrayInputStream(jar.getValue())));
            }
            for (Bundle bundle : installed) {
                current = bundle.getSymbolicName();
                if (bundle.getHeaders("").get("Fragment-Host") == null) {
                    bundle.start(Bundle.START_TRANSIENT);
                }
            }
        } catch (BundleException e) {
            String left = undo(installed);
            throw new CommandException(current + ": " + BundleProblem.text(e) + left, e);
        }
        return new Answer(installed.stream().map(Bundle::getSymbolicName).collect(Collectors.joining(" ")),
                installed.stream().map(bundle -> bundle.getSymbolicName() + " " + bundle.getVersion()
                        + " installed: " + plugins.offers(bundle)).collect(Collectors.joining("\n")));
    }

    private static String undo(List<Bundle> installed) {
        for (Bundle bundle : installed.reversed()) {
            try {
                bundle.uninstall();
            } catch (BundleException e) {
                return "; it cannot be uninstalled either: " + e.getMessage();
            }
        }
        return "; nothing was installed";
    }

    private static List<String> locations(Invocation invocation, String source) throws CommandException {
        if (isUrl(source)) {
            return List.of(source);
        }
        Path path = invocation.file(source);
        if (!Files.isDirectory(path)) {
            if (!Files.exists(path)) {
                throw new CommandException("there is no file " + source);
            }
            return List.of(path.toUri().toString());
        }
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(path, "*.jar")) {
            jars.forEach(jar -> found.add(jar.toUri().toString()));
        } catch (IOException e) {
            throw new CommandException(source + " cannot be read: " + e.getMessage(), e);
        }
        if (found.isEmpty()) {
            throw new CommandException("there is no jar in " + source);
        }
        found.sort(null);
        return found;
    }

    private static boolean isUrl(String source) {
        return source.toLowerCase(Locale.ROOT).matches("(https?|file):.*");
    }

    private Object update(Invocation invocation) throws CommandException {
        String given = invocation.arguments().at(0);
        Path file = invocation.file(given);
        boolean fromSource = isUrl(given) || plugins.find(given).isEmpty() && Files.isRegularFile(file);
        if (!fromSource && plugins.find(given).isEmpty() && (given.contains("/") || given.endsWith(".jar"))) {
            throw new CommandException("there is no file " + given);
        }
        String location = isUrl(given) ? given
                : fromSource ? file.toUri().toString() : Staging.source(plugins.named(given).getLocation());
        byte[] jar = Jars.read(location);
        String name = Jars.symbolicName(jar, location);
        Bundle bundle = plugins.named(fromSource ? name : given);
        if (!bundle.getSymbolicName().equals(name)) {
            throw new CommandException(location + " now holds " + name + ", not " + bundle.getSymbolicName());
        }
        return new Answer(name, new PluginUpdate(plugins, bundle).run(jar, location));
    }

    private Object uninstall(Invocation invocation) throws CommandException, MachineException {
        Bundle bundle = plugins.named(invocation.arguments().at(0));
        String name = bundle.getSymbolicName();
        List<String> others = plugins.closure(bundle).stream().filter(other -> !other.equals(bundle))
                .map(Bundle::getSymbolicName).sorted().toList();
        if (!others.isEmpty()) {
            throw new CommandException(name + " is needed by " + String.join(", ", others) + "; uninstall those first");
        }
        List<String> processors = plugins.processors(List.of(bundle));
        if (!processors.isEmpty()) {
            throw new CommandException("the CPU of " + String.join(", ", processors) + " runs on " + name);
        }
        List<String> cards = plugins.cards(List.of(bundle));
        if (!cards.isEmpty() && !invocation.arguments().has("force")) {
            throw new CommandException(name + " is used by " + String.join(", ", cards)
                    + "; --force takes them out first");
        }
        StringBuilder text = new StringBuilder();
        for (String card : cards) {
            int colon = card.indexOf(':');
            plugins.machine(card.substring(0, colon)).remove(card.substring(colon + 1), false);
            text.append(card).append(" removed\n");
        }
        try {
            bundle.uninstall();
        } catch (BundleException e) {
            throw new CommandException(name + " cannot be uninstalled: " + e.getMessage(), e);
        }
        return new Answer(name, text + name + " uninstalled");
    }
}
