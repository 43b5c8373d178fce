package dev.backplane.device.net.virtio;

import dev.backplane.device.net.MacAddress;
import dev.backplane.device.virtio.VirtChain;

/** Carries out the commands of the control queue (virtio 1.2, 5.1.6.5). Used under the device's lock. */
final class ControlQueue {
    static final int OK = 0;
    static final int ERROR = 1;

    private static final int RX = 0;
    private static final int MAC = 1;
    private static final int VLAN = 2;
    private static final int ANNOUNCE = 3;
    private static final int MQ = 4;
    private static final int GUEST_OFFLOADS = 5;
    private static final int HEADER = 2;
    private static final int LAST_BASIC_MODE = 1;

    private final NetCard card;
    private final ReceiveFilter filter;
    private final byte[] address = new byte[MacAddress.LENGTH];
    private final long[] unicast = new long[ReceiveFilter.TABLE];
    private final long[] multicast = new long[ReceiveFilter.TABLE];

    ControlQueue(NetCard card, ReceiveFilter filter) {
        this.card = card;
        this.filter = filter;
    }

    /** The acknowledgement of a command. */
    int execute(VirtChain chain, long features) {
        if (chain.readableLength() < HEADER) {
            return ERROR;
        }
        int command = chain.read8(1);
        boolean done = switch (chain.read8(0)) {
            case RX -> mode(chain, command, features);
            case MAC -> mac(chain, command, features);
            case VLAN -> length(chain) >= 2 && command <= 1 && (features & NetFeatures.CTRL_VLAN) != 0
                && filter.vlan(chain.read8(2) | chain.read8(3) << 8, command == 0);
            case ANNOUNCE -> command == 0 && (features & NetFeatures.GUEST_ANNOUNCE) != 0 && card.announced();
            case MQ -> length(chain) >= 2 && command == 0 && (features & NetFeatures.MQ) != 0
                && card.usePairs(chain.read8(2) | chain.read8(3) << 8);
            case GUEST_OFFLOADS -> length(chain) >= 8 && command == 0
                && (features & NetFeatures.CTRL_GUEST_OFFLOADS) != 0 && card.useOffloads(chain.read64(HEADER));
            default -> false;
        };
        return done ? OK : ERROR;
    }

    private static long length(VirtChain chain) {
        return chain.readableLength() - HEADER;
    }

    private boolean mode(VirtChain chain, int command, long features) {
        long needed = command <= LAST_BASIC_MODE ? NetFeatures.CTRL_RX : NetFeatures.CTRL_RX_EXTRA;
        if (length(chain) < 1 || command >= ReceiveFilter.MODES || (features & needed) == 0) {
            return false;
        }
        filter.mode(command, chain.read8(HEADER) != 0);
        return true;
    }

    private boolean mac(VirtChain chain, int command, long features) {
        if (command == 0) {
            return (features & NetFeatures.CTRL_RX) != 0 && tables(chain);
        }
        if (command != 1 || (features & NetFeatures.CTRL_MAC_ADDR) == 0
                || !chain.read(HEADER, address, 0, address.length)) {
            return false;
        }
        return card.useAddress(address);
    }

    /** Both tables: a number of entries, then the entries; unicast, then multicast. Nothing changes if they are bad. */
    private boolean tables(VirtChain chain) {
        long first = entries(chain, HEADER);
        if (first < 0) {
            return false;
        }
        long second = HEADER + 4 + first * MacAddress.LENGTH;
        long last = entries(chain, second);
        if (last < 0) {
            return false;
        }
        int ours = fill(chain, HEADER + 4, first, unicast);
        int groups = fill(chain, second + 4, last, multicast);
        filter.table(false, unicast, ours);
        filter.table(true, multicast, groups);
        return true;
    }

    /** How many entries a table has, or -1 if they do not fit into the command. */
    private static long entries(VirtChain chain, long position) {
        if (position + 4 > chain.readableLength()) {
            return -1;
        }
        long count = chain.read32(position) & 0xFFFF_FFFFL;
        return position + 4 + count * MacAddress.LENGTH <= chain.readableLength() ? count : -1;
    }

    private int fill(VirtChain chain, long position, long count, long[] table) {
        if (count > table.length) {
            return table.length + 1;
        }
        for (int i = 0; i < count; i++) {
            chain.read(position + (long) i * MacAddress.LENGTH, address, 0, address.length);
            table[i] = MacAddress.bits(address, 0);
        }
        return (int) count;
    }
}
