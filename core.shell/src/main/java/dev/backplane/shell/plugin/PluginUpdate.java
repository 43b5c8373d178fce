package dev.backplane.shell.plugin;

import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.shell.command.CommandException;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.wiring.FrameworkWiring;

/** Puts another build in the place of a bundle, and the old one back if the new one or a card refuses. */
final class PluginUpdate {

    /** How long a card may take to go on with the new build: less than the core lets it wait for one. */
    private static final long CARDS_WAIT = TimeUnit.SECONDS.toNanos(4);

    private static final long REFRESH_SECONDS = 30;

    private final Plugins plugins;
    private final Bundle bundle;

    PluginUpdate(Plugins plugins, Bundle bundle) {
        this.plugins = plugins;
        this.bundle = bundle;
    }

    /**
     * Does it.
     *
     * @return what happened, a line for each card
     * @throws CommandException if it was refused; says whether the old build is back
     */
    String run(byte[] jar) throws CommandException, InterruptedException {
        byte[] old = Jars.copy(bundle);
        String oldVersion = bundle.getVersion().toString();
        Collection<Bundle> affected = List.copyOf(plugins.closure(bundle));
        List<String> cards = plugins.cards(affected, CardState.LIVE, CardState.PARKED);
        List<String> processors = plugins.processors(affected);
        Attempt attempt = attempt(jar, affected, cards);
        String newVersion = bundle.getVersion().toString();
        if (attempt.problem() == null) {
            List<String> lines = new ArrayList<>();
            lines.add(bundle.getSymbolicName() + ": " + oldVersion + " replaced by " + newVersion);
            cards.forEach(card -> lines.add("  " + card + " " + attempt.watch().replaced(card)));
            processors.forEach(machine -> lines.add("  " + machine + ": its vCPUs stood for " + attempt.millis()
                    + " ms at most"));
            return String.join("\n", lines);
        }
        Attempt back = attempt(old, affected, cards);
        String parked = String.join("", cards.stream().map(card -> back.watch().replaced(card) == null
                ? "" : ", " + card + " " + back.watch().replaced(card)).toList());
        throw new CommandException(bundle.getSymbolicName() + " was not replaced: " + attempt.problem() + "; "
                + (back.problem() == null ? oldVersion + " was put back" + parked
                        : "putting " + oldVersion + " back failed too: " + back.problem()));
    }

    /**
     * What became of one replacement.
     *
     * @param problem why it did not work, or null
     * @param watch   what became of the cards
     * @param millis  how long the bundle was not there
     */
    private record Attempt(String problem, CardWatch watch, long millis) {
    }

    private Attempt attempt(byte[] jar, Collection<Bundle> affected, List<String> cards) throws InterruptedException {
        CardWatch watch = new CardWatch(plugins.cards(affected, CardState.PARKED));
        ServiceRegistration<MachineListener> listening =
                plugins.context().registerService(MachineListener.class, watch, null);
        long begin = System.nanoTime();
        try {
            bundle.stop(Bundle.STOP_TRANSIENT);
            bundle.update(new ByteArrayInputStream(jar));
            if (plugins.wiring().getRemovalPendingBundles().contains(bundle)) {
                refresh();
            }
            bundle.start(Bundle.START_TRANSIENT);
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            watch.await(cards, CARDS_WAIT);
            List<String> left = cards.stream().filter(card -> watch.replaced(card) == null).toList();
            return new Attempt(left.isEmpty() ? null
                    : left.getFirst() + " does not go on with it: " + watch.refusal(left.getFirst()), watch, millis);
        } catch (BundleException e) {
            return new Attempt(BundleProblem.text(e), watch, 0);
        } finally {
            listening.unregister();
        }
    }

    /** Goes on waiting if the user interrupts it: in between nothing serves the cards. */
    private void refresh() {
        CountDownLatch done = new CountDownLatch(1);
        FrameworkWiring wiring = plugins.wiring();
        wiring.refreshBundles(List.of(bundle), event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        boolean interrupted = false;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(REFRESH_SECONDS);
        for (long left = end - System.nanoTime(); left > 0 && done.getCount() > 0; left = end - System.nanoTime()) {
            try {
                done.await(left, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
