package dev.backplane.shell;

import java.io.PrintStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the statements of a text one after the other and stops at the first that fails. */
final class Batch {

    private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

    private final ShellSession session;
    private final PrintStream errors;

    Batch(ShellSession session, PrintStream errors) {
        this.session = session;
        this.errors = errors;
    }

    /**
     * Runs all statements.
     *
     * @param source how errors name the text, or "" for the command line
     * @return whether all succeeded
     */
    boolean run(String text, String source) {
        List<ShellSession.Statement> statements;
        try {
            statements = session.located(text);
        } catch (RuntimeException e) {
            return fail(source, "this cannot be read: " + session.explain(e), e);
        }
        for (ShellSession.Statement statement : statements) {
            String place = source.isEmpty() ? "" : source + ":" + statement.line();
            try {
                if (!session.run(statement.text())) {
                    session.pipeFailure().ifPresent(failure -> fail(place, session.explain(failure), failure));
                    return false;
                }
            } catch (InterruptedException e) {
                return fail(place, "interrupted", e);
            } catch (Exception e) {
                return fail(place, session.explain(e), e);
            }
        }
        return true;
    }

    private boolean fail(String source, String message, Throwable error) {
        if (ShellSession.isDefect(error)) {
            LOG.error("A command failed: {}", message, error);
        } else {
            LOG.debug("A command failed: {}", message, error);
        }
        errors.println(source.isEmpty() ? message : source + ": " + message);
        errors.flush();
        return false;
    }
}
