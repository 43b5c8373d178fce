package dev.backplane.launcher;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs line by line what libraries and plug-ins print to {@code System.out} and {@code System.err}: standard output and
 * error belong to the shell, which writes to them directly.
 */
final class StrayOutput extends OutputStream {

    private static final int LONGEST_LINE = 8192;

    private final Logger log;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private StrayOutput(String name) {
        log = LoggerFactory.getLogger(name);
    }

    /** A stream whose lines go to the logger of that name, as warnings. */
    static PrintStream to(String name) {
        return new PrintStream(new StrayOutput(name), true, StandardCharsets.UTF_8);
    }

    @Override
    public synchronized void write(int octet) {
        if (octet == '\n' || line.size() == LONGEST_LINE) {
            end();
        }
        if (octet != '\n' && octet != '\r') {
            line.write(octet);
        }
    }

    @Override
    public synchronized void close() {
        if (line.size() > 0) {
            end();
        }
    }

    private void end() {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        if (!text.isBlank()) {
            log.warn("{}", text);
        }
    }
}
