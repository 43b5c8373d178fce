package dev.backplane.api.shell;

import java.util.List;

/** What a command gives back. */
public sealed interface Output {
    /**
     * Text.
     *
     * @param value what scripts get
     * @param text  what people read; lines without a line end after the last
     */
    record Text(String value, String text) implements Output {
        @Override
        public String toString() {
            return value;
        }
    }

    /**
     * Rows in columns.
     *
     * @param heading the columns
     * @param rows    cells; a row may be shorter than the heading
     * @param empty   what is printed if there are no rows
     */
    record Table(List<String> heading, List<List<String>> rows, String empty) implements Output {
        public Table {
            heading = List.copyOf(heading);
            rows = rows.stream().map(List::copyOf).toList();
        }
    }

    /** Text for people and scripts. */
    static Output text(String text) {
        return new Text(text, text);
    }

    /** Text for people, and a value for scripts. */
    static Output answer(String value, String text) {
        return new Text(value, text);
    }
}
