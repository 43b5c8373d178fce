package dev.backplane.machine.device;

import java.time.Duration;
import java.util.random.RandomGenerator;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.IrqLine;
import dev.backplane.api.device.MachineControl;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.clock.MachineTime;
import dev.backplane.machine.memory.MachineRam;

/**
 * What a machine lends to its cards.
 *
 * @param machine  the machine's name
 * @param isaLines makes lines of the interrupt controllers
 * @param events   hears what happens to cards; must not block
 * @param callLimit how long a call into a card's code may take when the core makes it
 * @param speaker  the board's loudspeaker
 */
public record CardPlatform(String machine, AddressSpace memory, AddressSpace ports, MachineRam ram, MachineTime time,
        IsaLines isaLines, MachineControl control, RandomGenerator random, CardEvents events,
        Duration callLimit, SpeakerJack speaker) {
    /** How long a card's code may take where nobody says otherwise. */
    public static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    /** On a board whose loudspeaker nothing drives. */
    public CardPlatform(String machine, AddressSpace memory, AddressSpace ports, MachineRam ram, MachineTime time,
            IsaLines isaLines, MachineControl control, RandomGenerator random, CardEvents events, Duration callLimit) {
        this(machine, memory, ports, ram, time, isaLines, control, random, events, callLimit, new SpeakerJack());
    }

    /** Makes ISA interrupt lines. */
    @FunctionalInterface
    public interface IsaLines {
        /** @param irq 0 to 15 */
        OwnedLine line(int irq, String owner) throws DeviceException;
    }

    /**
     * A line and the way to give it back.
     *
     * @param line    what the card drives
     * @param release gives the line back, deasserted
     */
    public record OwnedLine(IrqLine line, Runnable release) {
    }

    /** Hears of cards. */
    @FunctionalInterface
    public interface CardEvents {
        /**
         * A card failed.
         *
         * @param card   its id
         * @param reason one line for people
         */
        void failed(String card, String reason);

        /**
         * A card works but does what it should not.
         *
         * @param what one line for people, beginning with a verb
         */
        default void warned(String card, String what) {
        }
    }
}
