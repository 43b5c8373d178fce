package dev.backplane.shell.plugin;

import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.shell.CommandException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceRegistration;

/**
 * Puts another build in the place of a bundle. The new build is installed and started beside the old one, together with
 * copies of the bundles that use its packages; the machine core moves cards and vCPUs over while both are there; then
 * the old ones are uninstalled. If the new build does not start or something refuses it, it goes, and the old one has
 * been there all the time. The new build is another {@link Bundle}, at another location.
 */
final class PluginUpdate {

    /** How long cards and vCPUs may take to go on with the new build: longer than a callback of theirs may hang. */
    private static final long PARTS_WAIT = TimeUnit.SECONDS.toNanos(70);

    private final Plugins plugins;
    private final Bundle bundle;

    PluginUpdate(Plugins plugins, Bundle bundle) {
        this.plugins = plugins;
        this.bundle = bundle;
    }

    /**
     * Does it.
     *
     * @param jar    the new build
     * @param source where it came from: from there it is read when the bundle is updated again
     * @return what happened, a line for each card and for the vCPUs of each machine
     * @throws CommandException if it was refused; the old build serves on
     */
    String run(byte[] jar, String source) throws CommandException {
        synchronized (plugins) {
            Collection<Bundle> affected = List.copyOf(plugins.closure(bundle));
            List<String> parts = new ArrayList<>(plugins.cards(affected, CardState.LIVE, CardState.PARKED));
            plugins.processors(affected).forEach(machine -> parts.add(machine + ":"));
            CardWatch watch = new CardWatch();
            ServiceRegistration<MachineListener> listening =
                    plugins.context().registerService(MachineListener.class, watch, null);
            try (Staging staging = new Staging(plugins)) {
                String problem = stage(staging, affected, jar, source);
                if (problem == null) {
                    watch.await(parts, PARTS_WAIT);
                    problem = parts.stream().filter(part -> watch.replaced(part) == null).findFirst()
                            .map(part -> name(part) + " does not go on with it: " + watch.refusal(part)).orElse(null);
                }
                if (problem != null) {
                    staging.discard();
                    throw new CommandException("%s was not replaced: %s; %s stays".formatted(
                            bundle.getSymbolicName(), problem, bundle.getVersion()));
                }
                staging.keep();
                List<String> lines = new ArrayList<>();
                lines.add("%s: %s replaced by %s".formatted(bundle.getSymbolicName(), bundle.getVersion(),
                        staging.of(bundle).getVersion()));
                parts.forEach(part -> lines.add("  " + name(part) + " " + watch.replaced(part)));
                return String.join("\n", lines);
            } finally {
                listening.unregister();
            }
        }
    }

    private static String name(String part) {
        return part.endsWith(":") ? "vCPUs of " + part.substring(0, part.length() - 1) : part;
    }

    /** Installs and starts the new builds; gives the reason if one does not start. */
    private String stage(Staging staging, Collection<Bundle> affected, byte[] jar, String source)
            throws CommandException {
        try {
            for (Bundle old : affected) {
                boolean replaced = old.equals(bundle);
                staging.install(old, replaced ? jar : Jars.copy(old),
                        Staging.source(replaced ? source : old.getLocation()));
            }
            staging.prepare();
            staging.start(bundle);
            return null;
        } catch (BundleException e) {
            return BundleProblem.text(e);
        } catch (CommandException | RuntimeException e) {
            staging.discard();
            throw e;
        }
    }
}
