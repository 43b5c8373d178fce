package dev.backplane.host.audio;

import dev.backplane.api.audio.PcmFormat;
import dev.backplane.api.device.Counter;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** Takes what is played, at the right speed, and forgets it. Threading: under the device's lock. */
final class SilentSounds extends Sounds {
    private final Counter played;

    SilentSounds(HostContext context) {
        super(null);
        played = context.counter("bytes-played");
    }

    @Override
    Sink begin(String name, PcmFormat format) {
        return new Sink() {
            @Override
            public void write(byte[] pcm, int offset, int length) {
                played.add(length);
            }

            @Override
            public void close() {
            }

            @Override
            public void save(StateWriter out) {
            }
        };
    }

    @Override
    Sink goOn(String name, PcmFormat format, StateReader in) {
        return begin(name, format);
    }
}
