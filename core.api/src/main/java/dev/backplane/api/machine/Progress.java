package dev.backplane.api.machine;

/** Hears how far long work is. Called from the thread that does the work; must not throw. */
@FunctionalInterface
public interface Progress {
    /** Takes no notice. */
    Progress NONE = (done, total) -> { };

    /**
     * @param done  units of work done, usually bytes
     * @param total units of work in all, or -1 while that is not known
     */
    void report(long done, long total);
}
