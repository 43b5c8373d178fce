package dev.backplane.device.printer.language.text;

import dev.backplane.api.page.Page;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.device.printer.engine.Language;
import dev.backplane.device.printer.engine.Press;
import dev.backplane.device.printer.language.CodePage;

/**
 * Plain text at 10 characters and 6 lines to the inch. A line feed begins a new line, with or without a carriage
 * return; a carriage return alone goes back to the margin, so that text can be printed over. Lines that are too long
 * wrap.
 */
public final class PlainText implements Language {
    private static final double COLUMN = 7.2;
    private static final double LINE = 12;
    private static final double BASE = 9;
    private static final double MARGIN = 9;
    private static final int TAB = 8;
    private static final Page.Font FONT = new Page.Font(Page.Family.MONOSPACED, 12, 1, false, false, false);

    private final Press press;
    private final CodePage codePage;
    private int column;
    private int line;

    public PlainText(Press press, CodePage codePage) {
        this.press = press;
        this.codePage = codePage;
    }

    @Override
    public String name() {
        return "text";
    }

    @Override
    public void accept(int value) {
        switch (value) {
            case '\b' -> column = Math.max(0, column - 1);
            case '\t' -> column = Math.min((column / TAB + 1) * TAB, columns());
            case '\n' -> newLine();
            case '\f' -> {
                press.eject(true);
                column = 0;
                line = 0;
            }
            case '\r' -> column = 0;
            default -> {
                if (value >= ' ' && value != 0x7F) {
                    print(codePage.character(value));
                }
            }
        }
    }

    private int columns() {
        return (int) ((press.sheet().width() - 2 * MARGIN + 0.1) / COLUMN);
    }

    private void print(char value) {
        if (column >= columns()) {
            newLine();
        }
        boolean printed = press.sheet().character(MARGIN + column * COLUMN, MARGIN + line * LINE + BASE, value, FONT,
            COLUMN, 0);
        if (!printed) {
            press.bounded();
        }
        column++;
    }

    private void newLine() {
        column = 0;
        line++;
        if (MARGIN + (line + 1) * LINE > press.sheet().height() - MARGIN) {
            press.eject(true);
            line = 0;
        }
    }

    @Override
    public void reset() {
        column = 0;
        line = 0;
    }

    @Override
    public void endOfJob() {
        reset();
    }

    @Override
    public void save(StateWriter out) {
        out.putInt("column", column).putInt("line", line);
    }

    @Override
    public void restore(StateReader in) throws StateException {
        column = in.getInt("column", 0, 10_000);
        line = in.getInt("line", 0, 10_000);
    }
}
