package dev.backplane.api.machine;

/** The states of a card. */
public enum CardState {
    /** Its type is not there. */
    WAITING,
    /** It is in its slot of a machine that is not running. */
    SEATED,
    /** It works. */
    LIVE,
    /** Its type is being replaced: accesses of the guest wait. */
    PARKED,
    /** It threw: reads are all ones, writes are dropped. */
    FAILED
}
