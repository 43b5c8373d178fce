package dev.backplane.host.net.user;

import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** The TCP header of a guest's segment (RFC 9293, RFC 7323, RFC 2018). Reused from segment to segment. */
final class TcpHeader {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;
    static final int LENGTH = 20;
    static final int CHECKSUM = 16;
    private static final int MAX_BLOCKS = 4;

    int fromPort;
    int toPort;
    int sequence;
    int acknowledgment;
    int flags;
    int window;
    /** Where the data begins in the frame, and how long it is. */
    int data;
    int length;
    int mss;
    /** Or -1 for none. */
    int scale;
    boolean selective;
    int blocks;
    final int[] blockLow = new int[MAX_BLOCKS];
    final int[] blockHigh = new int[MAX_BLOCKS];

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Sequence numbers that the segment takes up. */
    int space() {
        return length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }

    /** Returns false if the header is longer than the packet. Options that make no sense end the list of options. */
    boolean parse(Packet packet) {
        byte[] bytes = packet.data;
        int at = packet.payload;
        if (packet.length() < LENGTH) {
            return false;
        }
        int header = (bytes[at + 12] >>> 4 & 15) * 4;
        if (header < LENGTH || header > packet.length()) {
            return false;
        }
        fromPort = Wire.get16(bytes, at);
        toPort = Wire.get16(bytes, at + 2);
        sequence = Wire.get32(bytes, at + 4);
        acknowledgment = Wire.get32(bytes, at + 8);
        flags = bytes[at + 13] & 0x3F;
        window = Wire.get16(bytes, at + 14);
        data = at + header;
        length = packet.end - data;
        mss = packet.v6 ? 1220 : 536;
        scale = -1;
        selective = false;
        blocks = 0;
        options(bytes, at + LENGTH, data);
        return fromPort != 0 && toPort != 0;
    }

    private void options(byte[] bytes, int at, int end) {
        while (at < end && bytes[at] != 0) {
            if (bytes[at] == 1) {
                at++;
                continue;
            }
            int length = at + 1 < end ? Wire.get8(bytes, at + 1) : 0;
            if (length < 2 || at + length > end) {
                return;
            }
            switch (bytes[at]) {
                case 2 -> mss = length == 4 ? Wire.get16(bytes, at + 2) : mss;
                case 3 -> scale = length == 3 ? Math.min(14, Wire.get8(bytes, at + 2)) : scale;
                case 4 -> selective = length == 2;
                case 5 -> {
                    for (int i = at + 2; i + 8 <= at + length && blocks < MAX_BLOCKS; i += 8) {
                        blockLow[blocks] = Wire.get32(bytes, i);
                        blockHigh[blocks++] = Wire.get32(bytes, i + 4);
                    }
                }
                default -> {
                    // not ours
                }
            }
            at += length;
        }
    }

    /** Writes the fixed part of a header behind the IP header. */
    static void write(byte[] data, boolean v6, int fromPort, int toPort, int sequence, int acknowledgment, int length,
            int flags, int window) {
        int at = Builder.headers(v6);
        Wire.put16(data, at, fromPort);
        Wire.put16(data, at + 2, toPort);
        Wire.put32(data, at + 4, sequence);
        Wire.put32(data, at + 8, acknowledgment);
        data[at + 12] = (byte) (length << 2);
        data[at + 13] = (byte) flags;
        Wire.put16(data, at + 14, window);
    }
}
