package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.host.Handover;
import dev.backplane.host.net.wire.Ip;

/** The ports of the host that lead into guests. Belongs to the network's thread. */
final class Forwards {
    private static final Logger LOG = LoggerFactory.getLogger(Forwards.class);
    private static final int ACCEPTS = 64;
    private static final long PAUSE = 1_000_000_000L;

    private final UserNetwork network;
    private final Map<String, SelectableChannel> channels = new LinkedHashMap<>();
    private final Map<String, UdpForward> datagrams = new LinkedHashMap<>();
    private final List<SelectionKey> paused = new ArrayList<>();
    private volatile List<String> lines = List.of();

    Forwards(UserNetwork network) {
        this.network = network;
    }

    /** One line for each port, for people. Any thread. */
    List<String> lines() {
        return lines;
    }

    Map<String, UdpForward> datagrams() {
        return datagrams;
    }

    /** Opens the ports, or takes them from the former build. What cannot be opened is said in {@link #lines}. */
    void open(List<Forward> forwards, Handover from) {
        List<String> all = new ArrayList<>(lines);
        for (Forward forward : forwards) {
            String name = forward.toString();
            if (channels.containsKey(name)) {
                continue;
            }
            try {
                SelectableChannel channel = forward.tcp() ? tcp(forward, name, from) : udp(forward, name, from);
                channels.put(name, channel);
                InetSocketAddress at = (InetSocketAddress) (channel instanceof ServerSocketChannel server
                    ? server.getLocalAddress() : ((DatagramChannel) channel).getLocalAddress());
                all.add("forward " + (forward.tcp() ? "tcp " : "udp ") + at.getAddress().getHostAddress() + ":"
                    + at.getPort() + " to " + (forward.guest() == null ? "the guest" : forward.guest()) + " port "
                    + forward.port());
            } catch (IOException | RuntimeException e) {
                String problem = "forward " + name + " does not work: " + e.getMessage();
                LOG.warn("{}: {}", network, problem);
                all.add(problem);
                network.count("forwards-failed");
            }
        }
        lines = List.copyOf(all);
    }

    private ServerSocketChannel tcp(Forward forward, String name, Handover from) throws IOException {
        ServerSocketChannel server = from == null ? null : from.take(name, ServerSocketChannel.class);
        if (server == null) {
            server = ServerSocketChannel.open();
        }
        try {
            server.configureBlocking(false);
            if (server.getLocalAddress() == null) {
                server.bind(forward.host(), 128);
            }
            ServerSocketChannel bound = server;
            server.register(network.selector(), SelectionKey.OP_ACCEPT, (Ready) key -> accept(key, bound, forward));
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private DatagramChannel udp(Forward forward, String name, Handover from) throws IOException {
        DatagramChannel channel = from == null ? null : from.take(name, DatagramChannel.class);
        if (channel == null) {
            channel = DatagramChannel.open();
        }
        try {
            channel.configureBlocking(false);
            if (channel.getLocalAddress() == null) {
                channel.bind(forward.host());
            }
            UdpForward ready = new UdpForward(network, forward, channel);
            channel.register(network.selector(), SelectionKey.OP_READ, ready);
            datagrams.put(name, ready);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void accept(SelectionKey key, ServerSocketChannel server, Forward forward) {
        for (int i = 0; i < ACCEPTS; i++) {
            try {
                SocketChannel client = server.accept();
                if (client == null) {
                    return;
                }
                Ip guest = forward.guest() == null ? network.dhcp4().first() : forward.guest();
                network.tcp().accept(client, guest, forward.port());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                // no descriptor left: the client waits in the backlog
                network.count("accept-errors");
                key.interestOps(0);
                paused.add(key);
                network.soon(PAUSE);
                return;
            }
        }
    }

    /** Tries again what failed for want of descriptors. */
    void overdue() {
        paused.forEach(key -> {
            if (key.isValid()) {
                key.interestOps(SelectionKey.OP_ACCEPT);
            }
        });
        paused.clear();
    }

    void handOver(List<Forward> ports, Handover to) {
        for (Forward forward : ports) {
            String name = forward.toString();
            SelectableChannel channel = channels.remove(name);
            if (channel != null) {
                SelectionKey key = channel.keyFor(network.selector());
                if (key != null) {
                    key.cancel();
                }
                to.put(name, channel);
                datagrams.remove(name);
            }
        }
    }

    void close(List<Forward> ports) {
        ports.forEach(forward -> close(forward.toString()));
    }

    void closeAll() {
        List.copyOf(channels.keySet()).forEach(this::close);
    }

    private void close(String name) {
        SelectableChannel channel = channels.remove(name);
        datagrams.remove(name);
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            network.count("close-errors");
        }
    }
}
