package dev.backplane.host.net.user;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.host.net.wire.Ip;

/**
 * What a user network looks like. Immutable.
 *
 * @param network4 the IPv4 network, /8 to /28
 * @param network6 the IPv6 network, /64, or null for none
 * @param mtu      576 (1280 with IPv6) to 65535
 * @param hostname the name that DHCP gives, or null
 * @param rules    what the guest may reach
 * @param forwards ports of the host that lead into the guest
 * @param resolvers the name servers to ask; none for those of the host
 */
record Config(Prefix network4, Prefix network6, int mtu, String hostname, Rules rules, List<Forward> forwards,
        List<InetSocketAddress> resolvers) {
    /** The gateway's Ethernet address: locally administered. */
    static final long MAC = 0x5254_000A_0002L;
    /** The gateway's link-local address. */
    static final Ip LINK_LOCAL = Ip.parse("fe80::2");
    private static final int GATEWAY = 2;
    private static final int NAME_SERVER = 3;
    static final int FIRST_LEASE = 15;
    static final int DNS_PORT = 53;
    /** An IPv6 address in brackets or an IPv4 address, and a port. */
    private static final Pattern NAME_SERVER_FORM = Pattern.compile("(?:\\[([^\\]]+)\\]|([0-9.]+))(?::([0-9]{1,5}))?");

    /** The options of a network, also those of a switch's gateway. */
    static List<OptionSpec> options() {
        return List.of(
            OptionSpec.string("network", "10.0.2.0/24",
                "IPv4 network: the gateway (the host) is .2, the name server .3, guests begin at .15"),
            OptionSpec.string("ipv6", "fec0::/64",
                "IPv6 network: the gateway is ::2, the name server ::3; off for none"),
            OptionSpec.integer("mtu", 1500, 576, 65_535, "largest IP packet, told to the guest, in bytes"),
            OptionSpec.string("hostname", null, "name that DHCP gives to the guest (the machine's)"),
            OptionSpec.string("dns", null,
                "name servers to ask: 192.0.2.53,127.0.0.1:5353,[::1]:5353, three at most (those of the host)"),
            OptionSpec.string("forward", "",
                "ports of the host that lead into the guest: tcp:2222:22,udp:HOST:PORT:GUEST:PORT"),
            OptionSpec.string("allow", "",
                "what the guest may reach in any case: 10.0.0.0/8,tcp:host:8080,udp:[fd00::/8]:53,dns"),
            OptionSpec.string("deny", "", "what the guest may not reach, written alike; any is everything"),
            OptionSpec.bool("restrict", false, "reach nothing but what allow names"));
    }

    static Config of(Options options, String machine) throws DeviceException {
        Prefix network4 = Prefix.parse("network", options.string("network"));
        if (!network4.address().isV4() || network4.length() < 8 || network4.length() > 27) {
            throw new DeviceException("network: " + options.string("network")
                + " is no IPv4 network of /8 to /27; write for instance 10.0.2.0/24");
        }
        network4 = new Prefix(Ip.v4(network4.address().v4() & -1 << 32 - network4.length()), network4.bits());
        Prefix network6 = null;
        if (!options.string("ipv6").equals("off")) {
            network6 = Prefix.parse("ipv6", options.string("ipv6"));
            if (network6.address().isV4() || network6.bits() != 64) {
                throw new DeviceException("ipv6: " + options.string("ipv6")
                    + " is no IPv6 network of /64; write for instance fec0::/64, or off");
            }
            network6 = new Prefix(new Ip(network6.address().hi(), 0), 64);
        }
        int mtu = (int) options.integer("mtu");
        if (network6 != null && mtu < 1280) {
            throw new DeviceException("mtu: " + mtu + " is too small for IPv6, which needs 1280; or set ipv6=off");
        }
        List<InetSocketAddress> resolvers = options.has("dns") ? nameServers(options.string("dns")) : List.of();
        Config plain = new Config(network4, network6, mtu, options.optionalString("hostname").orElse(machine), null,
            Forward.parse(options.string("forward")), resolvers);
        Rules rules = Rules.parse(options.string("allow"), options.string("deny"), options.bool("restrict"),
            plain::named);
        return new Config(network4, network6, mtu, plain.hostname, rules, plain.forwards, resolvers);
    }

    private static List<InetSocketAddress> nameServers(String text) throws DeviceException {
        List<InetSocketAddress> servers = new ArrayList<>();
        for (String part : text.split(",")) {
            if (!part.isBlank()) {
                servers.add(nameServer(part.strip()));
            }
        }
        if (servers.size() > Resolvers.MOST) {
            throw new DeviceException("dns: " + servers.size() + " name servers; " + Resolvers.MOST + " are possible");
        }
        return List.copyOf(servers);
    }

    private static InetSocketAddress nameServer(String text) throws DeviceException {
        Matcher parts = NAME_SERVER_FORM.matcher(text);
        try {
            if (parts.matches()) {
                String address = parts.group(1) != null ? parts.group(1) : parts.group(2);
                int port = parts.group(3) == null ? DNS_PORT : Integer.parseInt(parts.group(3));
                if (port > 0 && port <= 0xFFFF) {
                    return new InetSocketAddress(Ip.parse(address).toInet(), port);
                }
            }
            return new InetSocketAddress(Ip.parse(text).toInet(), DNS_PORT);
        } catch (IllegalArgumentException e) {
            throw new DeviceException("dns: " + text
                + " is no address; write for instance 192.0.2.53, 127.0.0.1:5353 or [fd00::53]:5353");
        }
    }

    private List<Prefix> named(String name) {
        int at = name.equals("host") ? GATEWAY : name.equals("dns") ? NAME_SERVER : 0;
        if (at == 0) {
            return List.of();
        }
        Prefix four = new Prefix(address4(at), 128);
        return network6 == null ? List.of(four) : List.of(four, new Prefix(address6(at), 128));
    }

    Ip address4(int at) {
        return Ip.v4(network4.address().v4() + at);
    }

    Ip address6(int at) {
        return new Ip(network6.address().hi(), at);
    }

    Ip gateway4() {
        return address4(GATEWAY);
    }

    Ip nameServer4() {
        return address4(NAME_SERVER);
    }

    Ip gateway6() {
        return address6(GATEWAY);
    }

    Ip nameServer6() {
        return address6(NAME_SERVER);
    }

    int mask4() {
        return -1 << 32 - network4.length();
    }

    int broadcast4() {
        return network4.address().v4() | ~mask4();
    }

    boolean isGateway(long hi, long lo) {
        return Ip.isV4(hi, lo) ? (int) lo == gateway4().v4()
            : network6 != null && (hi == network6.address().hi() && lo == GATEWAY
                || hi == LINK_LOCAL.hi() && lo == LINK_LOCAL.lo());
    }

    boolean isNameServer(long hi, long lo) {
        return Ip.isV4(hi, lo) ? (int) lo == nameServer4().v4()
            : network6 != null && hi == network6.address().hi() && lo == NAME_SERVER;
    }

    boolean isOurs(long hi, long lo) {
        return isGateway(hi, lo) || isNameServer(hi, lo);
    }

    /** An address of the guests' own network. */
    boolean isLocal(long hi, long lo) {
        return network4.contains(hi, lo) || network6 != null && network6.contains(hi, lo);
    }

    /** Whether an address is one that packets may be sent to outside at all: unicast, and not of this host alone. */
    static boolean isRoutable(long hi, long lo) {
        if (Ip.isV4(hi, lo)) {
            int top = (int) lo >>> 24;
            return top != 0 && top != 127 && top < 224;
        }
        int top = (int) (hi >>> 48);
        return top >>> 8 != 0xFF && (top & 0xFFC0) != 0xFE80 && !(hi == 0 && lo >>> 32 == 0);
    }
}
