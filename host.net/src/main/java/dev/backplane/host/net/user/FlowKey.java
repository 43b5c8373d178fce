package dev.backplane.host.net.user;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;

/**
 * Both ends of a flow as the guest sees them; addresses as the halves of {@link Ip}.
 *
 * @param guestPort the guest's port
 * @param peerPort  the other end's port
 */
record FlowKey(long guestHi, long guestLo, int guestPort, long peerHi, long peerLo, int peerPort) {
    static FlowKey of(Ip guest, int guestPort, Ip peer, int peerPort) {
        return new FlowKey(guest.hi(), guest.lo(), guestPort, peer.hi(), peer.lo(), peerPort);
    }

    /** The flow of a packet from the guest. */
    static FlowKey of(Packet packet, int fromPort, int toPort) {
        return new FlowKey(packet.fromHi, packet.fromLo, fromPort, packet.toHi, packet.toLo, toPort);
    }

    /** A hash that a guest cannot aim at, as it does not know the seed. */
    static int hash(int seed, long guestLo, int guestPort, long peerHi, long peerLo, int peerPort) {
        long x = seed + guestLo * 0x9E37_79B9_7F4A_7C15L + peerLo;
        x = (x ^ x >>> 32) * 0xBF58_476D_1CE4_E5B9L + peerHi + ((long) guestPort << 16 | peerPort);
        x = (x ^ x >>> 29) * 0x94D0_49BB_1331_11EBL;
        return (int) (x ^ x >>> 32);
    }

    int hash(int seed) {
        return hash(seed, guestLo, guestPort, peerHi, peerLo, peerPort);
    }

    boolean matches(Packet packet, int fromPort, int toPort) {
        return guestLo == packet.fromLo && peerLo == packet.toLo && guestPort == fromPort && peerPort == toPort
            && guestHi == packet.fromHi && peerHi == packet.toHi;
    }

    boolean v6() {
        return !Ip.isV4(guestHi, guestLo);
    }

    Ip guest() {
        return new Ip(guestHi, guestLo);
    }

    Ip peer() {
        return new Ip(peerHi, peerLo);
    }

    void save(StateWriter out) {
        out.putLong("guest-hi", guestHi).putLong("guest-lo", guestLo).putInt("guest-port", guestPort)
            .putLong("peer-hi", peerHi).putLong("peer-lo", peerLo).putInt("peer-port", peerPort);
    }

    static FlowKey restore(StateReader in) throws StateException {
        FlowKey key = new FlowKey(in.getLong("guest-hi"), in.getLong("guest-lo"), in.getInt("guest-port", 1, 0xFFFF),
            in.getLong("peer-hi"), in.getLong("peer-lo"), in.getInt("peer-port", 1, 0xFFFF));
        if (Ip.isV4(key.guestHi, key.guestLo) != Ip.isV4(key.peerHi, key.peerLo)) {
            throw new StateException("a flow from " + key.guest() + " to " + key.peer());
        }
        return key;
    }
}
