package dev.backplane.host.net.user;

import dev.backplane.api.net.Frame;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.host.net.wire.Builder;
import dev.backplane.host.net.wire.Ip;
import dev.backplane.host.net.wire.Packet;
import dev.backplane.host.net.wire.Wire;

/**
 * One TCP connection of a guest: the guest's half of it (RFC 9293; RFC 5961 against blind resets). The other half is a
 * {@link TcpChannel} of the host. Belongs to the network's thread.
 */
final class TcpConnection {
    /** Frames of one connection in one turn, so that a thousand others have theirs. */
    private static final int TURN = 8;
    private static final long SECOND = 1_000_000_000L;
    private static final long TIME_WAIT = 10 * SECOND;
    private static final long KEEP_ALIVE = 7200 * SECOND;
    private static final long ANSWER = 75 * SECOND;
    /** Payload of the longest frame: an IP packet has at most 65535 bytes. */
    private static final int MOST = 65_535 - 40 - 60;

    /** CONNECTING: the host's half is not open yet. WAITING: both halves are closed. */
    enum State {
        CONNECTING, OPEN, WAITING, CLOSED
    }

    final UserNetwork network;
    final TcpChannel host;
    final FlowKey key;
    long id;
    /** The next one in the same place of the table. */
    TcpConnection chained;
    /** Its index among all. */
    int place;
    long mac;
    boolean frozen;
    boolean queued;
    private State state;
    private TcpSender sender;
    private TcpReceiver receiver;
    private boolean scaled;
    private boolean selective;
    private boolean acknowledge;
    private boolean probe;
    private long quietSince;
    private int unanswered;
    private long askAt;

    TcpConnection(UserNetwork network, FlowKey key, long mac) {
        this.network = network;
        this.key = key;
        this.mac = mac;
        host = new TcpChannel(this);
        state = State.CONNECTING;
        quietSince = network.now();
    }

    State state() {
        return state;
    }

    TcpSender sender() {
        return sender;
    }

    TcpReceiver receiver() {
        return receiver;
    }

    /** The guest asks for a connection; nothing is answered before the host's half is open or refused. */
    void opening(TcpHeader header) {
        sender = new TcpSender(network.random(), network.budget());
        handshake(header);
    }

    /** The host asks for a connection into the guest. */
    void entering() {
        sender = new TcpSender(network.random(), network.budget());
        state = State.OPEN;
        network.wants(this);
    }

    private void handshake(TcpHeader header) {
        scaled = header.scale >= 0;
        receiver = new TcpReceiver(header.sequence, scaled ? TcpReceiver.MOST : TcpReceiver.MOST_UNSCALED,
            network.budget());
        selective = header.selective;
        int most = network.config().mtu() - (key.v6() ? 60 : 40);
        sender.options(header.mss, Math.max(0, header.scale), selective, most);
    }

    /** The host's half is open. */
    void connected() {
        state = State.OPEN;
        acknowledge = true;
        network.wants(this);
    }

    void segment(Packet packet, TcpHeader header) {
        mac = packet.fromMac;
        unanswered = 0;
        quietSince = network.now();
        if (receiver == null) {
            answered(header);
            return;
        }
        long offset = receiver.offset(header.sequence);
        if (header.has(TcpHeader.RST)) {
            reset(offset);
            return;
        }
        if (state == State.CONNECTING) {
            return;
        }
        if (header.has(TcpHeader.SYN) || offset > receiver.edge()
                || offset + header.space() < receiver.next() || !header.has(TcpHeader.ACK)) {
            want(true);
            return;
        }
        if (!acknowledged(header)) {
            want(true);
            return;
        }
        if (header.length > 0 || header.has(TcpHeader.FIN)) {
            data(packet, header, offset);
        }
        settle();
    }

    /** The guest's answer to a SYN of ours. */
    private void answered(TcpHeader header) {
        boolean ours = header.has(TcpHeader.ACK) && header.acknowledgment == sender.sequence(1);
        if (header.has(TcpHeader.RST)) {
            if (ours) {
                network.count("tcp-refused-by-guest");
                close(true);
            }
        } else if (ours && header.has(TcpHeader.SYN)) {
            handshake(header);
            sender.acknowledge(1, header.window, true, false, network.now());
            host.established();
            want(true);
        } else if (header.has(TcpHeader.ACK)) {
            network.tcp().refuse(key, mac, header.acknowledgment, 0, false);
        }
    }

    private void reset(long offset) {
        if (offset == receiver.next() || state == State.CONNECTING || state == State.WAITING) {
            network.count("tcp-reset-by-guest");
            close(true);
        } else if (offset > receiver.next() && offset <= receiver.edge()) {
            want(true);
        }
    }

    /** Returns false if what is acknowledged was never sent. */
    private boolean acknowledged(TcpHeader header) {
        long ack = sender.offset(header.acknowledgment);
        if (ack > sender.max()) {
            return false;
        }
        if (ack < sender.una()) {
            return true;
        }
        long now = network.now();
        boolean first = !sender.established();
        boolean news = sender.acknowledge(ack, header.window, false, header.space() == 0, now);
        for (int i = 0; i < header.blocks && selective; i++) {
            sender.block(header.blockLow[i], header.blockHigh[i]);
        }
        sender.detectLoss(now);
        if (first && sender.established()) {
            host.established();
        }
        if (news) {
            host.room();
        }
        want(false);
        return true;
    }

    private void data(Packet packet, TcpHeader header, long offset) {
        acknowledge = true;
        if (header.length > 0) {
            if (receiver.straight(offset, header.length)) {
                int taken = host.write(packet.data, header.data, header.length);
                receiver.passed(packet.data, header.data, header.length, taken);
            } else {
                receiver.accept(offset, packet.data, header.data, header.length);
            }
        }
        if (header.has(TcpHeader.FIN)) {
            receiver.fin(offset + header.length);
        }
        if (state != State.WAITING) {
            host.flush();
        }
        want(true);
    }

    private void want(boolean acknowledgment) {
        acknowledge |= acknowledgment;
        network.wants(this);
    }

    /** There is more for the guest, or the host took something. */
    void wants() {
        want(false);
    }

    /** The host's half has ended; a FIN follows what is still to be sent. */
    void hostEnded() {
        sender.close();
        want(false);
    }

    /** The host's half broke: the guest gets a reset. */
    void hostBroke() {
        if (state != State.CLOSED) {
            network.count("tcp-reset-by-host");
            int acknowledged = receiver == null ? 0 : receiver.acknowledgment();
            network.tcp().refuse(key, mac, sender.sequence(sender.max()), acknowledged, receiver != null);
            close(true);
        }
    }

    /** Whether both halves are done: then the connection only answers what comes late. */
    private void settle() {
        if (state == State.OPEN && receiver != null && sender.finished() && receiver.finished()
                && !receiver.waiting()) {
            state = State.WAITING;
            quietSince = network.now();
            host.close(false);
        }
    }

    void close(boolean abort) {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            host.close(abort);
            if (sender != null) {
                sender.free();
            }
            if (receiver != null) {
                receiver.close();
            }
            network.tcp().remove(this);
        }
    }

    /** When it wants to be looked at. */
    long deadline() {
        if (frozen) {
            return Long.MAX_VALUE;
        }
        long own = switch (state) {
            case CONNECTING -> quietSince + 4 * ANSWER;
            case WAITING -> quietSince + TIME_WAIT;
            case OPEN -> quietSince + (receiver == null ? ANSWER : unanswered > 0 ? ANSWER * unanswered : KEEP_ALIVE);
            case CLOSED -> Long.MAX_VALUE;
        };
        if (mac == 0 && state == State.OPEN) {
            own = Math.min(own, askAt);
        }
        return sender == null || state == State.CONNECTING ? own : Math.min(own, sender.deadline());
    }

    void overdue(long now) {
        if (state == State.WAITING && now - quietSince >= TIME_WAIT) {
            close(false);
            return;
        }
        if (state == State.CONNECTING || receiver == null && now - quietSince >= ANSWER) {
            close(true);
            return;
        }
        if (mac == 0) {
            want(false);
            return;
        }
        if (sender.deadline() <= now) {
            switch (sender.overdue(now)) {
                case SEND -> network.count("tcp-timeouts");
                case PROBE -> {
                    network.count("tcp-probes");
                    probe = true;
                }
                case ABORT -> {
                    network.count("tcp-timed-out");
                    hostBroke();
                    return;
                }
            }
        } else if (unanswered >= 8) {
            hostBroke();
            return;
        } else {
            unanswered++;
            probe = true;
        }
        want(false);
    }

    /**
     * Sends what there is to send.
     *
     * @return false if the guest's queue is full and there is more
     */
    boolean output() {
        if (state == State.CONNECTING || state == State.CLOSED || frozen) {
            return true;
        }
        long now = network.now();
        if (mac == 0 && (mac = network.neighbours().macOf(key.guest())) == 0) {
            askAt = now + SECOND;
            return true;
        }
        boolean again = true;
        for (int i = 0; i < TURN && (again = sender.choose(MOST)); i++) {
            if (!transmit(sender.offset, sender.length)) {
                return false;
            }
            if (sender.sent(now)) {
                network.count("tcp-retransmits");
            }
        }
        if (again) {
            network.wants(this);
        }
        sender.watchWindow(now);
        if (acknowledge || probe || receiver != null && receiver.windowNews(sender.mss())) {
            sender.length = 0;
            sender.syn = false;
            sender.fin = false;
            sender.push = false;
            long at = probe ? Math.max(1, sender.una()) - 1 : sender.max();
            if (receiver != null && !transmit(at, 0)) {
                return false;
            }
            probe = false;
        }
        settle();
        return true;
    }

    private boolean transmit(long offset, int length) {
        int blocks = selective && receiver != null && !sender.syn ? Math.min(3, receiver.gaps()) : 0;
        int options = sender.syn ? synOptions() : blocks > 0 ? 4 + 8 * blocks : 0;
        int header = TcpHeader.LENGTH + options;
        boolean v6 = key.v6();
        int start = Builder.headers(v6);
        byte[] data = new byte[start + header + length];
        Builder.ip(data, mac, Config.MAC, key.peerHi(), key.peerLo(), key.guestHi(), key.guestLo(), Wire.TCP, 64);
        int flags = (receiver != null ? TcpHeader.ACK : 0) | (sender.syn ? TcpHeader.SYN : 0)
            | (sender.fin ? TcpHeader.FIN : 0) | (sender.push ? TcpHeader.PSH : 0);
        int window = receiver == null ? 0xFFFF : receiver.windowField(scaled && !sender.syn);
        TcpHeader.write(data, v6, key.peerPort(), key.guestPort(), sender.sequence(offset),
            receiver == null ? 0 : receiver.acknowledgment(), header, flags, window);
        int at = start + TcpHeader.LENGTH;
        if (sender.syn) {
            writeSynOptions(data, at);
        } else if (blocks > 0) {
            Wire.put32(data, at, 0x0101_0500 | 2 + 8 * blocks);
            for (int i = 0; i < blocks; i++) {
                int gap = receiver.gap(i);
                Wire.put32(data, at + 4 + 8 * i, receiver.gapLow(gap));
                Wire.put32(data, at + 8 + 8 * i, receiver.gapHigh(gap));
            }
        }
        sender.ring.get(offset, data, start + header, length);
        int segments = length > sender.mss() - options ? sender.mss() - options : 0;
        Frame frame = Builder.finish(data, Wire.TCP, TcpHeader.CHECKSUM, segments);
        if (!network.emit(frame)) {
            return false;
        }
        acknowledge = false;
        return true;
    }

    private int synOptions() {
        return receiver == null ? 12 : 4 + (scaled ? 4 : 0) + (selective ? 4 : 0);
    }

    private void writeSynOptions(byte[] data, int at) {
        int mss = network.config().mtu() - (key.v6() ? 60 : 40);
        Wire.put32(data, at, 0x0204_0000 | Math.min(0xFFFF, mss));
        at += 4;
        if (receiver == null || scaled) {
            Wire.put32(data, at, 0x0103_0300 | TcpReceiver.SCALE);
            at += 4;
        }
        if (receiver == null || selective) {
            Wire.put32(data, at, 0x0101_0402);
        }
    }

    /** Gives memory back that it does not use at the moment. */
    void trim() {
        if (sender != null) {
            sender.ring.trim();
        }
        if (receiver != null) {
            receiver.ring.trim();
        }
    }

    void save(StateWriter out) {
        key.save(out);
        out.putLong("id", id).putLong("mac", mac).putString("state", state.name()).putBoolean("scaled", scaled)
            .putBoolean("selective", selective).putBoolean("host-ended", host.ended())
            .putBoolean("answered", receiver != null);
        sender.save(out.section("sender"), network.now());
        if (receiver != null) {
            receiver.save(out.section("receiver"));
        }
    }

    static TcpConnection restore(UserNetwork network, StateReader in) throws StateException {
        TcpConnection connection = new TcpConnection(network, FlowKey.restore(in), in.getLong("mac"));
        connection.state = switch (in.getString("state")) {
            case "CONNECTING" -> State.CONNECTING;
            case "OPEN" -> State.OPEN;
            case "WAITING" -> State.WAITING;
            default -> throw new StateException("a TCP connection in the state " + in.getString("state"));
        };
        connection.scaled = in.getBoolean("scaled");
        connection.selective = in.getBoolean("selective");
        connection.sender = TcpSender.restore(in.section("sender"), network.budget(), network.now());
        if (in.getBoolean("answered")) {
            connection.receiver = TcpReceiver.restore(in.section("receiver"), network.budget());
        }
        if (connection.receiver == null && connection.state != State.OPEN) {
            throw new StateException("a TCP connection without a guest's half");
        }
        if (in.getBoolean("host-ended")) {
            connection.host.restoreEnded();
        }
        connection.acknowledge = connection.receiver != null;
        return connection;
    }

    @Override
    public String toString() {
        return "TCP " + Ip.toInet(key.guestHi(), key.guestLo()).getHostAddress() + ":" + key.guestPort() + " to "
            + Ip.toInet(key.peerHi(), key.peerLo()).getHostAddress() + ":" + key.peerPort() + " " + state;
    }
}
