package dev.backplane.machine.lifecycle;

import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineEvent.Kind;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;

/** What one power-on asks for; taken up in turn, and dropped if the machine was turned off meanwhile. */
final class PowerRequests implements PowerEvents {
    private static final Logger LOG = LoggerFactory.getLogger(PowerRequests.class);

    private final MachineCore machine;
    private final AtomicBoolean resetting = new AtomicBoolean();
    private volatile PoweredMachine sender;

    PowerRequests(MachineCore machine) {
        this.machine = machine;
    }

    /** Set once it is built. */
    void sender(PoweredMachine built) {
        sender = built;
    }

    private void take(MachineCore.VoidOperation work) {
        Thread.ofVirtual().name(machine.name() + "/control").start(() -> machine.inOperation(() -> {
            try {
                PoweredMachine p = machine.powered();
                if (p != null && p == sender) {
                    work.run();
                }
            } catch (MachineException e) {
                LOG.error("{}: {}", machine.name(), e.getMessage());
            }
        }));
    }

    @Override
    public void reset(String why) {
        if (resetting.getAndSet(true)) {
            return;
        }
        take(() -> {
            resetting.set(false);
            LOG.info("{}: reset: {}", machine.name(), why);
            machine.reset(sender, why);
        });
    }

    @Override
    public void powerOff(String why) {
        take(() -> machine.turnOff(sender, MachineState.STOPPED, why, Kind.STOPPED));
    }

    @Override
    public void exit(int status) {
        take(() -> machine.exit(sender, status));
    }

    @Override
    public void failed(String why) {
        LOG.error("{}: {}", machine.name(), why);
        take(() -> machine.turnOff(sender, MachineState.FAILED, why, Kind.FAILED));
    }

    @Override
    public void debugged() {
        take(machine::debugged);
    }

    @Override
    public void cardFailed(String card, String why) {
        machine.outside().event(new MachineEvent(machine.name(), card, Kind.CARD_FAILED, why));
        take(() -> sender.dismantle(card));
    }

    @Override
    public void cardWarned(String card, String what) {
        machine.outside().event(new MachineEvent(machine.name(), card, Kind.CARD_WARNING, what));
    }
}
