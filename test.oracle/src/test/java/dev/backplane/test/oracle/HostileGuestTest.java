package dev.backplane.test.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.cpu.interpreter.InterpreterBackend;
import dev.backplane.cpu.translator.TranslatorBackend;

/**
 * Guests that do their worst change nothing but their own RAM. The number of guests is the system property
 * {@code backplane.hostile.guests}; the seed is {@code backplane.hostile.seed}.
 */
class HostileGuestTest {
    private static final long GUESTS = Long.getLong("backplane.hostile.guests", 600);
    private static final long SEED = Long.getLong("backplane.hostile.seed", 1);

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aHostileGuestOfTheInterpreterChangesNothingButItsOwnRam(int vcpus) throws Exception {
        run(new InterpreterBackend(), vcpus);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aHostileGuestOfTheTranslatorChangesNothingButItsOwnRam(int vcpus) throws Exception {
        TranslatorBackend backend = new TranslatorBackend();
        assumeTrue(backend.preference() >= 0, backend.description());
        run(backend, vcpus);
    }

    private static void run(CpuBackend backend, int vcpus) throws Exception {
        try (HostileRuns runs = new HostileRuns(backend, Oracle.AVX_MODEL, vcpus)) {
            for (long n = 0; n < GUESTS; n++) {
                assertNull(runs.guest(SEED, n, 300), "guest " + SEED + ":" + n);
            }
            assertTrue(runs.instructions() > GUESTS, "they ran");
            assertTrue(runs.exits().getOrDefault(VcpuExit.KICKED, 0L) > GUESTS / 100,
                "some ran until they were stopped");
        }
    }
}
