package dev.backplane.machine.device;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches that nobody stays in a card's code for ever: after some seconds it says so in the log, after more it cuts the
 * card off and interrupts the thread. Also that no card raises interrupts without end. Called each second by one
 * thread.
 */
public final class CardWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CardWatch.class);

    /** Who is in the card's code, and how often it was entered. */
    record Sample(long entries, Thread inside) {
    }

    private record Stay(Sample sample, int periods) {
    }

    /** As many bursts in a period are a storm. */
    private static final int STORM_BURSTS = 50;
    /** After as many periods of it the card fails. */
    private static final int STORM_PERIODS = 5;

    private record Storm(int bursts, int periods) {
    }

    private final String machine;
    private final int warnAfter;
    private final int failAfter;
    private final Supplier<Collection<Card>> cards;
    private Map<Card, Stay> stays = new HashMap<>();
    private Map<Card, Storm> storms = new HashMap<>();

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

    /** One that tells of a call after a tenth of a time, and makes its card fail after half of it. */
    public static CardWatch within(String machine, Duration callLimit, Supplier<Collection<Card>> cards) {
        int seconds = (int) Math.clamp(callLimit.toSeconds(), 4, 3600);
        return new CardWatch(machine, Math.max(1, seconds / 10), Math.max(2, seconds / 2), cards);
    }

    /** Looks once. */
    public void look() {
        Map<Card, Stay> now = new HashMap<>();
        Map<Card, Storm> raining = new HashMap<>();
        for (Card card : cards.get()) {
            watchInterrupts(card, raining);
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
        storms = raining;
    }

    private void watchInterrupts(Card card, Map<Card, Storm> raining) {
        int bursts = card.host().interrupts().bursts();
        Storm before = storms.getOrDefault(card, new Storm(bursts, 0));
        int periods = bursts - before.bursts >= STORM_BURSTS ? before.periods + 1 : 0;
        raining.put(card, new Storm(bursts, periods));
        if (periods == 1) {
            card.host().warn("raises more than %d interrupts a second; they are passed on once a millisecond".formatted(
                STORM_BURSTS * InterruptLimit.BURST));
        } else if (periods == STORM_PERIODS) {
            card.host().fail("it raised more than %d interrupts a second for %d s".formatted(
                STORM_BURSTS * InterruptLimit.BURST, STORM_PERIODS));
        }
    }

    private void judge(Card card, Stay stay) {
        Thread thread = stay.sample.inside();
        if (stay.periods == warnAfter) {
            LOG.warn("{}: card {} has not come back from a call for {} s, on thread {}, in {}", machine, card.id(),
                warnAfter, thread.getName(), place(thread));
        } else if (stay.periods >= failAfter && card.host().phase() == CardHost.Phase.LIVE) {
            // While it is parked, the core calls, and bounds that itself.
            card.host().fail("it did not come back from a call for " + failAfter + " s, in " + place(thread));
            thread.interrupt();
        } else if (stay.periods == failAfter + warnAfter && card.host().phase() == CardHost.Phase.FAILED) {
            card.host().warn("cannot be stopped: thread %s is still in %s; it is cut off".formatted(thread.getName(),
                place(thread)));
        }
    }

    /** Where a thread is, as the innermost code that is not the Java library's. */
    static String place(Thread thread) {
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        return stack.stream().filter(frame -> !frame.getClassName().startsWith("java.")
            && !frame.getClassName().startsWith("jdk.")).findFirst().or(() -> stack.stream().findFirst())
            .map(StackTraceElement::toString).orElse("an unknown place");
    }
}
