package dev.backplane.shell.debug;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Packets of the protocol on a stream: {@code $data#checksum}, acknowledgements until both sides go without, escapes,
 * and the byte 3 between packets, which interrupts. Texts are sequences of bytes, one to a char.
 *
 * <p>Threading: one thread reads; any thread sends.
 */
final class PacketLink {
    /** What {@link #receive} gives for an interrupt. */
    static final String INTERRUPT = "\u0003";
    /** The most bytes of a packet, both ways; gdb is told. */
    static final int MOST = 0x4000;
    private static final int ESCAPE = '}';
    private static final int ESCAPE_BIT = 0x20;

    private final InputStream in;
    private final OutputStream out;
    private volatile boolean acknowledges = true;
    /** The last packet, for when its receiver asks for it again. Guarded by {@link #out}. */
    private byte[] last = {};

    PacketLink(InputStream in, OutputStream out) {
        this.in = new BufferedInputStream(in);
        this.out = new BufferedOutputStream(out);
    }

    /** Goes on without acknowledgements. */
    void withoutAcknowledgements() {
        acknowledges = false;
    }

    /**
     * The next packet, unescaped, or {@link #INTERRUPT}.
     *
     * @throws EOFException if the other side has gone
     */
    String receive() throws IOException {
        for (;;) {
            int b = read();
            if (b == 3) {
                return INTERRUPT;
            }
            if (b == '-') {
                again();
            }
            if (b != '$') {
                continue;
            }
            String packet = body();
            if (packet != null) {
                return packet;
            }
        }
    }

    private int read() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException();
        }
        return b;
    }

    /** What follows a dollar sign; null if it is damaged or too long. */
    private String body() throws IOException {
        StringBuilder text = new StringBuilder();
        int sum = 0;
        boolean fits = true;
        for (int b = read(); b != '#'; b = read()) {
            if (b == '$') {
                text.setLength(0);
                sum = 0;
                fits = true;
                continue;
            }
            sum += b;
            if (b == ESCAPE) {
                b = read();
                sum += b;
                b ^= ESCAPE_BIT;
            }
            fits &= text.length() < MOST;
            if (fits) {
                text.append((char) b);
            }
        }
        int high = Character.digit(read(), 16);
        int low = Character.digit(read(), 16);
        boolean good = fits && (!acknowledges || (high << 4 | low) == (sum & 0xFF));
        if (acknowledges) {
            synchronized (out) {
                out.write(good || !fits ? '+' : '-');
                out.flush();
            }
        }
        if (!fits) {
            send("E22");
            return null;
        }
        return good ? text.toString() : null;
    }

    private void again() throws IOException {
        synchronized (out) {
            out.write(last);
            out.flush();
        }
    }

    /** Sends a packet. */
    void send(String text) throws IOException {
        byte[] packet = new byte[2 * text.length() + 4];
        int n = 0;
        int sum = 0;
        packet[n++] = '$';
        for (int i = 0; i < text.length(); i++) {
            int b = text.charAt(i) & 0xFF;
            if (b == '$' || b == '#' || b == ESCAPE || b == '*') {
                packet[n++] = ESCAPE;
                sum += ESCAPE;
                b ^= ESCAPE_BIT;
            }
            packet[n++] = (byte) b;
            sum += b;
        }
        packet[n++] = '#';
        packet[n++] = (byte) Character.forDigit(sum >> 4 & 15, 16);
        packet[n++] = (byte) Character.forDigit(sum & 15, 16);
        synchronized (out) {
            last = Arrays.copyOf(packet, n);
            out.write(last);
            out.flush();
        }
    }
}
