package dev.backplane.machine.device;

/** The way to one callback of a card, called on a thread of the core's that may enter the card's lock at once. */
final class CallbackGate implements Runnable {
    private final CardHost host;
    private final String what;
    private volatile Runnable target;

    CallbackGate(CardHost host, String what, Runnable target) {
        this.host = host;
        this.what = what;
        this.target = target;
    }

    CardHost host() {
        return host;
    }

    void target(Runnable callback) {
        target = callback;
    }

    @Override
    public void run() {
        if (!host.enterForRegister()) {
            return;
        }
        try {
            target.run();
        } catch (Throwable t) {
            host.fail(what, t);
        } finally {
            host.leave();
        }
    }
}
