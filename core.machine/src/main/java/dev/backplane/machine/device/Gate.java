package dev.backplane.machine.device;

import dev.backplane.api.device.RegisterHandler;

/** The way to one register handler of a card. The handler behind it changes when the card's instance is exchanged. */
final class Gate implements RegisterHandler {
    private final CardHost host;
    private final String what;
    private volatile RegisterHandler target;

    Gate(CardHost host, String what, RegisterHandler target) {
        this.host = host;
        this.what = what;
        this.target = target;
    }

    CardHost host() {
        return host;
    }

    void target(RegisterHandler handler) {
        target = handler;
    }

    @Override
    public long read(long offset, int size) {
        if (!host.enterForRegister()) {
            return -1;
        }
        try {
            return target.read(offset, size);
        } catch (Throwable t) {
            host.fail("read of %s, offset 0x%x".formatted(what, offset), t);
            return -1;
        } finally {
            host.leave();
        }
    }

    @Override
    public void write(long offset, int size, long value) {
        if (!host.enterForRegister()) {
            return;
        }
        try {
            target.write(offset, size, value);
        } catch (Throwable t) {
            host.fail("write to %s, offset 0x%x".formatted(what, offset), t);
        } finally {
            host.leave();
        }
    }
}
