package dev.backplane.shell.sound;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

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

/** {@code sound:list}. */
@Component
public final class ListCommand implements ShellCommand {
    @Override
    public Signature signature() {
        return new Signature("sound", "list", "sound cards and what they are doing",
            List.of(Parameter.optional(Cards.NAME, ValueKind.MACHINE, "only this machine's")), List.of(),
            List.of("Cards of machines that are on."), List.of("sound:list", "sound:list demo"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        List<List<String>> rows = new ArrayList<>();
        for (Machine machine : Cards.machines(call)) {
            for (AudioConnection card : machine.sounds()) {
                rows.add(List.of(machine.name(), card.card(), card.backend(), streams(card, true),
                    streams(card, false)));
            }
        }
        return new Output.Table(List.of("MACHINE", "CARD", "AUDIO", "PLAYS", "RECORDS"), rows,
            "no machine that is on has a sound card");
    }

    private static String streams(AudioConnection card, boolean playback) {
        return card.streams().stream().filter(s -> s.playback() == playback)
            .map(s -> "%s (%s)".formatted(s.name(), Text.format(s.format()))).collect(Collectors.joining(", "));
    }
}
