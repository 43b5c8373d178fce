package dev.backplane.machine.device;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.console.Console;
import dev.backplane.api.console.ConsolePort;

/**
 * The console of one card: what the guest printed (the last 2 MiB of it), input that the guest has not read, and who is
 * attached. It lives as long as the card is part of the machine.
 */
public final class ConsoleChannel implements Console {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleChannel.class);
    private static final int FIRST_CAPACITY = 1 << 14;
    private static final int CAPACITY = 1 << 21;
    private static final int MAX_INPUT = 1 << 16;
    /** What may wait for an attached consumer that does not keep up, before it is detached. */
    private static final int MAX_BACKLOG = 1 << 26;

    private final String card;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition printed = lock.newCondition();
    private final Condition inputRead = lock.newCondition();
    private final List<Attachment> attachments = new ArrayList<>();
    private byte[] ring = new byte[FIRST_CAPACITY];
    private long position;
    private final byte[] input = new byte[MAX_INPUT];
    private int inputStart;
    private int inputCount;
    private Runnable onInput = () -> { };
    private volatile boolean used;

    public ConsoleChannel(String card) {
        this.card = card;
    }

    @Override
    public String card() {
        return card;
    }

    /** Whether a device ever claimed it. */
    public boolean used() {
        return used;
    }

    /**
     * The device's end.
     *
     * @param notify runs a callback of the device under its lock, soon
     */
    ConsolePort port(Consumer<Runnable> notify) {
        used = true;
        return new ConsolePort() {
            @Override
            public void write(int value) {
                print((byte) value);
            }

            @Override
            public int read() {
                return takeInput();
            }

            @Override
            public int available() {
                lock.lock();
                try {
                    return inputCount;
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void onInput(Runnable callback) {
                lock.lock();
                try {
                    onInput = () -> notify.accept(callback);
                    if (inputCount > 0) {
                        onInput.run();
                    }
                } finally {
                    lock.unlock();
                }
            }
        };
    }

    private void print(byte value) {
        lock.lock();
        try {
            if (position == ring.length && ring.length < CAPACITY) {
                byte[] larger = new byte[ring.length * 2];
                System.arraycopy(ring, 0, larger, 0, ring.length);
                ring = larger;
            }
            ring[(int) (position & (ring.length - 1))] = value;
            position++;
            printed.signalAll();
            for (int i = attachments.size() - 1; i >= 0; i--) {
                Attachment a = attachments.get(i);
                a.pending.write(value);
                if (a.pending.size() > MAX_BACKLOG) {
                    attachments.remove(i);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private int takeInput() {
        lock.lock();
        try {
            if (inputCount == 0) {
                return -1;
            }
            int value = input[inputStart] & 0xFF;
            inputStart = (inputStart + 1) % MAX_INPUT;
            inputCount--;
            inputRead.signalAll();
            return value;
        } finally {
            lock.unlock();
        }
    }

    /** The device is gone: input is dropped, nobody is told of it until the next device comes. */
    void disconnect() {
        lock.lock();
        try {
            onInput = () -> { };
        } finally {
            lock.unlock();
        }
    }

    /** Drops input that no guest has read: the machine was turned off. */
    public void dropInput() {
        lock.lock();
        try {
            inputCount = 0;
            inputRead.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(byte[] data) throws InterruptedException {
        for (byte b : data) {
            lock.lockInterruptibly();
            try {
                while (inputCount == MAX_INPUT) {
                    inputRead.await();
                }
                input[(inputStart + inputCount) % MAX_INPUT] = b;
                inputCount++;
                if (inputCount == 1) {
                    onInput.run();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public long position() {
        lock.lock();
        try {
            return position;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long oldest() {
        lock.lock();
        try {
            return Math.max(0, position - ring.length);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] read(long from) {
        lock.lock();
        try {
            long start = Math.min(position, Math.max(from, oldest()));
            byte[] out = new byte[(int) (position - start)];
            int at = (int) (start & (ring.length - 1));
            int first = Math.min(out.length, ring.length - at);
            System.arraycopy(ring, at, out, 0, first);
            System.arraycopy(ring, 0, out, first, out.length - first);
            return out;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long await(long after, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (position <= after && left > 0) {
                left = printed.awaitNanos(left);
            }
            return position;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public AutoCloseable attach(Consumer<byte[]> output) {
        Attachment a = new Attachment(output);
        lock.lock();
        try {
            attachments.add(a);
        } finally {
            lock.unlock();
        }
        a.thread = Thread.ofVirtual().name("console " + card).start(a::serve);
        return a;
    }

    private final class Attachment implements AutoCloseable {
        private final Consumer<byte[]> output;
        private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
        private boolean closed;
        private Thread thread;

        Attachment(Consumer<byte[]> output) {
            this.output = output;
        }

        void serve() {
            try {
                for (byte[] bytes = next(); bytes != null; bytes = next()) {
                    output.accept(bytes);
                }
            } catch (InterruptedException e) {
                LOG.debug("console {}: a consumer was interrupted", card);
            } catch (RuntimeException e) {
                LOG.warn("console {}: a consumer failed and is detached: {}", card, e.toString());
            } finally {
                close();
            }
        }

        /** What was printed since the last call; waits for it; null when it is over. */
        private byte[] next() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (pending.size() == 0 && !closed) {
                    printed.await(1, TimeUnit.HOURS);
                }
                if (pending.size() > MAX_BACKLOG) {
                    throw new IllegalStateException("it does not keep up");
                }
                byte[] bytes = pending.toByteArray();
                pending.reset();
                return bytes.length == 0 ? null : bytes;
            } finally {
                lock.unlock();
            }
        }

        /** Detaches; what was printed before is still delivered. */
        @Override
        public void close() {
            lock.lock();
            try {
                closed = true;
                attachments.remove(this);
                printed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
