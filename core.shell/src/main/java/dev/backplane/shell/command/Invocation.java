package dev.backplane.shell.command;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.jline.terminal.Terminal;

/**
 * One call of a command.
 *
 * @param arguments its words
 * @param session   where it was typed
 */
public record Invocation(Arguments arguments, CommandSession session) {

    /** The session variable that holds the terminal of an interactive session. */
    public static final String TERMINAL = ".terminal";

    /** A file as the user named it, relative to the session's folder; {@code ~} is the user's home. */
    public Path file(String name) {
        String text = name.equals("~") || name.startsWith("~/")
                ? System.getProperty("user.home") + name.substring(1) : name;
        return session.currentDir().resolve(text).normalize();
    }

    /** The terminal if the session has one. */
    public Optional<Terminal> terminal() {
        return session.get(TERMINAL) instanceof Terminal terminal ? Optional.of(terminal) : Optional.empty();
    }
}
