package dev.backplane.host.net.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Big-endian fields of packets. Stateless; a place outside the array is the caller's defect. */
public final class Wire {
    private static final VarHandle SHORT =
        MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Length of an Ethernet header without VLAN tag. */
    public static final int ETHERNET = 14;
    public static final int TYPE_IP4 = 0x0800;
    public static final int TYPE_ARP = 0x0806;
    public static final int TYPE_VLAN = 0x8100;
    public static final int TYPE_IP6 = 0x86DD;
    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMP6 = 58;
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;
    /** The group bit of an Ethernet address held in 48 bits of a long. */
    public static final long GROUP = 0x0100_0000_0000L;

    private Wire() {
    }

    public static int get8(byte[] data, int at) {
        return data[at] & 0xFF;
    }

    public static int get16(byte[] data, int at) {
        return (short) SHORT.get(data, at) & 0xFFFF;
    }

    public static int get32(byte[] data, int at) {
        return (int) INT.get(data, at);
    }

    public static long get64(byte[] data, int at) {
        return (long) LONG.get(data, at);
    }

    /** An Ethernet address. */
    public static long get48(byte[] data, int at) {
        return (long) get16(data, at) << 32 | get32(data, at + 2) & 0xFFFF_FFFFL;
    }

    public static void put8(byte[] data, int at, int value) {
        data[at] = (byte) value;
    }

    public static void put16(byte[] data, int at, int value) {
        SHORT.set(data, at, (short) value);
    }

    public static void put32(byte[] data, int at, int value) {
        INT.set(data, at, value);
    }

    public static void put64(byte[] data, int at, long value) {
        LONG.set(data, at, value);
    }

    public static void put48(byte[] data, int at, long value) {
        put16(data, at, (int) (value >>> 32));
        put32(data, at + 2, (int) value);
    }

    /** Destination, source and type at the start of {@code data}. */
    public static void ethernet(byte[] data, long to, long from, int type) {
        put48(data, 0, to);
        put48(data, 6, from);
        put16(data, 12, type);
    }
}
