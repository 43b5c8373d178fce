package dev.backplane.host.net.user;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.device.DeviceException;
import dev.backplane.host.net.wire.Wire;

/**
 * What a guest may reach. What an {@code allow} names is reachable; else what a {@code deny} names is not; else
 * everything is, unless the network is restricted. Immutable.
 */
final class Rules {
    private static final int MAX_RULES = 256;

    private final List<Rule> allow;
    private final List<Rule> deny;
    private final boolean restricted;

    private Rules(List<Rule> allow, List<Rule> deny, boolean restricted) {
        this.allow = allow;
        this.deny = deny;
        this.restricted = restricted;
    }

    /** Names that stand for addresses of the network itself. */
    interface Names {
        /** The addresses that the name stands for; empty if it is none. */
        List<Prefix> named(String name);
    }

    static Rules parse(String allow, String deny, boolean restricted, Names names) throws DeviceException {
        return new Rules(rules("allow", allow, names), rules("deny", deny, names), restricted);
    }

    boolean permits(int protocol, long hi, long lo, int port) {
        return any(allow, protocol, hi, lo, port) || !any(deny, protocol, hi, lo, port) && !restricted;
    }

    private static boolean any(List<Rule> rules, int protocol, long hi, long lo, int port) {
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).matches(protocol, hi, lo, port)) {
                return true;
            }
        }
        return false;
    }

    private static List<Rule> rules(String option, String text, Names names) throws DeviceException {
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split(",")) {
            if (!part.isBlank()) {
                rule(option, part.strip(), names, rules);
            }
        }
        if (rules.size() > MAX_RULES) {
            throw new DeviceException(option + ": " + rules.size() + " rules; " + MAX_RULES + " are possible");
        }
        return List.copyOf(rules);
    }

    /** {@code [PROTOCOL:]NETWORK[:PORT[-PORT]]}, an IPv6 network in brackets if a port follows. */
    private static void rule(String option, String text, Names names, List<Rule> rules) throws DeviceException {
        int protocol = 0;
        String rest = text;
        int colon = text.indexOf(':');
        String word = colon < 0 ? "" : text.substring(0, colon);
        if (word.equals("tcp") || word.equals("udp") || word.equals("icmp")) {
            protocol = word.equals("tcp") ? Wire.TCP : word.equals("udp") ? Wire.UDP : Wire.ICMP;
            rest = text.substring(colon + 1);
        }
        String network = rest;
        String ports = "";
        if (rest.startsWith("[")) {
            int close = rest.indexOf(']');
            if (close < 0) {
                throw new DeviceException(option + ": " + text + " has a [ without a ]");
            }
            network = rest.substring(1, close);
            ports = rest.substring(close + 1);
        } else if (rest.indexOf(':') == rest.lastIndexOf(':') && rest.indexOf(':') >= 0) {
            network = rest.substring(0, rest.indexOf(':'));
            ports = rest.substring(rest.indexOf(':'));
        }
        int first = 0;
        int last = 0xFFFF;
        if (!ports.isEmpty()) {
            String[] bounds = ports.substring(1).split("-", 2);
            first = port(option, text, bounds[0]);
            last = bounds.length == 1 ? first : port(option, text, bounds[1]);
        }
        List<Prefix> prefixes = network.equals("any") ? List.of(Prefix.ANY) : names.named(network);
        if (prefixes.isEmpty()) {
            prefixes = List.of(Prefix.parse(option, network));
        }
        for (Prefix prefix : prefixes) {
            rules.add(new Rule(protocol, prefix, first, last));
        }
    }

    private static int port(String option, String text, String number) throws DeviceException {
        try {
            int port = Integer.parseInt(number);
            if (port >= 0 && port <= 0xFFFF) {
                return port;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new DeviceException(option + ": " + text + " has the port '" + number + "'; 0 to 65535 are possible");
    }

    /** @param protocol 0 for any */
    private record Rule(int protocol, Prefix network, int first, int last) {
        boolean matches(int itsProtocol, long hi, long lo, int port) {
            return (protocol == 0 || protocol == itsProtocol) && port >= first && port <= last
                && network.contains(hi, lo);
        }
    }
}
