package dev.backplane.host.net.user;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

import dev.backplane.host.net.Libc;
import dev.backplane.host.net.wire.Ip;

/** Linux's ICMP sockets for users without privileges (SOCK_DGRAM with IPPROTO_ICMP), where ping_group_range allows. */
final class PingSocket {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_ICMP = 1;
    private static final int IPPROTO_ICMPV6 = 58;
    private static final short POLLIN = 1;

    enum Result {
        ANSWERED, SILENT, NOT_PERMITTED
    }

    private PingSocket() {
    }

    /** Sends an echo request and waits for the answer. Blocks. */
    static Result ping(Ip to, int millis) {
        if (!Libc.isLinux()) {
            return Result.NOT_PERMITTED;
        }
        try (Arena arena = Arena.ofConfined()) {
            Libc libc = new Libc(arena);
            boolean v4 = to.isV4();
            int socket = (int) Libc.ints3("socket").invokeExact(libc.state(), v4 ? AF_INET : AF_INET6,
                SOCK_DGRAM | SOCK_CLOEXEC, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
            if (socket < 0) {
                return Result.NOT_PERMITTED;
            }
            try {
                return exchange(libc, arena, socket, to, millis);
            } finally {
                MethodHandle close = Libc.function("close", -1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
                int closed = (int) close.invokeExact(libc.state(), socket);
            }
        } catch (Throwable e) {
            // a host whose C library is another: there are other ways to ask
            return Result.NOT_PERMITTED;
        }
    }

    private static Result exchange(Libc libc, Arena arena, int socket, Ip to, int millis) throws Throwable {
        boolean v4 = to.isV4();
        byte[] address = to.toInet().getAddress();
        MemorySegment where = arena.allocate(28);
        where.set(ValueLayout.JAVA_SHORT, 0, (short) (v4 ? AF_INET : AF_INET6));
        MemorySegment.copy(address, 0, where, ValueLayout.JAVA_BYTE, v4 ? 4 : 8, address.length);
        MemorySegment message = arena.allocate(64);
        message.set(ValueLayout.JAVA_BYTE, 0, (byte) (v4 ? 8 : 128));
        MethodHandle connect = Libc.function("connect", -1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
            ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        if ((int) connect.invokeExact(libc.state(), socket, where, v4 ? 16 : 28) < 0) {
            return Result.SILENT;
        }
        if ((long) Libc.transfer("write").invokeExact(libc.state(), socket, message, 64L) < 0) {
            return Result.SILENT;
        }
        MemorySegment poll = arena.allocate(8, 4);
        poll.set(ValueLayout.JAVA_INT, 0, socket);
        poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        MethodHandle wait = Libc.function("poll", -1, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT);
        if ((int) wait.invokeExact(libc.state(), poll, 1L, millis) <= 0) {
            return Result.SILENT;
        }
        long got = (long) Libc.transfer("read").invokeExact(libc.state(), socket, message, 64L);
        return got >= 8 && message.get(ValueLayout.JAVA_BYTE, 0) == (v4 ? 0 : (byte) 129) ? Result.ANSWERED
            : Result.SILENT;
    }
}
