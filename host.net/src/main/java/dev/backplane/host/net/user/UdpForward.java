package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.backplane.host.net.wire.Ip;

/** A port of the host whose datagrams go into the guest. Belongs to the network's thread. */
final class UdpForward implements Ready {
    private static final int CLIENTS = 256;
    private static final int READS = 64;

    private final UserNetwork network;
    private final Forward forward;
    private final DatagramChannel channel;
    private final Map<InetSocketAddress, UdpFlow> clients = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, UdpFlow> eldest) {
            return size() > CLIENTS;
        }
    };

    UdpForward(UserNetwork network, Forward forward, DatagramChannel channel) {
        this.network = network;
        this.forward = forward;
        this.channel = channel;
    }

    DatagramChannel channel() {
        return channel;
    }

    Ip guest() {
        return forward.guest() == null ? network.dhcp4().first() : forward.guest();
    }

    int port() {
        return forward.port();
    }

    UdpFlow flow(InetSocketAddress client) {
        return clients.get(client);
    }

    void remember(InetSocketAddress client, UdpFlow flow) {
        clients.put(client, flow);
    }

    @Override
    public void ready(SelectionKey key) {
        for (int i = 0; i < READS; i++) {
            if (network.isFull()) {
                key.interestOps(0);
                network.stalled(key);
                return;
            }
            ByteBuffer buffer = network.datagram();
            buffer.clear();
            try {
                SocketAddress client = channel.receive(buffer);
                if (client == null) {
                    return;
                }
                buffer.flip();
                network.udp().forwarded(this, (InetSocketAddress) client, buffer);
            } catch (IOException e) {
                network.count("udp-receive-errors");
                return;
            }
        }
    }

    @Override
    public String toString() {
        return forward.toString();
    }
}
