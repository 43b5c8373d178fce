package dev.backplane.host.net.user;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** Who has which IP address: ARP (RFC 826) and what packets tell. Belongs to the network's thread. */
final class Neighbours {
    private static final int MOST = 1024;

    private final UserNetwork network;
    private final Map<Ip, Long> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Ip, Long> eldest) {
            return size() > MOST;
        }
    };
    private long lastHi;
    private long lastLo;
    private long lastMac;

    Neighbours(UserNetwork network) {
        this.network = network;
    }

    void learn(long hi, long lo, long mac) {
        if (lo == lastLo && hi == lastHi && mac == lastMac) {
            return;
        }
        lastHi = hi;
        lastLo = lo;
        lastMac = mac;
        if (known.put(new Ip(hi, lo), mac) == null) {
            network.tcp().learned();
        }
    }

    Map<Ip, Long> known() {
        return known;
    }

    /** The Ethernet address, or 0 if it is not known: then the guests are asked. */
    long macOf(Ip ip) {
        Long mac = known.get(ip);
        if (mac == null) {
            ask(ip);
            return 0;
        }
        return mac;
    }

    private void ask(Ip ip) {
        if (ip.isV4()) {
            network.emit(arp(1, Wire.BROADCAST, 0, network.config().gateway4().v4(), ip.v4()));
        } else {
            network.icmp6().solicit(ip);
        }
    }

    void arp(Packet packet) {
        byte[] data = packet.data;
        int at = Wire.ETHERNET;
        boolean ethernet = Wire.get32(data, at) == 0x0001_0800 && Wire.get16(data, at + 4) == 0x0604;
        int operation = Wire.get16(data, at + 6);
        long mac = Wire.get48(data, at + 8);
        int from = Wire.get32(data, at + 14);
        int to = Wire.get32(data, at + 24);
        if (!ethernet || (mac & Wire.GROUP) != 0) {
            network.count("bad-frames");
            return;
        }
        Config config = network.config();
        long fromLo = Ip.lo4(from);
        boolean guests = config.network4().contains(0, fromLo) && !config.isOurs(0, fromLo);
        if (guests) {
            learn(0, fromLo, mac);
        }
        if (operation == 1 && config.isOurs(0, Ip.lo4(to)) && (guests || from == 0)) {
            network.emit(arp(2, packet.fromMac, mac, to, from));
        }
    }

    private static Frame arp(int operation, long to, long targetMac, int from, int target) {
        byte[] data = new byte[60];
        Wire.ethernet(data, to, Config.MAC, Wire.TYPE_ARP);
        Wire.put32(data, 14, 0x0001_0800);
        Wire.put16(data, 18, 0x0604);
        Wire.put16(data, 20, operation);
        Wire.put48(data, 22, Config.MAC);
        Wire.put32(data, 28, from);
        Wire.put48(data, 32, targetMac);
        Wire.put32(data, 38, target);
        return new Frame(data);
    }
}
