package dev.backplane.api.cpu;

/** What a vCPU is busy with at a moment. Which of them occur depends on the backend. */
public enum VcpuPhase {
    /** The guest waits for an interrupt (HLT), or the vCPU for its start-up interrupt. */
    HALTED("halted"),
    /** It stands still, or the core works for it. */
    CORE("in the core"),
    /** The bus: a device, the local APIC, or waiting for a device that is being replaced. */
    BUS("in devices"),
    /** Instructions one by one, as the interpreter does it. */
    INTERPRETED("interpreted"),
    /** Machine code made of the guest's code, or the host's processor in guest mode. */
    TRANSLATED("translated"),
    /** Making machine code of guest code. */
    TRANSLATING("translating"),
    /** Left from machine code: an instruction that it does not do, a lookup, a link. */
    EXIT("exits");

    private final String text;

    VcpuPhase(String text) {
        this.text = text;
    }

    /** As people read it. */
    public String text() {
        return text;
    }
}
