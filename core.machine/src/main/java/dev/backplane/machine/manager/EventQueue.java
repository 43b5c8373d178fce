package dev.backplane.machine.manager;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.machine.MachineEvent;

/** Passes events on in order, on a thread of its own. */
final class EventQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventQueue.class);

    private final BlockingQueue<MachineEvent> events = new LinkedBlockingQueue<>();
    private final Consumer<MachineEvent> target;
    private final Thread thread;

    EventQueue(Consumer<MachineEvent> target) {
        this.target = target;
        thread = Thread.ofPlatform().daemon().name("machine-events").start(this::serve);
    }

    void post(MachineEvent event) {
        events.add(event);
    }

    private void serve() {
        try {
            while (true) {
                MachineEvent event = events.take();
                try {
                    target.accept(event);
                } catch (RuntimeException e) {
                    LOG.warn("a listener failed on {}: {}", event, e.toString());
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("no more events");
        }
    }

    /** Ends it; events not yet passed on are dropped. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
