package dev.backplane.device.printer.engine;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import dev.backplane.api.device.Counter;
import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.api.time.MachineClock;
import dev.backplane.device.printer.port.Peripheral;

/**
 * A printer: takes bytes, gives sheets to the host. A job ends when its language says so, when the port is
 * initialized, or when nothing came for a while. Threading: under the device's lock.
 */
public final class PrintEngine implements Peripheral, Press {
    /** Sheets that the host may still be busy with before the printer says that it is. */
    private static final int MOST_PENDING = 8;

    private final MachineClock clock;
    private final PageEndpoint host;
    private final Map<String, Language> languages = new LinkedHashMap<>();
    private final String chosen;
    private final Runnable onHostBusy;
    private final Counter pages;
    private final Counter unknown;
    private final Counter bounded;
    private final JobLog log = new JobLog();
    private final Detector detector = new Detector();

    private final ByteArrayOutputStream raw = new ByteArrayOutputStream();

    private Language language;
    private Sheet sheet;
    private PaperSize paper;
    private double pageLength;
    private long sheetsLeft;
    private boolean offline;
    private boolean jam;
    /** Grows with every byte. */
    private long taken;

    /**
     * @param chosen     the language's name, or {@code auto}
     * @param languages  makes the languages, which print on this
     * @param sheets     how many are loaded, or -1 for any number
     * @param onHostBusy runs when the printer became busy because the host is; it becomes ready without a word
     */
    public PrintEngine(DeviceContext context, PageEndpoint host, String chosen,
            Function<Press, List<Language>> languages, PaperSize paper, long sheets, Runnable onHostBusy) {
        clock = context.clock();
        this.host = host;
        this.chosen = chosen;
        this.paper = paper;
        sheetsLeft = sheets;
        this.onHostBusy = onHostBusy;
        pages = context.counter("pages");
        unknown = context.counter("unknown-sequences");
        bounded = context.counter("beyond-bounds");
        languages.apply(this).forEach(one -> this.languages.put(one.name(), one));
    }

    @Override
    public boolean ready() {
        if (offline || paperOut() || fault()) {
            return false;
        }
        if (host.pending() >= MOST_PENDING) {
            onHostBusy.run();
            return false;
        }
        return true;
    }

    @Override
    public int take(byte[] data, int offset, int length) {
        int done = 0;
        while (done < length && (done == 0 || ready())) {
            accept(data[offset + done] & 0xFF);
            done++;
        }
        flushRaw();
        return done;
    }

    private void flushRaw() {
        if (raw.size() > 0) {
            host.raw(raw.toByteArray(), 0, raw.size());
            raw.reset();
        }
    }

    private void accept(int value) {
        taken++;
        if (!log.open()) {
            Job job = log.begin(clock.wallClock());
            host.begin(job.number(), "");
            detector.reset();
            language = null;
        }
        log.countByte();
        if (host.wantsRaw()) {
            raw.write(value);
        }
        if (language != null) {
            language.accept(value);
            return;
        }
        String name = chosen.equals("auto") ? detector.ask(value) : chosen;
        if (name != null) {
            byte[] first = chosen.equals("auto") ? detector.seen() : new byte[] {(byte) value};
            language = languages.get(name);
            language.reset();
            log.last(log.last().as(name));
            for (byte b : first) {
                language.accept(b & 0xFF);
            }
        }
    }

    /** How many bytes it ever took. */
    public long taken() {
        return taken;
    }

    /** Whether a job is not complete. */
    public boolean jobOpen() {
        return log.open();
    }

    public List<Job> jobs() {
        return log.jobs();
    }

    @Override
    public boolean paperOut() {
        return sheetsLeft == 0;
    }

    @Override
    public boolean online() {
        return !offline && !paperOut();
    }

    @Override
    public boolean fault() {
        return jam || host.problem() != null;
    }

    /** What a person would see on the printer's panel. */
    public String condition() {
        return jam ? "paper jam" : host.problem() != null ? host.problem() : paperOut() ? "out of paper"
            : offline ? "offline" : log.open() ? "printing" : "ready";
    }

    public PaperSize paper() {
        return paper;
    }

    /** How many sheets are loaded, or -1 for any number. */
    public long sheetsLeft() {
        return sheetsLeft;
    }

    /** Pages that the host is still busy with. */
    public int pending() {
        return host.pending();
    }

    /** Loads paper, or takes it out with 0. What is under the head stays there. */
    public void load(PaperSize size, long sheets) {
        paper = size;
        sheetsLeft = sheets;
    }

    public void offline(boolean now) {
        offline = now;
    }

    /** A jam, or its end; its end also tries the host again. */
    public void jam(boolean now) {
        jam = now;
        if (!now) {
            host.retry();
        }
    }

    /** Drops the open job. */
    public void cancel() {
        if (log.open()) {
            over();
            sheet = null;
            host.cancel();
            log.last(log.last().over(clock.wallClock(), "cancelled"));
        }
    }

    @Override
    public void initialize() {
        endJob();
        languages.values().forEach(Language::reset);
        pageLength = 0;
    }

    @Override
    public void endJob() {
        if (log.open()) {
            over();
            eject(false);
            host.end();
            log.last(log.last().over(clock.wallClock(), "done"));
        }
    }

    private void over() {
        flushRaw();
        Language ending = language;
        language = null;
        if (ending != null) {
            ending.endOfJob();
        } else {
            detector.reset();
        }
        pageLength = 0;
    }

    /** Gives a job that is a document to the host. */
    public void document(String mediaType, byte[] data) {
        if (!host.document(mediaType, data)) {
            unknown.increment();
        }
    }

    @Override
    public Sheet sheet() {
        if (sheet == null) {
            sheet = new Sheet(paper.width(), pageLength > 0 ? pageLength : paper.height());
        }
        return sheet;
    }

    @Override
    public void eject(boolean evenIfBlank) {
        if (!evenIfBlank && (sheet == null || sheet.blank())) {
            sheet = null;
            return;
        }
        host.page(sheet().page());
        sheet = null;
        pages.increment();
        log.last(log.last().printed(1));
        if (sheetsLeft > 0) {
            sheetsLeft--;
        }
    }

    @Override
    public void pageLength(double points) {
        pageLength = points <= 0 ? 0 : Math.clamp(points, 10, 14_400);
    }

    @Override
    public void unknown() {
        unknown.increment();
    }

    @Override
    public void bounded() {
        bounded.increment();
    }

    @Override
    public String deviceId() {
        return "MFG:Backplane;MDL:Printer;CLS:PRINTER;CMD:ESCPL2,PCL,POSTSCRIPT,PLAINTEXT;DES:Backplane Printer;";
    }

    /** Everything but the host's side. */
    public void save(StateWriter out) {
        out.putString("language", language == null ? "" : language.name()).putString("paper", paper.text())
            .putLong("page-length", Double.doubleToLongBits(pageLength)).putLong("sheets", sheetsLeft)
            .putBoolean("offline", offline).putBoolean("jam", jam).putLong("taken", taken)
            .putBytes("first", detector.seen());
        log.save(out.section("jobs"));
        out.putBoolean("sheet", sheet != null);
        if (sheet != null) {
            out.putLong("width", Double.doubleToLongBits(sheet.width()))
                .putLong("height", Double.doubleToLongBits(sheet.height()));
            sheet.save(out.section("under-head"));
        }
        languages.values().forEach(one -> one.save(out.section(one.name())));
    }

    /** What {@link #save} wrote. */
    public void restore(StateReader in) throws StateException {
        String name = in.getString("language");
        language = languages.get(name);
        if (language == null && !name.isEmpty()) {
            throw new StateException("language " + name + " is unknown; known are " + languages.keySet());
        }
        String size = in.getString("paper");
        paper = PaperSize.of(size).orElseThrow(() -> new StateException("paper " + size + " is unknown"));
        pageLength = length(in, "page-length", 0);
        sheetsLeft = in.getLong("sheets");
        offline = in.getBoolean("offline");
        jam = in.getBoolean("jam");
        taken = in.getLong("taken");
        detector.reset();
        for (byte b : in.getBytes("first")) {
            if (language == null && detector.ask(b & 0xFF) != null) {
                throw new StateException("first: these bytes tell the language, but there is none");
            }
        }
        log.restore(in.section("jobs"));
        if (in.getBoolean("sheet")) {
            sheet = new Sheet(length(in, "width", 1), length(in, "height", 1));
            sheet.restore(in.section("under-head"));
        }
        for (Language one : languages.values()) {
            one.restore(in.section(one.name()));
        }
    }

    private static double length(StateReader in, String field, double least) throws StateException {
        double value = Double.longBitsToDouble(in.getLong(field));
        if (!(value >= least && value <= 14_400)) {
            throw new StateException(field + " is " + value + "; " + least + " to 14400 points are possible");
        }
        return value;
    }
}
