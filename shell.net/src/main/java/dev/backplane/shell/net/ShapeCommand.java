package dev.backplane.shell.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.net.Shape;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code net:shape}. */
@Component
public final class ShapeCommand implements ShellCommand {
    private static final String SHAPE = "SHAPE";
    private static final String IN = "in";
    private static final String OUT = "out";

    @Override
    public Signature signature() {
        List<Parameter> parameters = new ArrayList<>(Cables.parameters());
        parameters.add(Parameter.many(SHAPE, ValueKind.OWN, "rate=10M, delay=50ms, loss=5%, or off"));
        return new Signature("net", "shape", "make the cable of a network card slower, longer or worse", parameters,
            List.of(Option.flag(IN, "only what comes to the guest"), Option.flag(OUT, "only what the guest sends")),
            List.of("It is so in each direction, or in one, from now on; what is not given stays as it is. rate is in",
                "bits per second, delay is added to every frame, loss is the share that is lost. Without SHAPE it says",
                "how it is."),
            List.of("net:shape demo net0 rate=10M delay=50ms loss=5%", "net:shape demo net0 loss=2% --in",
                "net:shape demo net0 off"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        NetworkConnection cable = Cables.named(call);
        List<String> words = call.all(SHAPE);
        boolean both = call.has(IN) == call.has(OUT);
        for (boolean fromGuest : new boolean[] {false, true}) {
            if (both || call.has(OUT) == fromGuest) {
                change(cable, fromGuest, words, call);
            }
        }
        String text = Shapes.text(cable);
        return Output.answer(text, "%s:%s: %s".formatted(call.value(Cables.NAME), cable.card(),
            text.isEmpty() ? "as fast as it can be, nothing is lost" : text));
    }

    private static void change(NetworkConnection cable, boolean fromGuest, List<String> words, Call call)
            throws CommandException {
        if (words.equals(List.of("off"))) {
            cable.shape(fromGuest, Shape.NONE);
        } else if (!words.isEmpty()) {
            cable.shape(fromGuest,
                changed(cable.shape(fromGuest), call.settings(SHAPE, List.of("rate", "delay", "loss"))));
        }
    }

    private static Shape changed(Shape before, Map<String, String> given) throws CommandException {
        long rate = given.containsKey("rate") ? Shapes.rate(given.get("rate")) : before.bitsPerSecond();
        Duration delay = given.containsKey("delay") ? Shapes.delay(given.get("delay")) : before.delay();
        double loss = given.containsKey("loss") ? Shapes.loss(given.get("loss")) : before.loss();
        try {
            return new Shape(rate, delay, loss);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    @Override
    public List<Candidate> candidates(String name, Call call) {
        return name.equals(SHAPE) ? List.of(new Candidate("rate=", "bits per second, 10M"),
            new Candidate("delay=", "added to every frame, 50ms"), new Candidate("loss=", "the share that is lost, 5%"),
            new Candidate("off", "a perfect cable")) : Cables.cards(call);
    }
}
