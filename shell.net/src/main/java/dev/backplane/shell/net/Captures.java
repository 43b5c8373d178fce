package dev.backplane.shell.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.CommandException;

/** The captures that run; they end with their machines and cards. Threading: any thread. */
@Component(service = {Captures.class, MachineListener.class})
public final class Captures implements MachineListener {
    private final List<Capture> running = new ArrayList<>();

    /** Those that run, in the order in which they began. */
    synchronized List<Capture> all() {
        return List.copyOf(running);
    }

    private Optional<Capture> of(String machine, String card) {
        return all().stream().filter(c -> c.machine().equals(machine) && c.card().equals(card)).findFirst();
    }

    /** Begins one. */
    synchronized void start(String machine, NetworkConnection cable, Path file) throws CommandException {
        Optional<Capture> present = of(machine, cable.card());
        if (present.isPresent()) {
            throw new CommandException("%s:%s is captured to %s already; end that with net:capture %s %s --stop"
                .formatted(machine, cable.card(), present.get().file(), machine, cable.card()));
        }
        if (Files.isDirectory(file)) {
            throw new CommandException(file + " is a folder; name a file in it");
        }
        try {
            running.add(new Capture(machine, cable, file));
        } catch (IOException e) {
            throw new CommandException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Ends one; its file is complete then. */
    Capture stop(String machine, String card) throws CommandException {
        Capture capture = of(machine, card).orElseThrow(() -> new CommandException(
            "%s:%s is not being captured; net:capture lists what is".formatted(machine, card)));
        end(c -> c == capture);
        return capture;
    }

    private void end(Predicate<Capture> which) {
        List<Capture> ended;
        synchronized (this) {
            ended = running.stream().filter(which).toList();
            running.removeAll(ended);
        }
        ended.forEach(Capture::close);
    }

    @Override
    public void event(MachineEvent event) {
        switch (event.kind()) {
            case STOPPED, FAILED, DESTROYED -> end(c -> c.machine().equals(event.machine()));
            case CARD_REMOVED -> end(c -> c.machine().equals(event.machine()) && c.card().equals(event.card()));
            default -> { }
        }
    }

    @Deactivate
    void deactivate() {
        end(c -> true);
    }
}
