package dev.backplane.device.printer.engine;

import java.time.Instant;

/**
 * A print job.
 *
 * @param number   counts from 1
 * @param language what it was taken for
 * @param started  wall-clock time of its first byte
 * @param ended    wall-clock time of its end, or null
 * @param pages    sheets printed so far
 * @param bytes    taken so far
 * @param state    {@code printing}, {@code done} or {@code cancelled}
 */
public record Job(int number, String language, Instant started, Instant ended, int pages, long bytes, String state) {
    Job printed(int more) {
        return new Job(number, language, started, ended, pages + more, bytes, state);
    }

    Job taken(long more) {
        return new Job(number, language, started, ended, pages, bytes + more, state);
    }

    Job as(String name) {
        return new Job(number, name, started, ended, pages, bytes, state);
    }

    Job over(Instant when, String how) {
        return new Job(number, language, started, when, pages, bytes, how);
    }
}
