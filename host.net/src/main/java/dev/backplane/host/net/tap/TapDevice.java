package dev.backplane.host.net.tap;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.host.net.Libc;

/**
 * A TAP interface of Linux (Documentation/networking/tuntap.rst) with the header of virtio before each frame, so that
 * unfinished checksums and segments pass. One thread may use it at a time, but {@link #wake} may be called from any.
 */
final class TapDevice implements AutoCloseable {
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final long TUNSETIFF = 0x400454CAL;
    private static final long TUNSETOFFLOAD = 0x400454D0L;
    private static final int IFF_TAP = 2;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final long OFFLOADS = 1 | 2 | 4;
    private static final int NAME = 16;
    private static final int HEADER = 10;
    private static final int NEEDS_CHECKSUM = 1;
    private static final int DATA_VALID = 2;
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int EBUSY = 16;
    private static final short POLLIN = 1;
    private static final short POLLOUT = 4;
    private static final int EFD_NONBLOCK = 0x800;
    private static final MethodHandle OPEN = Libc.function("open", 2, ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
        ValueLayout.JAVA_INT);
    private static final MethodHandle IOCTL = Libc.function("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
        ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);
    private static final MethodHandle IOCTL_LONG = Libc.function("ioctl", 2, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
    private static final MethodHandle READ = Libc.transfer("read");
    private static final MethodHandle WRITE = Libc.transfer("write");
    private static final MethodHandle POLL = Libc.function("poll", -1, ValueLayout.JAVA_INT, ValueLayout.ADDRESS,
        ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
    private static final MethodHandle EVENTFD = Libc.function("eventfd", -1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
        ValueLayout.JAVA_INT);
    private static final MethodHandle CLOSE = Libc.function("close", -1, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

    private final Arena arena = Arena.ofShared();
    private final Libc libc = new Libc(arena);
    private final Libc wakers = new Libc(arena);
    private final MemorySegment buffer = arena.allocate(HEADER + Frame.MAX_LENGTH, 8);
    private final MemorySegment polled = arena.allocate(16, 4);
    private final MemorySegment one = arena.allocate(8, 8);
    private final String name;
    private int tap;
    private int event = -1;
    private boolean emptied;

    private TapDevice(String name, int tap) {
        this.name = name;
        this.tap = tap;
        one.set(ValueLayout.JAVA_LONG, 0, 1);
    }

    /** @param wanted the interface's name; empty for one that the kernel chooses */
    static TapDevice open(String wanted) throws DeviceException {
        if (!Libc.isLinux()) {
            throw new DeviceException("tap: only Linux hosts have TAP interfaces; use user instead");
        }
        byte[] bytes = wanted.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length >= NAME) {
            throw new DeviceException("tap: the interface name " + wanted + " has more than 15 characters");
        }
        try (Arena local = Arena.ofConfined()) {
            Libc libc = new Libc(local);
            int fd = (int) OPEN.invokeExact(libc.state(), local.allocateFrom("/dev/net/tun"),
                O_RDWR | O_NONBLOCK | O_CLOEXEC);
            if (fd < 0) {
                throw refused("/dev/net/tun", libc.errno());
            }
            MemorySegment request = local.allocate(40, 8);
            MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
            request.set(ValueLayout.JAVA_SHORT, NAME, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));
            int set = (int) IOCTL.invokeExact(libc.state(), fd, TUNSETIFF, request);
            if (set < 0 || (int) IOCTL_LONG.invokeExact(libc.state(), fd, TUNSETOFFLOAD, OFFLOADS) < 0) {
                int error = libc.errno();
                int closed = (int) CLOSE.invokeExact(libc.state(), fd);
                throw refused(wanted.isEmpty() ? "a new interface" : "interface " + wanted, error);
            }
            return new TapDevice(request.getString(0), fd).prepared();
        } catch (DeviceException e) {
            throw e;
        } catch (Throwable e) {
            throw new DeviceException("tap: the host's C library cannot be used: " + e.getMessage(), e);
        }
    }

    /** Takes over an open interface from the former build. */
    static TapDevice adopt(String name, int fd) throws DeviceException {
        return new TapDevice(name, fd).prepared();
    }

    private TapDevice prepared() throws DeviceException {
        try {
            event = (int) EVENTFD.invokeExact(libc.state(), 0, EFD_NONBLOCK | O_CLOEXEC);
        } catch (Throwable e) {
            event = -1;
        }
        if (event < 0) {
            close();
            throw new DeviceException("tap: the host has no file descriptor left");
        }
        polled.set(ValueLayout.JAVA_INT, 0, tap);
        polled.set(ValueLayout.JAVA_INT, 8, event);
        polled.set(ValueLayout.JAVA_SHORT, 12, POLLIN);
        return this;
    }

    private static DeviceException refused(String what, int error) {
        String why = switch (error) {
            case EPERM, EACCES -> "not permitted; as root: ip tuntap add dev tap0 mode tap vnet_hdr user $USER,"
                + " then net.name=tap0; or use net=user, which needs no privileges";
            case ENOENT -> "the host has no TAP driver (modprobe tun)";
            case EBUSY -> "another program or card has it";
            default -> "error " + error + " of the host (an interface made without vnet_hdr, perhaps)";
        };
        return new DeviceException("tap: " + what + ": " + why);
    }

    String name() {
        return name;
    }

    /** The next frame, or null if none waits or it was none. {@link #emptied} tells which. */
    Frame read() {
        try {
            long got = (long) READ.invokeExact(libc.state(), tap, buffer, buffer.byteSize());
            emptied = got < 0;
            return got < HEADER + Frame.MIN_LENGTH ? null : frame((int) got);
        } catch (Throwable e) {
            throw new IllegalStateException("read", e);
        }
    }

    /** Whether the last {@link #read} found nothing. */
    boolean emptied() {
        return emptied;
    }

    private Frame frame(int got) {
        int length = got - HEADER;
        int flags = buffer.get(ValueLayout.JAVA_BYTE, 0);
        int type = buffer.get(ValueLayout.JAVA_BYTE, 1) & 0x7F;
        int size = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 4) & 0xFFFF;
        int start = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 6) & 0xFFFF;
        int offset = buffer.get(ValueLayout.JAVA_SHORT_UNALIGNED, 8) & 0xFFFF;
        byte[] data = new byte[length];
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, HEADER, data, 0, length);
        boolean partial = (flags & NEEDS_CHECKSUM) != 0 && start + offset + 2 <= length;
        Segmentation cut = !partial || size == 0 ? Segmentation.NONE
            : type == 1 ? Segmentation.TCP4 : type == 4 ? Segmentation.TCP6 : Segmentation.NONE;
        return new Frame(data, partial ? start : -1, partial ? offset : 0, cut, cut == Segmentation.NONE ? 0 : size,
            (flags & DATA_VALID) != 0);
    }

    /** Returns false if the interface's queue is full; a frame that it refuses is dropped. */
    boolean write(Frame frame) {
        boolean partial = frame.checksumStart() >= 0;
        int type = switch (frame.segmentation()) {
            case TCP4 -> 1;
            case TCP6 -> 4;
            case NONE, UDP -> 0;
        };
        int transport = frame.checksumStart() + (type == 0 || !partial ? 0
            : (frame.data()[Math.min(frame.checksumStart() + 12, frame.data().length - 1)] >>> 2 & 0x3C));
        buffer.set(ValueLayout.JAVA_BYTE, 0, (byte) (partial ? NEEDS_CHECKSUM : 0));
        buffer.set(ValueLayout.JAVA_BYTE, 1, (byte) type);
        buffer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2, (short) (type == 0 ? 0 : transport));
        buffer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 4, (short) (type == 0 ? 0 : frame.segmentSize()));
        buffer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 6, (short) (partial ? frame.checksumStart() : 0));
        buffer.set(ValueLayout.JAVA_SHORT_UNALIGNED, 8, (short) (partial ? frame.checksumOffset() : 0));
        MemorySegment.copy(frame.data(), 0, buffer, ValueLayout.JAVA_BYTE, HEADER, frame.data().length);
        try {
            long put = (long) WRITE.invokeExact(libc.state(), tap, buffer, (long) HEADER + frame.data().length);
            return put >= 0 || libc.errno() != EAGAIN;
        } catch (Throwable e) {
            throw new IllegalStateException("write", e);
        }
    }

    /** Waits until there is a frame, or room if {@code room}, or {@link #wake}. */
    void await(boolean frames, boolean room) {
        polled.set(ValueLayout.JAVA_SHORT, 4, (short) ((frames ? POLLIN : 0) | (room ? POLLOUT : 0)));
        try {
            int ready = (int) POLL.invokeExact(libc.state(), polled, 2L, 1000);
            boolean gone = (polled.get(ValueLayout.JAVA_SHORT, 6) & ~(POLLIN | POLLOUT)) != 0;
            if (gone) {
                // the interface was deleted: only a wake ends the wait
                ready = (int) POLL.invokeExact(libc.state(), polled.asSlice(8), 1L, 1000);
            }
            if (ready > 0 && polled.get(ValueLayout.JAVA_SHORT, 14) != 0) {
                long got = (long) READ.invokeExact(libc.state(), event, buffer, 8L);
            }
        } catch (Throwable e) {
            throw new IllegalStateException("poll", e);
        }
    }

    /** Ends a wait. */
    synchronized void wake() {
        if (event >= 0) {
            try {
                long put = (long) WRITE.invokeExact(wakers.state(), event, one, 8L);
            } catch (Throwable e) {
                throw new IllegalStateException("eventfd", e);
            }
        }
    }

    /** Gives the descriptor away; {@link #close} then leaves it open. */
    int release() {
        int mine = tap;
        tap = -1;
        return mine;
    }

    @Override
    public synchronized void close() {
        try {
            int closed = tap >= 0 ? (int) CLOSE.invokeExact(libc.state(), tap) : 0;
            closed = event >= 0 ? (int) CLOSE.invokeExact(libc.state(), event) : 0;
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
        tap = -1;
        event = -1;
        arena.close();
    }
}
