package dev.backplane.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DriverLineTest {

    @Test
    void aResultHasScoreWallChecksumUnitsAndCopies() {
        assertEquals(Optional.of(new DriverLine.Result("int-crc", 0.25, 0.5, "00ff00ff00ff00ff", 32, 2)),
                DriverLine.parse("BENCH int-crc 0.250000 0.500000 00ff00ff00ff00ff 32 2\r"));
    }

    @Test
    void aFailureHasItsReason() {
        assertEquals(Optional.of(new DriverLine.Failure("fp-avx2-double", "no AVX2 here")),
                DriverLine.parse("BENCH-FAIL fp-avx2-double no AVX2 here"));
    }

    @Test
    void workloadsAreListed() {
        assertEquals(Optional.of(new DriverLine.Known(new Workload("sys-call", "sys", 64))),
                DriverLine.parse("BENCH-WORKLOAD sys-call sys 64"));
        assertEquals(Optional.of(new DriverLine.Listed()), DriverLine.parse("BENCH-LISTED"));
        assertEquals(Optional.of(new DriverLine.Begin("sys-call")), DriverLine.parse("BENCH-BEGIN sys-call"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "BENCH", "BENCH int-crc", "BENCH int-crc 1 1 00ff00ff00ff00ff 1 1",
            "BENCH int-crc 0.250000 0.500000 00ff 32 2", "BENCH int-crc 0.250000 0.500000 00ff00ff00ff00ff 99999999 2",
            "[    1.5] Linux version", "BENCH-WORKLOAD x y z", "BENCH INT 0.250000 0.500000 00ff00ff00ff00ff 32 2"})
    void whatElseAConsolePrintsIsNotTheDrivers(String line) {
        assertTrue(DriverLine.parse(line).isEmpty());
    }
}
