package dev.backplane.shell.sound;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.audio.AudioConnection;
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

/** {@code sound:record}. */
@Component
public final class RecordCommand implements ShellCommand {
    private static final String FILE = "FILE";
    private static final String RATE = "rate";
    private static final String USUAL_RATE = "48000";
    private static final List<String> RATES = List.of("8000", "11025", "16000", "22050", "32000", "44100", "48000",
        "96000", "192000");

    private final Recordings recordings;

    /** Made by SCR. */
    @Activate
    public RecordCommand(@Reference Recordings recordings) {
        this.recordings = recordings;
    }

    @Override
    public Signature signature() {
        return new Signature("sound", "record", "record what a machine plays",
            List.of(Parameter.optional(Cards.NAME, ValueKind.MACHINE, "the machine"),
                Parameter.optional(FILE, ValueKind.FILE, "the file (.wav, .aiff, .au); it is overwritten")),
            List.of(Option.of(Cards.CARD, "CARD", ValueKind.OWN, "only this sound card; else all of the machine, mixed"),
                Option.of(RATE, "HZ", ValueKind.OWN, "frames per second (" + USUAL_RATE + " if not said)"),
                Option.flag("stop", "end it")),
            List.of("Without a machine it lists the recordings that run. Stereo, 16 bits; a stream of the file's own rate is",
                "recorded bit for bit. Silence between sounds is recorded up to a second. It records whatever backend the",
                "cards have, also while bundles are replaced, and ends with the machine."),
            List.of("sound:record demo tune.wav", "sound:record demo --stop", "sound:record"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        if (!call.has(Cards.NAME)) {
            return list();
        }
        String name = call.value(Cards.NAME);
        if (call.has("stop")) {
            Recording ended = recordings.stop(name);
            return Output.answer(ended.file().toString(), "%s: %s in %s".formatted(name, says(ended), ended.file()));
        }
        if (!call.has(FILE)) {
            throw new CommandException("FILE is missing: " + signature().usage());
        }
        Machine machine = call.machine(name);
        List<AudioConnection> cards = Cards.of(machine, call);
        String rate = call.optional(RATE).orElse(USUAL_RATE);
        if (!RATES.contains(rate)) {
            throw new CommandException("--rate " + rate + ": " + String.join(", ", RATES) + " are possible");
        }
        Path file = call.file(call.value(FILE));
        recordings.start(name, cards, Integer.parseInt(rate), file);
        return Output.answer(file.toString(), "%s: recorded to %s until sound:record %s --stop".formatted(name, file,
            name));
    }

    private static String says(Recording r) {
        return String.format(Locale.ROOT, "%.1f s", r.length().toMillis() / 1000.0)
            + (r.dropped() == 0 ? "" : ", " + r.dropped() + " frames dropped")
            + (r.problem().isEmpty() ? "" : "; " + r.problem());
    }

    private Output list() {
        return new Output.Table(List.of("MACHINE", "LENGTH", "FILE"), recordings.all().stream()
            .map(r -> List.of(r.machine(), says(r), r.file().toString())).toList(), "nothing is being recorded");
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return name.equals(RATE) ? RATES.stream().map(Candidate::new).toList() : Cards.candidates(call);
    }
}
