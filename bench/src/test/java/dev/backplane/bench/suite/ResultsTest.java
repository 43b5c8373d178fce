package dev.backplane.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResultsTest {

    private static final Results.Row SORT = new Results.Row("int-sort", "int");
    private static final Results.Row CHASE = new Results.Row("mem-chase", "mem");
    private static final Results.Row CALL = new Results.Row("sys-call", "sys");

    private final Results results = new Results(List.of("native", "qemu", "translator"));

    private void add(Results.Row row, String platform, double... seconds) {
        for (double s : seconds) {
            results.add(row, platform, new Sample(s, s, s, "aa"));
        }
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertEquals(2, Statistics.median(List.of(9., 1., 2.)).orElseThrow());
        assertEquals(1.5, Statistics.median(List.of(2., 1., 9., 0.5)).orElseThrow());
        assertTrue(Statistics.median(List.of()).isEmpty());
    }

    @Test
    void geometricMeansMultiply() {
        assertEquals(2, Statistics.geometricMean(List.of(1., 4.)).orElseThrow(), 1e-12);
        assertTrue(Statistics.geometricMean(List.of()).isEmpty());
    }

    @Test
    void speedIsTheRatioOfMedians() {
        add(SORT, "qemu", 4, 2, 3);
        add(SORT, "translator", 1, 5, 1.5);
        assertEquals(2, results.speed(SORT, "translator", "qemu").orElseThrow());
        assertEquals(OptionalDouble.empty(), results.speed(SORT, "translator", "native"));
    }

    @Test
    void groupsAreComparedByGeometricMeanOverRowsThatBothHave() {
        add(SORT, "qemu", 4);
        add(SORT, "translator", 1);
        add(CHASE, "qemu", 1);
        add(CHASE, "translator", 1);
        add(CALL, "qemu", 1);
        assertEquals(2, results.speed(Set.of("int", "mem"), "translator", "qemu").orElseThrow(), 1e-12);
        assertTrue(results.speed(Set.of("sys"), "translator", "qemu").isEmpty());
    }

    @Test
    void aFailureTakesTheRowOutAndIsAProblem() {
        add(SORT, "qemu", 4);
        add(SORT, "translator", 1);
        results.fail(SORT, "translator", "wrong: checksum 1 instead of 2");
        assertTrue(results.speed(SORT, "translator", "qemu").isEmpty());
        assertEquals(List.of("int-sort on translator: wrong: checksum 1 instead of 2"), results.problems());
    }

    @Test
    void differentChecksumsAreAProblem() {
        add(SORT, "qemu", 4);
        assertEquals(List.of(), results.problems());
        results.add(SORT, "translator", new Sample(1, 1, 1, "bb"));
        assertEquals(1, results.problems().size());
        assertTrue(results.problems().getFirst().startsWith("int-sort: checksums differ"));
    }

    @Test
    void aClockThatDiffersInMostRoundsIsAProblem() {
        results.add(CALL, "translator", new Sample(1, 1, 1.02, "aa"));
        results.add(CALL, "translator", new Sample(1, 1, 3, "aa"));
        assertEquals(List.of(), results.problems(), "once can be the host");
        results.add(CALL, "translator", new Sample(1, 1, 2.5, "aa"));
        assertEquals(1, results.problems().size());
        assertTrue(results.problems().getFirst().contains("its clock says"));
    }

    @Test
    void aClockThatRunsTooFastDiffersToo() {
        assertTrue(new Sample(2, 2, 1, "").clockDiffers());
        assertFalse(new Sample(0.01, 0.01, 0.1, "").clockDiffers());
    }

    @Test
    void goalsAreMissedReachedOrAimed() {
        assertEquals(Goal.Verdict.MISSED, new Goal("", 0.7, 0.8, 1.5, false).verdict());
        assertEquals(Goal.Verdict.REACHED, new Goal("", 0.8, 0.8, 1.5, false).verdict());
        assertEquals(Goal.Verdict.AIM, new Goal("", 1.6, 0.8, 1.5, false).verdict());
        assertEquals(Goal.Verdict.MISSED, new Goal("", 2.1, 2, 0.7, true).verdict());
        assertEquals(Goal.Verdict.REACHED, new Goal("", 1, 2, 0.7, true).verdict());
        assertEquals(Goal.Verdict.AIM, new Goal("", 0.5, 2, 0.7, true).verdict());
    }

    @Test
    void goalsAreTakenFromTheRowsThatAreThere() {
        add(SORT, "qemu", 4);
        add(SORT, "translator", 1);
        add(CALL, "qemu", 1);
        add(CALL, "translator", 2);
        Map<String, Goal.Verdict> verdicts = new java.util.LinkedHashMap<>();
        Goal.of(results, "translator", "qemu", "native").forEach(g -> verdicts.put(g.what(), g.verdict()));
        assertEquals(Map.of("integer and memory, geometric mean, times QEMU's speed", Goal.Verdict.AIM,
                "slowest single workload (sys-call), times QEMU's speed", Goal.Verdict.MISSED,
                "system, geometric mean, times QEMU's speed", Goal.Verdict.MISSED), verdicts);
    }

    @Test
    void twoAtOnceOnTwoProcessorsInTheSameTimeIsTwice() {
        add(new Results.Row("int-sort", Suite.ALONE), "translator", 1);
        add(new Results.Row("int-sort", Suite.PAIR), "translator", 1.25);
        assertEquals(1.6, Goal.scaling(results, "translator").orElseThrow(), 1e-12);
    }

    @Test
    void aColdBootIsComparedWithQemusOnlyBoot() {
        add(new Results.Row("boot-cloud", "boot"), "qemu", 2);
        add(new Results.Row("boot-cloud-cold", "boot"), "translator", 5);
        Goal goal = Goal.of(results, "translator", "qemu", "native").getFirst();
        assertEquals(2.5, goal.value());
        assertEquals(Goal.Verdict.REACHED, goal.verdict());
    }

    @Test
    void theTableNamesWhatIsMissedAndWhatFailed() {
        add(SORT, "native", 1);
        add(SORT, "qemu", 4);
        add(SORT, "translator", 8);
        results.fail(CALL, "translator", "killed by signal 11");
        String text = new Report(results).text();
        assertTrue(text.matches("(?s).*int-sort +1\\.000 +4\\.000 +8\\.000 +0\\.50 +1[23]\\n.*"), text);
        assertTrue(text.contains("MISSED"), text);
        assertTrue(text.matches("(?s).*sys-call +- +- +FAILED.*"), text);
        assertTrue(text.contains("sys-call on translator: killed by signal 11"), text);
    }

    @Test
    void figuresAreJson() {
        add(SORT, "qemu", 4);
        results.fail(CALL, "translator", "a \"quoted\" word,\nanother\t\\");
        String json = Figures.json(results, new Settings(Set.of(), results.platforms(), 3, 1,
                java.util.Optional.empty(), false), Map.of("date", "today"));
        assertTrue(json.contains("\"median\": 4.0"), json);
        assertTrue(json.contains("\"failure\": \"a \\\"quoted\\\" word,\\nanother\\u0009\\\\\""), json);
        assertTrue(json.contains("\"translator-times-qemu\": null"), json);
    }
}
