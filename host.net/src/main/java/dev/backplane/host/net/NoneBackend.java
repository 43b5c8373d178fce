package dev.backplane.host.net;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Options;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.NetworkCable;
import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.api.net.Offloads;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** {@code none}: a cable whose other end is plugged in nowhere. */
@Component(service = HostBackend.class)
public final class NoneBackend implements HostBackend {
    @Override
    public String name() {
        return "none";
    }

    @Override
    public Class<? extends HostEndpoint> kind() {
        return NetworkEndpoint.class;
    }

    @Override
    public String description() {
        return "nothing: the link is down";
    }

    @Override
    public HostEndpoint open(HostContext context, Options options) {
        return new Nothing();
    }

    private static final class Nothing implements NetworkEndpoint {
        @Override
        public void plug(NetworkCable cable) {
            cable.onFrame(() -> drop(cable));
            drop(cable);
        }

        private synchronized void drop(NetworkCable cable) {
            Frame frame = cable.take();
            while (frame != null) {
                frame = cable.take();
            }
        }

        @Override
        public Offloads accepts() {
            return Offloads.ALL;
        }

        @Override
        public boolean linkUp() {
            return false;
        }

        @Override
        public String peer() {
            return "nothing";
        }

        @Override
        public void save(StateWriter out) {
            // there is nothing to say
        }

        @Override
        public void restore(StateReader in, Handover from) {
            // nothing was said
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
