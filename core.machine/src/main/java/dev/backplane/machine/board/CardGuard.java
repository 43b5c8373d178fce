package dev.backplane.machine.board;

import dev.backplane.api.device.RegisterHandler;

/**
 * The one way by which the core enters a card's code: under the card's lock, with what it throws contained, waiting
 * while the card is parked. A part of the board that calls handlers or callbacks of a card wraps each once, when the
 * card declares it, and keeps only the wrapped one.
 *
 * <p>A wrapped handler of a card that failed or is gone reads as all ones and drops writes; a wrapped callback does
 * nothing then. Wrapped code may be called from any thread that holds no lock which the card's code could want.
 */
public interface CardGuard {
    /** The card's id, for messages and as owner of ranges. */
    String owner();

    RegisterHandler guarded(RegisterHandler handler);

    Runnable guarded(Runnable callback);

    /** Notes for people that the guest did something out of bounds; the name as for {@code DeviceContext.counter}. */
    void count(String counter);
}
