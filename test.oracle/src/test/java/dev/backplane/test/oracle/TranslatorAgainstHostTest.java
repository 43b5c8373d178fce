package dev.backplane.test.oracle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import dev.backplane.cpu.translator.TranslatorBackend;

/**
 * Translated code computes what the processor of the host computes. The number of cases is the system property
 * {@code backplane.oracle.cases}; the seed is {@code backplane.oracle.seed}.
 */
class TranslatorAgainstHostTest {
    private static final long CASES = Long.getLong("backplane.oracle.cases", 40_000);
    private static final long SEED = Long.getLong("backplane.oracle.seed", 2);

    @Test
    void everyTranslatedInstructionLeavesTheStateThatTheProcessorLeaves() throws Exception {
        TranslatorBackend backend = new TranslatorBackend();
        assumeTrue(HostProcessor.available() && backend.preference() >= 0, backend.description());
        assertEquals("1", System.getProperty("backplane.translator.warm"), "blocks are translated at once");
        String model = HostProcessor.model();
        try (HostProcessor host = HostProcessor.open()) {
            Oracle oracle = new Oracle(host, backend, model, Templates.all(model));
            List<Oracle.Difference> differences = oracle.run(SEED, 0, CASES, 20);
            assertEquals("", differences.stream().map(d -> d.seed() + " " + d.text())
                .collect(Collectors.joining("\n")));
        }
    }
}
