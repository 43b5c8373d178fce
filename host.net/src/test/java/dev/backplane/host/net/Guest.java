package dev.backplane.host.net;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import dev.backplane.api.net.Frame;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Checksum;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;
import dev.backplane.testkit.HostBench;

/** A guest's network stack, small and strict, on the test's end of a cable. A thread of its own takes the frames. */
final class Guest implements AutoCloseable {
    static final long GATEWAY_MAC = 0x5254_000A_0002L;
    static final Ip HOST = Ip.parse("10.0.2.2");
    static final Ip NAMES = Ip.parse("10.0.2.3");

    final HostBench<?> bench;
    final long mac;
    final Ip ip;
    final Ip ip6;
    /** Everything that came and was for no connection. */
    final ConcurrentLinkedQueue<byte[]> others = new ConcurrentLinkedQueue<>();
    final ArrayDeque<GuestTcp> accepted = new ArrayDeque<>();
    final Map<Integer, GuestTcp> connections = new HashMap<>();
    private final Random random;
    private final List<Frame> held = new ArrayList<>();
    private final Thread thread;
    private double loss;
    private double reorder;
    private volatile boolean running = true;
    private volatile Throwable failure;
    private int lastPort = 20_000;
    boolean listens;
    boolean selective = true;
    boolean large;

    Guest(HostBench<?> bench, Ip ip, long seed) {
        this.bench = bench;
        this.ip = ip;
        mac = 0x0200_0000_0000L | ip.v4() & 0xFFFF_FFFFL;
        ip6 = new Ip(Ip.parse("fec0::").hi(), 0x15_0000L | ip.v4() & 0xFFFF);
        random = new Random(seed);
        thread = Thread.ofPlatform().daemon().name("guest " + ip).start(this::run);
    }

    synchronized void weather(double itsLoss, double itsReorder) {
        loss = itsLoss;
        reorder = itsReorder;
    }

    private void run() {
        long last = System.nanoTime();
        while (running) {
            long now = System.nanoTime();
            bench.advance(java.time.Duration.ofNanos(now - last));
            last = now;
            boolean idle = true;
            for (Frame frame = bench.cable().receive(); frame != null; frame = bench.cable().receive()) {
                idle = false;
                try {
                    weather(frame);
                } catch (RuntimeException | AssertionError e) {
                    failure = e;
                }
            }
            synchronized (this) {
                connections.values().forEach(connection -> connection.tick(now));
            }
            if (idle) {
                LockSupport.parkNanos(200_000);
            }
        }
    }

    private synchronized void weather(Frame frame) {
        if (random.nextDouble() < loss) {
            return;
        }
        if (random.nextDouble() < reorder && held.size() < 4) {
            held.add(frame);
            return;
        }
        input(frame);
        if (!held.isEmpty() && random.nextInt(3) == 0) {
            input(held.removeFirst());
        }
    }

    /** Sends a frame, through the weather. */
    synchronized void send(Frame frame) {
        if (random.nextDouble() >= loss) {
            bench.cable().send(frame);
        }
    }

    void send(byte[] data) {
        send(new Frame(data));
    }

    private void input(Frame frame) {
        Packet packet = new Packet();
        byte[] data = frame.data();
        Packet.Verdict verdict = packet.parse(frame);
        if (verdict == Packet.Verdict.ARP && Wire.get16(data, 20) == 1 && Wire.get32(data, 38) == ip.v4()) {
            send(arp(2, packet.fromMac, HOST.v4()));
        } else if (verdict == Packet.Verdict.IP && packet.protocol == Wire.TCP && !packet.fragment) {
            checkSum(packet);
            GuestTcp.input(this, packet);
        } else {
            others.add(data);
        }
    }

    private static void checkSum(Packet packet) {
        boolean partial = packet.frame.checksumStart() >= 0;
        long sum = Checksum.pseudo(packet.v6, packet.fromHi, packet.fromLo, packet.toHi, packet.toLo, packet.protocol,
            packet.length());
        int field = Wire.get16(packet.data, packet.payload + 16);
        boolean right = partial ? field == Checksum.fold(sum)
            : Checksum.fold(Checksum.add(sum, packet.data, packet.payload, packet.length())) == 0xFFFF;
        if (!right) {
            throw new AssertionError("a segment with a wrong checksum");
        }
    }

    byte[] arp(int operation, long to, int target) {
        byte[] data = new byte[60];
        Wire.ethernet(data, to, mac, Wire.TYPE_ARP);
        Wire.put32(data, 14, 0x0001_0800);
        Wire.put16(data, 18, 0x0604);
        Wire.put16(data, 20, operation);
        Wire.put48(data, 22, mac);
        Wire.put32(data, 28, ip.v4());
        Wire.put32(data, 38, target);
        return data;
    }

    /** Tells the network who it is. */
    Guest hello() {
        send(arp(1, Wire.BROADCAST, HOST.v4()));
        await("an ARP answer", () -> others.stream().anyMatch(data -> Wire.get16(data, 12) == Wire.TYPE_ARP));
        return this;
    }

    Ip own(Ip other) {
        return other.isV4() ? ip : ip6;
    }

    void udp(int fromPort, Ip to, int port, byte[] payload) {
        Ip from = own(to);
        byte[] data = Builder.udp(GATEWAY_MAC, mac, from.hi(), from.lo(), fromPort, to.hi(), to.lo(), port,
            payload.length);
        System.arraycopy(payload, 0, data, data.length - payload.length, payload.length);
        send(Builder.finish(data, Wire.UDP, 6, 0));
    }

    /** Waits for a datagram to a port; gives its payload. */
    byte[] awaitUdp(int port) {
        byte[][] found = new byte[1][];
        await("a datagram to port " + port, () -> {
            for (byte[] data : others) {
                Packet packet = new Packet();
                if (packet.parse(new Frame(data)) == Packet.Verdict.IP && packet.protocol == Wire.UDP
                        && Wire.get16(data, packet.payload + 2) == port) {
                    others.remove(data);
                    found[0] = java.util.Arrays.copyOfRange(data, packet.payload + 8, packet.end);
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    /** Waits for an ICMP message; gives the frame. */
    byte[] awaitIcmp(int type, int code) {
        byte[][] found = new byte[1][];
        await("ICMP " + type + "/" + code, () -> {
            for (byte[] data : others) {
                Packet packet = new Packet();
                if (packet.parse(new Frame(data)) == Packet.Verdict.IP
                        && packet.protocol == (packet.v6 ? Wire.ICMP6 : Wire.ICMP)
                        && Wire.get8(data, packet.payload) == type && Wire.get8(data, packet.payload + 1) == code) {
                    found[0] = data;
                    others.remove(data);
                    return true;
                }
            }
            return false;
        });
        return found[0];
    }

    synchronized GuestTcp connect(Ip to, int port) {
        GuestTcp connection = new GuestTcp(this, to, port, ++lastPort, random.nextInt());
        connections.put(lastPort, connection);
        connection.begin();
        return connection;
    }

    GuestTcp awaitAccepted() {
        await("a connection", () -> {
            synchronized (this) {
                return !accepted.isEmpty();
            }
        });
        synchronized (this) {
            return accepted.poll();
        }
    }

    void await(String what, BooleanSupplier condition) {
        bench.await(what, () -> {
            if (failure != null) {
                throw new AssertionError(failure);
            }
            return condition.getAsBoolean();
        });
    }

    @Override
    public void close() throws InterruptedException {
        running = false;
        thread.join();
        if (failure != null) {
            throw new AssertionError(failure);
        }
    }
}
