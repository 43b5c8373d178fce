package dev.backplane.shell.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.CommandException;

/** The traces, one for each machine; they end with their machines. Threading: any thread. */
@Component(service = {Traces.class, MachineListener.class})
public final class Traces implements MachineListener {
    private final Map<String, Trace> traces = new LinkedHashMap<>();

    /** Those that run, and those that ended by themselves. */
    synchronized List<Trace> all() {
        return List.copyOf(traces.values());
    }

    /** Begins one. */
    synchronized Trace start(String machine, List<Processor> processors, Path file, Set<Trace.Kind> kinds, long most,
            Symbols symbols) throws CommandException, MachineException {
        Trace present = traces.get(machine);
        if (present != null && present.running()) {
            throw new CommandException("%s is traced to %s already; end that with vm:trace %s --stop".formatted(machine,
                present.file(), machine));
        }
        if (Files.isDirectory(file)) {
            throw new CommandException(file + " is a folder; name a file in it");
        }
        try {
            Trace trace = new Trace(machine, processors, file, kinds, most, symbols);
            traces.put(machine, trace);
            return trace;
        } catch (IOException e) {
            throw new CommandException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Ends one; its file is complete then. */
    Trace stop(String machine) throws CommandException {
        Trace trace = take(machine).orElseThrow(() -> new CommandException(
            machine + " is not being traced; vm:trace lists what is"));
        trace.close();
        return trace;
    }

    private synchronized Optional<Trace> take(String machine) {
        return Optional.ofNullable(traces.remove(machine));
    }

    @Override
    public void event(MachineEvent event) {
        switch (event.kind()) {
            case STOPPED, FAILED, DESTROYED -> take(event.machine()).ifPresent(Trace::close);
            default -> { }
        }
    }

    @Deactivate
    void deactivate() {
        all().forEach(Trace::close);
    }
}
