package dev.backplane.shell.text;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in aligned columns. */
public final class Table {

    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** A table with a heading. */
    public Table(String... heading) {
        rows.add(List.of(heading));
    }

    /** Adds a row; it may be shorter than the heading. */
    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** The table, lines separated by newlines, no newline at the end, no blanks at line ends. */
    public String text() {
        int columns = rows.stream().mapToInt(List::size).max().orElse(0);
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length()).append(GAP);
            }
            lines.add(line.toString().stripTrailing());
        }
        return String.join("\n", lines);
    }
}
