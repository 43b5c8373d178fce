package dev.backplane.host.net.user;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.device.DeviceException;
import dev.backplane.host.net.wire.Ip;

/**
 * A port of the host that leads into the guest.
 *
 * @param tcp   TCP, else UDP
 * @param host  where the host listens
 * @param guest the guest's address, or null for the first one that DHCP gives
 * @param port  the guest's port
 */
record Forward(boolean tcp, InetSocketAddress host, Ip guest, int port) {
    private static final int MAX_FORWARDS = 128;

    /** {@code PROTOCOL:[HOST:]PORT:[GUEST:]PORT}, several with commas between. */
    static List<Forward> parse(String text) throws DeviceException {
        List<Forward> forwards = new ArrayList<>();
        for (String part : text.split(",")) {
            if (!part.isBlank()) {
                forwards.add(one(part.strip()));
            }
        }
        if (forwards.size() > MAX_FORWARDS) {
            throw new DeviceException("forward: " + forwards.size() + " ports; " + MAX_FORWARDS + " are possible");
        }
        return List.copyOf(forwards);
    }

    private static Forward one(String text) throws DeviceException {
        List<String> words = split(text);
        boolean protocol = words.getFirst().equals("tcp") || words.getFirst().equals("udp");
        if (words.size() < 3 || words.size() > 5 || !protocol) {
            throw wrong(text);
        }
        int at = 1;
        Ip host = isNumber(words.get(at)) ? Ip.v4(0x7F00_0001) : address(text, words.get(at++));
        int hostPort = port(text, words, at++, 0);
        boolean named = at < words.size() && !isNumber(words.get(at));
        Ip guest = named ? address(text, words.get(at++)) : null;
        int guestPort = port(text, words, at++, 1);
        if (at != words.size()) {
            throw wrong(text);
        }
        return new Forward(words.getFirst().equals("tcp"), new InetSocketAddress(host.toInet(), hostPort), guest,
            guestPort);
    }

    private static List<String> split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        int depth = 0;
        for (char c : text.toCharArray()) {
            depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            if (c == ':' && depth == 0) {
                words.add(word.toString());
                word.setLength(0);
            } else if (c != '[' && c != ']') {
                word.append(c);
            }
        }
        words.add(word.toString());
        return words;
    }

    private static boolean isNumber(String word) {
        return !word.isEmpty() && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static Ip address(String text, String word) throws DeviceException {
        try {
            return Ip.parse(word);
        } catch (IllegalArgumentException e) {
            throw wrong(text);
        }
    }

    private static int port(String text, List<String> words, int at, int least) throws DeviceException {
        if (at < words.size() && isNumber(words.get(at)) && words.get(at).length() <= 5) {
            int port = Integer.parseInt(words.get(at));
            if (port >= least && port <= 0xFFFF) {
                return port;
            }
        }
        throw wrong(text);
    }

    private static DeviceException wrong(String text) {
        return new DeviceException("forward: '" + text
            + "'; write tcp:2222:22 or udp:HOST:PORT:GUEST:PORT, IPv6 addresses in brackets");
    }

    /** As it is written. */
    @Override
    public String toString() {
        String address = Ip.of(host.getAddress()).toString();
        return (tcp ? "tcp:" : "udp:") + (address.contains(":") ? "[" + address + "]" : address) + ":" + host.getPort()
            + ":" + (guest == null ? "" : (guest.isV4() ? guest : "[" + guest + "]") + ":") + port;
    }
}
