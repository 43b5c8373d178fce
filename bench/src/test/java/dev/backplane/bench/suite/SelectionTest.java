package dev.backplane.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {

    @ParameterizedTest
    @CsvSource({"fp-x87-matrix, fp, fp, true", "fp-x87-matrix, fp, x87, true", "fp-x87-matrix, fp, fp-x87, true",
            "fp-x87-matrix, fp, fp-x87-matrix, true", "fp-x87-matrix, fp, x8, false", "mem-matrix, mem, matrix, true",
            "fp-x87-matrix, fp, int, false", "boot-cloud-2, boot, boot-cloud, true"})
    void aWordMeansAGroupANameOrAPartOfAName(String name, String group, String word, boolean expected) {
        assertEquals(expected, Workload.matches(name, group, word));
    }

    @Test
    void noWordsMeanEverything() {
        assertTrue(Workload.matchesAny("sys-call", "sys", Set.of()));
        assertFalse(Workload.matchesAny("sys-call", "sys", Set.of("fp", "int")));
    }

    @Test
    void aShareIsNeverNothing() {
        assertEquals(16, new Workload("a", "int", 64).share(4));
        assertEquals(1, new Workload("a", "int", 3).share(32));
    }

    @Test
    void argumentsAreRead() throws BenchException {
        Settings settings = Settings.parse(
                List.of("--only", "fp,x87", "--rounds", "5", "--interpreter", "--json", "out.json"));
        assertEquals(new Settings(Set.of("fp", "x87"), List.of("native", "qemu", "translator", "interpreter"), 5, 1,
                Optional.of(Path.of("out.json")), false), settings);
    }

    @Test
    void quickIsOneRoundOfAQuarterUnlessRoundsAreNamed() throws BenchException {
        assertEquals(1, Settings.parse(List.of("--quick")).rounds());
        assertEquals(4, Settings.parse(List.of("--quick")).divisor());
        assertEquals(2, Settings.parse(List.of("--quick", "--rounds", "2")).rounds());
        assertEquals(3, Settings.parse(List.of()).rounds());
    }

    @ParameterizedTest
    @CsvSource({"--onyl", "--rounds", "--rounds 0", "--rounds x", "--platforms bochs"})
    void whatIsWrongWithArgumentsIsSaid(String arguments) {
        BenchException refused =
                assertThrows(BenchException.class, () -> Settings.parse(List.of(arguments.split(" "))));
        assertTrue(refused.getMessage().startsWith("bench: "), refused::getMessage);
    }
}
