package dev.backplane.host.net.lan;

import java.io.IOException;
import java.util.BitSet;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.user.Gateway;
import dev.backplane.host.net.user.Uplink;

/** A switch's own port to the outside: a user network in one VLAN. */
final class GatewayPort extends Member {
    private static final int FRAMES = 1024;
    private static final long BYTES = 16 << 20;

    private final Pipe toNetwork = new Pipe(FRAMES, BYTES);
    private final Pipe fromNetwork = new Pipe(FRAMES, BYTES);
    private final Gateway gateway;

    GatewayPort(VirtualSwitch lan, int vlan, Gateway.Plan plan) throws IOException {
        super(new Vlans(vlan, new BitSet()), false);
        fromNetwork.onFrame(lan::wake);
        gateway = Gateway.open("switch " + lan.name() + " gateway " + vlan, plan, new Side());
    }

    Gateway gateway() {
        return gateway;
    }

    /** The network's side. */
    private final class Side implements Uplink {
        @Override
        public Frame take() {
            return toNetwork.take();
        }

        @Override
        public boolean deliver(Frame frame) {
            return fromNetwork.put(frame);
        }

        @Override
        public void callbacks(Runnable onFrame, Runnable onRoom) {
            toNetwork.onFrame(onFrame);
            fromNetwork.onRoom(onRoom);
        }
    }

    @Override
    Frame take() {
        return fromNetwork.take();
    }

    @Override
    void deliver(Frame frame) {
        toNetwork.put(frame);
    }

    @Override
    void count(String counter) {
        // what the gateway itself sends is in order
    }

    void close() {
        gateway.close();
    }
}
