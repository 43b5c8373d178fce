package dev.backplane.device.net.virtio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.device.DeviceException;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.DriverQueue.Used;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

/** A virtio-net card on the bench with a driver of the ordinary kind. */
final class NetBench implements AutoCloseable {
    static final long MAC = 0x525400123456L;
    static final long ALL = -1L;
    private static final int BUFFER = 2048;

    final TestBench bench;
    final VirtioDriver driver;
    final List<DriverQueue> queues = new ArrayList<>();
    private final Map<Long, Long> buffers = new HashMap<>();
    DriverQueue control;
    long features;

    NetBench(Map<String, String> options) throws DeviceException {
        this(options, 16 << 20);
    }

    NetBench(Map<String, String> options, long ram) throws DeviceException {
        TestBench.Builder builder = TestBench.of(new VirtioNetType()).option("mac", "52:54:00:12:34:56").ram(ram, 0);
        options.forEach(builder::option);
        bench = builder.plug();
        driver = new VirtioDriver(bench);
    }

    NetBench() throws DeviceException {
        this(Map.of("queues", "2"));
    }

    NetBench begin(long wanted) {
        features = driver.negotiate(wanted);
        queues.clear();
        int pairs = (int) driver.config(8, 2);
        boolean multiple = (features & NetFeatures.MQ) != 0;
        for (int i = 0; i < (multiple ? 2 * pairs : 2); i++) {
            queues.add(driver.queue(i, 64));
        }
        control = driver.queue(multiple ? 2 * pairs : 2, 64);
        driver.ready();
        bench.settle();
        return this;
    }

    /** Offers buffers for frames that come. */
    void offer(int pair, int count, int size) {
        DriverQueue queue = queues.get(2 * pair);
        for (int i = 0; i < count; i++) {
            long address = bench.allocate(size, 16);
            buffers.put((long) queue.add(Part.in(address, size)) | (long) pair << 32, address);
        }
        queue.kick();
        bench.settle();
    }

    void offer(int count) {
        offer(0, count, BUFFER);
    }

    /** Header and frame as they came, over as many buffers as the header says; null if nothing came. */
    byte[] received(int pair) {
        bench.settle();
        DriverQueue queue = queues.get(2 * pair);
        Used first = queue.poll();
        if (first == null) {
            return null;
        }
        byte[] all = bytes(pair, first);
        int count = all.length == 0 ? 1 : all[10] & 0xFF;
        for (int i = 1; i < count; i++) {
            byte[] more = bytes(pair, queue.poll());
            byte[] joined = java.util.Arrays.copyOf(all, all.length + more.length);
            System.arraycopy(more, 0, joined, all.length, more.length);
            all = joined;
        }
        return all;
    }

    byte[] received() {
        return received(0);
    }

    private byte[] bytes(int pair, Used used) {
        return bench.ram().bytes(buffers.remove((long) used.head() | (long) pair << 32), (int) used.length());
    }

    /** Sends header and frame in one part each. */
    void send(int pair, byte[] header, byte[] frame) {
        long at = bench.allocate(header.length, 16);
        bench.ram().write(at, header, 0, header.length);
        long data = bench.allocate(Math.max(frame.length, 1), 16);
        bench.ram().write(data, frame, 0, frame.length);
        queues.get(2 * pair + 1).add(Part.out(at, header.length), Part.out(data, frame.length));
        queues.get(2 * pair + 1).kick();
        bench.settle();
    }

    void send(byte[] frame) {
        send(0, new byte[NetHeader.LENGTH], frame);
    }

    /** A command of the control queue; its acknowledgement. */
    int command(int kind, int command, byte... data) {
        byte[] all = new byte[data.length + 2];
        all[0] = (byte) kind;
        all[1] = (byte) command;
        System.arraycopy(data, 0, all, 2, data.length);
        long at = bench.allocate(all.length, 16);
        bench.ram().write(at, all, 0, all.length);
        long acknowledgement = bench.allocate(1, 1);
        bench.ram().write8(acknowledgement, 0xEE);
        control.add(Part.out(at, all.length), Part.in(acknowledgement, 1));
        control.complete();
        return bench.ram().read8(acknowledgement);
    }

    @Override
    public void close() {
        bench.close();
    }
}
