package dev.backplane.machine.lifecycle;

/** What a running machine asks for by itself. Called from any thread, also under locks; must not block. */
interface PowerEvents {
    /** A reset, as by the reset button. */
    void reset(String why);

    /** The power is to go off. */
    void powerOff(String why);

    /** The power is to go off, with a status for whoever waits. */
    void exit(int status);

    /** It cannot go on. */
    void failed(String why);

    /** A vCPU has met what the debugger wants to know, and stands still. */
    void debugged();

    /** A card failed. */
    void cardFailed(String card, String why);

    /** A card works but does what it should not. */
    void cardWarned(String card, String what);
}
