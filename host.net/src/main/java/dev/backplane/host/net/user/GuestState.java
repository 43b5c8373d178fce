package dev.backplane.host.net.user;

import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;

import dev.backplane.api.host.Handover;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * What belongs to single guests, told apart by their Ethernet addresses: stopped, saved, given away with its sockets,
 * and taken up again. Belongs to the network's thread.
 */
final class GuestState {
    private final UserNetwork network;

    GuestState(UserNetwork network) {
        this.network = network;
    }

    /** Stops, or starts, the connections of some guests; the others go on. */
    void freeze(LongPredicate macs, boolean stop) {
        for (TcpConnection connection : network.tcp().all()) {
            if (macs.test(connection.mac)) {
                connection.frozen = stop;
                connection.host.interest();
                if (!stop) {
                    network.wants(connection);
                }
            }
        }
        for (UdpFlow flow : network.udp().all()) {
            if (macs.test(flow.mac)) {
                flow.freeze(stop);
            }
        }
    }

    void save(StateWriter out, LongPredicate macs) {
        int n = 0;
        for (TcpConnection connection : network.tcp().all()) {
            if (macs.test(connection.mac)) {
                connection.save(out.section("tcp-" + n++));
            }
        }
        out.putInt("tcp", n);
        n = 0;
        for (UdpFlow flow : network.udp().all()) {
            if (macs.test(flow.mac)) {
                flow.save(out.section("udp-" + n++));
            }
        }
        out.putInt("udp", n);
        network.dhcp4().save(out, macs);
        long[] known = network.neighbours().known().entrySet().stream().filter(entry -> macs.test(entry.getValue()))
            .flatMapToLong(entry -> LongStream.of(entry.getKey().hi(), entry.getKey().lo(), entry.getValue()))
            .toArray();
        out.putLongs("neighbours", known);
    }

    /** Gives sockets away and forgets what they belonged to. */
    void handOver(Handover to, LongPredicate macs) {
        for (TcpConnection connection : List.copyOf(network.tcp().all())) {
            if (macs.test(connection.mac)) {
                SocketChannel channel = connection.host.release();
                if (channel != null) {
                    to.put("tcp-" + connection.id, channel);
                }
                connection.close(false);
            }
        }
        for (UdpFlow flow : network.udp().all()) {
            if (macs.test(flow.mac)) {
                DatagramChannel channel = flow.release();
                if (channel != null) {
                    to.put("udp-" + flow.id, channel);
                }
                network.udp().forget(flow);
            }
        }
    }

    void restore(StateReader in, Handover from) throws StateException {
        network.dhcp4().restore(in);
        long[] known = in.getLongs("neighbours");
        for (int i = 0; i + 2 < known.length; i += 3) {
            network.neighbours().learn(known[i], known[i + 1], known[i + 2]);
        }
        int connections = in.getInt("tcp", 0, TcpTable.MOST);
        for (int i = 0; i < connections; i++) {
            StateReader section = in.section("tcp-" + i);
            network.tcp().restore(section, from.take("tcp-" + section.getLong("id"), SocketChannel.class));
        }
        int flows = in.getInt("udp", 0, UdpTable.MOST);
        for (int i = 0; i < flows; i++) {
            StateReader section = in.section("udp-" + i);
            network.udp().restore(section, from.take("udp-" + section.getLong("id"), DatagramChannel.class),
                network.forwards().datagrams());
        }
    }
}
