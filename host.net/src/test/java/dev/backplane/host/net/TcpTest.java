package dev.backplane.host.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.backplane.api.net.NetworkEndpoint;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.testkit.HostBench;

class TcpTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private HostBench<NetworkEndpoint> bench;
    private Guest guest;
    private ServerSocket server;

    @BeforeEach
    void open() throws Exception {
        bench = HostBench.of(new UserBackend()).open();
        guest = new Guest(bench, Ip.parse("10.0.2.15"), 1).hello();
        server = new ServerSocket(0, 1500, LOOPBACK);
        server.setSoTimeout(20_000);
    }

    @AfterEach
    void close() throws Exception {
        guest.close();
        bench.close();
        server.close();
        assertEquals(0, bench.counter("defects"));
    }

    private static byte[] noise(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private GuestTcp connect() {
        return guest.connect(Guest.HOST, server.getLocalPort());
    }

    @Test
    void bytesGoBothWaysAndTheGuestCloses() throws IOException {
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            tcp.write("question".getBytes());
            assertEquals("question", new String(socket.getInputStream().readNBytes(8)));
            socket.getOutputStream().write("answer".getBytes());
            assertEquals("answer", new String(tcp.await(6)));
            tcp.finish();
            assertEquals(-1, socket.getInputStream().read());
            socket.getOutputStream().write("more".getBytes());
            assertEquals("answermore", new String(tcp.await(10)));
        }
        tcp.awaitEnd();
        guest.await("the end", tcp::isDrained);
    }

    @Test
    void theHostHalfClosesAndTheGuestGoesOnSending() throws IOException {
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("bye".getBytes());
            socket.shutdownOutput();
            assertEquals("bye", new String(tcp.awaitEnd()));
            byte[] late = noise(300_000, 3);
            tcp.write(late);
            tcp.finish();
            assertArrayEquals(late, socket.getInputStream().readAllBytes());
        }
        guest.await("the end", tcp::isDrained);
    }

    @Test
    void aResetOfTheGuestReachesTheHost() throws IOException {
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(20_000);
            tcp.abort();
            InputStream in = socket.getInputStream();
            org.junit.jupiter.api.Assertions.assertThrows(SocketException.class, in::read);
        }
        assertEquals(1, bench.counter("tcp-reset-by-guest"));
    }

    @Test
    void aResetOfTheHostReachesTheGuest() throws IOException {
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            socket.setSoLinger(true, 0);
        }
        guest.await("a reset", tcp::isReset);
    }

    @Test
    void aPortWhereNobodyListensIsRefused() throws IOException {
        int port = server.getLocalPort();
        server.close();
        GuestTcp tcp = guest.connect(Guest.HOST, port);
        guest.await("a reset", tcp::isReset);
        assertFalse(tcp.isOpen());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, true, true", "0.03, 0.05, true, false", "0.03, 0.05, false, false", "0.02, 0.02, true, true"})
    void muchGoesBothWaysWhateverTheCableDoes(double loss, double reorder, boolean selective, boolean large)
            throws Exception {
        guest.selective = selective;
        guest.large = large;
        guest.weather(loss, reorder);
        int length = loss > 0 ? 1_500_000 : 20_000_000;
        byte[] down = noise(length, 1);
        byte[] up = noise(length, 2);
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(down);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            tcp.write(up);
            tcp.finish();
            assertArrayEquals(up, socket.getInputStream().readAllBytes());
            assertArrayEquals(down, tcp.awaitEnd());
            writer.join();
        }
    }

    @Test
    void aClosedWindowHoldsTheHostUpAndLosesNothing() throws Exception {
        GuestTcp tcp = connect().awaitOpen();
        byte[] down = noise(12_000_000, 5);
        try (Socket socket = server.accept()) {
            tcp.window(0);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(down);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            guest.await("a probe of the window", () -> bench.counter("tcp-probes") > 0);
            assertEquals(0, tcp.count());
            assertTrue(writer.isAlive());
            tcp.window(512 << 10);
            assertArrayEquals(down, tcp.await(down.length));
            writer.join();
        }
    }

    @Test
    void aHostThatDoesNotReadHoldsTheGuestUpAndLosesNothing() throws Exception {
        GuestTcp tcp = connect().awaitOpen();
        byte[] up = noise(16_000_000, 6);
        try (Socket socket = server.accept()) {
            tcp.write(up);
            assertFalse(tcp.isDrained());
            tcp.finish();
            assertArrayEquals(up, socket.getInputStream().readAllBytes());
        }
    }

    @Test
    void aThousandConnectionsAtOnce() throws Exception {
        int count = 1000;
        List<GuestTcp> guests = new ArrayList<>();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            guests.add(connect());
        }
        for (int i = 0; i < count; i++) {
            sockets.add(server.accept());
        }
        for (Socket socket : sockets) {
            byte[] bytes = noise(5000, ((InetSocketAddress) socket.getRemoteSocketAddress()).getPort());
            socket.getOutputStream().write(bytes);
        }
        for (GuestTcp tcp : guests) {
            assertEquals(5000, tcp.await(5000).length);
            tcp.write(tcp.bytes());
        }
        for (Socket socket : sockets) {
            byte[] sent = noise(5000, ((InetSocketAddress) socket.getRemoteSocketAddress()).getPort());
            assertArrayEquals(sent, socket.getInputStream().readNBytes(5000));
            socket.close();
        }
        guests.forEach(GuestTcp::awaitEnd);
        assertEquals(count, bench.counter("tcp-opened"));
    }

    @Test
    void aReplacementOfTheBundleBreaksNoConnection() throws Exception {
        byte[] down = noise(8_000_000, 8);
        byte[] up = noise(8_000_000, 9);
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept()) {
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(down);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            byte[][] got = new byte[1][];
            Thread reader = Thread.ofVirtual().start(() -> {
                try {
                    got[0] = socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            tcp.write(up);
            tcp.finish();
            for (int i = 0; i < 20; i++) {
                bench.replace();
            }
            assertArrayEquals(down, tcp.awaitEnd());
            reader.join();
            assertArrayEquals(up, got[0]);
            writer.join();
        }
    }

    @Test
    void afterARestoreFromAFileTheGuestsConnectionsAreReset() throws Exception {
        GuestTcp tcp = connect().awaitOpen();
        try (Socket socket = server.accept(); HostBench<NetworkEndpoint> other = HostBench.of(new UserBackend())
                .restored(bench.save())) {
            bench.resume();
            assertTrue(tcp.isOpen());
            assertTrue(socket.isConnected());
            other.cable().await("a reset", frame -> (frame.data()[47] & 4) != 0);
        }
    }

    @Test
    void aResetOfTheMachineEndsItsConnections() throws Exception {
        connect().awaitOpen();
        try (Socket socket = server.accept()) {
            socket.setSoTimeout(20_000);
            bench.reset();
            org.junit.jupiter.api.Assertions.assertThrows(SocketException.class, () -> socket.getInputStream().read());
        }
    }
}
