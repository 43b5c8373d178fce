package dev.backplane.shell;

import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.osgi.service.component.annotations.Component;

/** Tells the user of the interactive shell what happens to machines without being asked for. */
@Component(service = {MachineListener.class, Notices.class}, immediate = true)
public final class Notices implements MachineListener {

    private final AtomicReference<BiConsumer<String, String>> reader = new AtomicReference<>();

    /** Sends notices, a machine's name and a line, there from now on; null for nowhere. */
    void tell(BiConsumer<String, String> lines) {
        reader.set(lines);
    }

    /** Tells a line that is about no machine. */
    public void say(String line) {
        BiConsumer<String, String> lines = reader.get();
        if (lines != null) {
            lines.accept("", line);
        }
    }

    @Override
    public void event(MachineEvent event) {
        BiConsumer<String, String> lines = reader.get();
        String what = switch (event.kind()) {
            case STOPPED -> "stopped";
            case FAILED -> "failed";
            case CARD_FAILED -> "failed";
            case CARD_PARKED -> "is being replaced";
            case CARD_REPLACED -> "was replaced";
            case CARD_REFUSED -> "stays as it was";
            case CARD_WARNING -> "misbehaves";
            case VCPUS_PARKED -> "stands still";
            case VCPUS_REPLACED -> "goes on with another CPU backend";
            case VCPUS_REFUSED -> "keeps its CPU backend";
            case WAITING -> "waits";
            case COMPLETE -> "is complete";
            case CREATED, STARTED, PAUSED, RESUMED, RESET, SAVED, RESTORED, DESTROYED, CARD_ADDED, CARD_REMOVED -> null;
        };
        if (lines != null && what != null) {
            String who = event.card().isEmpty() ? event.machine() : event.machine() + ": " + event.card();
            lines.accept(event.machine(), who + " " + what + (event.detail().isEmpty() ? "" : ": " + event.detail()));
        }
    }
}
