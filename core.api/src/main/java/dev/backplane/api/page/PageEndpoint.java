package dev.backplane.api.page;

import dev.backplane.api.host.HostEndpoint;

/**
 * The host side of a printer: where its pages go; what a page backend makes. Threading: under the device's lock, one
 * call at a time. Slow work (rendering, a spooler) is the endpoint's own threads'; {@link #pending} says how much of it
 * waits, so that the printer can be busy.
 */
public interface PageEndpoint extends HostEndpoint {
    /**
     * A job begins.
     *
     * @param number  counts from 1 for each printer
     * @param title   for people; may be empty
     */
    void begin(int number, String title);

    /** Bytes of the job as the guest sent them; only an endpoint that {@link #wantsRaw} gets them. */
    default void raw(byte[] data, int offset, int length) {
    }

    /** Whether it wants the bytes. */
    default boolean wantsRaw() {
        return false;
    }

    /**
     * The whole job is a document in a language of the host's, PostScript for instance. Nobody changes the array.
     *
     * @param mediaType {@code application/postscript} or another registered one
     * @return false if the endpoint cannot print that; {@link #problem} may say why
     */
    default boolean document(String mediaType, byte[] data) {
        return false;
    }

    /** A page is complete. */
    void page(Page page);

    /** The job is complete. */
    void end();

    /** The job will not be completed: what is there of it may be kept or thrown away. */
    void cancel();

    /** Pages and jobs that are not where they belong yet. */
    int pending();

    /** What went wrong on the host (a full disk, a limit), for the printer's fault line and the user; or null. */
    String problem();

    /** Tries again after a problem, as when a user pressed the printer's button. */
    default void retry() {
    }
}
