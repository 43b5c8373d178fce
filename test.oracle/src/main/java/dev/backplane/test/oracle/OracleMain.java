package dev.backplane.test.oracle;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.backplane.api.cpu.CpuBackend;

/**
 * Runs many cases from a command line: {@code OracleMain BACKEND-CLASS COUNT [SEED [NAME-REGEX [FIRST]]]}. Prints up to
 * three differences per template, then a count for each. The system property {@code backplane.oracle.repeat} says how
 * often each case runs: a translator wants more than one.
 */
public final class OracleMain {
    private OracleMain() {
    }

    public static void main(String[] args) throws Exception {
        CpuBackend backend = (CpuBackend) Class.forName(args[0]).getDeclaredConstructor().newInstance();
        long count = Long.parseLong(args[1]);
        long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
        String model = HostProcessor.model();
        List<Template> templates = args.length > 3 ? Templates.matching(model, args[3]) : Templates.all(model);
        long first = args.length > 4 ? Long.parseLong(args[4]) : 0;
        Oracle oracle = new Oracle(HostProcessor.open(), backend, model, templates);
        oracle.repeat(Integer.getInteger("backplane.oracle.repeat", 1));
        Map<String, Integer> counts = new TreeMap<>();
        oracle.listener(d -> {
            if (counts.merge(d.template(), 1, Integer::sum) <= 3) {
                System.out.println(d.seed() + " " + d.text());
            }
        });
        long begin = System.nanoTime();
        List<Oracle.Difference> differences = oracle.run(seed, first, count, 1_000_000);
        System.out.printf("%d cases of %d templates in %.1f s, %d differences%n", count, templates.size(),
            (System.nanoTime() - begin) / 1e9, differences.size());
        counts.forEach((name, n) -> System.out.printf("%8d %s%n", n, name));
        System.exit(differences.isEmpty() ? 0 : 1);
    }
}
