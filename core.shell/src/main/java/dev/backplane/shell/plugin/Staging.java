package dev.backplane.shell.plugin;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.bundle.CollisionHook;
import org.osgi.framework.hooks.resolver.ResolverHook;
import org.osgi.framework.hooks.resolver.ResolverHookFactory;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds of bundles that are installed beside the ones in use, under locations of their own, wired to each other and
 * not to what they are to replace. Either the old ones go in the end, or these. Threading: one thread.
 */
final class Staging implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
    private static final long REFRESH_SECONDS = 30;
    private static final char MARK = '#';

    private final Plugins plugins;
    private final Map<Bundle, Bundle> newByOld = new LinkedHashMap<>();
    private final List<ServiceRegistration<?>> hooks = new ArrayList<>();

    Staging(Plugins plugins) {
        this.plugins = plugins;
        BundleContext context = plugins.context();
        CollisionHook together = (operation, target, collisions) -> collisions.clear();
        ResolverHookFactory apart = triggers -> new Apart();
        hooks.add(context.registerService(CollisionHook.class, together, null));
        hooks.add(context.registerService(ResolverHookFactory.class, apart, null));
    }

    /** Where a bundle came from, without what makes its location different from that of its earlier builds. */
    static String source(String location) {
        int mark = location.lastIndexOf(MARK);
        return mark < 0 ? location : location.substring(0, mark);
    }

    /** Installs a build of a bundle beside it. */
    void install(Bundle old, byte[] jar, String source) throws BundleException {
        BundleContext context = plugins.context();
        int number = 2;
        while (context.getBundle(source + MARK + number) != null) {
            number++;
        }
        newByOld.put(old, context.installBundle(source + MARK + number, new ByteArrayInputStream(jar)));
    }

    /** The build beside a bundle. */
    Bundle of(Bundle old) {
        return newByOld.get(old);
    }

    /** Resolves them and initializes their classes, so that nothing waits for that later. */
    void prepare() throws BundleException {
        for (Bundle build : newByOld.values()) {
            if (!plugins.wiring().resolveBundles(List.of(build))) {
                // Says why, as an exception.
                build.start(Bundle.START_TRANSIENT);
            }
        }
        newByOld.values().forEach(Staging::warm);
    }

    private static void warm(Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        Collection<String> classes = wiring.listResources("/", "*.class",
                BundleWiring.LISTRESOURCES_RECURSE | BundleWiring.LISTRESOURCES_LOCAL);
        for (String path : classes) {
            String name = path.substring(0, path.length() - ".class".length()).replace('/', '.');
            try {
                Class.forName(name, true, wiring.getClassLoader());
            } catch (ClassNotFoundException | LinkageError e) {
                LOG.debug("{} of {} cannot be loaded ahead", name, bundle.getSymbolicName(), e);
            }
        }
    }

    /** Starts those whose old build runs, and the one that is to be replaced in any case. */
    void start(Bundle replaced) throws BundleException {
        for (Map.Entry<Bundle, Bundle> pair : newByOld.entrySet()) {
            if (pair.getKey().equals(replaced) || pair.getKey().getState() == Bundle.ACTIVE) {
                pair.getValue().start(Bundle.START_TRANSIENT);
            }
        }
    }

    /** The old ones go. */
    void keep() {
        uninstall(newByOld.keySet());
    }

    /** The new ones go. */
    void discard() {
        uninstall(newByOld.values());
    }

    private void uninstall(Collection<Bundle> bundles) {
        for (Bundle bundle : bundles) {
            try {
                bundle.stop(Bundle.STOP_TRANSIENT);
            } catch (BundleException e) {
                LOG.warn("{} did not stop: {}", bundle.getSymbolicName(), e.getMessage());
            }
        }
        for (Bundle bundle : bundles) {
            try {
                bundle.uninstall();
            } catch (BundleException e) {
                LOG.warn("{} cannot be uninstalled: {}", bundle.getSymbolicName(), e.getMessage());
            }
        }
        refresh(bundles);
    }

    /** Lets go of class loaders that the framework keeps because they were wired to each other. */
    private void refresh(Collection<Bundle> bundles) {
        FrameworkWiring wiring = plugins.wiring();
        List<Bundle> pending = wiring.getRemovalPendingBundles().stream().filter(bundles::contains).toList();
        if (pending.isEmpty()) {
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        wiring.refreshBundles(pending, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        try {
            if (!done.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the framework did not let go of {} within {} s", pending, REFRESH_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes the hooks away. */
    @Override
    public void close() {
        hooks.forEach(ServiceRegistration::unregister);
    }

    /** Keeps old and new builds from being wired to each other. */
    private final class Apart implements ResolverHook {

        @Override
        public void filterMatches(BundleRequirement requirement, Collection<BundleCapability> candidates) {
            boolean isNew = newByOld.containsValue(requirement.getRevision().getBundle());
            candidates.removeIf(candidate -> {
                Bundle provider = candidate.getRevision().getBundle();
                return isNew ? newByOld.containsKey(provider)
                        : newByOld.containsValue(provider);
            });
        }

        @Override
        public void filterSingletonCollisions(BundleCapability singleton, Collection<BundleCapability> collisions) {
            if (newByOld.containsValue(singleton.getRevision().getBundle())) {
                collisions.clear();
            } else {
                collisions.removeIf(other -> newByOld.containsValue(other.getRevision().getBundle()));
            }
        }

        @Override
        public void filterResolvable(Collection<BundleRevision> candidates) {
            // All may be resolved.
        }

        @Override
        public void end() {
            // Nothing was kept.
        }
    }
}
