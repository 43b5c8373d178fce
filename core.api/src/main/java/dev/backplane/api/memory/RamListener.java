package dev.backplane.api.memory;

/** What the core tells a CPU backend about RAM. Called from any thread; must return quickly and not throw. */
public interface RamListener {
    /** A device wrote to at least one page marked as code. */
    void codeWritten(long guestAddress, long length);

    /** {@link GuestRam#dirtyTracking()} changed, or a new round began: cached permissions to write must be dropped. */
    void dirtyTrackingChanged();

    /** {@link GuestRam#regions()} changed: everything derived from it must be dropped. */
    void regionsChanged();
}
