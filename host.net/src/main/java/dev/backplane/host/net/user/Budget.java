package dev.backplane.host.net.user;

/** Memory that connections share beyond what each has for itself. Not thread-safe. */
final class Budget {
    private long free;

    Budget(long bytes) {
        free = bytes;
    }

    boolean take(long bytes) {
        if (bytes > free) {
            return false;
        }
        free -= bytes;
        return true;
    }

    void give(long bytes) {
        free += bytes;
    }

    long free() {
        return free;
    }
}
