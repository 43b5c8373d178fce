package dev.backplane.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.api.pci.BarType;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.RegisterDevice;
import dev.backplane.api.register.Registers;

import org.junit.jupiter.api.Test;

class HostileGuestTest {

    /** Looks up a table by what the guest wrote; checks it or does not. */
    private record LookupType(boolean careful) implements DeviceType {
        @Override
        public String name() {
            return "lookup";
        }

        @Override
        public String description() {
            return "for tests";
        }

        @Override
        public Placement placement() {
            return Placement.PCIE;
        }

        @Override
        public Device create(DeviceContext context, Options options) throws DeviceException {
            int[] table = {2, 3, 5, 7};
            Registers registers = new Registers(context, "BAR0", 0x100);
            Register index = registers.at(0, 32, "INDEX");
            if (careful) {
                index.range(0, table.length - 1);
            }
            registers.at(4, 32, "VALUE").onRead(() -> table[(int) index.get()]);
            context.pci(PciIdentity.of(1, 2, 0xFF0000)).bar(0, BarType.MEMORY_32, registers);
            context.ports(0x300, 0x100, registers);
            return (RegisterDevice) () -> registers;
        }
    }

    @Test
    void aCardThatChecksWhatItIsToldTakesAllOfIt() throws Exception {
        try (TestBench bench = TestBench.of(new LookupType(true)).plug()) {
            HostileGuest.attack(bench, 1, 50_000);
            assertTrue(bench.readBar(0, 0, 4) < 4);
        }
    }

    @Test
    void aCardThatDoesNotIsToldWhichAccessesBrokeIt() throws Exception {
        try (TestBench bench = TestBench.of(new LookupType(false)).plug()) {
            String first = broken(bench);
            assertTrue(first.matches("(?s)seed 7, step \\d+: java.lang.ArrayIndexOutOfBoundsException: .* after:.*"
                + "read of \\d at 0x[0-7] of (BAR0|ports 0x300)"), first);
            try (TestBench again = TestBench.of(new LookupType(false)).plug()) {
                assertEquals(first, broken(again));
            }
        }
    }

    private static String broken(TestBench bench) {
        return assertThrows(AssertionError.class, () -> HostileGuest.attack(bench, 7, 50_000)).getMessage();
    }
}
