package dev.backplane.api.shell;

/**
 * A word that completion offers.
 *
 * @param word        the word
 * @param description one line for people, or null
 */
public record Candidate(String word, String description) {
    public Candidate(String word) {
        this(word, null);
    }
}
