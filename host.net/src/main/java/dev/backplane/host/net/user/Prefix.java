package dev.backplane.host.net.user;

import dev.backplane.api.device.DeviceException;
import dev.backplane.host.net.wire.Ip;

/**
 * A network: an address and how many of its 128 bits count (IPv4 as mapped addresses, so 96 more than written).
 */
record Prefix(Ip address, int bits) {
    static final Prefix ANY = new Prefix(new Ip(0, 0), 0);

    boolean contains(long hi, long lo) {
        return address.sharesPrefix(hi, lo, bits);
    }

    /** The prefix length as written. */
    int length() {
        return address.isV4() ? bits - 96 : bits;
    }

    /**
     * Reads {@code 10.0.0.0/8}, {@code fc00::/7} or a single address.
     *
     * @param what what it is for, for messages
     */
    static Prefix parse(String what, String text) throws DeviceException {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            if (literal.isEmpty()) {
                throw new IllegalArgumentException();
            }
            Ip ip = Ip.parse(literal);
            int most = ip.isV4() ? 32 : 128;
            int length = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
            if (length < 0 || length > most) {
                throw new DeviceException(what + ": " + text + " has a prefix length of " + length + "; 0 to " + most
                    + " are possible");
            }
            return new Prefix(ip, ip.isV4() ? length + 96 : length);
        } catch (IllegalArgumentException e) {
            throw new DeviceException(what + ": " + text + " is no network; write for instance 10.0.0.0/8 or fc00::/7");
        }
    }

    @Override
    public String toString() {
        return address + "/" + length();
    }
}
