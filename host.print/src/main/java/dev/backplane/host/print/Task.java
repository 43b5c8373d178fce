package dev.backplane.host.print;

import dev.backplane.api.page.Page;

/** Work on a job, in the order in which the printer said it. */
sealed interface Task {
    /** A job begins, in files of this name. */
    record Begin(String name) implements Task {
    }

    /** Bytes as the guest sent them. */
    record Raw(byte[] data) implements Task {
    }

    /** A page. */
    record Print(Page page) implements Task {
    }

    /** The job is a document. */
    record Document(String mediaType, byte[] data) implements Task {
    }

    /** The job is complete. */
    record End() implements Task {
    }

    /** The job is thrown away. */
    record Cancel() implements Task {
    }
}
