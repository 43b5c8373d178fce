package dev.backplane.bench.suite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/** What was measured: rows (workloads, boots) by platforms, several samples each. Used by one thread. */
final class Results {

    /** What one row has on one platform. */
    static final class Cell {
        private final List<Sample> samples = new ArrayList<>();
        private String failure;

        List<Sample> samples() {
            return List.copyOf(samples);
        }

        Optional<String> failure() {
            return Optional.ofNullable(failure);
        }

        /** Median of its seconds; nothing if it failed or never ran. */
        OptionalDouble median() {
            return failure != null ? OptionalDouble.empty()
                    : Statistics.median(samples.stream().map(Sample::seconds).toList());
        }
    }

    /**
     * A row.
     *
     * @param name  of the workload or boot
     * @param group of it
     */
    record Row(String name, String group) {
    }

    private final List<String> platforms;
    private final Map<Row, Map<String, Cell>> cells = new LinkedHashMap<>();

    Results(List<String> platforms) {
        this.platforms = List.copyOf(platforms);
    }

    void add(Row row, String platform, Sample sample) {
        at(row, platform).samples.add(sample);
    }

    /** From now on the cell has no median; the first reason is kept. */
    void fail(Row row, String platform, String reason) {
        Cell cell = at(row, platform);
        cell.failure = cell.failure == null ? reason : cell.failure;
    }

    boolean failed(Row row, String platform) {
        return cell(row, platform).flatMap(Cell::failure).isPresent();
    }

    private Cell at(Row row, String platform) {
        return cells.computeIfAbsent(row, r -> new LinkedHashMap<>()).computeIfAbsent(platform, p -> new Cell());
    }

    List<String> platforms() {
        return platforms;
    }

    List<Row> rows() {
        return List.copyOf(cells.keySet());
    }

    Optional<Cell> cell(Row row, String platform) {
        return Optional.ofNullable(cells.getOrDefault(row, Map.of()).get(platform));
    }

    /** Median seconds of a row on a platform. */
    OptionalDouble seconds(Row row, String platform) {
        return cell(row, platform).map(Cell::median).orElse(OptionalDouble.empty());
    }

    /** How many times as fast a row is on {@code platform} as on {@code reference}. */
    OptionalDouble speed(Row row, String platform, String reference) {
        return ratio(seconds(row, reference), seconds(row, platform));
    }

    /** How many times as fast {@code row} is as {@code other}, on one platform. */
    OptionalDouble speed(Row row, Row other, String platform) {
        return ratio(seconds(other, platform), seconds(row, platform));
    }

    private static OptionalDouble ratio(OptionalDouble time, OptionalDouble by) {
        return time.isPresent() && by.isPresent() && by.getAsDouble() > 0 && time.getAsDouble() > 0
                ? OptionalDouble.of(time.getAsDouble() / by.getAsDouble()) : OptionalDouble.empty();
    }

    /** Geometric mean of {@link #speed} over the rows of some groups; nothing if no row has one. */
    OptionalDouble speed(Set<String> groups, String platform, String reference) {
        return Statistics.geometricMean(rows().stream().filter(r -> groups.contains(r.group()))
                .map(r -> speed(r, platform, reference)).filter(OptionalDouble::isPresent)
                .map(OptionalDouble::getAsDouble).toList());
    }

    /**
     * What is wrong with what was measured: failures, checksums that differ between platforms or rounds, clocks that
     * differ from the host's in most rounds. A line each, for a person.
     */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        cells.forEach((row, byPlatform) -> {
            byPlatform.forEach((platform, cell) -> {
                cell.failure().ifPresent(why -> problems.add(row.name() + " on " + platform + ": " + why));
                List<Sample> lying = cell.samples().stream().filter(Sample::clockDiffers).toList();
                if (2 * lying.size() > cell.samples().size()) {
                    problems.add("%s on %s: its clock says %.2f s, the host's %.2f s".formatted(row.name(), platform,
                            lying.getFirst().wall(), lying.getFirst().host()));
                }
            });
            Map<String, Set<String>> sums = new LinkedHashMap<>();
            byPlatform.forEach((platform, cell) -> cell.samples().forEach(
                    s -> sums.computeIfAbsent(s.checksum(), k -> new LinkedHashSet<>()).add(platform)));
            if (sums.size() > 1) {
                problems.add(row.name() + ": checksums differ: " + sums);
            }
        });
        return problems;
    }
}
