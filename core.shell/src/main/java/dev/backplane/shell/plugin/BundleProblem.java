package dev.backplane.shell.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.wiring.BundleRequirement;

/** Says in one line why the framework could not resolve or start a bundle. */
final class BundleProblem {

    private static final String MISSING = "missing requirement";
    private static final Pattern PACKAGE = Pattern.compile("osgi\\.wiring\\.package=([\\w.]+)");
    private static final Pattern REQUIREMENT = Pattern.compile("\\]\\s+([\\w.]+);\\s*(\\(.*?\\)+)(?=\\s|$|\\])");
    private static final Pattern VERSION = Pattern.compile("\\(version>=([\\w.]+)\\)");

    private BundleProblem() {
    }

    /** What a requirement asks for. */
    static String text(BundleRequirement requirement) {
        String filter = requirement.getDirectives().getOrDefault("filter", "");
        Matcher found = PACKAGE.matcher(filter);
        return found.find() ? "the package " + found.group(1) + since(filter)
                : (requirement.getNamespace() + " " + filter).strip();
    }

    private static String since(String filter) {
        Matcher version = VERSION.matcher(filter);
        return version.find() ? " (version " + version.group(1) + " or later)" : "";
    }

    static String text(Throwable problem) {
        String message = problem.getMessage() == null ? problem.toString() : problem.getMessage();
        int missing = message.lastIndexOf(MISSING);
        if (missing < 0) {
            Throwable cause = problem.getCause() == null ? problem : problem.getCause();
            String detail = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            return "it does not start: " + detail.lines().findFirst().orElse(detail);
        }
        String rest = message.substring(missing);
        Matcher found = PACKAGE.matcher(rest);
        if (found.find()) {
            return "no bundle exports the package " + found.group(1) + " that it needs" + since(rest);
        }
        Matcher other = REQUIREMENT.matcher(rest);
        return other.find() ? "nothing offers the capability " + other.group(1) + " " + other.group(2)
                + " that it needs" : "it does not resolve: " + rest;
    }
}
