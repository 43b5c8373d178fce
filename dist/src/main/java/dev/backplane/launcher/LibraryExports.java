package dev.backplane.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

/**
 * What the framework must export of its own class path.
 *
 * <p>JLine finds its terminal providers, and SLF4J its logging provider, by the context class loader, which sees the
 * class path only. Those libraries therefore lie in {@code lib} and reach the bundles through the system bundle.
 */
final class LibraryExports {

    private LibraryExports() {
    }

    /** The Export-Package clauses of every bundle in the folder but the framework itself, joined by commas. */
    static String of(Path lib) {
        List<String> clauses = new ArrayList<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(lib, "*.jar")) {
            List<Path> sorted = new ArrayList<>();
            jars.forEach(sorted::add);
            Collections.sort(sorted);
            for (Path jar : sorted) {
                String exports = exportsOf(jar);
                if (exports != null) {
                    clauses.add(exports);
                }
            }
        } catch (IOException e) {
            throw new LaunchException("cannot read the folder " + lib + ": " + e.getMessage(), e);
        }
        return String.join(",", clauses);
    }

    private static String exportsOf(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            if (manifest == null) {
                return null;
            }
            String name = manifest.getMainAttributes().getValue("Bundle-SymbolicName");
            if (name == null || name.startsWith("org.apache.felix.framework")) {
                return null;
            }
            return manifest.getMainAttributes().getValue("Export-Package");
        }
    }
}
