package dev.backplane.machine.interrupt;

import dev.backplane.api.device.IrqLine;

/**
 * One driver of an interrupt line that others may drive too: the line is asserted while any of its sources is. Saved
 * and restored by the {@link IrqRouter} that made it. Threading: any thread, never blocks.
 */
public interface IrqSource extends IrqLine {
    /** The level this source drives. */
    boolean asserted();

    /** Releases the line and gives the source up; {@link #set} does nothing from then on. */
    void close();
}
