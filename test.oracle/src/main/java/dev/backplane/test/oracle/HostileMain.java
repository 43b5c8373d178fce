package dev.backplane.test.oracle;

import dev.backplane.api.cpu.CpuBackend;

/**
 * Runs hostile guests from a command line: {@code HostileMain BACKEND-CLASS COUNT [SEED [FIRST [VCPUS
 * [MICROSECONDS]]]]}. Ends with status 1 at the first guest that did damage.
 */
public final class HostileMain {
    private HostileMain() {
    }

    public static void main(String[] args) throws Exception {
        CpuBackend backend = (CpuBackend) Class.forName(args[0]).getDeclaredConstructor().newInstance();
        long count = Long.parseLong(args[1]);
        long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
        long first = args.length > 3 ? Long.parseLong(args[3]) : 0;
        int vcpus = args.length > 4 ? Integer.parseInt(args[4]) : 1;
        int limit = args.length > 5 ? Integer.parseInt(args[5]) : 500;
        int status = 0;
        try (HostileRuns runs = new HostileRuns(backend, Oracle.AVX_MODEL, vcpus)) {
            long begin = System.nanoTime();
            for (long n = first; n < first + count; n++) {
                String wrong = runs.guest(seed, n, limit);
                if (wrong != null) {
                    System.out.println("guest " + seed + ":" + n + ": " + wrong);
                    if (runs.failure() != null) {
                        runs.failure().printStackTrace(System.out);
                    }
                    status = 1;
                    break;
                }
            }
            System.out.printf("%d guests in %.1f s, %d instructions, exits %s%n", count,
                (System.nanoTime() - begin) / 1e9, runs.instructions(), runs.exits());
        }
        System.exit(status);
    }
}
