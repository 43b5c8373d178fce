package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ops4j.pax.url.mvn.MavenResolver;
import org.ops4j.pax.url.mvn.MavenResolvers;
import org.ops4j.pax.url.mvn.ServiceConstants;

/**
 * Artifacts of Maven repositories: the user's local one, those of the user's Maven settings (with their mirrors,
 * proxies and passwords), those that were made known to this shell, and, unless one of these is named so too, Maven's
 * own {@code central}. Snapshots and checksums are the library's business; a checksum that does not fit is an error,
 * and one that is missing is too if the repository is not a folder.
 */
public final class Maven {

    private static final String CENTRAL = "central";
    /** What every Maven project inherits; it says where {@code central} is. */
    private static final String SUPER_POM = "/org/apache/maven/model/pom-4.0.0.xml";
    private static final String TIMEOUT_MILLIS = "20000";
    private static final Pattern NOT_FOUND = Pattern.compile("Could not find (?:artifact|metadata) ");

    private final Repositories repositories;
    private final String local;
    private final boolean withCentral;

    /**
     * A view of them.
     *
     * @param local       the local repository's folder, or null for that of the user's Maven
     * @param withCentral whether {@code central} is one of them
     */
    public Maven(Repositories repositories, String local, boolean withCentral) {
        this.repositories = repositories;
        this.local = local;
        this.withCentral = withCentral;
    }

    /**
     * The jar, fetched if it is not here yet.
     *
     * @throws CommandException if there is none; names the repositories that were asked
     */
    public Path resolve(Coordinate coordinate) throws CommandException {
        List<String> remotes = remotes();
        Dictionary<String, String> settings = new Hashtable<>();
        // The plus keeps the repositories of the user's settings.
        set(settings, ServiceConstants.PROPERTY_REPOSITORIES, "+" + String.join(",", remotes));
        set(settings, ServiceConstants.PROPERTY_USE_FALLBACK_REPOSITORIES, "false");
        set(settings, ServiceConstants.PROPERTY_GLOBAL_UPDATE_POLICY, "always");
        set(settings, ServiceConstants.PROPERTY_TIMEOUT, TIMEOUT_MILLIS);
        if (local != null) {
            set(settings, ServiceConstants.PROPERTY_LOCAL_REPOSITORY, local);
        }
        try (MavenResolver resolver = MavenResolvers.createMavenResolver(settings, ServiceConstants.PID)) {
            return resolver.resolve(coordinate.url()).toPath();
        } catch (IOException e) {
            throw new CommandException(reason(coordinate, e), e);
        }
    }

    private static void set(Dictionary<String, String> settings, String name, String value) {
        settings.put(ServiceConstants.PID + "." + name, value);
    }

    private List<String> remotes() {
        List<String> urls = new ArrayList<>();
        List<Repository> known = repositories.all(Repository.Kind.MAVEN);
        for (Repository repository : known) {
            urls.add(repository.url() + "@id=" + repository.name() + "@snapshots@checksum="
                    + (repository.url().startsWith("file:") ? "warn" : "fail"));
        }
        if (withCentral && known.stream().noneMatch(repository -> repository.name().equals(CENTRAL))) {
            central().ifPresent(url -> urls.add(url + "@id=" + CENTRAL + "@checksum=fail"));
        }
        return urls;
    }

    /** Where Maven looks unless it is told otherwise. */
    private static Optional<String> central() {
        try (InputStream in = Maven.class.getResourceAsStream(SUPER_POM)) {
            if (in == null) {
                return Optional.empty();
            }
            Matcher matcher = Pattern.compile("<repository>\\s*<id>central</id>.*?<url>([^<]+)</url>", Pattern.DOTALL)
                    .matcher(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("a resource of this bundle cannot be read", e);
        }
    }

    private String reason(Coordinate coordinate, IOException error) {
        String message = String.valueOf(error.getMessage());
        int detail = message.indexOf('[', message.indexOf(coordinate.version()) + coordinate.version().length());
        String text = detail < 0 ? message : message.substring(detail + 1, message.length()
                - (message.endsWith("]") ? 1 : 0));
        boolean missing = NOT_FOUND.matcher(text).find() && !text.contains("Could not transfer");
        if (!missing) {
            return coordinate + " cannot be fetched: " + text;
        }
        List<String> asked = new ArrayList<>(repositories.all(Repository.Kind.MAVEN).stream().map(Repository::name)
                .toList());
        if (withCentral && !asked.contains(CENTRAL)) {
            asked.add(CENTRAL);
        }
        return "there is no " + coordinate + " in the local Maven repository" + (asked.isEmpty() ? ""
                : " nor in " + String.join(", ", asked)) + "; plugin:repo add makes another repository known";
    }
}
