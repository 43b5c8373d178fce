package dev.backplane.machine.host;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.audio.AudioEndpoint;
import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Lies between a sound card and its backend, so that people see levels and can record whatever the backend is. It belongs
 * to the card and outlives the builds of both. Threading: sound under the card's lock; what people see from any thread.
 */
final class AudioTap implements AudioConnection {
    private static final Logger LOG = LoggerFactory.getLogger(AudioTap.class);

    private final CardSide card;
    private final String backend;
    private final Map<String, Meter> meters = new TreeMap<>();
    private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

    AudioTap(CardSide card, String backend) {
        this.card = card;
        this.backend = backend;
    }

    @Override
    public String card() {
        return card.card();
    }

    @Override
    public String backend() {
        return backend;
    }

    @Override
    public List<Stream> streams() {
        synchronized (meters) {
            return meters.values().stream().map(Meter::stream).toList();
        }
    }

    @Override
    public AutoCloseable watch(Watcher watcher) {
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
    }

    /** The endpoint is gone: what another one has open it will say. */
    void unplug() {
        synchronized (meters) {
            meters.clear();
        }
    }

    /** The endpoint for the card, with this between. */
    AudioEndpoint through(AudioEndpoint to) {
        return new Through(to);
    }

    private Meter open(String name, boolean playback, PcmFormat format) {
        synchronized (meters) {
            return meters.compute((playback ? "" : "<") + name, (key, old) -> old != null && old.is(format) ? old
                : new Meter(name, playback, format));
        }
    }

    private void ended(Meter meter) {
        synchronized (meters) {
            meters.values().remove(meter);
        }
    }

    private void tell(String stream, PcmFormat format, byte[] pcm, int offset, int length, long nanoTime) {
        for (Watcher w : watchers) {
            try {
                w.played(stream, format, pcm, offset, length, nanoTime);
            } catch (RuntimeException | LinkageError e) {
                watchers.remove(w);
                LOG.error("{}: a watcher of {} is taken off", card.machine(), card.card(), e);
            }
        }
    }

    private final class Through implements AudioEndpoint {
        private final AudioEndpoint to;

        Through(AudioEndpoint to) {
            this.to = to;
        }

        @Override
        public AudioOutput play(String name, PcmFormat format) {
            AudioOutput out = to.play(name, format);
            Meter meter = open(name, true, format);
            return new AudioOutput() {
                @Override
                public void write(byte[] pcm, int offset, int length, long nanoTime) {
                    out.write(pcm, offset, length, nanoTime);
                    meter.passed(pcm, offset, length);
                    if (!watchers.isEmpty()) {
                        tell(name, format, pcm, offset, length, nanoTime);
                    }
                }

                @Override
                public void close() {
                    ended(meter);
                    out.close();
                }
            };
        }

        @Override
        public AudioInput record(String name, PcmFormat format) {
            AudioInput in = to.record(name, format);
            Meter meter = open(name, false, format);
            return new AudioInput() {
                @Override
                public void read(byte[] pcm, int offset, int length, long nanoTime) {
                    in.read(pcm, offset, length, nanoTime);
                    meter.passed(pcm, offset, length);
                }

                @Override
                public void close() {
                    ended(meter);
                    in.close();
                }
            };
        }

        @Override
        public CompletableFuture<Void> quiesce() {
            return to.quiesce();
        }

        @Override
        public void resume() {
            to.resume();
        }

        @Override
        public void reset() {
            to.reset();
        }

        @Override
        public void save(StateWriter out) {
            to.save(out);
        }

        @Override
        public void handOver(Handover handover) {
            to.handOver(handover);
        }

        @Override
        public void restore(StateReader in, Handover from) {
            throw new IllegalStateException("the core restores endpoints");
        }

        @Override
        public void close() {
            // the core closes it
        }
    }
}
