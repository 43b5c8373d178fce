package dev.backplane.host.net.user;

import java.io.IOException;

import dev.backplane.host.net.wire.Ip;

/**
 * Asks whether hosts beyond answer, for a guest's echo requests: by a ping socket of the kernel where the user may use
 * one, else, counted as {@code pings-not-permitted}, as {@link java.net.InetAddress#isReachable(int)} does (ICMP as
 * root, else TCP port 7). An answer to the guest is given only for an answer from there.
 */
final class Pinger {
    private static final int MILLIS = 4000;

    private final UserNetwork network;
    private final Workers workers;

    Pinger(UserNetwork network, Workers workers) {
        this.network = network;
        this.workers = workers;
    }

    /** Runs {@code answered} on the network's thread if the host answers. */
    void ping(Ip to, Runnable answered) {
        boolean begun = workers.run(() -> {
            PingSocket.Result result = PingSocket.ping(to, MILLIS);
            boolean permitted = result != PingSocket.Result.NOT_PERMITTED;
            boolean reached = permitted ? result == PingSocket.Result.ANSWERED : reachable(to);
            network.execute(() -> {
                if (!permitted) {
                    network.count("pings-not-permitted");
                }
                network.count(reached ? "pings-answered" : "pings-unanswered");
                if (reached) {
                    answered.run();
                }
            });
        });
        network.count(begun ? "pings" : "pings-dropped");
    }

    private static boolean reachable(Ip to) {
        try {
            return to.toInet().isReachable(MILLIS);
        } catch (IOException e) {
            return false;
        }
    }
}
