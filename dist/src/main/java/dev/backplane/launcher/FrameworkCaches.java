package dev.backplane.launcher;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Bundle caches: one folder per process, {@code felix-PID}, removed at the end or by a later start. */
final class FrameworkCaches {

    private static final Logger LOG = LoggerFactory.getLogger(FrameworkCaches.class);
    private static final String PREFIX = "felix-";

    private FrameworkCaches() {
    }

    /** Removes what processes left that are gone. */
    static void deleteStale(Path folder) {
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(folder, PREFIX + "*")) {
            for (Path cache : caches) {
                if (isStale(cache)) {
                    delete(cache);
                }
            }
        } catch (IOException e) {
            LOG.warn("Cannot look for stale bundle caches in {}", folder, e);
        }
    }

    static void delete(Path cache) {
        if (!Files.isDirectory(cache)) {
            return;
        }
        try {
            Files.walkFileTree(cache, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException error) throws IOException {
                    Files.deleteIfExists(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn("Cannot remove the bundle cache {}", cache, e);
        }
    }

    private static boolean isStale(Path cache) {
        String pid = cache.getFileName().toString().substring(PREFIX.length());
        try {
            return ProcessHandle.of(Long.parseLong(pid)).isEmpty();
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
