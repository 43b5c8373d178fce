package dev.backplane.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.apache.felix.framework.Felix;
import org.apache.felix.framework.util.FelixConstants;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OSGi framework of one runtime: configured from {@code conf/framework.properties}, filled from {@code bundle},
 * and from {@code plugins}, which the shell watches from then on.
 */
final class FrameworkHost implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FrameworkHost.class);
    private static final String RESOLVE_ONLY = "backplane.bundles.resolve-only";
    private static final String ENTRY_FILTER = "(backplane.entry=shell)";
    private static final long STOP_LIMIT_MILLIS = TimeUnit.SECONDS.toMillis(20);

    private final Framework framework;
    private final Layout layout;

    private FrameworkHost(Framework framework, Layout layout) {
        this.framework = framework;
        this.layout = layout;
    }

    /** Starts the framework and every bundle of the distribution; returns when all of them have been started. */
    static FrameworkHost start(Layout layout) {
        FrameworkCaches.deleteStale(layout.cache());
        Map<String, String> configuration = configuration(layout);
        Map<String, Object> withObjects = new HashMap<>(configuration);
        withObjects.put(FelixConstants.LOG_LOGGER_PROP, new FrameworkLog());
        Framework framework = new Felix(withObjects);
        FrameworkHost host = new FrameworkHost(framework, layout);
        try {
            framework.init();
            host.install(resolveOnly(configuration));
            framework.start();
            return host;
        } catch (BundleException e) {
            host.close();
            throw new LaunchException("the OSGi framework does not start: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            host.close();
            throw e;
        }
    }

    /** Calls the shell bundle with the command line; returns the exit status. */
    int call(List<String> arguments) {
        BundleContext context = framework.getBundleContext();
        try {
            @SuppressWarnings("rawtypes")
            Collection<ServiceReference<ToIntFunction>> entries =
                    context.getServiceReferences(ToIntFunction.class, ENTRY_FILTER);
            @SuppressWarnings("unchecked")
            ToIntFunction<List<String>> entry = entries.isEmpty() ? null
                    : context.getService(entries.iterator().next());
            if (entry == null) {
                throw new LaunchException("the shell did not start; the log in " + layout.log() + " says why");
            }
            return entry.applyAsInt(arguments);
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            framework.stop();
            framework.waitForStop(STOP_LIMIT_MILLIS);
        } catch (BundleException e) {
            LOG.warn("The framework did not stop cleanly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        FrameworkCaches.delete(layout.frameworkCache());
    }

    private void install(Set<String> resolveOnly) throws BundleException {
        BundleContext context = framework.getBundleContext();
        List<Bundle> installed = new ArrayList<>();
        for (Path jar : jars(layout.bundles())) {
            installed.add(context.installBundle("reference:" + jar.toUri()));
        }
        framework.adapt(FrameworkWiring.class).resolveBundles(installed);
        for (Bundle bundle : installed) {
            boolean fragment = bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
            if (!fragment && !resolveOnly.contains(bundle.getSymbolicName())) {
                bundle.start();
            }
        }
        for (Path jar : jars(layout.plugins())) {
            installPlugin(context, jar);
        }
    }

    /** Installs and starts a plug-in; one that is no good does not keep the others from working. */
    private static void installPlugin(BundleContext context, Path jar) {
        try {
            Bundle bundle = context.installBundle(jar.toUri().toString());
            if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                bundle.start();
            }
        } catch (BundleException e) {
            LOG.warn("the plug-in {} is left out: {}", jar.getFileName(), e.getMessage());
        }
    }

    private static List<Path> jars(Path folder) {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.jar")) {
            found.forEach(jars::add);
        } catch (IOException e) {
            throw new LaunchException("cannot read the folder " + folder + ": " + e.getMessage(), e);
        }
        Collections.sort(jars);
        return jars;
    }

    private static Set<String> resolveOnly(Map<String, String> configuration) {
        return Set.of(configuration.getOrDefault(RESOLVE_ONLY, "").split("[,\\s]+"));
    }

    private static Map<String, String> configuration(Layout layout) {
        Map<String, String> configuration = new HashMap<>();
        Path file = layout.conf().resolve("framework.properties");
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (IOException | IllegalArgumentException e) {
            throw new LaunchException("cannot read " + file + ": " + e.getMessage(), e);
        }
        for (String key : properties.stringPropertyNames()) {
            configuration.put(key, expand(properties.getProperty(key), layout));
        }
        configuration.put(Constants.FRAMEWORK_STORAGE, layout.frameworkCache().toString());
        configuration.put(Constants.FRAMEWORK_STORAGE_CLEAN, Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT);
        configuration.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, LibraryExports.of(layout.lib()));
        return configuration;
    }

    private static String expand(String text, Layout layout) {
        return text.replace("${backplane.home}", layout.home().toString())
                .replace("${backplane.data}", layout.data().toString())
                .replace("${backplane.cache}", layout.frameworkCache().toString());
    }
}
