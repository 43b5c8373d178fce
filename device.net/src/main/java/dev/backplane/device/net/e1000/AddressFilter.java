package dev.backplane.device.net.e1000;

import dev.backplane.api.register.Field;
import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;
import dev.backplane.device.net.InternetChecksum;
import dev.backplane.device.net.MacAddress;

/** Which frames come in: exact addresses, the multicast hash, VLANs (manual 13.5). Used under the device's lock. */
final class AddressFilter {
    private static final int ADDRESSES = 16;
    private static final int TABLE = 128;
    private static final long VALID = 1L << 31;
    private static final int[] HASH_SHIFTS = {4, 3, 2, 0};

    private final Field unicastAll;
    private final Field multicastAll;
    private final Field broadcast;
    private final Field hashOffset;
    private final Field vlans;
    private final Register[] low = new Register[ADDRESSES];
    private final Register[] high = new Register[ADDRESSES];
    private final Register[] multicast = new Register[TABLE];
    private final Register[] vlanTable = new Register[TABLE];

    AddressFilter(Registers registers, Register control) {
        control.bit(2, "SBP");
        unicastAll = control.bit(3, "UPE");
        multicastAll = control.bit(4, "MPE");
        hashOffset = control.bits(13, 12, "MO");
        broadcast = control.bit(15, "BAM");
        vlans = control.bit(18, "VFE");
        control.bit(19, "CFIEN");
        control.bit(20, "CFI");
        for (int i = 0; i < TABLE; i++) {
            multicast[i] = registers.at(0x5200 + 4 * i, 32, "MTA" + i);
            vlanTable[i] = registers.at(0x5600 + 4 * i, 32, "VFTA" + i);
        }
        for (int i = 0; i < ADDRESSES; i++) {
            low[i] = registers.at(0x5400 + 8 * i, 32, "RAL" + i);
            high[i] = registers.at(0x5404 + 8 * i, 32, "RAH" + i);
            high[i].bits(15, 0, "ADDRESS");
            high[i].bits(17, 16, "AS");
            high[i].bit(31, "AV");
        }
    }

    /** Loads the card's own address, as words in the order of the EEPROM, into the first entry. */
    void load(int first, int second, int third) {
        low[0].set(first | (long) second << 16);
        high[0].set(third | VALID);
    }

    boolean accepts(byte[] frame, int vlanType) {
        return destinationAccepted(frame) && (!vlans.isSet() || vlanAccepted(frame, vlanType));
    }

    private boolean vlanAccepted(byte[] frame, int vlanType) {
        if (frame.length < 18 || InternetChecksum.read16(frame, 12) != vlanType) {
            return true;
        }
        int id = InternetChecksum.read16(frame, 14) & 0xFFF;
        return (vlanTable[id >> 5].get() & 1L << (id & 31)) != 0;
    }

    private boolean destinationAccepted(byte[] frame) {
        boolean group = MacAddress.isGroup(frame, 0);
        if (group ? multicastAll.isSet() || broadcast.isSet() && MacAddress.isBroadcast(frame, 0)
                : unicastAll.isSet()) {
            return true;
        }
        long first = frame[0] & 0xFFL | (frame[1] & 0xFFL) << 8 | (frame[2] & 0xFFL) << 16 | (frame[3] & 0xFFL) << 24;
        long last = frame[4] & 0xFFL | (frame[5] & 0xFFL) << 8 | VALID;
        for (int i = 0; i < ADDRESSES; i++) {
            if (high[i].get() == last && low[i].get() == first) {
                return true;
            }
        }
        if (!group) {
            return false;
        }
        int hash = ((frame[5] & 0xFF) << 8 | frame[4] & 0xFF) >> HASH_SHIFTS[(int) hashOffset.get()] & 0xFFF;
        return (multicast[hash >> 5].get() & 1L << (hash & 31)) != 0;
    }
}
