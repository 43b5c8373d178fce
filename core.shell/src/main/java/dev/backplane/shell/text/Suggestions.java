package dev.backplane.shell.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what somebody meant who misspelt a name. */
public final class Suggestions {

    private static final int MOST = 3;

    private Suggestions() {
    }

    /**
     * The known names that are near enough to be meant, the nearest first, at most three.
     *
     * @param given what was written
     * @param known what could have been meant
     */
    public static List<String> nearest(String given, Collection<String> known) {
        String wanted = given.toLowerCase(Locale.ROOT);
        int significant = wanted.length() - (wanted.indexOf(':') + 1);
        int limit = Math.max(1, Math.min(3, significant / 3));
        record Scored(String name, int distance) {
        }
        List<Scored> near = known.stream()
                .distinct()
                .map(name -> new Scored(name, score(wanted, name.toLowerCase(Locale.ROOT))))
                .filter(scored -> scored.distance <= limit)
                .sorted(Comparator.comparingInt(Scored::distance).thenComparing(Scored::name))
                .toList();
        return near.stream()
                .filter(scored -> scored.distance == near.getFirst().distance)
                .limit(MOST)
                .map(Scored::name)
                .toList();
    }

    /**
     * The end of an error message: {@code "; did you mean X?"}, or else all that is known if that is short, or nothing.
     */
    public static String hint(String given, Collection<String> known) {
        List<String> near = nearest(given, known);
        if (!near.isEmpty()) {
            return "; did you mean " + String.join(" or ", near) + "?";
        }
        if (!known.isEmpty() && known.size() <= 12) {
            return "; there is " + String.join(", ", known.stream().sorted().toList());
        }
        return "";
    }

    /** A name that begins with what was written is as near as one wrong letter. */
    private static int score(String given, String name) {
        int distance = distance(given, name);
        if (given.length() >= 2 && name.startsWith(given)) {
            return Math.min(distance, 1);
        }
        return distance;
    }

    /** Edits (insert, delete, replace, swap neighbours) from one text to the other. */
    static int distance(String a, String b) {
        int[][] rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            rows[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            rows[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int best = Math.min(Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1), rows[i - 1][j - 1] + cost);
                boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
                rows[i][j] = swapped ? Math.min(best, rows[i - 2][j - 2] + 1) : best;
            }
        }
        return rows[a.length()][b.length()];
    }
}
