package dev.backplane.shell.debug;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.shell.CommandException;

/** The ports that are open, by machine; they end with their machines. Threading: any thread. */
@Component(service = {GdbPorts.class, MachineListener.class})
public final class GdbPorts implements MachineListener {
    private final Map<String, GdbPort> ports = new TreeMap<>();

    synchronized Optional<GdbPort> of(String machine) {
        return Optional.ofNullable(ports.get(machine));
    }

    synchronized GdbPort open(Machine machine, InetAddress address, int port) throws CommandException {
        try {
            GdbPort opened = new GdbPort(machine, address, port);
            ports.put(machine.name(), opened);
            return opened;
        } catch (IOException e) {
            throw new CommandException("port %d of %s cannot be opened: %s".formatted(port, address.getHostAddress(),
                e.getMessage()), e);
        }
    }

    /** Closes the port of a machine; false if it has none. */
    boolean close(String machine) {
        GdbPort port;
        synchronized (this) {
            port = ports.remove(machine);
        }
        if (port != null) {
            port.close();
        }
        return port != null;
    }

    @Override
    public void event(MachineEvent event) {
        if (event.kind() == MachineEvent.Kind.DESTROYED) {
            close(event.machine());
        }
    }

    @Deactivate
    void closeAll() {
        Map<String, GdbPort> all;
        synchronized (this) {
            all = new TreeMap<>(ports);
            ports.clear();
        }
        all.values().forEach(GdbPort::close);
    }
}
