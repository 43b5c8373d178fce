package dev.backplane.shell.source;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.felix.bundlerepository.RepositoryAdmin;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * All that bundles can come from.
 *
 * @param repositories the repositories that are known
 * @param indexes      what the OSGi ones among them have
 * @param sources      reads a bundle from whatever a user names
 */
public record Supply(Repositories repositories, Indexes indexes, Sources sources) {

    /** Framework property: the file that keeps the list of repositories. */
    private static final String FILE = "backplane.repositories";
    /** Framework property: those that there are at first: name, kind, URL, separated by commas. */
    private static final String BUILT_IN = "backplane.repositories.default";
    /** Framework property: the folder of the local Maven repository, instead of that of the user's Maven. */
    private static final String LOCAL = "backplane.maven.local";
    /** Framework property: {@code false} leaves Maven's own repository out. */
    private static final String CENTRAL = "backplane.maven.central";

    /**
     * As the framework's properties say.
     *
     * @param context the framework, or null for none
     * @param prefix  what names of bundles may begin with without its being typed
     */
    public static Supply of(BundleContext context, String prefix) {
        if (context == null) {
            return of(new Repositories(null, List.of()), Optional::empty, null, false, prefix);
        }
        String file = context.getProperty(FILE);
        Repositories repositories = new Repositories(file == null ? null : Path.of(file),
                Repositories.parseList(context.getProperty(BUILT_IN)));
        return of(repositories, () -> library(context), context.getProperty(LOCAL),
                !"false".equals(context.getProperty(CENTRAL)), prefix);
    }

    private static Supply of(Repositories repositories, Supplier<Optional<RepositoryAdmin>> library, String local,
            boolean withCentral, String prefix) {
        Indexes indexes = new Indexes(repositories, library);
        return new Supply(repositories, indexes,
                new Sources(new Maven(repositories, local, withCentral), indexes, prefix));
    }

    private static Optional<RepositoryAdmin> library(BundleContext context) {
        ServiceReference<RepositoryAdmin> reference = context.getServiceReference(RepositoryAdmin.class);
        return reference == null ? Optional.empty() : Optional.ofNullable(context.getService(reference));
    }
}
