package dev.backplane.api.machine;

/**
 * Something happened to a machine or card. For cards {@code card} is the id, else "".
 *
 * @param machine the machine's name
 * @param card    the card's id or ""
 * @param kind    what happened
 * @param detail  one line for people, or ""
 */
public record MachineEvent(String machine, String card, Kind kind, String detail) {

    /** What can happen. */
    public enum Kind {
        CREATED, STARTED, PAUSED, RESUMED, RESET, STOPPED, FAILED, SAVED, RESTORED, DESTROYED, WAITING, COMPLETE,
        CARD_ADDED, CARD_REMOVED, CARD_FAILED, CARD_PARKED, CARD_REPLACED
    }
}
