package dev.backplane.host.print;

import java.io.IOException;
import java.nio.file.Path;

import org.apache.pdfbox.pdmodel.PDDocument;

/** What becomes of a complete job. Threading: one call at a time, on a thread of its own, off all locks. */
interface Output {
    /** The suffix of its files, with a dot. */
    String suffix();

    /** Whether it takes the bytes of the guest instead of pages. */
    default boolean raw() {
        return false;
    }

    /**
     * Delivers a job.
     *
     * @param document the job
     * @param folder   for files
     * @param name     of the job, unique in the folder
     */
    default void deliver(PDDocument document, Path folder, String name) throws IOException, InterruptedException {
        throw new IOException(name + ": pages are not taken here");
    }
}
