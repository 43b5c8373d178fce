package dev.backplane.dist;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** Servers on the host for guests: a file, a crowd that is answered when it is complete, names, and errands. */
final class NetworkServers implements AutoCloseable {

    /** How many connections the crowd has. */
    static final int CROWD = 1000;
    /** A name with more addresses than a short answer holds; any other name is not answered. */
    static final String NAME = "many.example";
    static final int ADDRESSES = 100;
    private static final int PIECE = 1 << 20;
    private static final int DNS_HEADER = 12;
    private static final int TRIES = 50;

    private final HttpServer web;
    private final ServerSocket crowd;
    private final NamePort names;
    private final byte[] piece = new byte[PIECE];
    private final int pieces;
    private final String sum;
    private final Map<String, Callable<String>> errands = new ConcurrentHashMap<>();

    /** @param mebibytes the length of the file */
    NetworkServers(int mebibytes) throws Exception {
        pieces = mebibytes;
        new Random(5).nextBytes(piece);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < pieces; i++) {
            digest.update(piece);
        }
        sum = HexFormat.of().formatHex(digest.digest());
        web = HttpServer.create(new InetSocketAddress(0), 100);
        web.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        web.createContext("/file", this::giveFile);
        web.createContext("/do/", this::runErrand);
        web.start();
        crowd = new ServerSocket(0, CROWD, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::answerAllAtOnce);
        names = NamePort.open();
        Thread.ofVirtual().start(this::answerDatagrams);
        Thread.ofVirtual().start(this::answerStreams);
    }

    /** A port that is free for TCP and for datagrams. */
    private record NamePort(ServerSocket streams, DatagramSocket datagrams) {

        static NamePort open() throws IOException {
            for (int tries = 1;; tries++) {
                ServerSocket streams = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                try {
                    return new NamePort(streams,
                            new DatagramSocket(streams.getLocalPort(), InetAddress.getLoopbackAddress()));
                } catch (BindException e) {
                    streams.close();
                    if (tries == TRIES) {
                        throw e;
                    }
                }
            }
        }
    }

    /** What guests ask of the web server: {@code 10.0.2.2:PORT}. */
    String web() {
        return "10.0.2.2:" + web.getAddress().getPort();
    }

    int port() {
        return web.getAddress().getPort();
    }

    int crowdPort() {
        return crowd.getLocalPort();
    }

    /** Where the name server is, as {@code net.dns} wants it. */
    String names() {
        return "127.0.0.1:" + names.streams.getLocalPort();
    }

    /** The SHA-256 of the file. */
    String sum() {
        return sum;
    }

    /** Does something on the host when a guest asks for {@code /do/NAME}, and answers with what it gives. */
    void errand(String name, Callable<String> work) {
        errands.put(name, work);
    }

    private void giveFile(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, (long) pieces * PIECE);
        try (OutputStream out = exchange.getResponseBody()) {
            for (int i = 0; i < pieces; i++) {
                out.write(piece);
            }
        }
    }

    private void runErrand(HttpExchange exchange) throws IOException {
        String answer;
        try {
            answer = errands.get(exchange.getRequestURI().getPath().substring("/do/".length())).call();
        } catch (Exception e) {
            answer = "failed: " + e;
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Answers when all connections are open, so that they are open at once. */
    private void answerAllAtOnce() {
        List<Socket> open = new ArrayList<>();
        try {
            while (open.size() < CROWD) {
                open.add(crowd.accept());
            }
            for (Socket socket : open) {
                socket.getOutputStream().write("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes());
                socket.shutdownOutput();
            }
            for (Socket socket : open) {
                socket.getInputStream().readAllBytes();
                socket.close();
            }
        } catch (IOException e) {
            // the guest's side of the test says what is missing
        }
    }

    // ---- names (RFC 1035)

    private void answerDatagrams() {
        byte[] buffer = new byte[1500];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                names.datagrams.receive(packet);
                byte[] query = Arrays.copyOf(buffer, packet.getLength());
                if (asksForName(query)) {
                    byte[] answer = answer(query, false);
                    names.datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private void answerStreams() {
        try {
            while (true) {
                try (Socket socket = names.streams.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    byte[] answer = answer(in.readNBytes(in.readUnsignedShort()), true);
                    out.writeShort(answer.length);
                    out.write(answer);
                }
            }
        } catch (IOException e) {
            // the test is over
        }
    }

    private static boolean asksForName(byte[] query) {
        return new String(query, StandardCharsets.ISO_8859_1).contains("\4many\7example\0");
    }

    /** All addresses, or that the answer is cut off. */
    private static byte[] answer(byte[] query, boolean whole) {
        int end = DNS_HEADER + NAME.length() + 2 + 4;
        ByteBuffer out = ByteBuffer.allocate(end + ADDRESSES * 16);
        boolean four = query[end - 3] == 1;
        int count = whole && four ? ADDRESSES : 0;
        out.put(query, 0, 2).putShort((short) (whole ? 0x8580 : 0x8780)).putShort((short) 1).putShort((short) count)
                .putInt(0).put(query, DNS_HEADER, end - DNS_HEADER);
        for (int i = 0; i < count; i++) {
            out.putShort((short) 0xC00C).putInt(0x0001_0001).putInt(60).putShort((short) 4).putInt(0xC000_0201 + i);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    @Override
    public void close() throws IOException {
        web.stop(0);
        crowd.close();
        names.streams.close();
        names.datagrams.close();
    }
}
