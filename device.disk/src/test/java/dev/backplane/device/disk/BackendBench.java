package dev.backplane.device.disk;

import java.util.List;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.DeviceType;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.device.Placement;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

/** A disk over a backend of the test's own. */
final class BackendBench implements AutoCloseable {
    final TestBench bench;
    final DriverQueue queue;
    private final long buffer;

    BackendBench(BlockBackend backend) throws DeviceException {
        bench = TestBench.of(new DeviceType() {
            @Override
            public String name() {
                return "disk";
            }

            @Override
            public String description() {
                return "a disk over a backend of the test's own";
            }

            @Override
            public Placement placement() {
                return Placement.PCIE;
            }

            @Override
            public List<OptionSpec> options() {
                return List.of();
            }

            @Override
            public int stateVersion() {
                return 1;
            }

            @Override
            public Device create(DeviceContext context, Options options) throws DeviceException {
                return new BlkCard(context, backend, new BlkCard.Settings(false, true, true, "s", 1, 64));
            }
        }).plug();
        VirtioDriver driver = new VirtioDriver(bench);
        driver.negotiate(Disk.ALL);
        queue = driver.queue(0, 64);
        driver.ready();
        buffer = bench.allocate(4096, 4096);
    }

    /** Writes sector 0 and gives the status. */
    int write() {
        bench.ram().write32(buffer, BlkRequest.OUT);
        bench.ram().write64(buffer + 8, 0);
        queue.add(Part.out(buffer, 16), Part.out(buffer + 512, 512), Part.in(buffer + 100, 1));
        queue.complete();
        return bench.ram().read8(buffer + 100);
    }

    @Override
    public void close() {
        bench.close();
    }
}
