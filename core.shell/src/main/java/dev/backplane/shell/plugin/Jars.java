package dev.backplane.shell.plugin;

import dev.backplane.api.shell.CommandException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;

/** Bundles that are installed, as jars. */
final class Jars {

    private static final String META_INF = "META-INF/";
    private static final String MANIFEST = META_INF + "MANIFEST.MF";

    private Jars() {
    }

    /** The content of an installed bundle as a jar; it does not depend on where the bundle came from. */
    static byte[] copy(Bundle bundle) throws CommandException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            // Whoever verifies signatures needs them before what is signed.
            put(zip, bundle, MANIFEST);
            putAll(zip, bundle, META_INF);
            putAll(zip, bundle, "/");
        } catch (IOException e) {
            throw new CommandException("the content of " + bundle.getSymbolicName() + " cannot be kept: "
                    + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private static void putAll(ZipOutputStream zip, Bundle bundle, String folder) throws IOException {
        Enumeration<String> paths = bundle.getEntryPaths(folder);
        for (String path : paths == null ? Collections.<String>emptyList() : Collections.list(paths)) {
            if (path.equals(META_INF) && folder.equals("/")) {
                continue;
            }
            if (path.endsWith("/")) {
                putAll(zip, bundle, path);
            } else if (!path.equals(MANIFEST)) {
                put(zip, bundle, path);
            }
        }
    }

    private static void put(ZipOutputStream zip, Bundle bundle, String path) throws IOException {
        URL url = bundle.getEntry(path);
        if (url == null) {
            throw new IOException(path + " is missing");
        }
        zip.putNextEntry(new ZipEntry(path));
        try (InputStream in = url.openStream()) {
            in.transferTo(zip);
        }
        zip.closeEntry();
    }
}
