package dev.backplane.device.printer;

import dev.backplane.device.printer.engine.PrintEngine;
import dev.backplane.device.printer.port.Peripheral;

/**
 * The printer as the port sees it, with somebody told after each byte.
 *
 * @param engine the printer
 * @param taken  runs after bytes were taken
 */
record Watched(PrintEngine engine, Runnable taken) implements Peripheral {
    @Override
    public boolean ready() {
        return engine.ready();
    }

    @Override
    public int take(byte[] data, int offset, int length) {
        int done = engine.take(data, offset, length);
        taken.run();
        return done;
    }

    @Override
    public boolean paperOut() {
        return engine.paperOut();
    }

    @Override
    public boolean online() {
        return engine.online();
    }

    @Override
    public boolean fault() {
        return engine.fault();
    }

    @Override
    public void initialize() {
        engine.initialize();
    }

    @Override
    public String deviceId() {
        return engine.deviceId();
    }
}
