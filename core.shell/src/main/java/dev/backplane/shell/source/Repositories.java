package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.text.Suggestions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The repositories that are known, in the order in which they are asked. What is added and removed is kept in a file, a
 * line for each: name, kind and URL. Threading: any thread.
 */
public final class Repositories {

    private static final Logger LOG = LoggerFactory.getLogger(Repositories.class);
    private static final String NAME = "[A-Za-z][A-Za-z0-9._-]{0,62}";

    private final Path file;
    private final List<Repository> all = new ArrayList<>();

    /**
     * Reads what was kept.
     *
     * @param file     where the list is kept, or null for nowhere
     * @param builtIns those that there are until the list is changed for the first time
     */
    public Repositories(Path file, List<Repository> builtIns) {
        this.file = file;
        if (file == null || !Files.exists(file)) {
            all.addAll(builtIns);
            return;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                parse(line).ifPresent(all::add);
            }
        } catch (IOException e) {
            LOG.warn("the repositories in {} cannot be read: {}", file, e.getMessage());
            all.addAll(builtIns);
        }
    }

    /** A list as framework properties write it, separated by commas; what is no repository is left out. */
    public static List<Repository> parseList(String text) {
        List<Repository> found = new ArrayList<>();
        for (String one : text == null ? new String[0] : text.split(",")) {
            parse(one.strip()).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<Repository> parse(String line) {
        String[] words = line.strip().split("\\s+", 3);
        if (words.length < 3 || line.startsWith("#") || !words[0].matches(NAME)) {
            return Optional.empty();
        }
        try {
            // A folder's name may have blanks, which a URL may not.
            String url = words[2].startsWith("file:/") && words[2].contains(" ")
                    ? Path.of(words[2].substring("file:".length())).toUri().toString() : words[2];
            return Optional.of(new Repository(words[0], Repository.Kind.valueOf(words[1].toUpperCase(Locale.ROOT)),
                    url));
        } catch (IllegalArgumentException e) {
            LOG.warn("\"{}\" is no repository: {} is neither osgi nor maven", line, words[1]);
            return Optional.empty();
        }
    }

    /** All of them. */
    public synchronized List<Repository> all() {
        return List.copyOf(all);
    }

    /** Those of a kind. */
    public List<Repository> all(Repository.Kind kind) {
        return all().stream().filter(repository -> repository.kind() == kind).toList();
    }

    /** The one of that name. */
    public Repository named(String name) throws CommandException {
        List<Repository> known = all();
        return known.stream().filter(repository -> repository.name().equals(name)).findFirst()
                .orElseThrow(() -> new CommandException("no repository is named \"" + name + "\"" + (known.isEmpty()
                        ? "; there are none, plugin:repo add makes one known"
                        : Suggestions.hint(name, known.stream().map(Repository::name).toList()))));
    }

    /** Refuses a name that is none, or that is taken. */
    public void check(String name) throws CommandException {
        if (!name.matches(NAME)) {
            throw new CommandException("\"" + name + "\" is no name: a letter, then up to 62 letters, digits, dots,"
                    + " dashes or underscores");
        }
        if (all().stream().anyMatch(repository -> repository.name().equals(name))) {
            throw new CommandException("there is a repository " + name + " already; plugin:repo remove " + name
                    + " forgets it");
        }
    }

    /** Adds one at the end. */
    public synchronized void add(Repository repository) throws CommandException {
        check(repository.name());
        List<Repository> changed = new ArrayList<>(all);
        changed.add(repository);
        keep(changed);
    }

    /** Forgets one. */
    public synchronized void remove(String name) throws CommandException {
        Repository gone = named(name);
        keep(all.stream().filter(repository -> !repository.equals(gone)).toList());
    }

    private void keep(List<Repository> changed) throws CommandException {
        if (file != null) {
            StringBuilder text = new StringBuilder();
            changed.forEach(repository -> text.append(repository.name()).append(' ')
                    .append(repository.kind().name().toLowerCase(Locale.ROOT)).append(' ').append(repository.url())
                    .append('\n'));
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            try {
                Files.createDirectories(file.toAbsolutePath().getParent());
                Files.writeString(fresh, text);
                Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw new CommandException("the list of repositories cannot be kept in " + file + ": "
                        + e.getMessage(), e);
            }
        }
        all.clear();
        all.addAll(changed);
    }
}
