package dev.backplane.machine.device;

import dev.backplane.api.device.RegisterHandler;

/** The way to one register handler of a card. The handler behind it changes when the card's instance is exchanged. */
final class Gate implements RegisterHandler {
    private final CardHost host;
    private final String what;
    private final long dead;
    private volatile RegisterHandler target;

    Gate(CardHost host, String what, RegisterHandler target) {
        this(host, what, target, -1);
    }

    /** @param dead what is read when the card has failed or is gone */
    Gate(CardHost host, String what, RegisterHandler target, long dead) {
        this.host = host;
        this.what = what;
        this.target = target;
        this.dead = dead;
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
            return dead;
        }
        try {
            return target.read(offset, size);
        } catch (Throwable t) {
            host.fail("read of %s, offset 0x%x".formatted(what, offset), t);
            return dead;
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
