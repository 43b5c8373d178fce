package dev.backplane.device.net.e1000;

import static dev.backplane.device.net.InternetChecksum.fold;
import static dev.backplane.device.net.InternetChecksum.read16;
import static dev.backplane.device.net.InternetChecksum.sum;

import java.lang.invoke.VarHandle;
import java.util.zip.CRC32;

import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.net.Frame;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;

/**
 * The receive ring and its filters (manual 3.2, 13.4.22, 13.5). A frame for which there are not enough descriptors
 * waits; the card drops none that was taken. Used under the device's lock.
 */
final class Receiver {
    private static final int DESCRIPTOR = 16;
    private static final int FCS = 4;
    private static final int LONGEST = 1522;
    private static final int LONGEST_JUMBO = 16_384;

    private static final int LOOPBACK_PHY = 3;

    private static final int DD = 1;
    private static final int EOP = 2;
    private static final int IXSM = 4;
    private static final int VP = 8;
    private static final int TCPCS = 0x20;
    private static final int IPCS = 0x40;
    private static final int TCPE = 0x20;
    private static final int IPE = 0x40;

    private static final int IPV4 = 0x0800;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final E1000Card card;
    private final GuestMemory memory;
    private final AddressFilter filter;
    private final Field enabled;
    private final Field longFrames;
    private final Field loopback;
    private final Field threshold;
    private final Field bufferSize;
    private final Field bufferSizeTimes16;
    private final Field stripFcs;
    private final Field ipSums;
    private final Field transportSums;
    private final Register baseLow;
    private final Register baseHigh;
    private final Register length;
    private final Register head;
    private final Register tail;
    private final CRC32 fcs = new CRC32();
    private final byte[] fcsBytes = new byte[FCS];

    Receiver(E1000Card card, GuestMemory memory, Registers registers) {
        this.card = card;
        this.memory = memory;
        Register control = registers.at(0x100, 32, "RCTL").describe("receive control");
        enabled = control.bit(1, "EN").onWrite(card::receiveSoon);
        filter = new AddressFilter(registers, control);
        longFrames = control.bit(5, "LPE");
        loopback = control.bits(7, 6, "LBM");
        threshold = control.bits(9, 8, "RDMTS");
        bufferSize = control.bits(17, 16, "BSIZE");
        control.bit(22, "DPF");
        control.bit(23, "PMCF");
        bufferSizeTimes16 = control.bit(25, "BSEX");
        stripFcs = control.bit(26, "SECRC");
        baseLow = registers.at(0x2800, 32, "RDBAL").describe("receive descriptors");
        baseLow.bits(31, 4, "BASE");
        baseHigh = registers.at(0x2804, 32, "RDBAH");
        length = registers.at(0x2808, 32, "RDLEN");
        length.bits(19, 7, "LEN");
        head = registers.at(0x2810, 32, "RDH");
        head.bits(15, 0, "HEAD");
        tail = registers.at(0x2818, 32, "RDT");
        tail.bits(15, 0, "TAIL").onWrite(card::receiveSoon);
        registers.at(0x2820, 32, "RDTR").describe("receive interrupt delay; throttling has its place")
            .bits(15, 0, "DELAY");
        registers.at(0x2828, 32, "RXDCTL");
        registers.at(0x282C, 32, "RADV").bits(15, 0, "DELAY");
        registers.at(0x2C00, 32, "RSRPD").bits(11, 0, "SIZE");
        Register sums = registers.at(0x5000, 32, "RXCSUM").describe("receive checksum control");
        sums.bits(7, 0, "PCSS");
        ipSums = sums.bit(8, "IPOFL");
        transportSums = sums.bit(9, "TUOFL");
    }

    AddressFilter filter() {
        return filter;
    }

    /** Whether frames that are sent come back here (LBM). */
    boolean loopback() {
        return loopback.get() == LOOPBACK_PHY;
    }

    private int entries() {
        return (int) (length.get() & 0xFFF80) / DESCRIPTOR;
    }

    private int buffer() {
        int size = 2048 >> bufferSize.get();
        return bufferSizeTimes16.isSet() && size < 2048 ? size * 16 : size;
    }

    private int free(int entries) {
        int count = (int) (tail.get() - head.get());
        return count < 0 ? count + entries : count;
    }

    /** Whether the ring is one that frames can be written to. */
    private boolean usable(int entries) {
        return entries > 0 && head.get() < entries && tail.get() < entries;
    }

    /** Takes a frame in, or drops it because the driver does not want it; false if it has to wait for descriptors. */
    boolean take(Frame frame, boolean looped) {
        byte[] data = frame.data();
        if (!enabled.isSet() || !looped && !card.linkUp() || !filter.accepts(data, card.vlanType())) {
            card.filtered();
            return true;
        }
        boolean tagged = read16(data, 12) == card.vlanType() && data.length >= 18;
        boolean strip = tagged && card.vlanMode();
        int onWire = data.length + FCS;
        if (onWire > (longFrames.isSet() ? LONGEST_JUMBO : tagged ? LONGEST : LONGEST - 4)) {
            card.statistics().tooLong();
            return true;
        }
        int bytes = data.length - (strip ? 4 : 0) + (stripFcs.isSet() ? 0 : FCS);
        int size = buffer();
        int needed = (bytes + size - 1) / size;
        int entries = entries();
        if (!usable(entries) || free(entries) < needed) {
            card.statistics().noBuffer();
            card.interrupts().raise(Interrupts.RXO);
            return false;
        }
        write(frame, strip, bytes, size, entries);
        card.statistics().received(data, onWire);
        card.received(data.length);
        return true;
    }

    private void write(Frame frame, boolean strip, int bytes, int size, int entries) {
        byte[] data = frame.data();
        if (!stripFcs.isSet()) {
            fcs.reset();
            fcs.update(data, 0, data.length);
            long value = fcs.getValue();
            for (int i = 0; i < FCS; i++) {
                fcsBytes[i] = (byte) (value >>> 8 * i);
            }
        }
        long status = status(frame);
        if (strip) {
            status |= VP | (long) read16(data, 14) << 16;
        }
        long ring = baseHigh.get() << 32 | baseLow.get() & ~0xFL;
        int at = (int) head.get();
        for (int done = 0; done < bytes; done += size) {
            long place = ring + (long) at * DESCRIPTOR;
            int now = Math.min(size, bytes - done);
            fill(memory.read64(place), data, strip, done, now);
            // The driver looks at the status: everything else is there before.
            VarHandle.releaseFence();
            long end = done + size >= bytes ? EOP : 0;
            memory.write64(place + 8, (status | DD | end) << 32 | now);
            at = at + 1 == entries ? 0 : at + 1;
        }
        head.set(at);
    }

    /** Writes {@code now} bytes of what the driver sees of the frame, from {@code done} on. */
    private void fill(long address, byte[] data, boolean strip, int done, int now) {
        int written = 0;
        while (written < now) {
            int place = done + written;
            int part;
            if (strip && place < 12) {
                part = Math.min(now - written, 12 - place);
                memory.write(address + written, data, place, part);
            } else {
                int source = strip ? place + 4 : place;
                if (source < data.length) {
                    part = Math.min(now - written, data.length - source);
                    memory.write(address + written, data, source, part);
                } else {
                    part = now - written;
                    memory.write(address + written, fcsBytes, source - data.length, part);
                }
            }
            written += part;
        }
    }

    /** Status and errors: what was found out about checksums. */
    private int status(Frame frame) {
        byte[] data = frame.data();
        int ip = 14;
        if (read16(data, 12) == card.vlanType() && data.length >= 18) {
            ip += 4;
        }
        if (!ipSums.isSet() && !transportSums.isSet() || data.length < ip + 20 || read16(data, ip - 2) != IPV4
                || data[ip] >> 4 != 4) {
            return IXSM;
        }
        int header = (data[ip] & 15) * 4;
        int total = read16(data, ip + 2);
        if (header < 20 || total < header || ip + total > data.length) {
            return IXSM;
        }
        int status = 0;
        if (ipSums.isSet()) {
            status |= IPCS | (fold(sum(data, ip, header)) == 0xFFFF ? 0 : IPE << 8);
        }
        int protocol = data[ip + 9] & 0xFF;
        boolean fragment = (read16(data, ip + 6) & 0x3FFF) != 0;
        if (transportSums.isSet() && !fragment && (protocol == TCP || protocol == UDP && total >= header + 8
                && read16(data, ip + header + 6) != 0)) {
            int rest = total - header;
            boolean right = frame.verified() || fold(sum(data, ip + header, rest) + sum(data, ip + 12, 8) + ((long)
                protocol << 16) + ((long) rest << 16)) == 0xFFFF;
            status |= TCPCS | (right ? 0 : TCPE << 8);
        }
        return status == 0 ? IXSM : status;
    }

    /** The interrupt causes after frames were written. */
    int causes() {
        int entries = entries();
        int low = entries >> threshold.get() + 1;
        return Interrupts.RXT0 | (usable(entries) && free(entries) <= low ? Interrupts.RXDMT0 : 0);
    }
}
