package dev.backplane.bench.suite;

import java.util.Collection;
import java.util.List;

/**
 * A piece of work that the driver in the guest knows by name.
 *
 * @param name  such as {@code fp-x87-matrix}
 * @param group {@code int}, {@code mem}, {@code fp}, {@code call}, {@code sys}, {@code real}
 * @param units how many units of work make a full run, 1 or more
 */
record Workload(String name, String group, int units) {

    /** Whether a word of {@code --only} means this one: its name, its group, or a part of its name. */
    boolean matches(String word) {
        return matches(name, group, word);
    }

    static boolean matches(String name, String group, String word) {
        return name.equals(word) || group.equals(word) || List.of(name.split("-")).contains(word)
                || word.contains("-") && name.startsWith(word + "-");
    }

    static boolean matchesAny(String name, String group, Collection<String> words) {
        return words.isEmpty() || words.stream().anyMatch(w -> matches(name, group, w));
    }

    /** The units of a run that is to be {@code divisor} times shorter; never none. */
    int share(int divisor) {
        return Math.max(1, units / divisor);
    }
}
