package dev.backplane.api.net;

/**
 * What one side takes from the other unfinished; the core finishes the rest.
 *
 * @param checksum frames whose transport checksum is not filled in
 * @param tcp4     frames to be segmented as TCP over IPv4; needs {@code checksum}
 * @param tcp6     frames to be segmented as TCP over IPv6; needs {@code checksum}
 */
public record Offloads(boolean checksum, boolean tcp4, boolean tcp6) {
    /** Complete frames only. */
    public static final Offloads NONE = new Offloads(false, false, false);
    /** Everything. */
    public static final Offloads ALL = new Offloads(true, true, true);
}
