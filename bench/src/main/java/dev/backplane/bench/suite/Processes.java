package dev.backplane.bench.suite;

import java.util.concurrent.TimeUnit;

/** How processes are ended. */
final class Processes {

    private static final int PATIENCE = 20;

    private Processes() {
    }

    /** Ends a process and those that it started; by force, if asking does not help. */
    static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
