package dev.backplane.bench.suite;

import java.util.List;

/** A platform that is up and runs workloads, one at a time. */
interface Session extends AutoCloseable {

    /** The workloads that are there. */
    List<Workload> list() throws BenchException, InterruptedException;

    /**
     * Runs one.
     *
     * @param units  of work, 1 or more
     * @param copies at once, 1 or more
     * @return seconds as they were measured, not in proportion
     * @throws WorkloadException if it fails or computes something wrong
     * @throws BenchException    if the platform fails
     */
    Sample run(String workload, int units, int copies) throws BenchException, InterruptedException;

    @Override
    void close();
}
