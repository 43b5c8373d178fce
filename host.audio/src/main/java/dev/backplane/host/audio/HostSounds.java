package dev.backplane.host.audio;

import java.util.Map;
import java.util.TreeMap;

import javax.sound.sampled.Mixer;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Counter;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;

/** Streams that the host's sound devices play and record. Threading: under the device's lock. */
final class HostSounds extends Sounds {
    private final String prefix;
    private final Mixer speaker;
    private final Mixer microphone;
    private final double latency;
    private final Counter dropped;
    private final Map<String, Playback> open = new TreeMap<>();
    private final Map<String, Listening> listening = new TreeMap<>();
    private Handover handover;

    /** @param microphone null for silence */
    HostSounds(HostContext context, Mixer speaker, Mixer microphone, double latency) {
        super(null);
        prefix = context.machine() + "/" + context.card() + "/";
        this.speaker = speaker;
        this.microphone = microphone;
        this.latency = latency;
        dropped = context.counter("bytes-dropped");
    }

    @Override
    Sink begin(String name, PcmFormat format) {
        Playback playback = new Playback(prefix + name, format, speaker, latency, dropped, handover);
        open.put(name, playback);
        return playback;
    }

    @Override
    Sink goOn(String name, PcmFormat format, StateReader in) {
        return begin(name, format);
    }

    @Override
    public AudioInput record(String name, PcmFormat format) {
        if (microphone == null) {
            return super.record(name, format);
        }
        Listening old = listening.remove(name);
        if (old != null) {
            old.close();
        }
        Listening fresh = new Listening(prefix + name, format, microphone, latency);
        listening.put(name, fresh);
        return new AudioInput() {
            @Override
            public void read(byte[] pcm, int offset, int length, long nanoTime) {
                fresh.read(pcm, offset, length);
            }

            @Override
            public void close() {
                if (listening.remove(name, fresh)) {
                    fresh.close();
                }
            }
        };
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        handover = from;
        super.restore(in, from);
        handover = null;
    }

    @Override
    public void handOver(Handover to) {
        open.values().forEach(p -> p.handOver(to));
    }

    @Override
    public void close() {
        super.close();
        listening.values().forEach(Listening::close);
        listening.clear();
    }
}
