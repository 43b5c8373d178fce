package dev.backplane.shell.net;

import java.nio.file.Path;
import java.util.List;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code net:capture}. */
@Component
public final class CaptureCommand implements ShellCommand {
    private static final String FILE = "FILE";

    private final Captures captures;

    /** Made by SCR. */
    @Activate
    public CaptureCommand(@Reference Captures captures) {
        this.captures = captures;
    }

    @Override
    public Signature signature() {
        return new Signature("net", "capture", "write the frames of a network card to a pcapng file",
            List.of(Parameter.optional(Cables.NAME, ValueKind.MACHINE, "the machine"),
                Parameter.optional(Cables.CARD, ValueKind.OWN, "one of its network cards"),
                Parameter.optional(FILE, ValueKind.FILE, "the file; it is overwritten")),
            List.of(Option.flag("stop", "end it")),
            List.of("Without a machine it lists the captures that run. Frames are as their sender gave them: with offload",
                "they are longer than the link's and their checksums are not filled in yet. A capture ends with its card",
                "or machine."),
            List.of("net:capture demo net0 demo.pcapng", "net:capture demo net0 --stop", "net:capture"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        if (!call.has(Cables.NAME)) {
            return list();
        }
        if (!call.has(Cables.CARD)) {
            throw new CommandException("CARD is missing: " + signature().usage());
        }
        String machine = call.value(Cables.NAME);
        String card = call.value(Cables.CARD);
        if (call.has("stop")) {
            Capture ended = captures.stop(machine, card);
            return Output.answer(ended.file().toString(), "%s:%s: %s%s".formatted(machine, card, counts(ended),
                ended.problem().isEmpty() ? " in " + ended.file() : "; " + ended.problem()));
        }
        if (!call.has(FILE)) {
            throw new CommandException("FILE is missing: " + signature().usage());
        }
        NetworkConnection cable = Cables.named(call);
        Path file = call.file(call.value(FILE));
        captures.start(machine, cable, file);
        return Output.answer(file.toString(), "%s:%s: captured to %s until net:capture %s %s --stop".formatted(machine,
            card, file, machine, card));
    }

    private static String counts(Capture c) {
        return c.written() + " frames" + (c.dropped() == 0 ? "" : ", " + c.dropped() + " dropped");
    }

    private Output list() {
        return new Output.Table(List.of("MACHINE", "CARD", "FRAMES", "DROPPED", "FILE", ""),
            captures.all().stream().map(c -> List.of(c.machine(), c.card(), Long.toString(c.written()),
                Long.toString(c.dropped()), c.file().toString(), c.problem())).toList(), "nothing is being captured");
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return Cables.cards(call);
    }
}
