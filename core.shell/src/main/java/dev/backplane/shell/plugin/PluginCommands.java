package dev.backplane.shell.plugin;

import dev.backplane.shell.command.Command;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.CompletedCommand;
import dev.backplane.shell.command.Invocation;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.source.Build;
import dev.backplane.shell.source.Meter;
import dev.backplane.shell.source.Sources;
import dev.backplane.shell.text.Table;
import dev.backplane.shell.view.Answer;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;

/** The commands of scope {@code plugin}. */
public final class PluginCommands {

    private static final String SCOPE = "plugin";
    private static final String WHAT = "a jar, a URL, group:artifact:version, or a name";

    private final Plugins plugins;

    /** The commands over a framework's bundles. */
    public PluginCommands(Plugins plugins) {
        this.plugins = plugins;
    }

    /** All of them. */
    public List<Command> all() {
        List<Command> all = new ArrayList<>(List.of(install(), list(), uninstall(), update()));
        all.addAll(new RepositoryCommands(plugins).all());
        return all;
    }

    private Command install() {
        return new CompletedCommand(new Signature(SCOPE, "install", "install bundles that machines are made of",
                List.of(Parameter.required("SOURCE", ValueKind.OWN,
                        "a jar, a folder of jars, a URL, a Maven coordinate, or a name")),
                List.of(),
                List.of("A coordinate is group:artifact:version[:classifier] or mvn:group/artifact/version. A name is",
                        "looked for in the repositories (plugin:search), and what it needs comes along.",
                        "What they offer can be used at once, also in machines that run. They are there until",
                        "the runtime ends; a jar in the folder plugins is there at every start."),
                List.of("plugin:install target/my.device.jar", "plugin:install https://example.org/my.device.jar",
                        "plugin:install org.example:my.device:1.0.0", "plugin:install device.rng")), this::install,
                Map.of("SOURCE", plugins::onOffer));
    }

    private Command list() {
        return new SimpleCommand(new Signature(SCOPE, "list", "list the bundles that machines are made of", List.of(),
                List.of(Option.flag("verbose", "also where they came from and who signed them")),
                List.of("With what they offer and the cards that use them, as machine:card."),
                List.of("plugin:list", "plugin:list --verbose")), this::list);
    }

    private Command uninstall() {
        return new SimpleCommand(new Signature(SCOPE, "uninstall", "uninstall a bundle",
                List.of(Parameter.required("NAME", ValueKind.PLUGIN,
                        "its symbolic name; dev.backplane. may be left out")),
                List.of(Option.flag("yes", "do not ask: take the cards that use it out of their machines first"),
                        Option.flag("force", "the same, and pull out those that their guests do not let go")),
                List.of("Asks if cards use it; without a terminal it is refused then. Guests are asked to let go."),
                List.of("plugin:uninstall device.rng", "plugin:uninstall my.device --yes")),
                invocation -> new Uninstall(plugins).run(invocation));
    }

    private Command update() {
        return new CompletedCommand(new Signature(SCOPE, "update",
                "put another build in a bundle's place while machines run",
                List.of(Parameter.required("NAME|SOURCE", ValueKind.PLUGIN, "a bundle, or its new build: " + WHAT),
                        Parameter.optional("SOURCE", ValueKind.OWN, "its new build, if the bundle was named")),
                List.of(),
                List.of("A bundle that is named alone is read again from where it came from; if a repository has a",
                        "newer one, from there.",
                        "Cards and vCPUs that run on it go on with the new build, with their state; the guest only",
                        "waits for them a moment. If it does not start or a card refuses it, the old build stays."),
                List.of("plugin:update device.rng", "plugin:update target/device.rng.jar",
                        "plugin:update device.rng org.example:my.rng:1.1")), this::update,
                Map.of("SOURCE", plugins::onOffer));
    }

    private Object list(Invocation invocation) throws CommandException {
        boolean verbose = invocation.arguments().has("verbose");
        List<String> heading = new ArrayList<>(List.of("BUNDLE", "VERSION", "STATE", "OFFERS", "IN USE"));
        if (verbose) {
            heading.addAll(List.of("SIGNED BY", "FROM"));
        }
        Table table = new Table(heading.toArray(String[]::new));
        for (Bundle bundle : plugins.all()) {
            List<String> users = new ArrayList<>(plugins.cards(plugins.closure(bundle)));
            plugins.processors(plugins.closure(bundle)).forEach(machine -> users.add(machine + ":cpu"));
            List<String> row = new ArrayList<>(List.of(bundle.getSymbolicName(), bundle.getVersion().toString(),
                    state(bundle), plugins.offers(bundle), String.join(" ", users)));
            if (verbose) {
                String source = Staging.source(bundle.getLocation());
                String signer = Build.of(source, Jars.copy(bundle)).signer();
                row.addAll(List.of(signer.isEmpty() ? "unsigned" : signer, source.replaceFirst("^reference:", "")));
            }
            table.row(row.toArray(String[]::new));
        }
        return table.text();
    }

    private String state(Bundle bundle) {
        return switch (bundle.getState()) {
            case Bundle.ACTIVE -> "active";
            case Bundle.STARTING -> "starting";
            case Bundle.STOPPING -> "stopping";
            case Bundle.RESOLVED -> "resolved";
            case Bundle.INSTALLED -> "installed" + plugins.missing(bundle).map(what -> ", missing " + what).orElse("");
            default -> "uninstalled";
        };
    }

    private Object install(Invocation invocation) throws CommandException, InterruptedException {
        List<Build> builds = plugins.supply().sources().read(invocation, invocation.arguments().at(0));
        synchronized (plugins) {
            return install(builds);
        }
    }

    private Answer install(List<Build> builds) throws CommandException {
        Set<String> names = new HashSet<>();
        for (Build build : builds) {
            if (!names.add(build.name()) || plugins.newest(build.name()).isPresent()) {
                throw new CommandException(build.name() + " is installed already; plugin:update puts another build in"
                        + " its place");
            }
        }
        List<Bundle> installed = new ArrayList<>();
        String current = "";
        try {
            for (Build build : builds) {
                current = build.name();
                installed.add(plugins.context().installBundle(build.source(),
                        new ByteArrayInputStream(build.jar())));
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
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < builds.size(); i++) {
            lines.add(builds.get(i).described() + " installed: " + plugins.offers(installed.get(i)));
        }
        return new Answer(installed.stream().map(Bundle::getSymbolicName).collect(Collectors.joining(" ")),
                String.join("\n", lines));
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

    private Object update(Invocation invocation) throws CommandException, InterruptedException {
        Sources sources = plugins.supply().sources();
        Meter meter = Sources.meter(invocation);
        String given = invocation.arguments().at(0);
        Optional<String> source = invocation.arguments().optionalAt(1);
        Build build;
        Bundle bundle;
        if (source.isPresent()) {
            bundle = plugins.named(given);
            build = sources.read(invocation, source.get()).getLast();
        } else if (plugins.find(given).isEmpty() && Sources.isSource(invocation, given)) {
            build = sources.read(invocation, given).getLast();
            bundle = plugins.named(build.name());
        } else {
            bundle = plugins.named(given);
            build = sources.newer(bundle.getSymbolicName(), bundle.getVersion(),
                    Staging.source(bundle.getLocation()), meter);
        }
        if (!bundle.getSymbolicName().equals(build.name())) {
            throw new CommandException(build.source() + " holds " + build.name() + ", not "
                    + bundle.getSymbolicName());
        }
        return new Answer(build.name(), new PluginUpdate(plugins, bundle).run(build.jar(), build.source()));
    }
}
