package dev.backplane.machine.device;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that nobody stays in a card's code for ever: after some seconds it says so in the log, after more it cuts the
 * card off and interrupts the thread. Called at a steady period by one thread.
 */
public final class CardWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CardWatch.class);

    /** Who is in the card's code, and how often it was entered. */
    record Sample(long entries, Thread inside) {
    }

    private record Stay(Sample sample, int periods) {
    }

    private final String machine;
    private final int warnAfter;
    private final int failAfter;
    private final Supplier<Collection<Card>> cards;
    private Map<Card, Stay> stays = new HashMap<>();

    /**
     * @param warnAfter after how many periods in the same call the log tells
     * @param failAfter after how many periods the card fails
     */
    public CardWatch(String machine, int warnAfter, int failAfter, Supplier<Collection<Card>> cards) {
        this.machine = machine;
        this.warnAfter = warnAfter;
        this.failAfter = failAfter;
        this.cards = cards;
    }

    /** Looks once. */
    public void look() {
        Map<Card, Stay> now = new HashMap<>();
        for (Card card : cards.get()) {
            Sample sample = card.sample();
            if (sample.inside() == null) {
                continue;
            }
            Stay before = stays.get(card);
            Stay stay = new Stay(sample, before != null && before.sample.equals(sample) ? before.periods + 1 : 0);
            now.put(card, stay);
            judge(card, stay);
        }
        stays = now;
    }

    private void judge(Card card, Stay stay) {
        Thread thread = stay.sample.inside();
        if (stay.periods == warnAfter) {
            LOG.warn("{}: card {} has not come back from a call for {} s, on thread {}, in {}", machine, card.id(),
                warnAfter, thread.getName(), place(thread));
        } else if (stay.periods == failAfter) {
            card.host().fail("it did not come back from a call for " + failAfter + " s, in " + place(thread));
            thread.interrupt();
        }
    }

    private static String place(Thread thread) {
        StackTraceElement[] stack = thread.getStackTrace();
        return stack.length == 0 ? "an unknown place" : stack[0].toString();
    }
}
