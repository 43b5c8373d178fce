package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.felix.bundlerepository.Reason;
import org.apache.felix.bundlerepository.RepositoryAdmin;
import org.apache.felix.bundlerepository.Resolver;
import org.apache.felix.bundlerepository.Resource;

/**
 * The indexes of the OSGi repositories. Each is fetched when it is first needed, or when it is refreshed. One that
 * cannot be had is left out, with a note. Threading: any thread; one at a time fetches.
 */
public final class Indexes {

    private static final long LONGEST = 64L << 20;
    private static final String GZIP = ".gz";

    private final Repositories repositories;
    private final Supplier<Optional<RepositoryAdmin>> library;
    private final Map<Repository, org.apache.felix.bundlerepository.Repository> read = new HashMap<>();
    private final Map<String, String> problems = new TreeMap<>();

    /** The indexes of those repositories, read with that library. */
    public Indexes(Repositories repositories, Supplier<Optional<RepositoryAdmin>> library) {
        this.repositories = repositories;
        this.library = library;
    }

    /**
     * Fetches an index again, or for the first time.
     *
     * @return how many bundles it names
     */
    public synchronized int refresh(Repository repository, Meter meter) throws CommandException, InterruptedException {
        org.apache.felix.bundlerepository.Repository index = fetch(repository, meter);
        read.put(repository, index);
        problems.remove(repository.name());
        return index.getResources().length;
    }

    /** Names of bundles that can be told without asking any server; for completion. */
    public synchronized List<String> known() {
        return Stream.concat(read.values().stream(), repositories.all(Repository.Kind.OSGI).stream()
                .filter(repository -> repository.url().startsWith("file:") && !read.containsKey(repository))
                .flatMap(repository -> quietly(repository).stream()))
                .flatMap(index -> Arrays.stream(index.getResources())).map(Resource::getSymbolicName).distinct()
                .sorted().toList();
    }

    private Optional<org.apache.felix.bundlerepository.Repository> quietly(Repository repository) {
        try {
            return Optional.of(fetch(repository, Meter.NONE));
        } catch (CommandException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** All bundles that contain a text in name or description, by name, newest first. */
    public List<Offer> search(String text, Meter meter) throws CommandException, InterruptedException {
        String wanted = text.toLowerCase(Locale.ROOT);
        return offers(meter).stream().filter(offer -> offer.name().toLowerCase(Locale.ROOT).contains(wanted)
                || offer.description().toLowerCase(Locale.ROOT).contains(wanted)).toList();
    }

    /** The newest bundle of one of these symbolic names. */
    public Optional<Offer> newest(List<String> names, Meter meter) throws CommandException, InterruptedException {
        return offers(meter).stream().filter(offer -> names.contains(offer.name()))
                .max(Comparator.comparing(Offer::version));
    }

    /** Why indexes could not be had at the last attempt, as sentences. */
    public synchronized List<String> problems() {
        return problems.entrySet().stream().map(entry -> entry.getKey() + ": " + entry.getValue()).toList();
    }

    /**
     * What has to be installed, besides the bundle, so that it resolves.
     *
     * @throws CommandException if something is offered neither here nor by a repository
     */
    public List<Offer> requirements(Offer offer) throws CommandException {
        RepositoryAdmin admin = admin();
        List<org.apache.felix.bundlerepository.Repository> places = new ArrayList<>(List.of(admin.getSystemRepository(),
                admin.getLocalRepository()));
        synchronized (this) {
            places.addAll(read.values());
        }
        Resolver resolver =
                admin.resolver(places.toArray(org.apache.felix.bundlerepository.Repository[]::new));
        resolver.add(offer.resource());
        if (!resolver.resolve(Resolver.NO_OPTIONAL_RESOURCES)) {
            Reason reason = Arrays.stream(resolver.getUnsatisfiedRequirements())
                    .filter(one -> !one.getResource().equals(offer.resource())).findFirst()
                    .orElseGet(() -> resolver.getUnsatisfiedRequirements()[0]);
            throw new CommandException(reason.getResource().getSymbolicName() + " needs the "
                    + reason.getRequirement().getName() + " " + reason.getRequirement().getFilter()
                    + ", which no bundle here and no repository offers");
        }
        return Arrays.stream(resolver.getRequiredResources()).map(resource -> new Offer(offer.repository(), resource))
                .toList();
    }

    private synchronized List<Offer> offers(Meter meter) throws InterruptedException, CommandException {
        List<Offer> found = new ArrayList<>();
        for (Repository repository : repositories.all(Repository.Kind.OSGI)) {
            if (!read.containsKey(repository)) {
                try {
                    refresh(repository, meter);
                } catch (CommandException e) {
                    problems.put(repository.name(), e.getMessage());
                    continue;
                }
            }
            for (Resource resource : read.get(repository).getResources()) {
                found.add(new Offer(repository.name(), resource));
            }
        }
        read.keySet().retainAll(repositories.all());
        problems.keySet().removeIf(name -> repositories.all().stream().noneMatch(one -> one.name().equals(name)));
        found.sort(Comparator.comparing(Offer::name).thenComparing(Offer::version, Comparator.reverseOrder()));
        return found;
    }

    private RepositoryAdmin admin() throws CommandException {
        return library.get().orElseThrow(() -> new CommandException(
                "the bundle that reads repositories (org.apache.felix.bundlerepository) is not active"));
    }

    private org.apache.felix.bundlerepository.Repository fetch(Repository repository, Meter meter)
            throws CommandException, InterruptedException {
        URI uri = URI.create(repository.url());
        byte[] text = unpacked(uri, Download.read(uri, LONGEST, meter));
        if (new String(text, StandardCharsets.ISO_8859_1).contains("<!DOCTYPE")) {
            throw new CommandException(uri + " is no index of an OSGi repository: it has a document type");
        }
        try {
            // The library resolves relative URLs against the index's own, but need not fetch it once more.
            return admin().getHelper().repository(URL.of(Offer.disguise(unpacked(uri)), new Fetched(text)));
        } catch (Exception e) {
            if (e instanceof CommandException said) {
                throw said;
            }
            throw new CommandException(uri + " is no index of an OSGi repository: " + e.getMessage(), e);
        }
    }

    /** The library would unpack what is called so. */
    private static URI unpacked(URI uri) {
        String text = uri.toString();
        return text.endsWith(GZIP) ? URI.create(text.substring(0, text.length() - GZIP.length())) : uri;
    }

    private static byte[] unpacked(URI uri, byte[] bytes) throws CommandException {
        if (bytes.length < 2 || bytes[0] != 0x1f || bytes[1] != (byte) 0x8b) {
            return bytes;
        }
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            byte[] text = in.readNBytes((int) LONGEST + 1);
            if (text.length > LONGEST) {
                throw new CommandException(uri + " unpacks to more than " + (LONGEST >> 20) + "M");
            }
            return text;
        } catch (IOException e) {
            throw new CommandException(uri + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** A URL whose content is here already. */
    private static final class Fetched extends URLStreamHandler {

        private final byte[] content;

        Fetched(byte[] content) {
            this.content = content;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    // Nothing is fetched.
                }

                @Override
                public InputStream getInputStream() {
                    return new ByteArrayInputStream(content);
                }
            };
        }
    }
}
