package dev.backplane.device.printer.port;

import java.nio.charset.StandardCharsets;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The peripheral's half of IEEE 1284 negotiation, as far as a printer that only speaks back its device ID needs it:
 * compatibility mode, nibble mode, device ID in nibble mode (IEEE 1284-2000, clause 6). All other modes are refused by
 * XFlag, as the standard wants it. Driven by changes of the host's control lines.
 */
final class Negotiation {
    /** Extensibility request values (IEEE 1284-2000, table 4). */
    private static final int NIBBLE = 0x00;
    private static final int DEVICE_ID = 0x04;

    enum Phase {
        /** Bytes are printed. */
        COMPATIBILITY,
        /** Event 2: the peripheral has seen the request. */
        REQUESTED,
        /** Event 6: the answer is on the lines. */
        ANSWERED,
        /** Event 9: a nibble is on the lines. */
        NIBBLE_VALID,
        /** Event 24: the host ends it. */
        TERMINATING
    }

    private final Peripheral peripheral;
    private Phase phase = Phase.COMPATIBILITY;
    private int request;
    private byte[] reply = {};
    /** Counts nibbles: two for each byte. */
    private int sent;

    Negotiation(Peripheral peripheral) {
        this.peripheral = peripheral;
    }

    /** Whether the status lines are the negotiation's and not the printer's. */
    boolean active() {
        return phase != Phase.COMPATIBILITY;
    }

    void reset() {
        phase = Phase.COMPATIBILITY;
        reply = new byte[0];
        sent = 0;
    }

    /**
     * The host changed its lines.
     *
     * @param selectIn the nSelectIn line is low (the control bit is 1)
     * @param autoFeed the nAutoFd line is low
     * @param strobe   the nStrobe line is low
     * @param data     what is on the data lines
     * @return whether nAck rose: the host may want an interrupt of it
     */
    boolean lines(boolean selectIn, boolean autoFeed, boolean strobe, int data) {
        if (selectIn) {
            return phase != Phase.COMPATIBILITY && terminate(autoFeed);
        }
        switch (phase) {
            case COMPATIBILITY -> {
                if (autoFeed && !strobe) {
                    phase = Phase.REQUESTED;
                    request = -1;
                }
            }
            case REQUESTED -> {
                if (strobe) {
                    request = data;
                } else if (request >= 0 && !autoFeed) {
                    answer();
                    return true;
                }
            }
            case ANSWERED -> {
                if (autoFeed && sent < reply.length * 2) {
                    phase = Phase.NIBBLE_VALID;
                }
            }
            case NIBBLE_VALID -> {
                if (!autoFeed) {
                    sent++;
                    phase = Phase.ANSWERED;
                    return true;
                }
            }
            case TERMINATING -> phase = Phase.COMPATIBILITY;
        }
        return false;
    }

    private void answer() {
        phase = Phase.ANSWERED;
        sent = 0;
        reply = new byte[0];
        if (request == DEVICE_ID) {
            byte[] id = peripheral.deviceId().getBytes(StandardCharsets.US_ASCII);
            reply = new byte[id.length + 2];
            reply[0] = (byte) (reply.length >> 8);
            reply[1] = (byte) reply.length;
            System.arraycopy(id, 0, reply, 2, id.length);
        }
    }

    /** Events 22 to 29: nAck goes low at once, and high when nAutoFd went low. */
    private boolean terminate(boolean autoFeed) {
        if (phase != Phase.TERMINATING) {
            phase = Phase.TERMINATING;
            return false;
        }
        if (autoFeed) {
            reset();
            return true;
        }
        return false;
    }

    /** The status register while this is {@link #active}. */
    int status() {
        boolean more = sent < reply.length * 2;
        return switch (phase) {
            case COMPATIBILITY -> throw new IllegalStateException("the printer's lines");
            case REQUESTED -> ParallelPort.N_FAULT | ParallelPort.SELECT | ParallelPort.PERROR | ParallelPort.N_BUSY;
            case ANSWERED -> ParallelPort.N_ACK | ParallelPort.N_BUSY | (more ? 0 : ParallelPort.N_FAULT)
                | (request == DEVICE_ID ? ParallelPort.SELECT : 0)
                | (request == NIBBLE || request == DEVICE_ID || sent > 0 ? more ? 0 : ParallelPort.PERROR : 0);
            case NIBBLE_VALID -> {
                int value = reply[sent >> 1] >> (sent & 1) * 4 & 15;
                yield (value & 7) << 3 | ((value & 8) == 0 ? ParallelPort.N_BUSY : 0);
            }
            case TERMINATING -> ParallelPort.N_BUSY | ParallelPort.N_FAULT | ParallelPort.SELECT;
        };
    }

    void save(StateWriter out) {
        out.putString("phase", phase.name()).putInt("request", request).putInt("sent", sent);
    }

    void restore(StateReader in) throws StateException {
        String name = in.getString("phase");
        request = in.getInt("request", -1, 0xFF);
        answer();
        sent = in.getInt("sent", 0, reply.length * 2);
        phase = null;
        for (Phase p : Phase.values()) {
            if (p.name().equals(name)) {
                phase = p;
            }
        }
        if (phase == null || phase == Phase.NIBBLE_VALID && sent == reply.length * 2) {
            throw new StateException("phase " + name + " at " + sent + " is none of IEEE 1284");
        }
    }
}
