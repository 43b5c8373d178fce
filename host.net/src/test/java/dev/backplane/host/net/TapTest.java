package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.testkit.HostBench;

class TapTest {
    private static final String NAME = "bp-tap-test";
    private static final Path INDEX = Path.of("/sys/class/net", NAME, "ifindex");

    @Test
    void anInterfaceThatCannotBeHadIsSaidWithTheRemedy() throws Exception {
        try (HostBench<NetworkEndpoint> bench = HostBench.of(new TapBackend()).option("name", "lo").open()) {
            assertFalse(bench.endpoint().linkUp());
            assertTrue(bench.endpoint().details().getFirst().startsWith("tap: "), bench.endpoint().details()::toString);
        }
    }

    @Test
    void theInterfaceStaysWhileTheBundleIsReplacedAndGoesWithTheCard() throws Exception {
        try (HostBench<NetworkEndpoint> bench = HostBench.of(new TapBackend()).option("name", NAME).open()) {
            assumeTrue(bench.endpoint().linkUp(), () -> "no right to make one: " + bench.endpoint().details());
            assertEquals("tap " + NAME, bench.endpoint().peer());
            String index = Files.readString(INDEX);
            bench.cable().send(new byte[60]);
            bench.await("the frame to be taken", () -> bench.cable().untaken() == 0);
            bench.replace();
            assertEquals(index, Files.readString(INDEX));
            bench.cable().send(new byte[60]);
            bench.await("the frame to be taken", () -> bench.cable().untaken() == 0);
        }
        assertFalse(Files.exists(INDEX));
    }

    @Test
    void aCableThatIsPluggedInNowhereIsDownAndSwallowsEverything() throws Exception {
        try (HostBench<NetworkEndpoint> bench = HostBench.of(new NoneBackend()).open()) {
            assertFalse(bench.endpoint().linkUp());
            bench.cable().send(new byte[60]);
            bench.replace();
            bench.cable().send(new byte[60]);
            assertEquals(0, bench.cable().untaken());
        }
    }
}
