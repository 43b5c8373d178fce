package ${package};

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;

import dev.backplane.testkit.HostileGuest;
import dev.backplane.testkit.TestBench;

import org.junit.jupiter.api.Test;

class ${deviceName}Test {
    @Test
    void itCountsToTheLimitAndSaysSo() throws Exception {
        try (TestBench bench = TestBench.of(new ${deviceName}Type()).plug()) {
            bench.writeBar(0, 0x08, 4, 100);
            bench.writeBar(0, 0x0C, 4, 3);
            bench.writeBar(0, 0x00, 4, 1);
            bench.advance(Duration.ofMillis(250));
            assertEquals(2, bench.readBar(0, 0x10, 4));
            bench.replace();
            bench.advance(Duration.ofSeconds(1));
            assertEquals(3, bench.readBar(0, 0x10, 4));
            assertEquals(1, bench.readBar(0, 0x04, 4));
            assertEquals(1, bench.pci().messages().raised(0));
        }
    }

    @Test
    void nothingThatAGuestDoesBreaksIt() throws Exception {
        try (TestBench bench = TestBench.of(new ${deviceName}Type()).plug()) {
            HostileGuest.attack(bench, 1, 50_000);
        }
    }
}
