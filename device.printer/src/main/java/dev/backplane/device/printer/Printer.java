package dev.backplane.device.printer;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import dev.backplane.api.device.Device;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.Options;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.DeviceTimer;
import dev.backplane.device.printer.engine.Language;
import dev.backplane.device.printer.engine.PaperSize;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.engine.PrintEngine;
import dev.backplane.device.printer.language.CodePage;
import dev.backplane.device.printer.language.PostScript;
import dev.backplane.device.printer.language.escp.EscP;
import dev.backplane.device.printer.language.pcl.Pcl;
import dev.backplane.device.printer.language.text.PlainText;
import dev.backplane.device.printer.port.ParallelPort;

/**
 * A parallel port with a printer at its other end. Threading: under the device's lock, but for {@link #panel}.
 */
final class Printer implements Device {
    private static final long HOST_POLL_NANOS = 20_000_000;
    /** How often it is looked whether something came, in the time after which a job is over. */
    private static final int VISITS = 8;
    /** Drivers try again only some seconds after paper is back (Linux: up to 10); till then a job is not over. */
    private static final long RETRY_NANOS = 15_000_000_000L;

    private final DeviceContext context;
    private final Printers printers;
    private final PrintEngine engine;
    private final ParallelPort port;
    private final DeviceTimer idle;
    private final DeviceTimer hostBusy;
    private final long idleNanos;
    /** What the engine had taken when the idle timer was armed. */
    private long takenThen;
    /** For how many visits of the idle timer nothing came; negative after the printer was not ready. */
    private int quietVisits;

    Printer(DeviceContext context, Options options, Printers printers) throws DeviceException {
        this.context = context;
        this.printers = printers;
        PageEndpoint host = context.host("pages", PageEndpoint.class);
        CodePage codePage = CodePage.of(options.string("codepage"))
            .orElseThrow(() -> new DeviceException("codepage=" + options.string("codepage")
                + " is no single-byte character set of this JDK; known are " + String.join(", ", CodePage.NAMES)));
        PaperSize paper = PaperSize.of(options.string("paper")).orElseThrow();
        idleNanos = options.duration("idle").toNanos();
        idle = context.timer("idle", this::idle);
        hostBusy = context.timer("host-busy", this::hostMayBeReady);
        PostScriptWay way = new PostScriptWay();
        Function<Press, List<Language>> languages = press -> List.of(new PlainText(press, codePage),
            new EscP("escp", press, codePage, false), new EscP("escp9", press, codePage, true),
            new Pcl(press, codePage), new PostScript(press, way::document));
        engine = new PrintEngine(context, host, options.string("language"), languages, paper,
            options.integer("sheets"), this::pollHost);
        way.engine = engine;
        port = new ParallelPort(context, new Watched(engine, this::began), (int) options.integer("io"),
            (int) options.integer("irq"));
        printers.add(this);
    }

    /** The way of a PostScript job through the engine that is made after its languages. */
    private static final class PostScriptWay {
        private PrintEngine engine;

        void document(byte[] job) {
            engine.document("application/postscript", job);
        }
    }

    String machine() {
        return context.machine();
    }

    String id() {
        return context.id();
    }

    /** Does something at the printer's panel, under the device's lock. */
    <T> CompletableFuture<T> panel(Function<PrintEngine, T> action) {
        CompletableFuture<T> done = new CompletableFuture<>();
        context.execute(() -> {
            done.complete(action.apply(engine));
            port.peripheralChanged();
        });
        return done;
    }

    /** A job began, perhaps: its end by idle time is watched for. */
    private void began() {
        if (!idle.armed() && engine.jobOpen()) {
            watch();
        }
    }

    private void watch() {
        takenThen = engine.taken();
        idle.armAt(context.clock().nanoTime() + idleNanos / VISITS);
    }

    private void idle() {
        if (!engine.jobOpen()) {
            return;
        }
        if (!engine.ready()) {
            quietVisits = -(int) Math.min(Integer.MAX_VALUE, RETRY_NANOS / Math.max(1, idleNanos / VISITS));
        } else {
            quietVisits = engine.taken() == takenThen ? quietVisits + 1 : 0;
        }
        if (quietVisits >= VISITS) {
            quietVisits = 0;
            engine.endJob();
        } else {
            watch();
        }
    }

    private void pollHost() {
        if (!hostBusy.armed()) {
            hostBusy.armAt(context.clock().nanoTime() + HOST_POLL_NANOS);
        }
    }

    private void hostMayBeReady() {
        port.peripheralChanged();
        engine.ready();
    }

    @Override
    public void reset() {
        engine.initialize();
        port.reset();
    }

    @Override
    public void save(StateWriter out) {
        out.putLong("taken-then", takenThen).putInt("quiet-visits", quietVisits);
        port.save(out.section("port"));
        engine.save(out.section("engine"));
    }

    @Override
    public void restore(StateReader in) throws StateException {
        takenThen = in.getLong("taken-then");
        quietVisits = in.getInt("quiet-visits", Integer.MIN_VALUE, VISITS - 1);
        port.restore(in.section("port"));
        engine.restore(in.section("engine"));
    }

    @Override
    public void close() {
        printers.remove(this);
    }
}
