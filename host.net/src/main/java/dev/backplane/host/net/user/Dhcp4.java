package dev.backplane.host.net.user;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** Addresses for guests: DHCP (RFC 2131, RFC 2132). Belongs to the network's thread. */
final class Dhcp4 {
    private static final int SERVER_PORT = 67;
    private static final int CLIENT_PORT = 68;
    private static final int FIXED = 236;
    private static final int COOKIE = 0x6382_5363;
    private static final int SECONDS = 86_400;
    private static final int MOST = 1024;
    private static final int DISCOVER = 1;
    private static final int OFFER = 2;
    private static final int REQUEST = 3;
    private static final int DECLINE = 4;
    private static final int ACK = 5;
    private static final int NAK = 6;
    private static final int RELEASE = 7;
    private static final int INFORM = 8;

    private final UserNetwork network;
    /** By Ethernet address; kept so that a guest has the same address again. */
    private final Map<Long, Integer> leases = new HashMap<>();
    private final Set<Integer> taken = new HashSet<>();

    Dhcp4(UserNetwork network) {
        this.network = network;
    }

    /** The address that forwarded ports lead to. */
    Ip first() {
        int first = network.config().address4(Config.FIRST_LEASE).v4();
        if (leases.isEmpty() || leases.containsValue(first)) {
            return Ip.v4(first);
        }
        return Ip.v4(leases.values().stream().min(Integer::compareUnsigned).orElse(first));
    }

    void input(Packet packet) {
        byte[] data = packet.data;
        int at = packet.payload + 8;
        int length = packet.end - at;
        if (length < FIXED + 4 || data[at] != 1 || Wire.get16(data, at + 1) != 0x0106
                || Wire.get32(data, at + FIXED) != COOKIE) {
            network.count("bad-frames");
            return;
        }
        long mac = Wire.get48(data, at + 28);
        int message = 0;
        int requested = 0;
        int server = 0;
        for (int i = at + FIXED + 4; i < packet.end && Wire.get8(data, i) != 255;) {
            if (data[i] == 0) {
                i++;
                continue;
            }
            if (i + 2 > packet.end || i + 2 + Wire.get8(data, i + 1) > packet.end) {
                break;
            }
            int size = Wire.get8(data, i + 1);
            switch (Wire.get8(data, i)) {
                case 50 -> requested = size == 4 ? Wire.get32(data, i + 2) : 0;
                case 53 -> message = size == 1 ? Wire.get8(data, i + 2) : 0;
                case 54 -> server = size == 4 ? Wire.get32(data, i + 2) : 0;
                default -> {
                    // not needed
                }
            }
            i += 2 + size;
        }
        if ((mac & Wire.GROUP) != 0 || server != 0 && server != network.config().gateway4().v4()) {
            return;
        }
        answer(packet, at, mac, message, requested);
    }

    private void answer(Packet packet, int at, long mac, int message, int requested) {
        int current = Wire.get32(packet.data, at + 12);
        switch (message) {
            case DISCOVER -> {
                int address = lease(mac, requested);
                if (address != 0) {
                    reply(packet, at, mac, OFFER, address);
                } else {
                    network.count("dhcp-no-address");
                }
            }
            case REQUEST -> {
                int wanted = requested != 0 ? requested : current;
                int address = lease(mac, wanted);
                reply(packet, at, mac, address != 0 && address == wanted ? ACK : NAK, address);
            }
            case INFORM -> reply(packet, at, mac, ACK, 0);
            case DECLINE -> {
                Integer old = leases.remove(mac);
                if (old != null && leases.size() < MOST) {
                    leases.put(-mac - 1, old);
                }
            }
            case RELEASE -> network.count("dhcp-releases");
            default -> network.count("bad-frames");
        }
    }

    /** The guest's address: the one it has, else the one it wants if free, else the first free one; 0 for none. */
    private int lease(long mac, int wanted) {
        Integer has = leases.get(mac);
        if (has != null) {
            return has;
        }
        Config config = network.config();
        int first = config.address4(Config.FIRST_LEASE).v4();
        int last = config.broadcast4() - 1;
        int address = Integer.compareUnsigned(wanted, first) >= 0 && Integer.compareUnsigned(wanted, last) <= 0
            && !taken.contains(wanted) ? wanted : 0;
        for (int i = first; address == 0 && Integer.compareUnsigned(i, last) <= 0 && i - first <= MOST; i++) {
            address = taken.contains(i) ? 0 : i;
        }
        if (address == 0 || leases.size() >= MOST) {
            return 0;
        }
        leases.put(mac, address);
        taken.add(address);
        network.count("dhcp-leases");
        return address;
    }

    private void reply(Packet packet, int at, long mac, int message, int address) {
        Config config = network.config();
        byte[] asked = packet.data;
        byte[] options = new byte[128];
        int n = option(options, 0, 53, message, 1);
        n = option(options, n, 54, config.gateway4().v4(), 4);
        if (message != NAK) {
            if (address != 0) {
                n = option(options, n, 51, SECONDS, 4);
            }
            n = option(options, n, 1, config.mask4(), 4);
            n = option(options, n, 3, config.gateway4().v4(), 4);
            n = option(options, n, 6, config.nameServer4().v4(), 4);
            n = option(options, n, 28, config.broadcast4(), 4);
            n = option(options, n, 26, config.mtu(), 2);
            if (config.hostname() != null) {
                byte[] name = config.hostname().getBytes(StandardCharsets.US_ASCII);
                int size = Math.min(name.length, 63);
                options[n] = 12;
                options[n + 1] = (byte) size;
                System.arraycopy(name, 0, options, n + 2, size);
                n += 2 + size;
            }
        }
        options[n++] = (byte) 255;
        boolean broadcast = (asked[at + 10] & 0x80) != 0 || message == NAK;
        int current = Wire.get32(asked, at + 12);
        int to = broadcast ? -1 : address != 0 && current == 0 ? address : current != 0 ? current : -1;
        int size = Math.max(300, FIXED + 4 + n);
        Ip gateway = config.gateway4();
        byte[] data = Builder.udp(broadcast || to == -1 ? Wire.BROADCAST : mac, Config.MAC, 0, gateway.lo(),
            SERVER_PORT, 0, Ip.lo4(to), CLIENT_PORT, size);
        int body = data.length - size;
        System.arraycopy(asked, at, data, body, 44);
        data[body] = 2;
        Wire.put16(data, body + 8, 0);
        Wire.put32(data, body + 16, message == NAK ? 0 : address);
        Wire.put32(data, body + 20, gateway.v4());
        Wire.put32(data, body + FIXED, COOKIE);
        System.arraycopy(options, 0, data, body + FIXED + 4, n);
        network.emit(Builder.finish(data, Wire.UDP, 6, 0));
    }

    private static int option(byte[] options, int at, int code, int value, int size) {
        options[at] = (byte) code;
        options[at + 1] = (byte) size;
        for (int i = 0; i < size; i++) {
            options[at + 2 + i] = (byte) (value >>> 8 * (size - 1 - i));
        }
        return at + 2 + size;
    }

    void save(StateWriter out, LongPredicate macs) {
        long[] all = leases.entrySet().stream().filter(lease -> macs.test(lease.getKey()))
            .flatMapToLong(lease -> java.util.stream.LongStream.of(lease.getKey(), lease.getValue())).toArray();
        out.putLongs("leases", all);
    }

    void restore(StateReader in) throws StateException {
        long[] all = in.getLongs("leases");
        for (int i = 0; i + 1 < all.length && leases.size() < MOST; i += 2) {
            int address = (int) all[i + 1];
            if (network.config().network4().contains(0, Ip.lo4(address)) && taken.add(address)) {
                leases.put(all[i], address);
            }
        }
    }
}
