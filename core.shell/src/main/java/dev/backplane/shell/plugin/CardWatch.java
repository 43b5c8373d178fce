package dev.backplane.shell.plugin;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Listens for what becomes of cards whose bundle is replaced; cards are written {@code machine:card}. */
final class CardWatch implements MachineListener {

    private final Set<String> parked;
    private final Map<String, String> replaced = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();

    /** A watch that knows which cards are parked already. */
    CardWatch(Collection<String> parked) {
        this.parked = new HashSet<>(parked);
    }

    @Override
    public synchronized void event(MachineEvent event) {
        String card = event.machine() + ":" + event.card();
        switch (event.kind()) {
            case CARD_PARKED -> {
                // A card that was parked and is reported so again has refused what came.
                if (!parked.add(card)) {
                    refused.put(card, event.detail());
                }
            }
            case CARD_REPLACED -> {
                replaced.put(card, event.detail());
                refused.remove(card);
            }
            case CARD_FAILED -> refused.put(card, event.detail());
            default -> { }
        }
        notifyAll();
    }

    /** Waits until it is known of all these cards what became of them, or the time in nanoseconds is over. */
    synchronized void await(Collection<String> cards, long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (!cards.stream().allMatch(card -> replaced.containsKey(card) || refused.containsKey(card))) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return;
            }
            wait(left / 1_000_000 + 1);
        }
    }

    /** How long the card was parked, as text, or null if it was not replaced. */
    synchronized String replaced(String card) {
        return replaced.get(card);
    }

    /** Why the card was not replaced. */
    synchronized String refusal(String card) {
        return refused.getOrDefault(card, "it was not taken over in time");
    }
}
