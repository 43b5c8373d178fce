package dev.backplane.dist;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** Newer builds of bundles: the same classes under another version. */
final class Builds {

    private Builds() {
    }

    /** Writes the bundle in a jar under another version to another file, and returns that file. */
    static Path rebuilt(Path jar, String version, Path fresh) throws IOException {
        try (JarFile old = new JarFile(jar.toFile())) {
            Manifest manifest = new Manifest(old.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            try (OutputStream file = Files.newOutputStream(fresh);
                    JarOutputStream out = new JarOutputStream(file, manifest)) {
                for (JarEntry entry : Collections.list(old.entries())) {
                    if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        old.getInputStream(entry).transferTo(out);
                    }
                }
            }
        }
        return fresh;
    }

    /** A copy of a folder that can be changed. */
    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path source : files.toList()) {
                Path target = to.resolve(from.relativize(source).toString());
                if (Files.isDirectory(source)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(source, target, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
