package dev.backplane.host.print;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;

import dev.backplane.api.page.Page;

/** The fonts of one document; those that are used are embedded as subsets. Not thread-safe. */
final class Fonts {
    private static final String FOLDER = "/net/sf/jasperreports/fonts/dejavu/";

    private final PDDocument document;
    private final Map<String, PDFont> loaded = new HashMap<>();
    private final Map<String, Boolean> drawable = new HashMap<>();

    Fonts(PDDocument document) {
        this.document = document;
    }

    PDFont get(Page.Font font) throws IOException {
        String file = file(font);
        PDFont known = loaded.get(file);
        if (known == null) {
            try (InputStream in = Fonts.class.getResourceAsStream(FOLDER + file)) {
                if (in == null) {
                    throw new FileNotFoundException("the font " + file + " is not in the bundle");
                }
                known = PDType0Font.load(document, in, true);
            }
            loaded.put(file, known);
        }
        return known;
    }

    private static String file(Page.Font font) {
        String slanted = font.family() == Page.Family.SERIF ? "Italic" : "Oblique";
        String style = (font.bold() ? "Bold" : "") + (font.italic() ? slanted : "");
        String name = switch (font.family()) {
            case MONOSPACED -> "DejaVuSansMono";
            case SERIF -> "DejaVuSerif";
            case SANS -> "DejaVuSans";
        };
        return name + (style.isEmpty() ? "" : "-" + style) + ".ttf";
    }

    /** The text with question marks for what the font cannot draw. */
    String drawable(PDFont font, String text) throws IOException {
        StringBuilder all = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            all.append(has(font, c) ? c : '?');
        }
        return all.toString();
    }

    private boolean has(PDFont font, char c) throws IOException {
        String key = font.getName() + c;
        Boolean known = drawable.get(key);
        if (known == null) {
            known = encodes(font, c);
            drawable.put(key, known);
        }
        return known;
    }

    private static boolean encodes(PDFont font, char c) throws IOException {
        if (c < ' ' || Character.isSurrogate(c)) {
            return false;
        }
        try {
            return font.encode(String.valueOf(c)).length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
