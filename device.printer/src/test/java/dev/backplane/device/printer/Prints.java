package dev.backplane.device.printer;

import java.util.List;
import java.util.stream.Collectors;

import dev.backplane.api.page.Page;

/** Looks at printed pages. */
final class Prints {
    private Prints() {
    }

    /** The text runs of a page, a line each. */
    static String text(Page page) {
        return texts(page).stream().map(Page.Text::text).collect(Collectors.joining("\n"));
    }

    static List<Page.Text> texts(Page page) {
        return page.items().stream().filter(Page.Text.class::isInstance).map(Page.Text.class::cast).toList();
    }

    static List<Page.Picture> pictures(Page page) {
        return page.items().stream().filter(Page.Picture.class::isInstance).map(Page.Picture.class::cast).toList();
    }

    /** A picture as lines: {@code .} for paper, {@code #} for ink. */
    static String dots(Page.Picture picture) {
        StringBuilder all = new StringBuilder();
        for (int y = 0; y < picture.rows(); y++) {
            for (int x = 0; x < picture.columns(); x++) {
                all.append(picture.argb(x, y) >>> 24 == 0 ? '.' : '#');
            }
            all.append('\n');
        }
        return all.toString();
    }
}
