package dev.backplane.shell.plugin;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Listens for what becomes of cards and vCPUs whose bundle is replaced. Cards are written {@code machine:card}, the
 * vCPUs of a machine {@code machine:}.
 */
final class CardWatch implements MachineListener {

    private final Map<String, String> replaced = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();
    private final Set<String> off = new HashSet<>();

    @Override
    public synchronized void event(MachineEvent event) {
        String part = event.machine() + ":" + event.card();
        switch (event.kind()) {
            case CARD_REPLACED, VCPUS_REPLACED -> {
                replaced.put(part, event.detail());
                refused.remove(part);
            }
            case CARD_REFUSED, VCPUS_REFUSED -> refused.put(part, event.detail());
            case CARD_REMOVED -> replaced.put(part, "was removed meanwhile");
            case STOPPED, FAILED, DESTROYED -> off.add(event.machine());
            default -> { }
        }
        notifyAll();
    }

    /** Waits until it is known of all these what became of them, or the time in nanoseconds is over. */
    synchronized void await(Collection<String> parts, long nanos) {
        boolean interrupted = false;
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !parts.stream().allMatch(this::known); left = end - System.nanoTime()) {
            try {
                wait(left / 1_000_000 + 1);
            } catch (InterruptedException e) {
                // A replacement that has begun is ended.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean known(String part) {
        return replaced(part) != null || refused.containsKey(part);
    }

    /** How long the card was parked or the vCPUs stood, as text, or null if they were not replaced. */
    synchronized String replaced(String part) {
        return off.contains(part.substring(0, part.indexOf(':'))) ? "is off meanwhile" : replaced.get(part);
    }

    /** Why it was not replaced. */
    synchronized String refusal(String part) {
        return refused.getOrDefault(part, "it was not taken over in time");
    }
}
