package dev.backplane.shell.debug;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.concurrent.atomic.AtomicReference;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;

/** The port at which one gdb at a time can come to a machine. Threading: any thread. */
final class GdbPort implements AutoCloseable {
    /** What the port is called among the machine's remarks. */
    static final String TOPIC = "gdb";
    private static final Logger LOG = LoggerFactory.getLogger(GdbPort.class);

    private final Machine machine;
    private final ServerSocket server = new ServerSocket();
    private final AtomicReference<Socket> client = new AtomicReference<>();
    private volatile boolean closed;

    /**
     * Listens.
     *
     * @param port 0 for one that is free
     */
    GdbPort(Machine machine, InetAddress address, int port) throws IOException {
        this.machine = machine;
        try {
            server.bind(new InetSocketAddress(address, port));
        } catch (IOException e) {
            server.close();
            throw e;
        }
        remark();
        Thread.ofVirtual().name(machine.name() + "/gdb-port").start(this::listen);
    }

    Machine machine() {
        return machine;
    }

    int port() {
        return server.getLocalPort();
    }

    /** Where gdb connects to: {@code 127.0.0.1:1234}. */
    String address() {
        InetAddress a = server.getInetAddress();
        String host = a.getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port();
    }

    /** Who is there. */
    String peer() {
        Socket s = client.get();
        return s == null ? "nobody is connected" : "connected from " + s.getInetAddress().getHostAddress();
    }

    private void remark() {
        machine.remark(TOPIC, closed ? "" : address() + ", " + peer());
    }

    private void listen() {
        while (!closed) {
            try {
                Socket s = server.accept();
                if (client.compareAndSet(null, s)) {
                    Thread.ofVirtual().name(machine.name() + "/gdb").start(() -> serve(s));
                } else {
                    s.close();
                }
            } catch (IOException e) {
                if (!closed) {
                    LOG.warn("{}: its port for gdb: {}", machine.name(), e.getMessage());
                }
            }
        }
    }

    private void serve(Socket s) {
        remark();
        try (s) {
            s.setOption(StandardSocketOptions.TCP_NODELAY, true);
            s.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            new GdbSession(machine, new PacketLink(s.getInputStream(), s.getOutputStream()), () -> hangUp(s)).serve();
        } catch (IOException e) {
            LOG.debug("{}: gdb went: {}", machine.name(), e.getMessage());
        } catch (MachineException e) {
            LOG.info("{}: gdb was turned away: {}", machine.name(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("{}: the session with gdb failed", machine.name(), e);
        } finally {
            client.set(null);
            remark();
        }
    }

    private void hangUp(Socket s) {
        try {
            s.close();
        } catch (IOException e) {
            LOG.debug("{}: closing the link to gdb: {}", machine.name(), e.getMessage());
        }
    }

    /** Closes it; the session ends and the machine goes on. */
    @Override
    public void close() {
        closed = true;
        try {
            server.close();
        } catch (IOException e) {
            LOG.debug("{}: closing its port for gdb: {}", machine.name(), e.getMessage());
        }
        Socket s = client.get();
        if (s != null) {
            hangUp(s);
        }
        remark();
    }
}
