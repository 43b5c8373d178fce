package dev.backplane.machine.lifecycle;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.pci.RemovalListener;
import dev.backplane.machine.pci.RemovalStart;
import dev.backplane.machine.pci.RootPort;

/** The polite way to take a card out of a running machine. */
final class GracefulRemoval {
    private static final long REMOVAL_SECONDS = 15;
    private static final long RETRY_NANOS = 50_000_000;

    private GracefulRemoval() {
    }

    /**
     * Asks the guest to let go of a card, and waits for what it does. If the machine is switched off meanwhile, there
     * is nobody left to ask.
     *
     * @param on whether the machine is still on
     * @throws MachineException if the card stays; says why
     */
    static void ask(RootPort port, String card, BooleanSupplier on) throws MachineException {
        CountDownLatch answered = new CountDownLatch(1);
        AtomicBoolean refused = new AtomicBoolean();
        RemovalStart start = press(port, on, new RemovalListener() {
            @Override
            public void removed() {
                answered.countDown();
            }

            @Override
            public void refused() {
                refused.set(true);
                answered.countDown();
            }
        });
        switch (start) {
            case DONE, EMPTY -> {
                return;
            }
            case NOT_LISTENING -> throw new MachineException("the guest does not handle hot-plug (yet); "
                + card + " stays (--force takes it out by surprise)");
            case BUSY -> throw new MachineException("the guest has been busy with %s for %d s; %s stays (--force takes "
                .formatted(port.name(), REMOVAL_SECONDS, card) + "it out by surprise)");
            case ASKED -> { }
        }
        try {
            if (!await(answered, on) && port.giveUpRemoval()) {
                throw new MachineException("no answer from the guest within %d s; %s stays (--force takes it out by "
                    .formatted(REMOVAL_SECONDS, card) + "surprise)");
            }
            if (!refused.get() && !await(answered, on)) {
                throw new MachineException("the guest began to let go of %s but did not end within %d s".formatted(
                    card, 2 * REMOVAL_SECONDS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            port.giveUpRemoval();
            throw new MachineException("the removal of " + card + " was interrupted", e);
        }
        if (refused.get()) {
            throw new MachineException("the guest keeps " + card);
        }
    }

    /** Whether there is an answer, or nobody any more to give one, within the time. */
    private static boolean await(CountDownLatch answered, BooleanSupplier on) throws InterruptedException {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(REMOVAL_SECONDS);
        while (on.getAsBoolean() && System.nanoTime() < limit) {
            if (answered.await(RETRY_NANOS, TimeUnit.NANOSECONDS)) {
                return true;
            }
        }
        return !on.getAsBoolean();
    }

    /** Presses the button; while the guest is busy with the slot, such as with a card that has just come, again. */
    private static RemovalStart press(RootPort port, BooleanSupplier on, RemovalListener listener) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(REMOVAL_SECONDS);
        RemovalStart start = port.requestRemoval(listener);
        while (start == RemovalStart.BUSY && on.getAsBoolean() && System.nanoTime() < limit
            && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(RETRY_NANOS);
            start = port.requestRemoval(listener);
        }
        return start;
    }
}
