package dev.backplane.host.net.user;

import java.io.IOException;

import dev.backplane.host.net.wire.Ip;

/**
 * Asks whether hosts beyond answer, for a guest's echo requests: by a ping socket of the kernel where the user may use
 * one, else as {@link java.net.InetAddress#isReachable(int)} does (ICMP as root, else TCP port 7). An answer to the
 * guest is given only for an answer from there.
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
            if (reachable(to)) {
                network.execute(answered);
            }
        });
        network.count(begun ? "pings" : "pings-dropped");
    }

    private static boolean reachable(Ip to) {
        return switch (PingSocket.ping(to, MILLIS)) {
            case ANSWERED -> true;
            case SILENT -> false;
            case NOT_PERMITTED -> {
                try {
                    yield to.toInet().isReachable(MILLIS);
                } catch (IOException e) {
                    yield false;
                }
            }
        };
    }
}
