package dev.backplane.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folders of a distribution and of the data it works on.
 *
 * @param home where the distribution lies: {@code lib}, {@code bundle}, {@code plugins}, {@code conf}
 * @param data what it writes: {@code machines}, {@code log}, {@code cache}; may be the same folder
 */
record Layout(Path home, Path data) {

    /** The system property that names {@link #home()}. */
    static final String HOME_PROPERTY = "backplane.home";

    /** The system property that names {@link #data()}. */
    static final String DATA_PROPERTY = "backplane.data";

    static Layout fromSystemProperties() {
        String home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            throw new LaunchException("the system property " + HOME_PROPERTY
                    + " is not set; start Backplane by bin/backplane");
        }
        Path homeFolder = Path.of(home).toAbsolutePath().normalize();
        Path dataFolder = Path.of(System.getProperty(DATA_PROPERTY, home)).toAbsolutePath().normalize();
        return new Layout(homeFolder, dataFolder);
    }

    Path lib() {
        return home.resolve("lib");
    }

    Path bundles() {
        return home.resolve("bundle");
    }

    Path plugins() {
        return home.resolve("plugins");
    }

    Path conf() {
        return home.resolve("conf");
    }

    Path machines() {
        return data.resolve("machines");
    }

    Path log() {
        return data.resolve("log");
    }

    Path cache() {
        return data.resolve("cache");
    }

    /** The bundle cache of this process: what one that was killed left may still be there. */
    Path frameworkCache() {
        return cache().resolve("felix-" + ProcessHandle.current().pid());
    }

    /** Creates the folders that a runtime writes to. */
    void createFolders() {
        for (Path folder : new Path[] {plugins(), machines(), log(), cache()}) {
            try {
                Files.createDirectories(folder);
            } catch (IOException e) {
                throw new LaunchException("cannot create the folder " + folder + " (" + e.getMessage()
                        + "); name a writable one with --data FOLDER or BACKPLANE_DATA", e);
            }
        }
    }
}
