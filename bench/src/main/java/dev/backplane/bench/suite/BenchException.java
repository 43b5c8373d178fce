package dev.backplane.bench.suite;

/** Something that a person who runs benchmarks has to know; the message is for them. */
class BenchException extends Exception {
    private static final long serialVersionUID = 1;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
