package dev.backplane.device.net.virtio;

import java.util.Arrays;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.net.MacAddress;

/**
 * Which frames the driver wants (virtio 1.2, 5.1.6.5.1 to 5.1.6.5.3). All until the driver says something else. Not
 * thread-safe; used under the device's lock.
 */
final class ReceiveFilter {
    /** How many addresses a table holds; a longer one stands for all addresses of its kind. */
    static final int TABLE = 64;
    static final int MODES = 6;
    private static final int PROMISCUOUS = 0;
    private static final int ALL_MULTICAST = 1;
    private static final int ALL_UNICAST = 2;
    private static final int NO_MULTICAST = 3;
    private static final int NO_UNICAST = 4;
    private static final int NO_BROADCAST = 5;

    private static final int VLANS = 4096;
    private static final int TAG_8021Q = 0x8100;
    private static final int ETHER_TYPE = 12;

    private final boolean[] modes = new boolean[MODES];
    private final long[] vlans = new long[VLANS / 64];
    private final byte[] mac = new byte[MacAddress.LENGTH];
    private long own;
    private long[] unicast = {};
    private long[] multicast = {};
    private boolean unicastOverflow;
    private boolean multicastOverflow;
    private boolean filtersVlans;

    ReceiveFilter(byte[] mac) {
        reset(mac, false);
    }

    /** As when a driver begins. */
    void reset(byte[] address, boolean vlanFilter) {
        Arrays.fill(modes, false);
        modes[PROMISCUOUS] = true;
        Arrays.fill(vlans, 0);
        own(address);
        unicast = new long[0];
        multicast = new long[0];
        unicastOverflow = false;
        multicastOverflow = false;
        filtersVlans = vlanFilter;
    }

    /** Sets the address of the card. */
    void own(byte[] address) {
        System.arraycopy(address, 0, mac, 0, mac.length);
        own = MacAddress.bits(mac, 0);
    }

    byte[] mac() {
        return mac.clone();
    }

    /** One of the six receive modes, in the order of their commands. */
    void mode(int mode, boolean on) {
        modes[mode] = on;
    }

    /** The first {@code count} of the addresses, or all of the kind if there are more than can be held. */
    void table(boolean group, long[] addresses, int count) {
        boolean overflow = count > TABLE;
        long[] kept = overflow ? new long[0] : Arrays.copyOf(addresses, count);
        if (group) {
            multicast = kept;
            multicastOverflow = overflow;
        } else {
            unicast = kept;
            unicastOverflow = overflow;
        }
    }

    /** Lets a VLAN in or not; false if there is none of that number. */
    boolean vlan(int id, boolean on) {
        if (id < 0 || id >= VLANS) {
            return false;
        }
        if (on) {
            vlans[id >> 6] |= 1L << id;
        } else {
            vlans[id >> 6] &= ~(1L << id);
        }
        return true;
    }

    boolean accepts(byte[] frame) {
        if (filtersVlans && (frame[ETHER_TYPE] << 8 & 0xFF00 | frame[ETHER_TYPE + 1] & 0xFF) == TAG_8021Q
                && !vlanAccepted(frame)) {
            return false;
        }
        if (modes[PROMISCUOUS]) {
            return true;
        }
        if (!MacAddress.isGroup(frame, 0)) {
            return !modes[NO_UNICAST] && (modes[ALL_UNICAST] || unicastOverflow || isOurs(frame));
        }
        if (MacAddress.isBroadcast(frame, 0)) {
            return !modes[NO_BROADCAST];
        }
        return !modes[NO_MULTICAST] && (modes[ALL_MULTICAST] || multicastOverflow
            || contains(multicast, MacAddress.bits(frame, 0)));
    }

    private boolean vlanAccepted(byte[] frame) {
        if (frame.length < ETHER_TYPE + 4) {
            return false;
        }
        int id = frame[ETHER_TYPE + 2] << 8 & 0xF00 | frame[ETHER_TYPE + 3] & 0xFF;
        return id == 0 || (vlans[id >> 6] & 1L << id) != 0;
    }

    private boolean isOurs(byte[] frame) {
        long address = MacAddress.bits(frame, 0);
        return address == own || contains(unicast, address);
    }

    private static boolean contains(long[] table, long address) {
        for (long entry : table) {
            if (entry == address) {
                return true;
            }
        }
        return false;
    }

    void save(StateWriter out) {
        int bits = 0;
        for (int i = 0; i < MODES; i++) {
            bits |= modes[i] ? 1 << i : 0;
        }
        out.putInt("modes", bits).putBytes("mac", mac).putLongs("vlans", vlans).putLongs("unicast", unicast)
            .putLongs("multicast", multicast).putBoolean("unicast-overflow", unicastOverflow)
            .putBoolean("multicast-overflow", multicastOverflow).putBoolean("filters-vlans", filtersVlans);
    }

    void restore(StateReader in) throws StateException {
        int bits = in.getInt("modes", 0, (1 << MODES) - 1);
        for (int i = 0; i < MODES; i++) {
            modes[i] = (bits & 1 << i) != 0;
        }
        own(in.getBytes("mac", MacAddress.LENGTH));
        long[] saved = in.getLongs("vlans");
        if (saved.length != vlans.length) {
            throw new StateException("field vlans has " + saved.length + " values; " + vlans.length + " are right");
        }
        System.arraycopy(saved, 0, vlans, 0, saved.length);
        unicast = tableOf(in, "unicast");
        multicast = tableOf(in, "multicast");
        unicastOverflow = in.getBoolean("unicast-overflow");
        multicastOverflow = in.getBoolean("multicast-overflow");
        filtersVlans = in.getBoolean("filters-vlans");
    }

    private static long[] tableOf(StateReader in, String name) throws StateException {
        long[] table = in.getLongs(name);
        if (table.length > TABLE) {
            throw new StateException("field " + name + " has " + table.length + " addresses; up to " + TABLE
                + " are possible");
        }
        return table;
    }
}
