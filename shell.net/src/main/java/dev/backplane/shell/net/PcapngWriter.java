package dev.backplane.shell.net;

import java.io.Flushable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes Ethernet frames as pcapng (draft-ietf-opsawg-pcapng): one section, one interface, an Enhanced Packet Block with
 * nanoseconds and direction for each frame, statistics at the end. Not thread-safe.
 */
final class PcapngWriter implements AutoCloseable, Flushable {
    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int INTERFACE_STATISTICS = 5;
    private static final int ENHANCED_PACKET = 6;
    private static final int BYTE_ORDER = 0x1A2B3C4D;
    private static final short LINKTYPE_ETHERNET = 1;
    private static final int OPTION_END = 0;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int ISB_IFRECV = 4;
    private static final int ISB_IFDROP = 5;
    private static final int SHB_USERAPPL = 4;
    private static final int INBOUND = 1;
    private static final int OUTBOUND = 2;
    private static final byte NANOSECONDS = 9;

    private final OutputStream out;
    private long last;
    private long written;

    /**
     * Begins a file.
     *
     * @param card what the interface is called
     */
    PcapngWriter(OutputStream out, String card) throws IOException {
        this.out = out;
        ByteBuffer section = body(256);
        section.putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(section, SHB_USERAPPL, "Backplane".getBytes(StandardCharsets.UTF_8));
        block(SECTION_HEADER, end(section));
        byte[] name = card.getBytes(StandardCharsets.UTF_8);
        ByteBuffer face = body(64 + name.length);
        face.putShort(LINKTYPE_ETHERNET).putShort((short) 0).putInt(0);
        option(face, IF_NAME, name);
        option(face, IF_TSRESOL, new byte[] {NANOSECONDS});
        block(INTERFACE_DESCRIPTION, end(face));
    }

    private static ByteBuffer body(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void option(ByteBuffer body, int code, byte[] value) {
        body.putShort((short) code).putShort((short) value.length).put(value);
        pad(body);
    }

    private static void pad(ByteBuffer body) {
        while (body.position() % 4 != 0) {
            body.put((byte) 0);
        }
    }

    private static ByteBuffer end(ByteBuffer body) {
        return body.putInt(OPTION_END);
    }

    private void block(int type, ByteBuffer body) throws IOException {
        int total = body.position() + 12;
        ByteBuffer block = body(total);
        block.putInt(type).putInt(total).put(body.array(), 0, body.position()).putInt(total);
        out.write(block.array());
    }

    private static void time(ByteBuffer body, long nanos) {
        body.putInt((int) (nanos >>> 32)).putInt((int) nanos);
    }

    /**
     * Writes a frame.
     *
     * @param outbound   whether the card sent it
     * @param epochNanos wall-clock time in nanoseconds since 1970
     */
    void frame(byte[] data, boolean outbound, long epochNanos) throws IOException {
        ByteBuffer packet = body(20 + data.length + 3 + 12);
        packet.putInt(0);
        time(packet, epochNanos);
        packet.putInt(data.length).putInt(data.length).put(data);
        pad(packet);
        option(packet, EPB_FLAGS, body(4).putInt(outbound ? OUTBOUND : INBOUND).array());
        block(ENHANCED_PACKET, end(packet));
        last = epochNanos;
        written++;
    }

    /** Writes how many frames were seen and how many of them are not in the file. */
    void statistics(long dropped) throws IOException {
        ByteBuffer body = body(64);
        body.putInt(0);
        time(body, last);
        option(body, ISB_IFRECV, body(8).putLong(written + dropped).array());
        option(body, ISB_IFDROP, body(8).putLong(dropped).array());
        block(INTERFACE_STATISTICS, end(body));
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
