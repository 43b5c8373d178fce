package dev.backplane.device.disk;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.virtio.VirtChain;
import dev.backplane.device.virtio.VirtQueue;
import dev.backplane.device.virtio.VirtioDevice;
import dev.backplane.device.virtio.VirtioProfile;

/** A virtio block device (virtio 1.2, 5.2) with several queues over a {@link BlockBackend}. */
final class BlkCard extends VirtioDevice {
    /** What the user chose. */
    record Settings(boolean readOnly, boolean discard, boolean writeBack, String serial, int queues, int queueSize) {
    }

    static final int MAX_RANGES = 32;
    static final long MAX_RANGE_SECTORS = 1 << 22;

    private static final long SEG_MAX = 1L << 2;
    private static final long RO = 1L << 5;
    private static final long BLK_SIZE = 1L << 6;
    private static final long FLUSH = 1L << 9;
    private static final long TOPOLOGY = 1L << 10;
    private static final long CONFIG_WCE = 1L << 11;
    private static final long MQ = 1L << 12;
    private static final long DISCARD = 1L << 13;
    private static final long WRITE_ZEROES = 1L << 14;
    private static final int CONFIG_SIZE = 60;
    private static final int WRITEBACK = 32;
    private static final int WORKERS = 16;
    private static final int LOGGED_ERRORS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(BlkCard.class);

    final Counter bytesRead;
    final Counter bytesWritten;
    final Counter flushes;
    final Counter badRequests;
    final Counter outOfRange;
    final Counter unsupportedRequests;
    private final Counter requests;
    private final Counter ioErrors;
    private final Settings settings;
    private final BlockBackend backend;
    private final GuestMemory memory;
    private final IoWorkers workers;
    private final AtomicReference<BlkRequest> done = new AtomicReference<>();
    private final Runnable drain = this::drain;
    private volatile boolean writeThrough;

    BlkCard(DeviceContext context, BlockBackend backend, Settings settings) throws DeviceException {
        super(context, profile(settings));
        this.backend = backend;
        this.settings = settings;
        memory = context.memory();
        workers = new IoWorkers(context.machine() + "/" + context.id(), WORKERS, settings.queues * settings.queueSize);
        requests = context.counter("requests");
        bytesRead = context.counter("bytes-read");
        bytesWritten = context.counter("bytes-written");
        flushes = context.counter("flushes");
        badRequests = context.counter("bad-requests");
        outOfRange = context.counter("out-of-range-requests");
        unsupportedRequests = context.counter("unsupported-requests");
        ioErrors = context.counter("io-errors");
        writeThrough = !settings.writeBack;
        fillConfig();
    }

    private static VirtioProfile profile(Settings settings) {
        long features = SEG_MAX | BLK_SIZE | FLUSH | TOPOLOGY | CONFIG_WCE | MQ;
        if (settings.readOnly) {
            features |= RO;
        } else {
            features |= WRITE_ZEROES | (settings.discard ? DISCARD : 0);
        }
        return VirtioProfile.of(2, 0x010000).withFeatures(features).withConfig(CONFIG_SIZE)
            .withQueues(settings.queues, settings.queueSize);
    }

    private void fillConfig() {
        config().set64(0, sectors());
        config().set32(12, Math.max(1, settings.queueSize - 2));
        config().set32(20, BlockBackend.SECTOR);
        config().set8(24, 3);
        config().set16(26, 8);
        config().set8(WRITEBACK, settings.writeBack ? 1 : 0);
        config().set16(34, settings.queues);
        config().set32(36, MAX_RANGE_SECTORS);
        config().set32(40, MAX_RANGES);
        config().set32(44, 8);
        config().set32(48, MAX_RANGE_SECTORS);
        config().set32(52, MAX_RANGES);
        config().set8(56, 1);
    }

    BlockBackend backend() {
        return backend;
    }

    GuestMemory memory() {
        return memory;
    }

    long sectors() {
        return backend.size() / BlockBackend.SECTOR;
    }

    boolean readOnly() {
        return settings.readOnly;
    }

    boolean discards() {
        return !settings.readOnly && settings.discard;
    }

    boolean writesZeroes() {
        return !settings.readOnly;
    }

    String serial() {
        return settings.serial;
    }

    /** Whether a write must be on the medium before it is completed. */
    boolean writeThrough() {
        return writeThrough;
    }

    /** A driver that cannot flush gets a disk that needs no flush (5.2.6.2). */
    @Override
    protected void activated(long features) {
        chooseCache(features);
    }

    private void chooseCache(long features) {
        writeThrough = (features & FLUSH) == 0 || config().get8(WRITEBACK) == 0;
    }

    @Override
    protected void deactivated() {
        config().set8(WRITEBACK, settings.writeBack ? 1 : 0);
    }

    @Override
    protected void configWritten(int offset, int size, long value) {
        if (offset == WRITEBACK && size == 1 && (features() & CONFIG_WCE) != 0) {
            config().set8(WRITEBACK, (int) value & 1);
            chooseCache(features());
        }
    }

    @Override
    protected void notified(VirtQueue queue) {
        boolean rejected = false;
        for (VirtChain chain = queue.take(); chain != null; chain = queue.take()) {
            BlkRequest request = (BlkRequest) chain.attachment();
            if (request == null) {
                request = new BlkRequest(this, chain);
                chain.attach(request);
            }
            requests.increment();
            if (leaving()) {
                rejected |= queue.push(chain, request.refuse());
            } else if (request.parse()) {
                workers.submit(request);
            } else {
                rejected |= queue.push(chain, request.finish());
            }
        }
        if (rejected) {
            queue.signal();
        }
    }

    /** A worker has carried out a request: completes it soon, under the lock, together with others that are done. */
    void done(BlkRequest request) {
        BlkRequest first;
        do {
            first = done.get();
            request.next = first;
        } while (!done.compareAndSet(first, request));
        if (first == null) {
            context().execute(drain);
        }
    }

    private void drain() {
        BlkRequest list = null;
        for (BlkRequest request = done.getAndSet(null); request != null;) {
            BlkRequest following = request.next;
            request.next = list;
            list = request;
            request = following;
        }
        while (list != null) {
            BlkRequest request = list;
            list = request.next;
            request.next = null;
            VirtQueue queue = request.chain.queue();
            boolean last = list == null || list.chain.queue() != queue;
            if (queue.push(request.chain, request.finish()) && last) {
                queue.signal();
            }
        }
    }

    void ioFailed(IOException e, int type, long position, long length) {
        ioErrors.increment();
        boolean full = e.getMessage() != null && e.getMessage().contains("No space left");
        if (full) {
            context().counter("no-space").increment();
        }
        if (ioErrors.value() <= LOGGED_ERRORS) {
            LOG.warn("{}/{}: request of type {} near byte {} ({} bytes in all) failed: {}", context().machine(),
                context().id(), type, position, length, e.getMessage());
        }
    }

    void workerThrew(Throwable e) {
        ioErrors.increment();
        LOG.error("{}/{}: a request failed by a defect of the disk's", context().machine(), context().id(), e);
    }

    @Override
    protected void abandonHostIo() {
        if (!workers.abandon()) {
            LOG.warn("{}/{}: host I/O hangs", context().machine(), context().id());
        }
    }

    @Override
    protected void saveDevice(StateWriter out) {
        out.putLong("sectors", sectors());
        out.putInt("writeback", config().get8(WRITEBACK));
        backend.save(out.section("image"));
    }

    @Override
    protected void restoreDevice(StateReader in) throws StateException {
        if (in.getLong("sectors") != sectors()) {
            throw new StateException("%s: the saved disk has %d sectors, the image %d; restore it with its own image"
                .formatted(context().id(), in.getLong("sectors"), sectors()));
        }
        config().set8(WRITEBACK, in.getInt("writeback", 0, 1));
        backend.restore(in.section("image"));
    }

    @Override
    public void close() {
        boolean ended = workers.stop();
        try {
            backend.close();
        } catch (IOException e) {
            LOG.warn("{}/{}: the image could not be closed: {}", context().machine(), context().id(), e.getMessage());
        }
        if (!ended) {
            LOG.warn("{}/{}: closed while host I/O hangs", context().machine(), context().id());
        }
    }
}
