package dev.backplane.host.net;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.function.Function;

/** A name server on the host's loopback; what it answers is the test's choice. Each way has a thread. */
final class NameServer implements AutoCloseable {
    private static final int TRIES = 50;
    private static final int LONGEST = 65_536;

    private final DatagramSocket datagrams;
    private final ServerSocket streams;
    private final Function<byte[], List<byte[]>> overUdp;
    private final Function<byte[], byte[]> overTcp;

    /**
     * @param overUdp datagrams to send for each one that comes
     * @param overTcp the answer to a query that comes by TCP
     */
    NameServer(Function<byte[], List<byte[]>> overUdp, Function<byte[], byte[]> overTcp) throws IOException {
        this.overUdp = overUdp;
        this.overTcp = overTcp;
        ServerSocket stream = null;
        DatagramSocket datagram = null;
        for (int i = 0; datagram == null; i++) {
            stream = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
            try {
                datagram = new DatagramSocket(stream.getLocalPort(), InetAddress.getLoopbackAddress());
            } catch (BindException e) {
                stream.close();
                if (i == TRIES) {
                    throw e;
                }
            }
        }
        streams = stream;
        datagrams = datagram;
        Thread.ofVirtual().start(this::answerDatagrams);
        Thread.ofVirtual().start(this::answerStreams);
    }

    /** Where it is, as the option {@code dns} wants it. */
    String place() {
        return "127.0.0.1:" + streams.getLocalPort();
    }

    private void answerDatagrams() {
        byte[] buffer = new byte[LONGEST];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                datagrams.receive(packet);
                for (byte[] answer : overUdp.apply(java.util.Arrays.copyOf(buffer, packet.getLength()))) {
                    datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private void answerStreams() {
        try {
            while (true) {
                try (Socket socket = streams.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    byte[] query = in.readNBytes(in.readUnsignedShort());
                    byte[] answer = overTcp.apply(query);
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(answer.length);
                    out.write(answer);
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    @Override
    public void close() throws IOException {
        datagrams.close();
        streams.close();
    }
}
