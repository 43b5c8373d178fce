package dev.backplane.machine.host;

import java.util.Locale;

/** Kinds of host backends, by the class name of their endpoints. */
public final class Kinds {
    private static final String SUFFIX = "Endpoint";

    private Kinds() {
    }

    /** What people call it: {@code network} for {@code NetworkEndpoint}. */
    public static String word(String kind) {
        String simple = kind.substring(Math.max(kind.lastIndexOf('.'), kind.lastIndexOf('$')) + 1);
        String head = simple.endsWith(SUFFIX) ? simple.substring(0, simple.length() - SUFFIX.length()) : simple;
        return head.toLowerCase(Locale.ROOT);
    }
}
