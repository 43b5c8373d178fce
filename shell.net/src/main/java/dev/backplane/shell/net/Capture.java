package dev.backplane.shell.net;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkConnection;

/**
 * Writes the frames of one cable to a file, on a thread of its own. What that thread does not keep up with is dropped
 * and counted: the frames' way is never held up. Threading: any thread.
 */
final class Capture implements NetworkConnection.FrameWatcher, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final int MAX_FRAMES = 8192;
    private static final long MAX_BYTES = 32L << 20;
    private static final int BUFFER = 1 << 16;
    private static final long IDLE_MILLIS = 200;
    private static final long CLOSE_MILLIS = 10_000;

    private record Seen(byte[] data, boolean outbound, long epochNanos) {
    }

    private final String machine;
    private final String card;
    private final Path file;
    private final PcapngWriter writer;
    private final BlockingQueue<Seen> queue = new ArrayBlockingQueue<>(MAX_FRAMES);
    private final AtomicLong queuedBytes = new AtomicLong();
    private final LongAdder dropped = new LongAdder();
    private final AtomicLong written = new AtomicLong();
    private final Thread thread;
    private final AutoCloseable watch;
    private volatile boolean ending;
    private volatile String problem = "";

    /** Begins. */
    Capture(String machine, NetworkConnection cable, Path file) throws IOException {
        this.machine = machine;
        this.card = cable.card();
        this.file = file;
        writer = new PcapngWriter(new BufferedOutputStream(Files.newOutputStream(file), BUFFER), machine + ":" + card);
        writer.flush();
        thread = Thread.ofPlatform().daemon().name("capture " + machine + ":" + card).start(this::write);
        watch = cable.watch(this);
    }

    String machine() {
        return machine;
    }

    String card() {
        return card;
    }

    Path file() {
        return file;
    }

    long written() {
        return written.get();
    }

    long dropped() {
        return dropped.sum();
    }

    /** What ended it early, or "". */
    String problem() {
        return problem;
    }

    @Override
    public void frame(boolean fromGuest, Frame frame, long epochNanos) {
        int length = frame.data().length;
        if (ending) {
            return;
        }
        if (queuedBytes.addAndGet(length) > MAX_BYTES) {
            queuedBytes.addAndGet(-length);
            dropped.increment();
        } else if (!queue.offer(new Seen(frame.data(), fromGuest, epochNanos))) {
            queuedBytes.addAndGet(-length);
            dropped.increment();
        }
    }

    private void write() {
        try (writer) {
            boolean idle = true;
            while (true) {
                Seen seen = queue.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
                if (seen != null) {
                    queuedBytes.addAndGet(-seen.data.length);
                    writer.frame(seen.data, seen.outbound, seen.epochNanos);
                    written.incrementAndGet();
                    idle = false;
                } else if (ending) {
                    writer.statistics(dropped());
                    return;
                } else if (!idle) {
                    writer.flush();
                    idle = true;
                }
            }
        } catch (IOException e) {
            problem = file + " cannot be written: " + e.getMessage();
            LOG.warn("{}:{}: the capture ends: {}", machine, card, problem);
        } catch (InterruptedException e) {
            problem = "it was interrupted";
        } finally {
            ending = true;
        }
    }

    /** Ends it; what was seen is in the file afterwards. */
    @Override
    public void close() {
        try {
            watch.close();
        } catch (Exception e) {
            LOG.debug("{}:{} is watched no more", machine, card, e);
        }
        ending = true;
        try {
            if (!thread.join(Duration.ofMillis(CLOSE_MILLIS))) {
                problem = file + " is still being written";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
