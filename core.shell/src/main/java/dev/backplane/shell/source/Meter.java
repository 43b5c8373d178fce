package dev.backplane.shell.source;

/** Is told how far a transfer has come. */
@FunctionalInterface
public interface Meter {

    /** For nobody. */
    Meter NONE = (what, done, total) -> { };

    /**
     * So much is there now.
     *
     * @param what  what is transferred, for people
     * @param done  bytes so far
     * @param total bytes in all, or less than {@code done} if that is not known
     */
    void at(String what, long done, long total);

    /** It is over, well or not. */
    default void end() {
    }
}
