package dev.backplane.device.debugexit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.testkit.TestBench;

class DebugExitTest {
    @Test
    void writingEndsTheMachineWithAnOddStatus() throws Exception {
        try (TestBench bench = TestBench.of(new DebugExitType()).plug()) {
            bench.out(0xF4, 4, 0x10);
            bench.out(0xF5, 1, 0);
            assertEquals(List.of("exit 33", "exit 1"), bench.requests());
            assertEquals(0, bench.in(0xF4, 1));
        }
    }

    @Test
    void thePortIsAnOption() throws Exception {
        try (TestBench bench = TestBench.of(new DebugExitType()).option("iobase", "0x501").plug()) {
            bench.out(0x501, 1, 3);
            assertEquals(List.of("exit 7"), bench.requests());
        }
    }
}
