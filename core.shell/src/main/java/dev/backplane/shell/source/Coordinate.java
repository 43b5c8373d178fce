package dev.backplane.shell.source;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An artifact of a Maven repository.
 *
 * @param group      its group
 * @param artifact   its name
 * @param version    a version, a range like {@code [1.0,2.0)}, or LATEST
 * @param classifier or "" for none
 */
public record Coordinate(String group, String artifact, String version, String classifier) {

    /** The scheme of URLs that name one: {@code mvn:group/artifact/version[/type[/classifier]]}. */
    public static final String SCHEME = "mvn:";

    private static final String LATEST = "LATEST";
    private static final Pattern COLONS =
            Pattern.compile("([\\w.-]+):([\\w.-]+)(?::([\\w.,()\\[\\]+-]+)(?::([\\w.-]+))?)?");
    private static final Pattern URL =
            Pattern.compile("([\\w.-]+)/([\\w.-]+)(?:/([\\w.,()\\[\\]+-]+)(?:/jar(?:/([\\w.-]+))?)?)?");

    /** Reads {@code group:artifact[:version[:classifier]]} or a URL; nothing if the text is neither. */
    public static Optional<Coordinate> parse(String text) {
        boolean url = text.toLowerCase(Locale.ROOT).startsWith(SCHEME);
        Matcher matcher = url ? URL.matcher(text.substring(SCHEME.length())) : COLONS.matcher(text);
        return matcher.matches() ? Optional.of(new Coordinate(matcher.group(1), matcher.group(2),
                matcher.group(3) == null ? LATEST : matcher.group(3),
                matcher.group(4) == null ? "" : matcher.group(4))) : Optional.empty();
    }

    /** Whether it names one release for ever, so that another build has another version. */
    public boolean isRelease() {
        return !version.endsWith("-SNAPSHOT") && !version.equals(LATEST) && !version.matches("[\\[(].*");
    }

    /** The newest version that is at least as new as this one. */
    public Coordinate orNewer() {
        return isRelease() ? new Coordinate(group, artifact, "[" + version + ",)", classifier) : this;
    }

    /** With another version. */
    public Coordinate withVersion(String other) {
        return new Coordinate(group, artifact, other, classifier);
    }

    /** As a URL. */
    public String url() {
        return SCHEME + group + "/" + artifact + "/" + version + (classifier.isEmpty() ? "" : "/jar/" + classifier);
    }

    @Override
    public String toString() {
        return group + ":" + artifact + ":" + version + (classifier.isEmpty() ? "" : ":" + classifier);
    }
}
