package dev.backplane.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The results as data. */
final class Figures {

    private Figures() {
    }

    /** A document with {@code run}, {@code workloads}, {@code goals}, {@code problems}. */
    static String json(Results results, Settings settings, Map<String, String> about) {
        Map<String, Object> run = new LinkedHashMap<>(about);
        run.put("rounds", settings.rounds());
        run.put("divisor", settings.divisor());
        run.put("platforms", results.platforms());
        Report report = new Report(results);
        Map<String, Object> goals = new LinkedHashMap<>();
        for (String backend : report.backends()) {
            goals.put(backend, Goal.of(results, backend, Report.REFERENCE, Report.HOST).stream()
                    .map(Figures::goal).toList());
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("run", run);
        document.put("workloads", results.rows().stream().map(r -> row(results, report, r)).toList());
        document.put("goals", goals);
        document.put("problems", results.problems());
        return Json.write(document) + "\n";
    }

    private static Map<String, Object> row(Results results, Report report, Results.Row row) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", row.name());
        out.put("group", row.group());
        Map<String, Object> on = new LinkedHashMap<>();
        for (String platform : results.platforms()) {
            results.cell(row, platform).ifPresent(cell -> {
                Map<String, Object> figures = new LinkedHashMap<>();
                figures.put("median", cell.median());
                figures.put("seconds", cell.samples().stream().map(Sample::seconds).toList());
                List<String> sums = new ArrayList<>(cell.samples().stream().map(Sample::checksum).distinct().toList());
                figures.put("checksum", sums.size() == 1 ? sums.getFirst() : sums);
                cell.failure().ifPresent(f -> figures.put("failure", f));
                on.put(platform, figures);
            });
        }
        out.put("platforms", on);
        for (String backend : report.backends()) {
            out.put(backend + "-times-qemu", results.speed(row, backend, Report.REFERENCE));
            out.put(backend + "-share-of-native", results.speed(row, backend, Report.HOST));
        }
        return out;
    }

    private static Map<String, Object> goal(Goal goal) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("what", goal.what());
        out.put("value", goal.value());
        out.put(goal.less() ? "atMost" : "atLeast", goal.atLeast());
        out.put("aim", goal.aim() == Double.MAX_VALUE ? null : (Object) goal.aim());
        out.put("verdict", goal.verdict());
        return out;
    }
}
