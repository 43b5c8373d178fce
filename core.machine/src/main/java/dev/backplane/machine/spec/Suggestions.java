package dev.backplane.machine.spec;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody who misspelt a name most likely meant. */
public final class Suggestions {
    private Suggestions() {
    }

    /** The candidate nearest to the word, if any is near: at most a third of its letters differ. */
    public static Optional<String> nearest(String word, Collection<String> candidates) {
        return candidates.stream()
            .filter(c -> distance(word, c) <= Math.max(1, Math.max(word.length(), c.length()) / 3))
            .min(Comparator.comparingInt((String c) -> distance(word, c)).thenComparing(c -> c));
    }

    /** {@code "; did you mean X?"} or, if nothing is near, {@code "; possible: A, B, C"}. */
    public static String hint(String word, Collection<String> candidates) {
        return nearest(word, candidates).map(n -> "; did you mean " + n + "?").orElseGet(
            () -> candidates.isEmpty() ? "" : "; possible: " + String.join(", ", candidates));
    }

    /** How many letters must be put in, taken out, changed or swapped with their neighbours. */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int k = 0; k <= b.length(); k++) {
                if (i == 0 || k == 0) {
                    d[i][k] = i + k;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(k - 1) ? 0 : 1;
                d[i][k] = Math.min(d[i - 1][k - 1] + change, Math.min(d[i - 1][k], d[i][k - 1]) + 1);
                if (i > 1 && k > 1 && a.charAt(i - 1) == b.charAt(k - 2) && a.charAt(i - 2) == b.charAt(k - 1)) {
                    d[i][k] = Math.min(d[i][k], d[i - 2][k - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
