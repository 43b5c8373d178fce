package dev.backplane.shell.command;

import dev.backplane.api.machine.Progress;
import dev.backplane.shell.text.Sizes;

/** Shows on a terminal how far it is; says nothing without one. */
public final class ProgressLine implements Progress, AutoCloseable {
    private static final long EVERY_NANOS = 100_000_000L;
    private final Invocation invocation;
    private final String what;
    private long shownAt = System.nanoTime();
    private boolean shown;

    /** A line for work that is called so. */
    public ProgressLine(Invocation invocation, String what) {
        this.invocation = invocation;
        this.what = what;
    }

    @Override
    public void report(long done, long total) {
        long now = System.nanoTime();
        if (now - shownAt < EVERY_NANOS) {
            return;
        }
        shownAt = now;
        shown = true;
        String text = total > 0 ? 100 * done / total + " %" : Sizes.rounded(done);
        print("\r" + what + ": " + text + "   ");
    }

    @Override
    public void close() {
        if (shown) {
            print("\r" + " ".repeat(what.length() + 14) + "\r");
        }
    }

    private void print(String text) {
        invocation.terminal().ifPresent(terminal -> {
            terminal.writer().print(text);
            terminal.flush();
        });
    }
}
