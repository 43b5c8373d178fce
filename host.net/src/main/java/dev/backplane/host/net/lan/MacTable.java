package dev.backplane.host.net.lan;

import java.util.HashMap;
import java.util.Map;

/**
 * Which address is behind which port. Each port has room for its own addresses, so that one that invents addresses does
 * not push out the others'. Guarded by its switch.
 */
final class MacTable {
    /** Addresses of one port. */
    static final int MOST = 512;
    private static final long AGE = 300_000_000_000L;

    private final Map<Long, Entry> entries = new HashMap<>();

    private static final class Entry {
        Member port;
        long seenAt;
    }

    private static long key(int vlan, long mac) {
        return (long) vlan << 48 | mac;
    }

    /** Returns false if the port has too many addresses already. */
    boolean learn(int vlan, long mac, Member port, long now) {
        Entry entry = entries.get(key(vlan, mac));
        if (entry == null || entry.port != port) {
            if (port.addresses >= MOST && !forgetOld(port, now)) {
                return false;
            }
            if (entry == null) {
                entry = new Entry();
                entries.put(key(vlan, mac), entry);
            } else {
                entry.port.addresses--;
            }
            entry.port = port;
            port.addresses++;
        }
        entry.seenAt = now;
        return true;
    }

    /** Makes room among one port's addresses. */
    private boolean forgetOld(Member port, long now) {
        int before = port.addresses;
        entries.values().removeIf(entry -> {
            boolean old = entry.port == port && now - entry.seenAt > AGE;
            port.addresses -= old ? 1 : 0;
            return old;
        });
        return port.addresses < before;
    }

    /** The port, or null if it is not known or was not heard of for long. */
    Member find(int vlan, long mac, long now) {
        Entry entry = entries.get(key(vlan, mac));
        return entry == null || now - entry.seenAt > AGE ? null : entry.port;
    }

    /** All that was learned from a port, however long ago: VLAN in the bits above 48. */
    long[] of(Member port) {
        return entries.entrySet().stream().filter(entry -> entry.getValue().port == port)
            .mapToLong(Map.Entry::getKey).toArray();
    }

    void forget(Member port) {
        entries.values().removeIf(entry -> entry.port == port);
        port.addresses = 0;
    }
}
