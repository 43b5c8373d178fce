package dev.backplane.host.net;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.TreeMap;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/** A TCP connection of the test's guest: sends again by timer and after three duplicates, keeps what came early. */
final class GuestTcp {
    private static final int MSS = 1460;
    private static final int SCALE = 7;
    private static final long TIMEOUT = 60_000_000L;

    final Guest guest;
    final Ip to;
    final int port;
    final int ownPort;
    private final int initial;
    private int remote;
    private boolean known;
    private byte[] out = new byte[0];
    private long una;
    private long next;
    private boolean closing;
    private long finAt = -1;
    private long received;
    private final ByteArrayOutputStream in = new ByteArrayOutputStream();
    private final TreeMap<Long, byte[]> beyond = new TreeMap<>();
    private int peerWindow = 65_535;
    private int peerScale;
    private int window = 512 << 10;
    private int duplicates;
    private long timerAt;
    private boolean open;
    private boolean reset;
    private boolean peerClosed;

    GuestTcp(Guest guest, Ip to, int port, int ownPort, int initial) {
        this.guest = guest;
        this.to = to;
        this.port = port;
        this.ownPort = ownPort;
        this.initial = initial;
    }

    void begin() {
        synchronized (guest) {
            segment(2, 0, 0, 0);
            timerAt = System.nanoTime() + TIMEOUT;
        }
    }

    static void input(Guest guest, Packet packet) {
        byte[] data = packet.data;
        int at = packet.payload;
        int ownPort = Wire.get16(data, at + 2);
        synchronized (guest) {
            GuestTcp connection = guest.connections.get(ownPort << 16 | Wire.get16(data, at));
            connection = connection == null ? guest.connections.get(ownPort) : connection;
            boolean syn = (data[at + 13] & 0x12) == 2;
            if (connection == null && syn && guest.listens) {
                connection = new GuestTcp(guest, new Ip(packet.fromHi, packet.fromLo), Wire.get16(data, at), ownPort,
                    777);
                guest.connections.put(ownPort << 16 | connection.port, connection);
                guest.accepted.add(connection);
            }
            if (connection != null) {
                connection.input(packet, at);
            }
        }
    }

    private void input(Packet packet, int at) {
        byte[] data = packet.data;
        int header = (data[at + 12] >>> 4 & 15) * 4;
        int flags = data[at + 13];
        int sequence = Wire.get32(data, at + 4);
        int length = packet.end - at - header;
        if ((flags & 4) != 0) {
            reset = !known || sequence == remote + (int) received + 1 || reset;
            return;
        }
        if ((flags & 2) != 0) {
            if (!known) {
                known = true;
                remote = sequence;
                options(data, at + 20, at + header);
            }
            if ((flags & 16) != 0 && Wire.get32(data, at + 8) == initial + 1) {
                open = true;
                una = Math.max(una, 1);
                next = Math.max(next, 1);
                acknowledge();
                pump();
            } else {
                segment(18, 0, 0, 0);
                next = Math.max(next, 1);
            }
            return;
        }
        if (!known) {
            return;
        }
        if ((flags & 16) != 0) {
            acknowledged(Wire.get32(data, at + 8), Wire.get16(data, at + 14), length);
        }
        long offset = sequence - (remote + 1 + (int) received) + received;
        if (length > 0) {
            take(offset, java.util.Arrays.copyOfRange(data, at + header, packet.end));
        }
        if ((flags & 1) != 0) {
            finAt = offset + length;
        }
        if (finAt >= 0 && received == finAt && !peerClosed) {
            peerClosed = true;
        }
        if (length > 0 || (flags & 1) != 0 || offset < received) {
            acknowledge();
        }
        pump();
    }

    private void options(byte[] data, int at, int end) {
        while (at < end && data[at] != 0) {
            if (data[at] == 3) {
                peerScale = data[at + 2];
            }
            at += data[at] == 1 ? 1 : data[at + 1];
        }
    }

    private void acknowledged(int number, int field, int length) {
        long ack = number - (initial + (int) una) + una;
        peerWindow = field << peerScale;
        if (ack > una && ack <= out.length + 2) {
            open = true;
            una = ack;
            next = Math.max(next, una);
            duplicates = 0;
            timerAt = System.nanoTime() + TIMEOUT;
        } else if (ack == una && length == 0 && una < next && ++duplicates == 3) {
            resend();
        }
    }

    private void take(long offset, byte[] bytes) {
        beyond.merge(offset, bytes, (a, b) -> a.length >= b.length ? a : b);
        for (Map.Entry<Long, byte[]> first = beyond.firstEntry(); first != null && first.getKey() <= received;
                first = beyond.firstEntry()) {
            beyond.remove(first.getKey());
            long skip = received - first.getKey();
            if (skip < first.getValue().length) {
                in.write(first.getValue(), (int) skip, first.getValue().length - (int) skip);
                received = first.getKey() + first.getValue().length;
            }
        }
    }

    private void acknowledge() {
        segment(16, next, 0, 0);
    }

    private void resend() {
        if (una >= 1 && una <= out.length) {
            segment(16 | 8, una, (int) una - 1, (int) Math.min(MSS, out.length - una + 1));
        } else if (closing && una == out.length + 1) {
            segment(17, una, 0, 0);
        }
    }

    private void pump() {
        if (!open || reset) {
            return;
        }
        int most = guest.large ? 40 * MSS : MSS;
        while (next <= out.length && next - una < Math.min(peerWindow, 256 << 10)) {
            int length = (int) Math.min(Math.min(most, out.length + 1 - next), peerWindow - (next - una));
            segment(16 | 8, next, (int) next - 1, length);
            next += length;
        }
        if (closing && next == out.length + 1) {
            segment(17, next, 0, 0);
            next++;
        }
    }

    void tick(long now) {
        if (!reset && now >= timerAt) {
            timerAt = now + TIMEOUT;
            if (!open && !known) {
                segment(2, 0, 0, 0);
            } else if (una < next) {
                next = Math.max(1, una);
                pump();
            } else if (open && !closing && next <= out.length && peerWindow == 0) {
                segment(16, next, (int) next - 1, 1);
            }
            pump();
        }
    }

    private void segment(int flags, long offset, int from, int length) {
        boolean syn = (flags & 2) != 0;
        boolean blocks = !syn && guest.selective && !beyond.isEmpty();
        int options = syn ? 12 : blocks ? 12 : 0;
        boolean v6 = !to.isV4();
        Ip own = guest.own(to);
        int start = Builder.headers(v6);
        byte[] data = new byte[start + 20 + options + length];
        Builder.ip(data, Guest.GATEWAY_MAC, guest.mac, own.hi(), own.lo(), to.hi(), to.lo(), Wire.TCP, 64);
        Wire.put16(data, start, ownPort);
        Wire.put16(data, start + 2, port);
        Wire.put32(data, start + 4, initial + (int) offset);
        Wire.put32(data, start + 8, known ? remote + 1 + (int) received + (peerClosed ? 1 : 0) : 0);
        data[start + 12] = (byte) (20 + options << 2);
        data[start + 13] = (byte) flags;
        Wire.put16(data, start + 14, syn ? Math.min(65_535, window) : window >> SCALE);
        if (syn) {
            Wire.put32(data, start + 20, 0x0204_0000 | MSS);
            Wire.put32(data, start + 24, 0x0103_0300 | SCALE);
            Wire.put32(data, start + 28, guest.selective ? 0x0101_0402 : 0x0101_0101);
        } else if (blocks) {
            Map.Entry<Long, byte[]> last = beyond.lastEntry();
            Wire.put32(data, start + 20, 0x0101_050A);
            Wire.put32(data, start + 24, remote + 1 + (int) (long) last.getKey());
            Wire.put32(data, start + 28, remote + 1 + (int) (last.getKey() + last.getValue().length));
        }
        System.arraycopy(out, from, data, start + 20 + options, length);
        Frame frame = Builder.finish(data, Wire.TCP, 16, length > MSS ? MSS : 0);
        guest.send(frame);
    }

    // ---- what tests do

    GuestTcp awaitOpen() {
        guest.await("the connection to " + to + ":" + port, () -> {
            synchronized (guest) {
                if (reset) {
                    throw new AssertionError("refused");
                }
                return open;
            }
        });
        return this;
    }

    void write(byte[] bytes) {
        synchronized (guest) {
            byte[] more = java.util.Arrays.copyOf(out, out.length + bytes.length);
            System.arraycopy(bytes, 0, more, out.length, bytes.length);
            out = more;
            pump();
        }
    }

    void finish() {
        synchronized (guest) {
            closing = true;
            pump();
        }
    }

    void abort() {
        synchronized (guest) {
            segment(20, next, 0, 0);
            guest.connections.remove(ownPort);
        }
    }

    /** What the application has room for: 0 closes the window. */
    void window(int bytes) {
        synchronized (guest) {
            window = bytes;
            acknowledge();
        }
    }

    boolean isReset() {
        synchronized (guest) {
            return reset;
        }
    }

    boolean isOpen() {
        synchronized (guest) {
            return open;
        }
    }

    /** Whether the guest's bytes and FIN were all acknowledged. */
    boolean isDrained() {
        synchronized (guest) {
            return una == out.length + (closing ? 2 : 1);
        }
    }

    boolean isPeerClosed() {
        synchronized (guest) {
            return peerClosed;
        }
    }

    int count() {
        synchronized (guest) {
            return in.size();
        }
    }

    byte[] bytes() {
        synchronized (guest) {
            return in.toByteArray();
        }
    }

    byte[] await(int count) {
        guest.await(count + " bytes", () -> count() >= count || isReset());
        return bytes();
    }

    byte[] awaitEnd() {
        guest.await("the end of the stream", () -> isPeerClosed() || isReset());
        if (isReset()) {
            throw new AssertionError("reset after " + count() + " bytes");
        }
        return bytes();
    }
}
