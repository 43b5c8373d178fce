package dev.backplane.device.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

/** A disk on the bench with a driver that is ready. */
final class Disk implements AutoCloseable {
    static final long ALL = -1L >>> 32 & ~(VirtioDriver.VERSION_1);

    final TestBench bench;
    final VirtioDriver driver;
    final List<DriverQueue> queues = new ArrayList<>();
    final long header;
    final long status;
    final long data;

    Disk(Path image, Map<String, String> options) throws DeviceException {
        this(image, options, ALL);
    }

    Disk(Path image, Map<String, String> options, long features) throws DeviceException {
        TestBench.Builder builder = TestBench.of(new VirtioBlkType()).option("image", image).ram(16 << 20, 1 << 20);
        options.forEach(builder::option);
        bench = builder.plug();
        driver = new VirtioDriver(bench);
        header = bench.allocate(16, 16);
        status = bench.allocate(1, 1);
        data = bench.allocate(4 << 20, 4096);
        begin(features);
    }

    void begin(long features) {
        driver.negotiate(features);
        queues.clear();
        for (int i = 0; i < Math.min(driver.common(18, 2), 2); i++) {
            queues.add(driver.queue(i, 64));
        }
        driver.ready();
    }

    void header(long at, int type, long sector) {
        bench.ram().write32(at, type);
        bench.ram().write32(at + 4, 0);
        bench.ram().write64(at + 8, sector);
    }

    /** Carries out one request whose data parts are given, and gives its status. */
    int request(int type, long sector, Part... parts) {
        header(header, type, sector);
        bench.ram().write8(status, 0xAA);
        Part[] all = new Part[parts.length + 2];
        all[0] = Part.out(header, 16);
        System.arraycopy(parts, 0, all, 1, parts.length);
        all[all.length - 1] = Part.in(status, 1);
        queues.getFirst().add(all);
        queues.getFirst().complete();
        return bench.ram().read8(status);
    }

    int write(long sector, byte[] bytes) {
        bench.ram().write(data, bytes, 0, bytes.length);
        return request(BlkRequest.OUT, sector, Part.out(data, bytes.length));
    }

    byte[] read(long sector, int length) throws IOException {
        bench.ram().fill(data, length, (byte) 0x55);
        int result = request(BlkRequest.IN, sector, Part.in(data, length));
        if (result != BlkRequest.OK) {
            throw new IOException("status " + result);
        }
        return bench.ram().bytes(data, length);
    }

    int flush() {
        return request(BlkRequest.FLUSH, 0);
    }

    /** Discard or write zeroes over ranges of sector, count, flags. */
    int ranges(int type, long[]... ranges) {
        ByteBuffer bytes = ByteBuffer.allocate(16 * ranges.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long[] range : ranges) {
            bytes.putLong(range[0]).putInt((int) range[1]).putInt((int) range[2]);
        }
        bench.ram().write(data, bytes.array(), 0, bytes.capacity());
        return request(type, 0, Part.out(data, bytes.capacity()));
    }

    @Override
    public void close() {
        bench.close();
    }
}
