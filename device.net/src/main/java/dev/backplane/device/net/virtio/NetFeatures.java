package dev.backplane.device.net.virtio;

import dev.backplane.api.net.Offloads;

/** Feature bits of the network device as masks (virtio 1.2, 5.1.3), and what is offered. */
final class NetFeatures {
    static final int MAX_PAIRS = 16;

    static final long CSUM = 1L << 0;
    static final long GUEST_CSUM = 1L << 1;
    static final long CTRL_GUEST_OFFLOADS = 1L << 2;
    static final long MTU = 1L << 3;
    static final long MAC = 1L << 5;
    static final long GUEST_TSO4 = 1L << 7;
    static final long GUEST_TSO6 = 1L << 8;
    static final long HOST_TSO4 = 1L << 11;
    static final long HOST_TSO6 = 1L << 12;
    static final long MRG_RXBUF = 1L << 15;
    static final long STATUS = 1L << 16;
    static final long CTRL_VQ = 1L << 17;
    static final long CTRL_RX = 1L << 18;
    static final long CTRL_VLAN = 1L << 19;
    static final long CTRL_RX_EXTRA = 1L << 20;
    static final long GUEST_ANNOUNCE = 1L << 21;
    static final long MQ = 1L << 22;
    static final long CTRL_MAC_ADDR = 1L << 23;
    static final long SPEED_DUPLEX = 1L << 63;

    /** What VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET can switch. */
    static final long GUEST_OFFLOADS = GUEST_CSUM | GUEST_TSO4 | GUEST_TSO6;

    private static final long CONTROLLED = CTRL_RX | CTRL_VLAN | CTRL_RX_EXTRA | GUEST_ANNOUNCE | MQ | CTRL_MAC_ADDR
        | CTRL_GUEST_OFFLOADS;

    private NetFeatures() {
    }

    static long offered(NetSettings settings) {
        return CSUM | GUEST_CSUM | MAC | GUEST_TSO4 | GUEST_TSO6 | HOST_TSO4 | HOST_TSO6 | MRG_RXBUF | STATUS | CTRL_VQ
            | CTRL_RX | CTRL_VLAN | CTRL_RX_EXTRA | GUEST_ANNOUNCE | CTRL_MAC_ADDR | CTRL_GUEST_OFFLOADS | SPEED_DUPLEX
            | (settings.pairs() > 1 ? MQ : 0) | (settings.mtu() != 0 ? MTU : 0);
    }

    /** Whether features that need others come with them (5.1.3.1). */
    static boolean consistent(long features) {
        boolean control = (features & CTRL_VQ) != 0;
        boolean sums = (features & CSUM) != 0;
        boolean guestSums = (features & GUEST_CSUM) != 0;
        return ((features & CONTROLLED) == 0 || control)
            && ((features & (HOST_TSO4 | HOST_TSO6)) == 0 || sums)
            && ((features & (GUEST_TSO4 | GUEST_TSO6)) == 0 || guestSums);
    }

    /** What a driver takes unfinished with these of the {@link #GUEST_OFFLOADS}. */
    static Offloads offloads(long features) {
        boolean sums = (features & GUEST_CSUM) != 0;
        return new Offloads(sums, sums && (features & GUEST_TSO4) != 0, sums && (features & GUEST_TSO6) != 0);
    }
}
