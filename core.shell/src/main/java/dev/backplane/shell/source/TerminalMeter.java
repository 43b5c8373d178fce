package dev.backplane.shell.source;

import dev.backplane.shell.text.Sizes;
import org.jline.terminal.Terminal;

/** A bar in the last line of a terminal, for transfers that take longer than a moment. */
public final class TerminalMeter implements Meter {

    private static final int BAR = 20;
    private static final long PATIENCE_NANOS = 300_000_000L;
    private static final long PERIOD_NANOS = 100_000_000L;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final Terminal terminal;
    private final long begin = System.nanoTime();
    private long last;
    private boolean shown;

    /** A bar that is not there yet. */
    public TerminalMeter(Terminal terminal) {
        this.terminal = terminal;
        this.last = begin;
    }

    @Override
    public void at(String what, long done, long total) {
        long now = System.nanoTime();
        if (now - begin < PATIENCE_NANOS || now - last < PERIOD_NANOS) {
            return;
        }
        last = now;
        shown = true;
        String line = total < done || total == 0 ? what + "  " + Sizes.rounded(done)
                : "%s  [%s%s]  %s of %s".formatted(what, "#".repeat((int) (done * BAR / total)),
                        " ".repeat(BAR - (int) (done * BAR / total)), Sizes.rounded(done), Sizes.rounded(total));
        terminal.writer().print(CLEAR_LINE + line);
        terminal.flush();
    }

    @Override
    public void end() {
        if (shown) {
            shown = false;
            terminal.writer().print(CLEAR_LINE);
            terminal.flush();
        }
    }
}
