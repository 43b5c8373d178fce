package dev.backplane.bench.suite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A line of what the translator has to reach, with what was measured.
 *
 * @param what    in words
 * @param value   what was measured
 * @param atLeast the bound
 * @param aim     what is wished for
 * @param less    whether less is better
 */
record Goal(String what, double value, double atLeast, double aim, boolean less) {

    private static final Set<String> SINGLE = Set.of("int", "mem", "fp", "call", "sys", "real");

    enum Verdict { MISSED, REACHED, AIM }

    Verdict verdict() {
        if (less ? value <= aim : value >= aim) {
            return Verdict.AIM;
        }
        return (less ? value <= atLeast : value >= atLeast) ? Verdict.REACHED : Verdict.MISSED;
    }

    /** Those for which there are figures, for one platform against QEMU. */
    static List<Goal> of(Results results, String platform, String reference, String host) {
        List<Goal> goals = new ArrayList<>();
        mean(goals, results, platform, reference, "integer and memory, geometric mean, times QEMU's speed",
                Set.of("int", "mem"), 1.5, 3);
        OptionalDouble ideal = results.speed(Set.of("fp"), host, reference);
        mean(goals, results, platform, reference, "floating point, geometric mean, times QEMU's speed (aim: native)",
                Set.of("fp"), 3, Math.max(3, ideal.orElse(Double.MAX_VALUE)));
        results.rows().stream().filter(r -> SINGLE.contains(r.group()))
                .map(r -> Map.entry(r.name(), results.speed(r, platform, reference)))
                .filter(e -> e.getValue().isPresent())
                .min(Comparator.comparingDouble(e -> e.getValue().getAsDouble()))
                .ifPresent(e -> goals.add(new Goal("slowest single workload (" + e.getKey() + "), times QEMU's speed",
                        e.getValue().getAsDouble(), 0.8, 1.5, false)));
        mean(goals, results, platform, reference, "system, geometric mean, times QEMU's speed", Set.of("sys"), 0.8, 2);
        boot(goals, results, platform, reference, "boot-cloud", "boot, runtime up, times QEMU's time", 2, 0.7);
        boot(goals, results, platform, reference, "boot-cloud-cold", "boot, runtime started cold, times QEMU's time",
                4, 1.5);
        scaling(results, platform).ifPresent(
                v -> goals.add(new Goal("two vCPUs, two workloads at once, times one", v, 1.8, 1.95, false)));
        return goals;
    }

    private static void mean(List<Goal> goals, Results results, String platform, String reference, String what,
            Set<String> groups, double atLeast, double aim) {
        results.speed(groups, platform, reference)
                .ifPresent(v -> goals.add(new Goal(what, v, atLeast, aim, false)));
    }

    private static void boot(List<Goal> goals, Results results, String platform, String reference, String name,
            String what, double atLeast, double aim) {
        Results.Row row = new Results.Row(name, Boot.GROUP);
        // a cold boot of ours is compared with QEMU's only kind of boot
        OptionalDouble qemu = results.seconds(row, reference).isPresent() ? results.seconds(row, reference)
                : results.seconds(new Results.Row("boot-cloud", Boot.GROUP), reference);
        OptionalDouble own = results.seconds(row, platform);
        if (own.isPresent() && qemu.isPresent()) {
            goals.add(new Goal(what, own.getAsDouble() / qemu.getAsDouble(), atLeast, aim, true));
        }
    }

    /** Work per second of two copies at once against one, geometric mean over the workloads that were run both ways. */
    static OptionalDouble scaling(Results results, String platform) {
        return Statistics.geometricMean(results.rows().stream().filter(r -> r.group().equals(Suite.PAIR))
                .map(pair -> results.speed(pair, new Results.Row(pair.name(), Suite.ALONE), platform))
                .filter(OptionalDouble::isPresent).map(v -> 2 * v.getAsDouble()).toList());
    }
}
