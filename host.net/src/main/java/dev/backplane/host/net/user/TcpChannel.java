package dev.backplane.host.net.user;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** The host's half of a TCP connection. Belongs to the network's thread; never blocks. */
final class TcpChannel implements Ready {
    private static final int READS = 8;

    private final TcpConnection connection;
    private SocketChannel channel;
    private SelectionKey key;
    private boolean connected;
    private boolean ended;
    private boolean shut;

    TcpChannel(TcpConnection connection) {
        this.connection = connection;
    }

    /** Begins to connect to a server of the host's or beyond. */
    void connect(InetSocketAddress to) throws IOException {
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            boolean now = channel.connect(to);
            register();
            if (now) {
                opened();
            }
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Takes a connection that a client of the host's made. */
    void adopt(SocketChannel accepted) throws IOException {
        channel = accepted;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        connected = true;
        register();
    }

    /** Takes a channel from the former build; one that is still connecting goes on. */
    void takeOver(SocketChannel former) throws IOException {
        channel = former;
        channel.configureBlocking(false);
        connected = channel.isConnected();
        shut = connected && !channel.socket().isClosed() && channel.socket().isOutputShutdown();
        register();
        interest();
        flush();
    }

    private void register() throws IOException {
        key = channel.register(connection.network.selector(), 0, this);
        interest();
    }

    private void opened() {
        connected = true;
        connection.connected();
        interest();
    }

    boolean ended() {
        return ended;
    }

    void restoreEnded() {
        ended = true;
    }

    boolean isOpen() {
        return channel != null && channel.isOpen();
    }

    /** The guest's half is open: bytes may flow. */
    void established() {
        interest();
    }

    /** There may be room again for what the host sends. */
    void room() {
        interest();
    }

    /** Asks the selector for what can be used now. */
    void interest() {
        if (key == null || !key.isValid()) {
            return;
        }
        int wanted = 0;
        if (!connection.frozen) {
            if (!connected) {
                wanted = SelectionKey.OP_CONNECT;
            } else if (connection.receiver() != null && connection.sender().established()) {
                wanted = (ended || connection.sender().room() == 0 ? 0 : SelectionKey.OP_READ)
                    | (connection.receiver().waiting() ? SelectionKey.OP_WRITE : 0);
            }
        }
        if (key.interestOps() != wanted) {
            key.interestOps(wanted);
        }
    }

    @Override
    public void ready(SelectionKey ready) {
        if (connection.frozen) {
            interest();
            return;
        }
        if (ready.isConnectable()) {
            finishConnect();
            return;
        }
        if (ready.isReadable()) {
            read();
        }
        if (ready.isValid() && ready.isWritable()) {
            flush();
            connection.wants();
        }
    }

    private void finishConnect() {
        try {
            if (channel.finishConnect()) {
                opened();
            }
        } catch (NoRouteToHostException e) {
            connection.network.routes().unreachable(connection.key, connection.mac, true);
            failed();
        } catch (ConnectException e) {
            if (String.valueOf(e.getMessage()).contains("unreachable")) {
                connection.network.routes().unreachable(connection.key, connection.mac, false);
            }
            failed();
        } catch (IOException e) {
            failed();
        }
    }

    private void failed() {
        connection.network.count("tcp-refused");
        connection.hostBroke();
    }

    private void read() {
        TcpSender sender = connection.sender();
        try {
            for (int i = 0; i < READS; i++) {
                if (sender.room() == 0) {
                    sender.grow();
                }
                int room = sender.room();
                if (room == 0) {
                    break;
                }
                ByteBuffer buffer = sender.ring.room(room);
                int most = buffer.remaining();
                int got = channel.read(buffer);
                if (got < 0) {
                    ended = true;
                    connection.hostEnded();
                    break;
                }
                sender.ring.filled(got);
                if (got < most) {
                    break;
                }
            }
            connection.wants();
        } catch (IOException e) {
            connection.hostBroke();
            return;
        }
        interest();
    }

    /** Writes bytes that came in order; says how many the host took. */
    int write(byte[] data, int at, int length) {
        if (!connected || shut) {
            return 0;
        }
        try {
            return channel.write(ByteBuffer.wrap(data, at, length));
        } catch (IOException e) {
            // found again by flush, when the connection is in a state to be ended
            return 0;
        }
    }

    /** Writes what waits; the guest's FIN follows when all is written. */
    void flush() {
        TcpReceiver receiver = connection.receiver();
        if (!connected || receiver == null || connection.frozen) {
            return;
        }
        try {
            while (receiver.waiting()) {
                int taken = channel.write(receiver.ring.piece(receiver.ring.start(), receiver.next()));
                if (taken == 0) {
                    break;
                }
                receiver.ring.release(receiver.ring.start() + taken);
            }
            if (receiver.finished() && !receiver.waiting() && !shut) {
                shut = true;
                channel.shutdownOutput();
            }
        } catch (IOException e) {
            connection.hostBroke();
            return;
        }
        interest();
    }

    /** @param abort tell the other end that the connection broke */
    void close(boolean abort) {
        if (channel != null && channel.isOpen()) {
            try {
                if (abort) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                channel.close();
            } catch (IOException e) {
                connection.network.count("close-errors");
            }
        }
    }

    /** Takes the channel off the selector and gives it away. */
    SocketChannel release() {
        SocketChannel mine = channel;
        channel = null;
        if (key != null) {
            key.cancel();
            key = null;
        }
        return mine != null && mine.isOpen() ? mine : null;
    }
}
