package dev.backplane.bench.suite;

/** A workload failed, and said so: the platform that ran it is fine. */
final class WorkloadException extends BenchException {
    private static final long serialVersionUID = 1;

    WorkloadException(String message) {
        super(message);
    }
}
