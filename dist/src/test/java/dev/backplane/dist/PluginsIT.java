package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsIT {

    private static final String LIST = "while { true } { lb -s test.probe | cat; echo end; sleep 1 }";

    @TempDir
    private Path folder;

    @Test
    void aJarDroppedReplacedAndDeletedIsInstalledUpdatedAndUninstalled() throws Exception {
        Path home = folder.resolve("backplane");
        copy(Distribution.built(folder).home(), home);
        Path plugin = home.resolve("plugins/probe.jar");
        Process process = new Distribution(home, folder.resolve("data")).start("-c", LIST);
        try (BufferedReader out = process.inputReader()) {
            awaitListing(out, listing -> listing.contains("No matching bundles"));
            drop(plugin, "1.0.0");
            awaitListing(out, listing -> listing.contains("Active") && listing.contains("test.probe (1.0.0)"));
            drop(plugin, "2.0.0");
            awaitListing(out, listing -> listing.contains("Active") && listing.contains("test.probe (2.0.0)"));
            Files.delete(plugin);
            awaitListing(out, listing -> listing.contains("No matching bundles"));
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
    }

    /** Reads listings until one is as wanted; a listing comes every second. */
    private static void awaitListing(BufferedReader out, Predicate<String> wanted) throws IOException {
        StringBuilder listing = new StringBuilder();
        String last = "";
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            String line = out.readLine();
            if (line == null) {
                throw new AssertionError("the runtime ended; its last listing was:\n" + last);
            }
            if (!line.equals("end")) {
                listing.append(line).append('\n');
                continue;
            }
            last = listing.toString();
            if (wanted.test(last)) {
                return;
            }
            listing.setLength(0);
        }
        throw new AssertionError("within a minute no listing was as wanted; the last was:\n" + last);
    }

    private static void drop(Path plugin, String version) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "test.probe");
        attributes.putValue("Bundle-Version", version);
        Path fresh = plugin.resolveSibling("probe.new");
        try (OutputStream file = Files.newOutputStream(fresh);
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.flush();
        }
        Files.move(fresh, plugin, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path source, BasicFileAttributes attributes) {
                try {
                    Files.createDirectories(to.resolve(from.relativize(source).toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path source, BasicFileAttributes attributes) throws IOException {
                Files.copy(source, to.resolve(from.relativize(source).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
