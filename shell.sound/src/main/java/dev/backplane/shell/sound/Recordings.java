package dev.backplane.shell.sound;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

import javax.sound.sampled.AudioFileFormat;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.shell.CommandException;

/** The recordings that run, one for each machine; they end with their machines. Threading: any thread. */
@Component(service = {Recordings.class, MachineListener.class})
public final class Recordings implements MachineListener {
    private static final Map<String, AudioFileFormat.Type> TYPES = Map.of("wav", AudioFileFormat.Type.WAVE, "aiff",
        AudioFileFormat.Type.AIFF, "au", AudioFileFormat.Type.AU);

    private final List<Recording> running = new ArrayList<>();

    /** Those that run, in the order in which they began. */
    synchronized List<Recording> all() {
        return List.copyOf(running);
    }

    private Optional<Recording> of(String machine) {
        return all().stream().filter(r -> r.machine().equals(machine)).findFirst();
    }

    /** Begins one. */
    synchronized void start(String machine, List<AudioConnection> cards, int rate, Path file) throws CommandException {
        Optional<Recording> present = of(machine);
        if (present.isPresent()) {
            throw new CommandException("%s is being recorded to %s already; end that with sound:record %s --stop"
                .formatted(machine, present.get().file(), machine));
        }
        String name = file.getFileName().toString();
        String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        AudioFileFormat.Type type = TYPES.get(ending);
        if (type == null) {
            throw new CommandException("\"" + name + "\" says no format; .wav, .aiff and .au are possible");
        }
        if (Files.isDirectory(file)) {
            throw new CommandException(file + " is a folder; name a file in it");
        }
        try {
            running.add(new Recording(machine, cards, rate, type, file));
        } catch (IOException e) {
            throw new CommandException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** Ends one; its file is complete then. */
    Recording stop(String machine) throws CommandException {
        Recording recording = of(machine).orElseThrow(() -> new CommandException(
            machine + " is not being recorded; sound:record lists what is"));
        end(r -> r == recording);
        return recording;
    }

    private void end(Predicate<Recording> which) {
        List<Recording> ended;
        synchronized (this) {
            ended = running.stream().filter(which).toList();
            running.removeAll(ended);
        }
        ended.forEach(Recording::close);
    }

    @Override
    public void event(MachineEvent event) {
        switch (event.kind()) {
            case STOPPED, FAILED, DESTROYED -> end(r -> r.machine().equals(event.machine()));
            default -> { }
        }
    }

    @Deactivate
    void deactivate() {
        end(r -> true);
    }
}
