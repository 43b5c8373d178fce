package dev.backplane.shell.sound;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.audio.AudioConnection;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code sound:show}. */
@Component
public final class ShowCommand implements ShellCommand {
    @Override
    public Signature signature() {
        return new Signature("sound", "show", "how loud it is",
            List.of(Parameter.optional(Cards.NAME, ValueKind.MACHINE, "only this machine's cards")), List.of(),
            List.of("The level is the greatest of the last half second to second, 0 dB is full scale; the bar is 60 dB."),
            List.of("sound:show", "sound:show demo"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        List<List<String>> rows = new ArrayList<>();
        for (Machine machine : Cards.machines(call)) {
            for (AudioConnection card : machine.sounds()) {
                for (AudioConnection.Stream s : card.streams()) {
                    rows.add(List.of(machine.name(), card.card(), s.name(), s.playback() ? "plays" : "records",
                        String.format(Locale.ROOT, "%.1f s", s.frames() / (double) s.format().rate()),
                        Text.decibels(s.peak()), Text.meter(s.peak())));
                }
            }
        }
        return new Output.Table(List.of("MACHINE", "CARD", "STREAM", "", "FOR", "PEAK", "LEVEL"), rows,
            "nothing plays or records");
    }
}
