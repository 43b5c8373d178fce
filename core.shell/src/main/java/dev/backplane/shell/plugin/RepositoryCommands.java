package dev.backplane.shell.plugin;

import dev.backplane.shell.command.Arguments;
import dev.backplane.shell.command.Command;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.CompletedCommand;
import dev.backplane.shell.command.Invocation;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.source.Coordinate;
import dev.backplane.shell.source.Meter;
import dev.backplane.shell.source.Offer;
import dev.backplane.shell.source.Repository;
import dev.backplane.shell.source.Sources;
import dev.backplane.shell.source.Supply;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.text.Table;
import dev.backplane.shell.view.Answer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.osgi.framework.Bundle;

/** The commands {@code plugin:repo} and {@code plugin:search}. */
final class RepositoryCommands {

    private static final List<String> ACTIONS = List.of("list", "add", "remove", "refresh");

    private final Plugins plugins;
    private final Supply supply;

    RepositoryCommands(Plugins plugins) {
        this.plugins = plugins;
        this.supply = plugins.supply();
    }

    List<Command> all() {
        return List.of(new CompletedCommand(new Signature("plugin", "repo",
                "list, add, remove or refresh the repositories that bundles come from",
                List.of(Parameter.optional("ACTION", ValueKind.OWN, "list, add, remove, refresh (list)"),
                        Parameter.optional("NAME", ValueKind.OWN, "the repository (refresh: all)"),
                        Parameter.optional("URL", ValueKind.FILE, "add: an index, its folder, or a Maven repository")),
                List.of(Option.flag("maven", "add: it is a Maven repository, whatever is there"),
                        Option.flag("osgi", "add: it has an index of the OSGi Repository specification")),
                List.of("Of an OSGi index, bundles are installed by name, with what they need; of a Maven",
                        "repository, by coordinate. The list is kept. Besides it, Maven coordinates are looked",
                        "for in the local Maven repository, in those of your Maven settings, and in central."),
                List.of("plugin:repo add mine https://example.org/backplane/index.xml",
                        "plugin:repo add work file:/srv/maven --maven", "plugin:repo refresh", "plugin:repo")),
                this::repo, Map.of("ACTION", () -> ACTIONS, "NAME", () -> supply.repositories().all().stream()
                        .map(Repository::name).toList())),
                new SimpleCommand(new Signature("plugin", "search", "search the repositories for bundles",
                        List.of(Parameter.optional("TEXT", ValueKind.TEXT, "part of a name or description (all)")),
                        List.of(),
                        List.of("Maven repositories have no index that could be searched: name what you want from",
                                "them as group:artifact:version."),
                        List.of("plugin:search rng", "plugin:search")), this::search));
    }

    private Object search(Invocation invocation) throws CommandException, InterruptedException {
        String text = invocation.arguments().optionalAt(0).orElse("");
        List<Offer> found = supply.indexes().search(text, Sources.meter(invocation));
        StringBuilder answer = new StringBuilder();
        if (found.isEmpty()) {
            boolean none = supply.repositories().all(Repository.Kind.OSGI).isEmpty();
            answer.append(none ? "there is no repository that can be searched; plugin:repo add makes one known"
                    : text.isEmpty() ? "the repositories are empty"
                    : "no repository has a bundle with \"" + text + "\" in its name or description");
        } else {
            Table table = new Table("BUNDLE", "VERSION", "REPOSITORY", "HERE", "DESCRIPTION");
            for (Offer offer : found) {
                table.row(offer.name(), offer.version().toString(), offer.repository(), installed(offer.name()),
                        offer.description());
            }
            answer.append(table.text());
        }
        supply.indexes().problems().forEach(problem -> answer.append("\nnot asked: ").append(problem));
        return answer.toString();
    }

    private String installed(String name) {
        Optional<Bundle> bundle = plugins.newest(name);
        return bundle.map(present -> present.getVersion().toString()).orElse("");
    }

    private Object repo(Invocation invocation) throws CommandException, InterruptedException {
        Arguments arguments = invocation.arguments();
        String action = arguments.optionalAt(0).orElse("list");
        return switch (action) {
            case "list" -> list(arguments);
            case "add" -> add(invocation);
            case "remove" -> {
                String name = arguments.optionalAt(1).orElseThrow(
                        () -> new CommandException("NAME is missing: plugin:repo remove NAME"));
                refuseMore(arguments, 2);
                supply.repositories().remove(name);
                yield new Answer(name, name + " is forgotten; what was installed from it stays");
            }
            case "refresh" -> refresh(invocation);
            default -> throw new CommandException("there is no action \"" + action + "\""
                    + Suggestions.hint(action, ACTIONS));
        };
    }

    private static void refuseMore(Arguments arguments, int most) throws CommandException {
        if (arguments.parameters().size() > most) {
            throw new CommandException("\"" + arguments.at(most) + "\" is one word too many");
        }
        if (arguments.has("maven") || arguments.has("osgi")) {
            throw new CommandException("--maven and --osgi go with plugin:repo add");
        }
    }

    private Object list(Arguments arguments) throws CommandException {
        refuseMore(arguments, 1);
        List<Repository> all = supply.repositories().all();
        if (all.isEmpty()) {
            return "no repositories; plugin:repo add makes one known";
        }
        Table table = new Table("NAME", "KIND", "URL");
        all.forEach(repository -> table.row(repository.name(), repository.kind().text(), repository.url()));
        return table.text();
    }

    private Object refresh(Invocation invocation) throws CommandException, InterruptedException {
        Arguments arguments = invocation.arguments();
        refuseMore(arguments, 2);
        List<Repository> wanted = arguments.optionalAt(1).isPresent()
                ? List.of(supply.repositories().named(arguments.at(1)))
                : supply.repositories().all(Repository.Kind.OSGI);
        List<String> lines = new ArrayList<>();
        String problem = null;
        for (Repository repository : wanted) {
            if (repository.kind() == Repository.Kind.MAVEN) {
                throw new CommandException(repository.name() + " is a Maven repository and has no index");
            }
            try {
                lines.add(repository.name() + ": " + count(supply.indexes().refresh(repository,
                        Sources.meter(invocation))));
            } catch (CommandException e) {
                problem = repository.name() + ": " + e.getMessage();
            }
        }
        if (problem != null) {
            throw new CommandException(problem + (lines.isEmpty() ? "" : "; " + String.join(", ", lines)));
        }
        return lines.isEmpty() ? "no repository has an index" : String.join("\n", lines);
    }

    private static String count(int bundles) {
        return bundles == 1 ? "1 bundle" : bundles + " bundles";
    }

    private Object add(Invocation invocation) throws CommandException, InterruptedException {
        Arguments arguments = invocation.arguments();
        if (arguments.parameters().size() < 3) {
            throw new CommandException((arguments.parameters().size() < 2 ? "NAME" : "URL")
                    + " is missing: plugin:repo add NAME URL");
        }
        if (arguments.has("maven") && arguments.has("osgi")) {
            throw new CommandException("it is one of --maven and --osgi");
        }
        String name = arguments.at(1);
        supply.repositories().check(name);
        String url = url(invocation, arguments.at(2));
        Meter meter = Sources.meter(invocation);
        if (!arguments.has("maven")) {
            String problem = "";
            for (String index : indexes(url)) {
                Repository repository = new Repository(name, Repository.Kind.OSGI, index);
                try {
                    int bundles = supply.indexes().refresh(repository, meter);
                    supply.repositories().add(repository);
                    return new Answer(name, name + ": an OSGi index of " + count(bundles));
                } catch (CommandException e) {
                    problem = problem.isEmpty() ? e.getMessage() : problem;
                }
            }
            if (arguments.has("osgi") || isIndex(url)) {
                throw new CommandException(problem);
            }
        }
        if (url.startsWith("file:") && !Files.isDirectory(Path.of(URI.create(url)))) {
            throw new CommandException("there is no folder " + Path.of(URI.create(url)));
        }
        supply.repositories().add(new Repository(name, Repository.Kind.MAVEN, url));
        return new Answer(name, name + ": a Maven repository; plugin:install group:artifact:version looks there, too");
    }

    private static boolean isIndex(String url) {
        return url.endsWith(".xml") || url.endsWith(".xml.gz");
    }

    /** Where an index may be. */
    private static List<String> indexes(String url) {
        String folder = url.endsWith("/") ? url : url + "/";
        return isIndex(url) ? List.of(url) : List.of(folder + "index.xml", folder + "index.xml.gz");
    }

    private static String url(Invocation invocation, String text) throws CommandException {
        if (!Sources.isUrl(text)) {
            Path path = invocation.file(text);
            if (!Files.exists(path)) {
                throw new CommandException("\"" + text + "\" is no URL, and there is no such file or folder");
            }
            return path.toUri().toString();
        }
        if (text.toLowerCase(Locale.ROOT).startsWith(Coordinate.SCHEME)) {
            throw new CommandException("a repository is named by its http, https or file URL");
        }
        try {
            URI uri = URI.create(text);
            if ("file".equalsIgnoreCase(uri.getScheme())) {
                return Path.of(uri).toUri().toString();
            }
            if (uri.getHost() == null) {
                throw new CommandException("\"" + text + "\" names no host");
            }
            return text;
        } catch (IllegalArgumentException e) {
            throw new CommandException("\"" + text + "\" is no URL: " + e.getMessage(), e);
        }
    }
}
