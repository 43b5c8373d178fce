package dev.backplane.device.printer.engine;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Paper that can be loaded. */
public enum PaperSize {
    A3("a3", 841.89, 1190.55), A4("a4", 595.28, 841.89), A5("a5", 419.53, 595.28), LETTER("letter", 612, 792),
    LEGAL("legal", 612, 1008), EXECUTIVE("executive", 522, 756), FANFOLD("fanfold", 612, 864);

    private final String text;
    private final double width;
    private final double height;

    PaperSize(String text, double width, double height) {
        this.text = text;
        this.width = width;
        this.height = height;
    }

    /** As users write it. */
    public String text() {
        return text;
    }

    /** In points. */
    public double width() {
        return width;
    }

    /** In points. */
    public double height() {
        return height;
    }

    /** All, as users write them. */
    public static List<String> names() {
        return Arrays.stream(values()).map(PaperSize::text).toList();
    }

    /** The one of that name. */
    public static Optional<PaperSize> of(String name) {
        return Arrays.stream(values()).filter(p -> p.text.equals(name)).findFirst();
    }
}
