package dev.backplane.shell.debug;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:gdb}. */
@Component(service = ShellCommand.class)
public final class GdbCommand implements ShellCommand {
    private static final String NAME = "NAME";
    private static final String PORT = "PORT|off";
    private static final String LISTEN = "listen";
    private static final int MOST_PORT = 0xFFFF;

    private final GdbPorts ports;

    @Activate
    public GdbCommand(@Reference GdbPorts ports) {
        this.ports = ports;
    }

    @Override
    public Signature signature() {
        return new Signature("gdb", "open a port at which gdb can debug a machine",
            List.of(Parameter.required(NAME, ValueKind.MACHINE, "the machine"),
                Parameter.optional(PORT, ValueKind.OWN, "a TCP port, 0 for one that is free (0); off closes it")),
            List.of(Option.of(LISTEN, "ADDRESS", ValueKind.TEXT, "an address of this host instead of loopback")),
            List.of("The machine stops when gdb connects, and goes on when gdb lets go or dies. Whoever reaches the",
                "port controls the guest: only loopback is safe. vm:start NAME --paused stops in front of the",
                "first instruction. gdb shows vCPUs as threads; \"monitor help\" says what else there is."),
            List.of("vm:gdb demo", "vm:gdb demo 1234", "vm:gdb demo off"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        Machine machine = call.machine(call.value(NAME));
        String wanted = call.optional(PORT).orElse(null);
        GdbPort open = ports.of(machine.name()).orElse(null);
        if ("off".equals(wanted)) {
            if (!ports.close(machine.name())) {
                throw new CommandException(machine.name() + " has no port for gdb");
            }
            return Output.answer("off", machine.name() + ": gdb cannot connect any more");
        }
        if (open != null) {
            if (wanted != null) {
                throw new CommandException("%s listens for gdb on %s already; vm:gdb %s off closes that".formatted(
                    machine.name(), open.address(), machine.name()));
            }
            return answer(open, ", " + open.peer());
        }
        return answer(ports.open(machine, address(call), port(wanted)), "");
    }

    private static Output answer(GdbPort port, String more) {
        return Output.answer(Integer.toString(port.port()), "%s: gdb -ex 'target remote %s'%s".formatted(
            port.machine().name(), port.address(), more));
    }

    private static int port(String word) throws CommandException {
        try {
            int port = word == null ? 0 : Integer.parseInt(word);
            if (port >= 0 && port <= MOST_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw new CommandException("\"" + word + "\" is neither a port nor off", e);
        }
        throw new CommandException(word + " is not a port; 0 to " + MOST_PORT + " are");
    }

    private static InetAddress address(Call call) throws CommandException {
        if (!call.has(LISTEN)) {
            return InetAddress.getLoopbackAddress();
        }
        String name = call.value(LISTEN);
        try {
            return InetAddress.getByName(name);
        } catch (UnknownHostException e) {
            throw new CommandException("\"" + name + "\" is not an address of this host", e);
        }
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return List.of(new Candidate("1234", "as QEMU's -s"), new Candidate("off", "close the port"));
    }
}
