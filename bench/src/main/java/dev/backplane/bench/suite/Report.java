package dev.backplane.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** The results as a table for a person. */
final class Report {

    static final String HOST = "native";
    static final String REFERENCE = "qemu";

    private static final Map<String, String> TITLES = titles();

    private final Results results;

    Report(Results results) {
        this.results = results;
    }

    private static Map<String, String> titles() {
        Map<String, String> titles = new LinkedHashMap<>();
        titles.put("int", "integer");
        titles.put("mem", "memory");
        titles.put("fp", "floating point");
        titles.put("call", "calls and indirect branches");
        titles.put("sys", "system");
        titles.put("real", "programs of Debian");
        titles.put(Suite.ALONE, "one workload on two vCPUs");
        titles.put(Suite.PAIR, "two of it at once on two vCPUs");
        titles.put(Boot.GROUP, "boot to the first process");
        return titles;
    }

    /** Our own backends: what is compared with QEMU and with the host. */
    List<String> backends() {
        return results.platforms().stream().filter(p -> !p.equals(HOST) && !p.equals(REFERENCE)).toList();
    }

    /** The whole text. */
    String text() {
        StringBuilder out = new StringBuilder();
        out.append("Seconds (medians); xQ: times as fast as QEMU's TCG; %N: percent of the host's speed\n");
        for (Map.Entry<String, String> group : TITLES.entrySet()) {
            List<Results.Row> rows = results.rows().stream().filter(r -> r.group().equals(group.getKey())).toList();
            if (!rows.isEmpty()) {
                out.append('\n').append(head(group.getValue()));
                rows.forEach(r -> out.append(line(r)));
                out.append(means(group.getKey()));
            }
        }
        out.append(goals());
        List<String> problems = results.problems();
        if (!problems.isEmpty()) {
            out.append("\nPROBLEMS\n");
            problems.forEach(p -> out.append("  ").append(p).append('\n'));
        }
        return out.toString();
    }

    private String head(String title) {
        StringBuilder out = new StringBuilder("%-30s".formatted(title));
        results.platforms().forEach(p -> out.append("%12s".formatted(p)));
        backends().forEach(b -> out.append("%9s%7s".formatted("xQ", "%N")));
        return out.append('\n').toString();
    }

    private String line(Results.Row row) {
        StringBuilder out = new StringBuilder("  %-28s".formatted(row.name()));
        for (String platform : results.platforms()) {
            boolean failed = results.failed(row, platform);
            out.append("%12s".formatted(failed ? "FAILED" : number(results.seconds(row, platform), "%.3f")));
        }
        backends().forEach(b -> out.append("%9s%7s".formatted(number(results.speed(row, b, REFERENCE), "%.2f"),
                number(percent(results.speed(row, b, HOST)), "%.0f"))));
        return out.append('\n').toString();
    }

    private String means(String group) {
        if (group.equals(Boot.GROUP) || group.equals(Suite.ALONE) || group.equals(Suite.PAIR)) {
            return "";
        }
        StringBuilder out = new StringBuilder("  %-28s".formatted("geometric mean"));
        results.platforms().forEach(p -> out.append("%12s".formatted("")));
        backends().forEach(b -> out.append("%9s%7s".formatted(
                number(results.speed(Set.of(group), b, REFERENCE), "%.2f"),
                number(percent(results.speed(Set.of(group), b, HOST)), "%.0f"))));
        return out.append('\n').toString();
    }

    private String goals() {
        StringBuilder out = new StringBuilder();
        for (String backend : backends()) {
            List<Goal> goals = Goal.of(results, backend, REFERENCE, HOST);
            if (!goals.isEmpty()) {
                out.append("\n%-68s%9s%9s%9s\n".formatted(backend, "is", "at least", "aim"));
                goals.forEach(g -> out.append("  %-66s%9s%9s%9s  %s\n".formatted(g.what(),
                        number(OptionalDouble.of(g.value()), "%.2f"), (g.less() ? "<" : "") + plain(g.atLeast()),
                        g.aim() == Double.MAX_VALUE ? "-" : (g.less() ? "<" : "") + plain(g.aim()),
                        g.verdict() == Goal.Verdict.MISSED ? "MISSED"
                                : g.verdict().name().toLowerCase(Locale.ROOT))));
            }
        }
        return out.toString();
    }

    private static String plain(double value) {
        return "%.2f".formatted(value).replaceAll("\\.?0+$", "");
    }

    private static OptionalDouble percent(OptionalDouble share) {
        return share.isPresent() ? OptionalDouble.of(100 * share.getAsDouble()) : share;
    }

    private static String number(OptionalDouble value, String format) {
        return value.isPresent() ? format.formatted(value.getAsDouble()) : "-";
    }
}
