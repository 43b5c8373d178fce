package dev.backplane.cpu.x86;

/** What instructions ask of the engine that runs them. Called on the vCPU's thread. */
public interface Engine {
    /** An engine for a CPU that runs alone and caches no code. */
    Engine NONE = new Engine() {
        @Override
        public void mappingsChanged(Cpu c) {
        }

        @Override
        public void mappingChanged(Cpu c, long linear) {
        }

        @Override
        public void enterBus(Cpu c) {
        }

        @Override
        public void leaveBus(Cpu c) {
        }

        @Override
        public void enterExclusive(Cpu c) {
        }

        @Override
        public void leaveExclusive(Cpu c) {
        }
    };

    /** Translations of linear addresses changed: what was derived from them goes. */
    void mappingsChanged(Cpu c);

    /** As {@link #mappingsChanged}, but those of global pages have not. */
    default void localMappingsChanged(Cpu c) {
        mappingsChanged(c);
    }

    /**
     * As {@link #localMappingsChanged}, since the vCPU goes to another address space; {@code kept}: that one's mappings
     * are what they were when it was left (bit 63 of a move to CR3).
     */
    default void spaceChanged(Cpu c, boolean kept) {
        localMappingsChanged(c);
    }

    /** The translation of one page changed (INVLPG). */
    void mappingChanged(Cpu c, long linear);

    /** The vCPU is about to call the core, which may block: others need not wait for it. */
    void enterBus(Cpu c);

    /** The call has returned. */
    void leaveBus(Cpu c);

    /**
     * Stops all other vCPUs of the machine at an instruction boundary until {@link #leaveExclusive}: for locked
     * accesses that the host has no atomic for.
     */
    void enterExclusive(Cpu c);

    void leaveExclusive(Cpu c);
}
