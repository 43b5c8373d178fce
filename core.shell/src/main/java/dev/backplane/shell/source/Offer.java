package dev.backplane.shell.source;

import java.net.URI;
import org.apache.felix.bundlerepository.Resource;
import org.osgi.framework.Version;

/**
 * A bundle that an index names.
 *
 * @param repository the name of the repository
 * @param resource   as the library knows it
 */
public record Offer(String repository, Resource resource) {

    private static final String FILES = "http://file.invalid";

    /** Its symbolic name. */
    public String name() {
        return resource.getSymbolicName();
    }

    /** Its version. */
    public Version version() {
        return resource.getVersion();
    }

    /** Where its jar is. */
    public String url() {
        String url = resource.getURI();
        return url.startsWith(FILES) ? "file://" + url.substring(FILES.length()) : url;
    }

    /** A URL as the index library gets it: Java lets nobody else serve URLs of scheme file. */
    static URI disguise(URI index) {
        return "file".equals(index.getScheme()) ? URI.create(FILES + index.getRawPath()) : index;
    }

    /** One line for people, or "". */
    public String description() {
        return resource.getProperties().get(Resource.DESCRIPTION) instanceof String text ? text : "";
    }
}
