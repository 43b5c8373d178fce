package dev.backplane.machine.device;

import dev.backplane.api.device.DeviceException;
import dev.backplane.machine.timer.SpeakerOutput;

/** Where one card can hear what drives the board's loudspeaker. Threading: any thread. */
public final class SpeakerJack implements SpeakerOutput {
    private volatile SpeakerWire wire;
    private String owner;

    /**
     * Connects a card.
     *
     * @return disconnects it
     */
    synchronized Runnable claim(String card, SpeakerWire to) throws DeviceException {
        if (wire != null) {
            throw new DeviceException(card + " wants the loudspeaker, which " + owner + " has");
        }
        owner = card;
        wire = to;
        return () -> release(to);
    }

    private synchronized void release(SpeakerWire from) {
        if (wire == from) {
            wire = null;
        }
    }

    @Override
    public void changed(long nanoTime, boolean data, boolean gate, int mode, int count) {
        SpeakerWire to = wire;
        if (to != null) {
            to.changed(nanoTime, data, gate, mode, count);
        }
    }
}
