package dev.backplane.machine.interrupt;

import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/**
 * Carries interrupt messages to the local APICs: messages of devices (MSI), of the I/O APIC and between processors;
 * carries ends of interrupt back to the I/O APIC, and the 8259A's output to LINT0.
 *
 * <p>Destinations follow the Intel SDM vol. 3, 11.6.2, with no interrupt remapping. APIC IDs are the indices of the
 * vCPUs. A lowest-priority message goes to the destination with the lowest processor priority, the one with the lowest
 * ID among equals. SMIs are ignored: the machine has no system-management mode.
 *
 * <p>Threading: everything but wiring is callable from any thread, never blocks and takes no lock.
 */
public final class InterruptFabric implements MessageSink {
    private static final int BROADCAST_8 = 0xFF;
    private static final int BROADCAST_32 = -1;
    private static final long MESSAGE_PAGE = 0xFEE00000L;

    private final LocalApic[] apics;
    private IntConsumer endOfInterrupt = vector -> { };
    private IntSupplier extInt = () -> -1;

    /** @param vcpus 1 to 255 */
    public InterruptFabric(int vcpus) {
        apics = new LocalApic[vcpus];
    }

    /** Wiring: called once for each local APIC before any vCPU runs. */
    void attach(int id, LocalApic apic) {
        apics[id] = apic;
    }

    /** Wiring: who hears of vectors whose level-triggered interrupt ended. */
    void onEndOfInterrupt(IntConsumer listener) {
        endOfInterrupt = listener;
    }

    /** Wiring: acknowledges the 8259A pair and gives the vector. */
    void onExtIntAcknowledge(IntSupplier pic) {
        extInt = pic;
    }

    /** Whether a write to this address is an interrupt message. */
    public static boolean isMessage(long address) {
        return (address & 0xFFFF_FFFF_FFF0_0000L) == MESSAGE_PAGE;
    }

    /**
     * A message of a device. Address: bits 19:12 the destination, 11:5 its extension (bits 14:8), bit 3 redirection
     * hint, bit 2 logical; data: vector, delivery mode 10:8, level 14, trigger 15.
     */
    @Override
    public void send(long address, int data) {
        if (!isMessage(address)) {
            return;
        }
        boolean level = (data & 1 << 15) != 0;
        if (level && (data & 1 << 14) == 0) {
            return;
        }
        int low = (int) (address >>> 12) & 0xFF;
        int extension = (int) (address >>> 5) & 0x7F;
        // All ones mean everybody only in the eight bits that every APIC understands.
        int destination = extension == 0 && low == BROADCAST_8 ? BROADCAST_32 : extension << 8 | low;
        int mode = data >>> 8 & 7;
        boolean logical = (address & 4) != 0;
        if ((address & 8) != 0 && mode == DeliveryMode.FIXED && logical) {
            mode = DeliveryMode.LOWEST_PRIORITY;
        }
        deliver(mode, data & 0xFF, level, destination, logical);
    }

    /** A message of the I/O APIC or of another bus agent with an 8-bit destination; 0xFF is everybody. */
    void sendFromIoApic(int mode, int vector, boolean level, int destination, boolean logical) {
        deliver(mode, vector, level, destination == BROADCAST_8 ? BROADCAST_32 : destination, logical);
    }

    /**
     * An inter-processor interrupt.
     *
     * @param icr         the low half of the interrupt command register
     * @param destination as the sender's mode encodes it: 8 bits in xAPIC mode, 32 in x2APIC mode
     */
    void sendIpi(LocalApic from, int icr, int destination, boolean x2Apic) {
        int mode = icr >>> 8 & 7;
        int vector = icr & 0xFF;
        if (mode == DeliveryMode.INIT && (icr & 1 << 14) == 0 && (icr & 1 << 15) != 0) {
            return; // INIT level de-assert only synchronized arbitration IDs on the APIC bus
        }
        switch (icr >>> 18 & 3) {
            case 0 -> deliver(mode, vector, false, !x2Apic && destination == BROADCAST_8 ? BROADCAST_32 : destination,
                (icr & 1 << 11) != 0);
            case 1 -> {
                if (mode == DeliveryMode.FIXED) {
                    from.accept(vector, false);
                }
            }
            case 2 -> everybody(mode, vector, null);
            default -> everybody(mode, vector, from);
        }
    }

    private void everybody(int mode, int vector, LocalApic except) {
        if (mode == DeliveryMode.LOWEST_PRIORITY) {
            lowestPriority(vector, false, BROADCAST_32, false, except);
            return;
        }
        for (LocalApic a : apics) {
            if (a != null && a != except) {
                a.receive(mode, vector, false);
            }
        }
    }

    private void deliver(int mode, int vector, boolean level, int destination, boolean logical) {
        if (mode == DeliveryMode.LOWEST_PRIORITY) {
            lowestPriority(vector, level, destination, logical, null);
            return;
        }
        if (!logical && destination != BROADCAST_32) {
            if (destination >= 0 && destination < apics.length && apics[destination] != null) {
                apics[destination].receive(mode, vector, level);
            }
            return;
        }
        for (LocalApic a : apics) {
            if (a != null && (destination == BROADCAST_32 || a.matchesLogical(destination))) {
                a.receive(mode, vector, level);
            }
        }
    }

    private void lowestPriority(int vector, boolean level, int destination, boolean logical, LocalApic except) {
        LocalApic best = null;
        int bestPriority = Integer.MAX_VALUE;
        for (int i = 0; i < apics.length; i++) {
            LocalApic a = apics[i];
            if (a == null || a == except || !a.acceptsFixed()) {
                continue;
            }
            boolean meant = destination == BROADCAST_32 || (logical ? a.matchesLogical(destination) : i == destination);
            if (meant && a.processorPriority() < bestPriority) {
                best = a;
                bestPriority = a.processorPriority();
            }
        }
        if (best != null) {
            best.accept(vector, level);
        }
    }

    /** A pulse on the NMI button: LINT1 of every vCPU. */
    public void nmi() {
        for (LocalApic a : apics) {
            if (a != null) {
                a.pulseLint1();
            }
        }
    }

    /** The INTR output of the 8259A pair, wired to LINT0 of every vCPU. */
    void lint0(boolean asserted) {
        for (LocalApic a : apics) {
            if (a != null) {
                a.lint0(asserted);
            }
        }
    }

    /** A vector of the 8259A pair, which it thereby takes into service; -1 if there is no such controller. */
    int acknowledgeExtInt() {
        return extInt.getAsInt();
    }

    /** A level-triggered interrupt ended on one vCPU. */
    void endOfInterrupt(int vector) {
        endOfInterrupt.accept(vector);
    }
}
