package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.text.Suggestions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.osgi.framework.Version;

/** Reads bundles from whatever a user may name: files, folders, URLs, Maven coordinates, names. */
public final class Sources {

    private static final String REFERENCE = "reference:";

    private final Maven maven;
    private final Indexes indexes;
    private final String prefix;

    /**
     * Reads from there.
     *
     * @param prefix what names may begin with without its being typed
     */
    public Sources(Maven maven, Indexes indexes, String prefix) {
        this.maven = maven;
        this.indexes = indexes;
        this.prefix = prefix;
    }

    /** The bar for the user's terminal, if there is one. */
    public static Meter meter(Invocation invocation) {
        return invocation.terminal().<Meter>map(TerminalMeter::new).orElse(Meter.NONE);
    }

    /** Whether a text is a URL that can be read. */
    public static boolean isUrl(String source) {
        return source.toLowerCase(Locale.ROOT).matches("(https?|file|mvn):.*");
    }

    /** Whether a text can only be a file's name, so that nothing else is tried. */
    public static boolean looksLikeFile(String source) {
        return source.contains("/") || source.endsWith(".jar");
    }

    /** Whether a text names something other than a bundle: a URL, a coordinate, or a file that is there. */
    public static boolean isSource(Invocation invocation, String source) {
        return isUrl(source) || Coordinate.parse(source).isPresent() || looksLikeFile(source)
                || Files.isRegularFile(invocation.file(source));
    }

    /**
     * What a user named. A name from a repository brings with it what it needs and is not here.
     *
     * @return at least one; what others need first
     */
    public List<Build> read(Invocation invocation, String source) throws CommandException, InterruptedException {
        Meter meter = meter(invocation);
        Path path = isUrl(source) ? null : invocation.file(source);
        if (path != null && Files.isDirectory(path)) {
            return folder(path, source, meter);
        }
        if (path != null && !Files.exists(path) && Coordinate.parse(source).isEmpty()) {
            if (looksLikeFile(source)) {
                throw new CommandException("there is no file " + source);
            }
            return named(source, meter);
        }
        return List.of(one(path == null || !Files.exists(path) && Coordinate.parse(source).isPresent() ? source
                : path.toUri().toString(), meter));
    }

    /** The bundle at a location or coordinate. */
    public Build one(String location, Meter meter) throws CommandException, InterruptedException {
        String url = location.startsWith(REFERENCE) ? location.substring(REFERENCE.length()) : location;
        Optional<Coordinate> coordinate = Coordinate.parse(url);
        if (coordinate.isPresent()) {
            Path jar = maven.resolve(coordinate.get());
            // Of a range, the version that was found is what it came from; Maven's layout has a folder for each.
            String found = jar.getParent().getFileName().toString();
            return Build.of(coordinate.get().withVersion(found).url(),
                    Download.read(jar.toUri(), Download.LONGEST, meter));
        }
        try {
            return Build.of(url, Download.read(URI.create(url), Download.LONGEST, meter));
        } catch (IllegalArgumentException e) {
            throw new CommandException("\"" + url + "\" is no URL: " + e.getMessage(), e);
        }
    }

    /**
     * The newest build of a bundle: from where it came from, or from a repository if that has a newer one.
     *
     * @throws CommandException if there is none that is another one
     */
    public Build newer(String name, Version version, String location, Meter meter)
            throws CommandException, InterruptedException {
        Optional<Offer> offer = indexes.newest(List.of(name), meter);
        if (offer.isPresent() && offer.get().version().compareTo(version) > 0) {
            return one(offer.get().url(), meter);
        }
        Optional<Coordinate> coordinate = Coordinate.parse(location);
        Build build = one(coordinate.map(Coordinate::orNewer).map(Coordinate::url).orElse(location), meter);
        // A file may have been built anew under the same version.
        boolean fixed = coordinate.map(Coordinate::isRelease).orElse(!location.startsWith("file:")
                && offer.isPresent() && offer.get().url().equals(location));
        if (fixed && build.version().compareTo(version) <= 0) {
            throw new CommandException("nothing newer than " + name + " " + version + " was found at "
                    + location + " or in a repository" + problems());
        }
        return build;
    }

    private List<Build> folder(Path path, String source, Meter meter) throws CommandException, InterruptedException {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(path, "*.jar")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            throw new CommandException(source + " cannot be read: " + e.getMessage(), e);
        }
        if (jars.isEmpty()) {
            throw new CommandException("there is no jar in " + source);
        }
        jars.sort(null);
        List<Build> builds = new ArrayList<>();
        for (Path jar : jars) {
            builds.add(one(jar.toUri().toString(), meter));
        }
        return builds;
    }

    private List<Build> named(String name, Meter meter) throws CommandException, InterruptedException {
        Optional<Offer> offer = indexes.newest(List.of(name, prefix + name), meter);
        if (offer.isEmpty()) {
            List<String> known = indexes.known();
            String hint = String.join(" or ", Suggestions.nearest(name, known.stream()
                    .map(full -> !name.startsWith(prefix) && full.startsWith(prefix) ? full.substring(prefix.length())
                            : full).toList()));
            throw new CommandException("there is no file " + name + ", and no repository has a bundle of that name"
                    + (hint.isEmpty() ? "; plugin:search lists what they have" : "; did you mean " + hint + "?")
                    + problems());
        }
        List<Build> builds = new ArrayList<>();
        for (Offer needed : indexes.requirements(offer.get())) {
            builds.add(one(needed.url(), meter));
        }
        builds.add(one(offer.get().url(), meter));
        return builds;
    }

    private String problems() {
        List<String> problems = indexes.problems();
        return problems.isEmpty() ? "" : " (not asked: " + String.join("; ", problems) + ")";
    }
}
