package dev.backplane.shell.plugin;

import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.source.Build;
import dev.backplane.shell.source.Meter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.BundleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watched folder of plug-ins: a jar that is put into it is installed, one that is replaced is updated as
 * {@code plugin:update} does it, one that is deleted is uninstalled. What was in it when the runtime started has been
 * installed by the launcher. A jar is taken up when it has not changed for one look. Threading: {@link #scan} on one
 * thread.
 */
final class PluginFolder implements BundleListener {

    private static final Logger LOG = LoggerFactory.getLogger(PluginFolder.class);
    private static final long PERIOD_NANOS = 1_000_000_000L;

    /** How a file looked; the name is that of the bundle in it, or null if it is none. */
    private record Seen(FileTime modified, long size, String name) {

        boolean looksLike(Seen other) {
            return other != null && modified.equals(other.modified) && size == other.size;
        }
    }

    private final Plugins plugins;
    private final Path folder;
    private final Consumer<String> notes;
    private final Map<Path, Seen> known = new TreeMap<>();
    private Map<Path, Seen> changing = Map.of();
    /** Bundles that could not be started; tried again when other bundles come. */
    private final Set<String> waiting = new HashSet<>();
    private volatile boolean bundlesChanged;
    private volatile boolean closed;

    /** A folder whose jars are installed already, each under its URL; problems are told there. */
    PluginFolder(Plugins plugins, Path folder, Consumer<String> notes) {
        this.plugins = plugins;
        this.notes = notes;
        this.folder = folder;
        for (Map.Entry<Path, Seen> file : files().entrySet()) {
            String location = file.getKey().toUri().toString();
            Bundle bundle = plugins.context().getBundle(location);
            if (bundle != null) {
                known.put(file.getKey(), new Seen(file.getValue().modified, file.getValue().size,
                        bundle.getSymbolicName()));
                waiting.add(bundle.getSymbolicName());
            }
        }
    }

    /** Watches until it is closed. */
    void watch() {
        plugins.context().addBundleListener(this);
        Thread.ofVirtual().name("plugins").start(() -> {
            while (!closed) {
                LockSupport.parkNanos(PERIOD_NANOS);
                if (!closed) {
                    synchronized (plugins) {
                        scan();
                    }
                }
            }
        });
    }

    void close() {
        closed = true;
    }

    @Override
    public void bundleChanged(BundleEvent event) {
        if ((event.getType() & (BundleEvent.RESOLVED | BundleEvent.INSTALLED | BundleEvent.UPDATED)) != 0) {
            bundlesChanged = true;
        }
    }

    private Map<Path, Seen> files() {
        Map<Path, Seen> found = new TreeMap<>();
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
            for (Path jar : jars) {
                BasicFileAttributes attributes = Files.readAttributes(jar, BasicFileAttributes.class);
                found.put(jar, new Seen(attributes.lastModifiedTime(), attributes.size(), null));
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} went away while it was looked at", e.getFile());
        } catch (IOException e) {
            LOG.warn("the folder {} cannot be read: {}", folder, e.getMessage());
        }
        return found;
    }

    /** Looks once. */
    void scan() {
        Map<Path, Seen> now = files();
        for (Path gone : List.copyOf(known.keySet())) {
            if (!now.containsKey(gone) && !Files.exists(gone)) {
                uninstall(gone, known.remove(gone).name);
            }
        }
        Map<Path, Seen> unsteady = new TreeMap<>();
        now.forEach((file, seen) -> {
            if (seen.looksLike(known.get(file))) {
                return;
            }
            if (seen.looksLike(changing.get(file))) {
                take(file, seen);
            } else {
                unsteady.put(file, seen);
            }
        });
        changing = unsteady;
        if (bundlesChanged) {
            bundlesChanged = false;
            List.copyOf(waiting).forEach(name -> bundle(name).ifPresentOrElse(this::start, () -> waiting.remove(name)));
        }
    }

    private void take(Path file, Seen seen) {
        String before = known.containsKey(file) ? known.get(file).name : null;
        String name = null;
        try {
            String location = file.toUri().toString();
            Build build = plugins.supply().sources().one(location, Meter.NONE);
            name = build.name();
            if (before != null && !before.equals(name)) {
                uninstall(file, before);
            }
            Optional<Bundle> present = bundle(name);
            if (present.isPresent()) {
                LOG.info("{}", new PluginUpdate(plugins, present.get()).run(build.jar(), location));
                waiting.remove(name);
            } else {
                start(plugins.context().installBundle(location, new ByteArrayInputStream(build.jar())));
            }
        } catch (CommandException e) {
            String jar = file.getFileName().toString();
            report(e.getMessage().startsWith(jar) ? e.getMessage() : jar + ": " + e.getMessage());
        } catch (BundleException | RuntimeException e) {
            report(file.getFileName() + " is not installed: " + BundleProblem.text(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        known.put(file, new Seen(seen.modified, seen.size, name));
    }

    private void start(Bundle bundle) {
        if (bundle.getState() == Bundle.ACTIVE || bundle.getHeaders("").get("Fragment-Host") != null) {
            waiting.remove(bundle.getSymbolicName());
            return;
        }
        try {
            bundle.start(Bundle.START_TRANSIENT);
            waiting.remove(bundle.getSymbolicName());
            LOG.info("{} {} was started", bundle.getSymbolicName(), bundle.getVersion());
        } catch (BundleException | RuntimeException e) {
            if (waiting.add(bundle.getSymbolicName())) {
                report(bundle.getSymbolicName() + " waits: " + BundleProblem.text(e));
            }
        }
    }

    /** To the log and to whoever is at the prompt. */
    private void report(String problem) {
        LOG.warn("{}", problem);
        notes.accept("plugins: " + problem);
    }

    private void uninstall(Path file, String name) {
        waiting.remove(name);
        Optional<Bundle> bundle = name == null ? Optional.empty() : bundle(name);
        if (bundle.isEmpty()) {
            return;
        }
        try {
            bundle.get().uninstall();
            LOG.info("{} was uninstalled, since {} is gone", name, file.getFileName());
        } catch (BundleException | RuntimeException e) {
            LOG.warn("{} cannot be uninstalled: {}", name, e.getMessage());
        }
    }

    /** The newest bundle of that name. */
    private Optional<Bundle> bundle(String name) {
        return Arrays.stream(plugins.context().getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName())).reduce((older, newer) -> newer);
    }
}
