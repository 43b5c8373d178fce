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
        CARD_ADDED, CARD_REMOVED, CARD_FAILED,
        /** Its type went away: accesses of the guest wait for another build. */
        CARD_PARKED,
        /** It goes on with another build; the detail says for how long it was parked. */
        CARD_REPLACED,
        /** Another build did not take it over; it is as it was before. */
        CARD_REFUSED,
        /** What it did is worth knowing, such as threads that its code left behind. */
        CARD_WARNING,
        /** The CPU backend went away: vCPUs and machine time stand until another build comes. */
        VCPUS_PARKED,
        /** The vCPUs go on with another build or backend; the detail says for how long they stood. */
        VCPUS_REPLACED,
        /** Another build did not take the vCPUs over; they are as they were before. */
        VCPUS_REFUSED
    }
}
