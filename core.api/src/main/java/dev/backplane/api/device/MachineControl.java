package dev.backplane.api.device;

/** What a card may ask of its machine. The request is carried out soon, on another thread. Threading: any thread. */
public interface MachineControl {
    /** Resets the machine as its reset button would. */
    void requestReset();

    /** Turns the machine off. */
    void requestPowerOff();

    /**
     * Turns the machine off and leaves a status for whoever waits for it (a test-exit port).
     *
     * @param status any value; what {@code vm:wait} shows
     */
    void requestExit(int status);
}
