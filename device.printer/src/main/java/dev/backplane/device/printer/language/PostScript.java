package dev.backplane.device.printer.language;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Language;
import dev.backplane.device.printer.engine.Press;

/** PostScript: the job is collected and handed to the host, which may have an interpreter for it. */
public final class PostScript implements Language {
    private static final int LONGEST = 64 << 20;
    private static final int END_OF_TRANSMISSION = 0x04;

    private final Press press;
    private final Consumer<byte[]> host;
    private final ByteArrayOutputStream job = new ByteArrayOutputStream();

    /** @param host takes a job when it is complete */
    public PostScript(Press press, Consumer<byte[]> host) {
        this.press = press;
        this.host = host;
    }

    @Override
    public String name() {
        return "postscript";
    }

    @Override
    public void accept(int value) {
        if (value == END_OF_TRANSMISSION) {
            press.endJob();
        } else if (job.size() < LONGEST) {
            job.write(value);
        } else {
            press.bounded();
        }
    }

    @Override
    public void reset() {
        job.reset();
    }

    @Override
    public void endOfJob() {
        if (job.size() > 0) {
            host.accept(job.toByteArray());
        }
        job.reset();
    }

    @Override
    public void save(StateWriter out) {
        out.putBytes("job", job.toByteArray());
    }

    @Override
    public void restore(StateReader in) throws StateException {
        byte[] bytes = in.getBytes("job");
        if (bytes.length > LONGEST) {
            throw new StateException("job has " + bytes.length + " bytes; at most " + LONGEST + " are possible");
        }
        job.writeBytes(bytes);
    }
}
