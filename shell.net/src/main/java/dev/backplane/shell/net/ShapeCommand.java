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
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code net:shape}. */
@Component
public final class ShapeCommand implements ShellCommand {
    private static final String SHAPE = "SHAPE";

    @Override
    public Signature signature() {
        List<Parameter> parameters = new ArrayList<>(Cables.parameters());
        parameters.add(Parameter.many(SHAPE, ValueKind.OWN, "rate=10M, delay=50ms, loss=5%, or off"));
        return new Signature("net", "shape", "make the cable of a network card slower, longer or worse", parameters,
            List.of(),
            List.of("It is so in each direction, from now on; what is not given stays as it is. rate is in bits per second,",
                "delay is added to every frame, loss is the share that is lost. Without SHAPE it says how it is."),
            List.of("net:shape demo net0 rate=10M delay=50ms loss=5%", "net:shape demo net0 off"));
    }

    @Override
    public Output run(Call call) throws CommandException {
        NetworkConnection cable = Cables.named(call);
        List<String> words = call.all(SHAPE);
        if (words.equals(List.of("off"))) {
            cable.shape(Shape.NONE);
        } else if (!words.isEmpty()) {
            cable.shape(changed(cable.shape(), call.settings(SHAPE, List.of("rate", "delay", "loss"))));
        }
        String text = Shapes.text(cable.shape());
        return Output.answer(text, "%s:%s: %s".formatted(call.value(Cables.NAME), cable.card(),
            text.isEmpty() ? "as fast as it can be, nothing is lost" : text));
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
