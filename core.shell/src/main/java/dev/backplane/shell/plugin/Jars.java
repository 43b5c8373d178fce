package dev.backplane.shell.plugin;

import dev.backplane.api.shell.CommandException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.osgi.framework.Bundle;

/** Jars as bytes: what is read before a bundle is touched, and what is kept so that it can be put back. */
final class Jars {

    /** Longer ones are refused, in bytes. */
    private static final int LONGEST = 256 << 20;

    private static final String REFERENCE = "reference:";
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private Jars() {
    }

    /** The bytes at a location: a URL, or a reference to a file. */
    static byte[] read(String location) throws CommandException {
        String url = location.startsWith(REFERENCE) ? location.substring(REFERENCE.length()) : location;
        try (InputStream in = URI.create(url).toURL().openStream()) {
            byte[] bytes = in.readNBytes(LONGEST + 1);
            if (bytes.length > LONGEST) {
                throw new CommandException(url + " is longer than 256M");
            }
            return bytes;
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException(url + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** The symbolic name of the bundle in a jar, or a refusal. */
    static String symbolicName(byte[] jar, String what) throws CommandException {
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(jar))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().equals(MANIFEST)) {
                    String name = new Manifest(zip).getMainAttributes().getValue("Bundle-SymbolicName");
                    if (name == null || name.isBlank()) {
                        throw new CommandException(what + " is not a bundle: its manifest has no Bundle-SymbolicName");
                    }
                    return name.split(";", 2)[0].strip();
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException(what + " is not a bundle: " + e.getMessage(), e);
        }
        throw new CommandException(what + " is not a bundle: it is no jar with a manifest");
    }

    /** The content of an installed bundle as a jar; it does not depend on where the bundle came from. */
    static byte[] copy(Bundle bundle) throws CommandException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, bundle, MANIFEST);
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
