package dev.backplane.api.net;

/**
 * An Ethernet frame without preamble and FCS, 14 to {@link #MAX_LENGTH} bytes, with what is left to do for it.
 * Immutable by contract: once handed over, nobody changes the bytes.
 *
 * @param data           the frame from the destination address on
 * @param checksumStart  where the Internet checksum that is not filled in yet begins to sum, or -1 if all are right;
 *                       the field holds the sum of the pseudo header (VIRTIO 1.2, 5.1.6.2)
 * @param checksumOffset where that checksum goes, from {@code checksumStart}
 * @param segmentation   how it is to be cut into frames of the link's size
 * @param segmentSize    payload bytes of each segment, 1 to 65535; 0 with NONE
 * @param verified       its transport checksum was verified, a receiver need not
 */
public record Frame(byte[] data, int checksumStart, int checksumOffset, Segmentation segmentation, int segmentSize,
        boolean verified) {
    /** The longest frame, before segmentation: a 64 KiB IP packet with Ethernet and VLAN header. */
    public static final int MAX_LENGTH = 65_536 + 18;
    /** The shortest: an Ethernet header. */
    public static final int MIN_LENGTH = 14;

    /** How a frame longer than the link's is cut. */
    public enum Segmentation {
        NONE, TCP4, TCP6, UDP
    }

    /** A frame that is complete. */
    public Frame(byte[] data) {
        this(data, -1, 0, Segmentation.NONE, 0, false);
    }

    /**
     * @throws IllegalArgumentException if the length or the checksum's place is out of range: check what a guest said
     *                                  before
     */
    public Frame {
        if (data.length < MIN_LENGTH || data.length > MAX_LENGTH) {
            throw new IllegalArgumentException("a frame of " + data.length + " bytes");
        }
        if (checksumStart >= 0 && (checksumOffset < 0
                || (long) checksumStart + checksumOffset + 2 > data.length)) {
            throw new IllegalArgumentException("checksum at " + checksumStart + "+" + checksumOffset + " of a frame of "
                + data.length + " bytes");
        }
        if (segmentation == Segmentation.NONE ? segmentSize != 0 : segmentSize < 1 || segmentSize > 0xFFFF) {
            throw new IllegalArgumentException(segmentation + " with segments of " + segmentSize + " bytes");
        }
    }

    /** Whether nothing is left to do for it. */
    public boolean complete() {
        return checksumStart < 0 && segmentation == Segmentation.NONE;
    }
}
