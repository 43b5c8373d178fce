package dev.backplane.device.net.e1000;

import static dev.backplane.device.net.InternetChecksum.fold;
import static dev.backplane.device.net.InternetChecksum.read16;
import static dev.backplane.device.net.InternetChecksum.write16;

import java.util.Arrays;

import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.net.Frame;
import dev.backplane.api.net.Frame.Segmentation;
import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.net.FrameState;
import dev.backplane.device.net.InternetChecksum;

/**
 * The transmit ring (manual 3.3 to 3.5): legacy, context and data descriptors, checksums, segmentation, VLAN tags. What
 * is left undone in a frame is what the core's cable can do. Used under the device's lock.
 */
final class Transmitter {
    private static final int DESCRIPTOR = 16;
    /** Descriptors per turn; then other work of the card has its turn. */
    private static final int BURST = 256;
    private static final int SHORTEST = 60;
    private static final int FCS = 4;

    private static final int EOP = 1;
    private static final int IFCS_IC = 4;
    private static final int TSE = 4;
    private static final int RS = 8;
    private static final int RPS = 16;
    private static final int DEXT = 32;
    private static final int VLE = 64;
    private static final int DONE = 1;
    private static final int DATA = 1;
    private static final int IXSM = 1;
    private static final int TXSM = 2;
    private static final int TUCMD_TCP = 1;
    private static final int TUCMD_IP = 2;
    private static final int TCP_HEADER = 20;

    private final E1000Card card;
    private final GuestMemory memory;
    private final Field enabled;
    private final Field padded;
    private final Register baseLow;
    private final Register baseHigh;
    private final Register length;
    private final Register head;
    private final Register tail;
    private final byte[] frame = new byte[Frame.MAX_LENGTH];
    private int filled;
    private boolean overlong;
    /** The options of the frame's first data descriptor, and its command. */
    private int options;
    private int firstCommand;
    private boolean begun;
    private boolean extended;
    /** The last context descriptor. */
    private long contextLow;
    private long contextHigh;
    /** A frame for which there was no room; its last descriptor is not done. */
    private Frame waiting;

    Transmitter(E1000Card card, GuestMemory memory, Registers registers) {
        this.card = card;
        this.memory = memory;
        Register control = registers.at(0x400, 32, "TCTL").describe("transmit control");
        enabled = control.bit(1, "EN").onWrite(card::transmitSoon);
        padded = control.bit(3, "PSP");
        control.bits(11, 4, "CT");
        control.bits(21, 12, "COLD");
        control.bits(25, 22, "REST");
        registers.at(0x410, 32, "TIPG").describe("inter-packet gap").bits(29, 0, "GAPS");
        registers.at(0x458, 32, "AIFS").describe("adaptive inter-frame spacing").bits(15, 0, "SPACING");
        baseLow = registers.at(0x3800, 32, "TDBAL").describe("transmit descriptors");
        baseLow.bits(31, 4, "BASE");
        baseHigh = registers.at(0x3804, 32, "TDBAH");
        length = registers.at(0x3808, 32, "TDLEN");
        length.bits(19, 7, "LEN");
        head = registers.at(0x3810, 32, "TDH");
        head.bits(15, 0, "HEAD");
        tail = registers.at(0x3818, 32, "TDT");
        tail.bits(15, 0, "TAIL").onWrite(card::transmitSoon);
        registers.at(0x3820, 32, "TIDV").describe("transmit interrupt delay; throttling has its place")
            .bits(15, 0, "DELAY");
        registers.at(0x3828, 32, "TXDCTL");
        registers.at(0x382C, 32, "TADV").bits(15, 0, "DELAY");
        registers.at(0x3830, 32, "TSPMT");
    }

    private long ring() {
        return baseHigh.get() << 32 | baseLow.get() & ~0xFL;
    }

    private int entries() {
        return (int) (length.get() & 0xFFF80) / DESCRIPTOR;
    }

    /** Works on the ring; true if there is more to do in another turn. */
    boolean run() {
        int entries = entries();
        int at = (int) head.get();
        int end = (int) tail.get();
        int causes = 0;
        int left = BURST;
        if (!enabled.isSet() || entries == 0 || end >= entries || at >= entries) {
            return false;
        }
        long ring = ring();
        while (at != end && left-- > 0) {
            long place = ring + (long) at * DESCRIPTOR;
            long low = memory.read64(place);
            long high = memory.read64(place + 8);
            if (!carryOut(low, high)) {
                break;
            }
            int command = (int) (high >>> 24) & 0xFF;
            if ((command & (RS | RPS)) != 0) {
                memory.write8(place + 12, (int) (high >>> 32) & 0xFF | DONE);
                causes |= Interrupts.TXDW;
            }
            at = at + 1 == entries ? 0 : at + 1;
        }
        head.set(at);
        if (at == end) {
            causes |= Interrupts.TXQE;
        }
        if (causes != 0) {
            card.interrupts().raise(causes);
        }
        return at != end && waiting == null;
    }

    /** False if the descriptor must be carried out again because there is no room for its frame. */
    private boolean carryOut(long low, long high) {
        if (waiting != null) {
            return offer(waiting);
        }
        int command = (int) (high >>> 24) & 0xFF;
        boolean isExtended = (command & DEXT) != 0;
        if (isExtended && (high >>> 20 & 15) != DATA) {
            contextLow = low;
            contextHigh = high;
            return true;
        }
        if (!begun) {
            begun = true;
            extended = isExtended;
            firstCommand = command;
            options = isExtended ? (int) (high >>> 40) & 0xFF : 0;
        }
        gather(low, (int) high & (isExtended ? 0xFFFFF : 0xFFFF));
        if ((command & EOP) == 0) {
            return true;
        }
        Frame finished = overlong || filled < Frame.MIN_LENGTH ? null : finish(command, high);
        if (finished == null) {
            card.badFrame();
            restart();
            return true;
        }
        return offer(finished);
    }

    private void gather(long address, int bytes) {
        if (bytes > frame.length - filled || !memory.read(address, frame, filled, bytes)) {
            overlong |= bytes > 0;
        } else {
            filled += bytes;
        }
    }

    private boolean offer(Frame finished) {
        if (!card.send(finished)) {
            waiting = finished;
            return false;
        }
        waiting = null;
        restart();
        return true;
    }

    private void restart() {
        filled = 0;
        overlong = false;
        begun = false;
    }

    /** The frame with what its descriptors ask for, or null if that is not possible. */
    private Frame finish(int command, long high) {
        boolean tag = (command & VLE) != 0 && card.vlanMode();
        int shift = tag ? 4 : 0;
        if (filled + shift > frame.length) {
            return null;
        }
        int start = -1;
        int offset = 0;
        int segment = 0;
        Segmentation segmentation = Segmentation.NONE;
        if (!extended) {
            int field = (int) (high >>> 16) & 0xFF;
            int from = (int) (high >>> 40) & 0xFF;
            if ((command & IFCS_IC) != 0 && field + 2 <= filled && from < filled) {
                if (field >= from) {
                    start = from;
                    offset = field - from;
                } else {
                    InternetChecksum.fill(frame, from, filled, field);
                }
            }
        } else if ((firstCommand & TSE) != 0) {
            if (!prepareSegments()) {
                return null;
            }
            start = transportStart();
            offset = transportField() - start;
            segment = segmentSize();
            int payload = filled - headerLength();
            if (payload > segment) {
                segmentation = (contextCommand() & TUCMD_IP) != 0 ? Segmentation.TCP4 : Segmentation.TCP6;
                card.statistics().segmented();
            } else {
                segment = 0;
            }
        } else {
            if ((options & IXSM) != 0) {
                sumHere((int) contextLow & 0xFF, (int) (contextLow >>> 8) & 0xFF, (int) (contextLow >>> 16) & 0xFFFF);
            }
            if ((options & TXSM) != 0) {
                int from = transportStart();
                int field = transportField();
                int last = (int) (contextLow >>> 48) & 0xFFFF;
                if (field >= from && field + 2 <= filled && (last == 0 || last == filled - 1)) {
                    start = from;
                    offset = field - from;
                } else {
                    sumHere(from, field, last);
                }
            }
        }
        byte[] data = new byte[padded.isSet() ? Math.max(SHORTEST, filled + shift) : filled + shift];
        if (tag) {
            System.arraycopy(frame, 0, data, 0, 12);
            write16(data, 12, card.vlanType());
            write16(data, 14, (int) (high >>> 48) & 0xFFFF);
            System.arraycopy(frame, 12, data, 16, filled - 12);
        } else {
            System.arraycopy(frame, 0, data, 0, filled);
        }
        card.statistics().sent(data, data.length + FCS);
        return new Frame(data, start < 0 ? -1 : start + shift, offset, segmentation, segment, false);
    }

    private int transportStart() {
        return (int) (contextLow >>> 32) & 0xFF;
    }

    private int transportField() {
        return (int) (contextLow >>> 40) & 0xFF;
    }

    private int contextCommand() {
        return (int) (contextHigh >>> 24) & 0xFF;
    }

    private int headerLength() {
        return (int) (contextHigh >>> 40) & 0xFF;
    }

    private int segmentSize() {
        return (int) (contextHigh >>> 48) & 0xFFFF;
    }

    /** Sums a range that the driver chose; {@code last} is its last byte, 0 for that of the frame. */
    private void sumHere(int from, int field, int last) {
        int end = last == 0 ? filled : Math.min(last + 1, filled);
        if (from < end && field + 2 <= filled) {
            InternetChecksum.fill(frame, from, end, field);
        }
    }

    /**
     * Brings headers that the driver left for the card to complete (3.5.5: lengths are not there, and the pseudo header
     * was summed without the length) into the form in which frames travel.
     */
    private boolean prepareSegments() {
        int ip = (int) contextLow & 0xFF;
        int transport = transportStart();
        int field = transportField();
        if ((contextCommand() & TUCMD_TCP) == 0 || segmentSize() == 0 || ip < Frame.MIN_LENGTH || ip + 8 > transport
                || headerLength() < transport + TCP_HEADER || headerLength() >= filled || field < transport
                || field + 2 > filled) {
            return false;
        }
        if ((contextCommand() & TUCMD_IP) != 0) {
            if (transport < ip + 20) {
                return false;
            }
            write16(frame, ip + 2, filled - ip & 0xFFFF);
            write16(frame, ip + 10, 0);
            InternetChecksum.fill(frame, ip, transport, ip + 10);
        } else {
            if (transport < ip + 40) {
                return false;
            }
            write16(frame, ip + 4, filled - ip - 40 & 0xFFFF);
        }
        write16(frame, field, fold(read16(frame, field) + (long) (filled - transport)));
        return true;
    }

    /** There is room for a frame again; whether one waits for it. */
    boolean waitsForRoom() {
        return waiting != null;
    }

    void reset() {
        restart();
        waiting = null;
        contextLow = 0;
        contextHigh = 0;
    }

    void save(StateWriter out) {
        out.putBytes("gathered", Arrays.copyOf(frame, filled)).putBoolean("overlong", overlong)
            .putInt("options", options).putInt("first-command", firstCommand).putBoolean("begun", begun)
            .putBoolean("extended", extended).putLong("context-low", contextLow).putLong("context-high", contextHigh);
        FrameState.save(out, "waiting", waiting);
    }

    void restore(StateReader in) throws StateException {
        byte[] saved = in.getBytes("gathered");
        if (saved.length > frame.length) {
            throw new StateException("field gathered has " + saved.length + " bytes; up to " + frame.length
                + " are possible");
        }
        System.arraycopy(saved, 0, frame, 0, saved.length);
        filled = saved.length;
        overlong = in.getBoolean("overlong");
        options = in.getInt("options", 0, 0xFF);
        firstCommand = in.getInt("first-command", 0, 0xFF);
        begun = in.getBoolean("begun");
        extended = in.getBoolean("extended");
        contextLow = in.getLong("context-low");
        contextHigh = in.getLong("context-high");
        waiting = FrameState.restore(in, "waiting");
    }
}
