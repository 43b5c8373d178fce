package dev.backplane.device.virtio;

import static dev.backplane.testkit.VirtioDriver.ACKNOWLEDGE;
import static dev.backplane.testkit.VirtioDriver.DRIVER;
import static dev.backplane.testkit.VirtioDriver.DRIVER_OK;
import static dev.backplane.testkit.VirtioDriver.FEATURES_OK;
import static dev.backplane.testkit.VirtioDriver.NEEDS_RESET;
import static dev.backplane.testkit.VirtioDriver.VERSION_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.state.StateException;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.TestPci;
import dev.backplane.testkit.TestState;
import dev.backplane.testkit.VirtioDriver;

class TransportTest {
    private final TestBench bench;
    private final VirtioDriver driver;

    TransportTest() throws DeviceException {
        bench = TestBench.of(new EchoType()).plug();
        driver = new VirtioDriver(bench);
    }

    @AfterEach
    void unplug() {
        bench.close();
    }

    private EchoType.Echo echo() {
        return (EchoType.Echo) bench.device();
    }

    @Test
    void identityAndCapabilitiesAreThoseOfAModernDevice() {
        assertEquals(0x1AF4, bench.pci().identity().vendorId());
        assertEquals(0x1040 + 42, bench.pci().identity().deviceId());
        assertEquals(1, bench.pci().identity().revisionId());
        List<Integer> types = bench.pci().capabilities().stream().map(c -> (int) c.body()[1]).toList();
        assertEquals(List.of(1, 2, 3, 4, 5), types);
        for (TestPci.Capability capability : bench.pci().capabilities()) {
            assertEquals(capability.body().length + 2, capability.body()[0]);
        }
        assertEquals(3, bench.pci().messages().vectors());
        assertEquals(2, driver.common(18, 2));
    }

    @Test
    void featuresAreNegotiatedInHalves() {
        assertEquals(EchoType.FEATURE | VirtioFeatures.TRANSPORT, driver.offered());
        driver.common(0, 4, 2);
        assertEquals(0, driver.common(4, 4));
        long agreed = driver.negotiate(EchoType.FEATURE);
        assertEquals(EchoType.FEATURE | VERSION_1, agreed);
        driver.common(8, 4, 0);
        assertEquals(EchoType.FEATURE, driver.common(12, 4));
        driver.common(12, 4, 0);
        assertEquals(EchoType.FEATURE, driver.common(12, 4), "features do not change after FEATURES_OK");
    }

    @Test
    void featuresNotOfferedAreRefused() {
        driver.reset();
        driver.setStatus(ACKNOWLEDGE | DRIVER);
        driver.accept(VERSION_1 | 1L << 7);
        driver.setStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        assertEquals(ACKNOWLEDGE | DRIVER, driver.status());
        assertEquals(1, bench.counter("features-refused"));
    }

    @Test
    void aDriverOfTheOldInterfaceIsRefused() {
        driver.reset();
        driver.setStatus(ACKNOWLEDGE | DRIVER);
        driver.accept(EchoType.FEATURE);
        driver.setStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK);
        assertEquals(0, driver.status() & FEATURES_OK);
        driver.setStatus(ACKNOWLEDGE | DRIVER | DRIVER_OK);
        assertEquals(0, driver.status() & DRIVER_OK, "DRIVER_OK needs FEATURES_OK");
        assertFalse(echo().wasActivated);
    }

    @Test
    void resetTakesEverythingBack() {
        driver.negotiate(0);
        driver.queue(0, 8);
        driver.ready();
        assertTrue(echo().wasActivated);
        driver.reset();
        assertEquals(1, echo().deactivations);
        driver.common(22, 2, 0);
        assertEquals(64, driver.common(24, 2));
        assertEquals(0, driver.common(28, 2));
        assertEquals(0, driver.common(32, 8));
        assertEquals(0xFFFF, driver.common(26, 2));
        assertEquals(0xFFFF, driver.common(16, 2));
    }

    @Test
    void queuesBeyondTheLastDoNotExist() {
        driver.common(22, 2, 2);
        assertEquals(0, driver.common(24, 2));
        driver.common(28, 2, 1);
        assertEquals(0, driver.common(28, 2));
        assertEquals(1, bench.counter("bad-register-accesses"));
    }

    @Test
    void sizesThatARingCannotHaveAreNotTaken() {
        driver.common(22, 2, 0);
        for (int bad : new int[] {0, 3, 65, 128, 0xFFFF}) {
            driver.common(24, 2, bad);
            assertEquals(64, driver.common(24, 2));
        }
        driver.common(24, 2, 16);
        assertEquals(16, driver.common(24, 2));
        assertEquals(5, bench.counter("bad-register-accesses"));
    }

    @Test
    void addressesCanBeWrittenInHalvesOrWhole() {
        driver.common(22, 2, 1);
        driver.common(32, 4, 0x1000);
        driver.common(36, 4, 0x7);
        assertEquals(0x7_0000_1000L, driver.common(32, 8));
        driver.common(40, 8, 0x123456789AL);
        assertEquals(0x12, driver.common(44, 4));
        assertEquals(0x3456, driver.common(42, 2), "registers may be read in parts: here bits 16 to 31");
    }

    @Test
    void misalignedRingsNeedAReset() {
        driver.negotiate(0);
        driver.common(22, 2, 0);
        driver.common(32, 8, 0x1008);
        driver.common(28, 2, 1);
        assertNotEquals(0, driver.status() & NEEDS_RESET);
        assertEquals(0, driver.common(28, 2));
        assertEquals(1, bench.counter("bad-queue-addresses"));
        driver.reset();
        assertEquals(0, driver.status());
    }

    @Test
    void vectorsThatDoNotExistReadBackAsNone() {
        driver.common(16, 2, 3);
        assertEquals(0xFFFF, driver.common(16, 2));
        driver.common(16, 2, 2);
        assertEquals(2, driver.common(16, 2));
    }

    @Test
    void withoutMsixTheLineIsUsedAndReadingTheStatusClearsIt() {
        driver.negotiate(0);
        DriverQueue queue = driver.queue(0, 8);
        driver.setStatus(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
        long buffer = bench.allocate(64, 16);
        queue.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        queue.complete();
        assertTrue(bench.pci().line().asserted());
        assertEquals(1, driver.isr());
        assertFalse(bench.pci().line().asserted());
        driver.config(0, 1, 1);
        assertEquals(2, driver.isr());
        assertEquals(0, driver.isr());
    }

    @Test
    void withMsixEachQueueHasItsVector() {
        driver.negotiate(0);
        DriverQueue queue = driver.queue(0, 8);
        driver.ready();
        long buffer = bench.allocate(64, 16);
        queue.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        queue.complete();
        assertEquals(1, bench.pci().messages().raised(1));
        driver.config(0, 1, 1);
        assertEquals(1, bench.pci().messages().raised(0));
        assertFalse(bench.pci().line().asserted());
        assertEquals(0, driver.isr());
    }

    @Test
    void aConfigurationChangeCountsTheGeneration() {
        long before = driver.common(21, 1);
        driver.config(0, 1, 0x5A);
        assertEquals(before + 1, driver.common(21, 1));
        assertEquals(0x5A, driver.config(0, 1));
        assertEquals(0xCAFEBABEL, driver.config(4, 4));
        assertEquals(0, driver.config(8, 4), "beyond the end");
    }

    @Test
    void configurationSpaceReachesTheBarToo() {
        TestPci.Capability window = bench.pci().capabilities().getLast();
        bench.writeCapability(window, 4, 1, 0);
        bench.writeCapability(window, 8, 4, VirtioPciTransport.CONFIG + 4);
        bench.writeCapability(window, 12, 4, 4);
        assertEquals(0xCAFEBABEL, bench.readCapability(window, 16, 4));
        assertEquals(0, bench.readCapability(window, 16, 2), "the size must be the chosen length");
        bench.writeCapability(window, 8, 4, 0xFFFF_FFFFL);
        assertEquals(0, bench.readCapability(window, 16, 4));
        bench.writeCapability(window, 8, 4, 20);
        bench.writeCapability(window, 12, 4, 1);
        bench.writeCapability(window, 16, 1, ACKNOWLEDGE);
        assertEquals(ACKNOWLEDGE, driver.status());
        assertEquals(0x05140000L, bench.readCapability(window, 0, 4));
    }

    @Test
    void withoutBusMasteringNothingIsTakenAndNothingIsLost() {
        driver.negotiate(0);
        DriverQueue queue = driver.queue(0, 8);
        driver.ready();
        bench.busMaster(false);
        long buffer = bench.allocate(64, 16);
        queue.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        queue.kick();
        bench.settle();
        assertEquals(0, queue.usedByDevice());
        assertEquals(0, driver.status() & NEEDS_RESET);
        bench.busMaster(true);
        bench.settle();
        assertEquals(1, queue.usedByDevice());
    }

    @Test
    void theStatusReadsAsZeroOnlyWhenChainsInFlightAreFinished() throws Exception {
        try (TestBench slow = TestBench.of(new EchoType()).option("puts-back", false).plug()) {
            VirtioDriver its = new VirtioDriver(slow);
            its.negotiate(0);
            DriverQueue queue = its.queue(1, 8);
            its.ready();
            queue.add(Part.in(slow.allocate(8, 8), 8));
            queue.kick();
            slow.settle();
            its.setStatus(0);
            assertNotEquals(0, its.status());
            its.common(22, 2, 1);
            slow.locked(() -> ((EchoType.Echo) slow.device()).release());
            assertEquals(0, its.status());
            assertEquals(0, queue.usedByDevice(), "what was in flight is dropped");
        }
    }

    @Test
    void machineResetDoesNotWaitAndDropsWhatComesLater() throws Exception {
        try (TestBench slow = TestBench.of(new EchoType()).option("puts-back", false).plug()) {
            VirtioDriver its = new VirtioDriver(slow);
            for (int i = 0; i < 3; i++) {
                its.negotiate(0);
                DriverQueue queue = its.queue(1, 8);
                its.ready();
                queue.add(Part.in(slow.allocate(8, 8), 8));
                queue.kick();
                slow.settle();
                slow.reset();
                assertEquals(0, its.status());
                slow.locked(() -> ((EchoType.Echo) slow.device()).release());
                assertEquals(0, queue.usedByDevice());
            }
        }
    }

    @Test
    void heldChainsArePutBackForAReplacementAndFoundAgain() throws Exception {
        driver.negotiate(VirtioDriver.EVENT_IDX | VirtioDriver.INDIRECT_DESC);
        DriverQueue queue = driver.queue(1, 8);
        driver.ready();
        long buffer = bench.allocate(64, 16);
        bench.ram().write64(buffer, 0x1122334455667788L);
        int first = queue.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        int second = queue.addIndirect(Part.out(buffer, 8), Part.in(buffer + 16, 8));
        queue.kick();
        bench.settle();
        for (int i = 0; i < 5; i++) {
            bench.replace();
            assertEquals(0, queue.usedByDevice());
        }
        driver.config(0, 1, 1);
        assertEquals(first, queue.poll().head());
        assertEquals(second, queue.poll().head());
        assertEquals(0x1122334455667788L, bench.ram().read64(buffer + 16));
    }

    @Test
    void quiescingWaitsForChainsAtWork() throws Exception {
        try (TestBench slow = TestBench.of(new EchoType()).option("puts-back", false).plug()) {
            VirtioDriver its = new VirtioDriver(slow);
            its.negotiate(0);
            DriverQueue queue = its.queue(1, 8);
            its.ready();
            queue.add(Part.in(slow.allocate(8, 8), 8));
            queue.kick();
            slow.settle();
            var quiet = slow.device().quiesce();
            assertFalse(quiet.isDone());
            slow.locked(() -> ((EchoType.Echo) slow.device()).release());
            assertTrue(quiet.isDone());
            assertEquals(1, queue.usedByDevice());
        }
    }

    @Test
    void aDeviceThatSettlesTakesNoMoreChainsAndCanBeReset() throws Exception {
        driver.negotiate(0);
        DriverQueue queue = driver.queue(0, 8);
        driver.ready();
        assertTrue(bench.device().settle().isDone());
        long buffer = bench.allocate(64, 16);
        queue.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        queue.kick();
        bench.settle();
        assertEquals(0, queue.usedByDevice());
        assertTrue(bench.device().quiesce().isDone());
        bench.locked(() -> bench.device().resume());
        bench.settle();
        assertEquals(1, queue.usedByDevice());
        assertTrue(bench.device().settle().isDone());
        driver.negotiate(0);
        bench.locked(() -> bench.device().resume());
        DriverQueue again = driver.queue(0, 8);
        driver.ready();
        again.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        assertEquals(8, again.complete().length());
    }

    @Test
    void oneQueueCanBeResetAlone() {
        driver.negotiate(VirtioFeatures.RING_RESET);
        driver.queue(0, 8);
        driver.queue(1, 8);
        driver.ready();
        driver.common(22, 2, 0);
        driver.common(58, 2, 1);
        assertEquals(0, driver.common(58, 2));
        assertEquals(0, driver.common(28, 2));
        driver.common(22, 2, 1);
        assertEquals(1, driver.common(28, 2));
        DriverQueue again = driver.queue(0, 16);
        long buffer = bench.allocate(64, 16);
        again.add(Part.out(buffer, 8), Part.in(buffer + 8, 8));
        assertEquals(8, again.complete().length());
    }

    private static TestState stateOfAnActiveCard() throws DeviceException {
        try (TestBench other = TestBench.of(new EchoType()).plug()) {
            VirtioDriver its = new VirtioDriver(other);
            its.negotiate(0);
            its.queue(0, 8);
            its.ready();
            return other.save();
        }
    }

    @Test
    void stateOfAnotherShapeIsRefusedByField() throws DeviceException {
        Object[][] bad = {{"driver-features", VERSION_1 | 1L << 60}, {"status", 0x100}, {"queues", 3},
            {"config-vector", 17}, {"config-access", new int[2]}, {"isr", 4}, {"queue-select", -1}};
        for (Object[] field : bad) {
            TestState state = stateOfAnActiveCard();
            state.section("virtio").fields().put((String) field[0], field[1]);
            StateException e = assertThrows(StateException.class, () -> bench.replace(state), (String) field[0]);
            assertTrue(e.getMessage().contains((String) field[0]), e.getMessage());
        }
    }

    @Test
    void queueStateOutOfRangeIsRefused() throws DeviceException {
        Object[][] bad = {{"size", 3}, {"size", 1024}, {"vector", 9}, {"descriptors", 8L}, {"returned", new int[] {64}},
            {"last-available", -1}, {"returned", new int[100]}};
        for (Object[] field : bad) {
            TestState state = stateOfAnActiveCard();
            state.section("virtio").section("queue-0").fields().put((String) field[0], field[1]);
            assertThrows(StateException.class, () -> bench.replace(state), (String) field[0]);
        }
    }
}
