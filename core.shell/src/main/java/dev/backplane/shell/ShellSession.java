package dev.backplane.shell;

import dev.backplane.shell.text.CommandText;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.vm.CommandCatalog;
import dev.backplane.shell.vm.VmCommands;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.apache.felix.gogo.runtime.CommandNotFoundException;
import org.apache.felix.gogo.runtime.Parser;
import org.apache.felix.gogo.runtime.Token;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.apache.felix.service.command.Result;

/** A Gogo session as this shell runs it: statement by statement, printing what each returns. */
final class ShellSession {

    /** Commands are looked up in these scopes, in this order, when none is typed. */
    private static final String SCOPES = VmCommands.SCOPE + ":gogo:*";

    private static final String PIPE_EXCEPTION = "pipe-exception";

    private final CommandSession session;
    private final CommandCatalog catalog;
    private volatile Result lastResult;
    /** What the first command of a pipe failed with that is not the last of its pipe, in this statement. */
    private final AtomicReference<Throwable> pipeFailure = new AtomicReference<>();

    /**
     * A statement and where it stands.
     *
     * @param text ready for Gogo
     * @param line counted from 1
     */
    record Statement(String text, int line) {
    }

    ShellSession(CommandSession session, CommandCatalog catalog) {
        this.session = session;
        this.catalog = catalog;
        session.put("SCOPE", SCOPES);
        session.setJobListener((job, previous, current) -> {
            if (current == Job.Status.Done) {
                if (session.get(PIPE_EXCEPTION) instanceof Throwable failure) {
                    pipeFailure.compareAndSet(null,
                            failure.getSuppressed().length > 0 ? failure.getSuppressed()[0] : failure);
                }
                if (job.parent() == null) {
                    lastResult = job.result();
                }
            }
        });
    }

    CommandSession gogo() {
        return session;
    }

    /**
     * The statements of a text, ready for Gogo.
     *
     * @throws RuntimeException if Gogo cannot read the text; {@code EOFError} if it is not complete
     */
    List<String> statements(String text) {
        return located(text).stream().map(Statement::text).toList();
    }

    /** The same, with their lines. */
    List<Statement> located(String text) {
        String readable = CommandText.protect(text, takesText());
        List<Statement> statements = new ArrayList<>();
        int start = -1;
        int end = -1;
        for (Token token : new Parser(readable).program().tokens()) {
            boolean separator = Token.eq(";", token) || Token.eq("\n", token);
            if (separator && start >= 0) {
                statements.add(statement(readable, start, end));
                start = -1;
            } else if (!separator) {
                start = start < 0 ? token.start() : start;
                end = token.start() + token.length();
            }
        }
        if (start >= 0) {
            statements.add(statement(readable, start, end));
        }
        return statements;
    }

    private static Statement statement(String text, int start, int end) {
        return new Statement(text.substring(start, end), 1 + (int) text.chars().limit(start).filter(c -> c == '\n')
                .count());
    }

    /**
     * Runs one statement and prints what it returns.
     *
     * @return false if it failed and has said so itself on its error stream; see {@link #pipeFailure}
     */
    boolean run(String statement) throws Exception {
        lastResult = null;
        pipeFailure.set(null);
        session.put(PIPE_EXCEPTION, null);
        Object result = session.execute(statement);
        session.put("_", result);
        if (result != null && !isAssignment(statement)) {
            String text = session.format(result, Converter.INSPECT).toString();
            if (!text.isEmpty()) {
                session.getConsole().print(text.endsWith("\n") ? text : text + "\n");
            }
        }
        session.getConsole().flush();
        Result last = lastResult;
        return pipeFailure.get() == null && (last == null || last.isSuccess());
    }

    /** What a command failed with that is not the last of its pipe, if the last statement had one. */
    Optional<Throwable> pipeFailure() {
        return Optional.ofNullable(pipeFailure.get());
    }

    /** The error as one line for the user. */
    String explain(Throwable error) {
        Throwable cause = error;
        while (cause instanceof ExecutionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof CommandNotFoundException missing) {
            return "there is no command " + missing.getCommand() + hint(missing.getCommand());
        }
        if (isDefect(cause)) {
            return "internal error (" + cause + "); the log says more";
        }
        String message = cause.getMessage() == null || cause.getMessage().isBlank()
                ? cause.getClass().getSimpleName() : cause.getMessage();
        return message.lines().map(String::strip).reduce((first, second) -> first + " " + second).orElse(message);
    }

    /** Whether the error is one of the program, not one of its user. */
    static boolean isDefect(Throwable error) {
        return error instanceof Error
                || error instanceof RuntimeException && !(error instanceof IllegalArgumentException)
                        && !error.getClass().getName().startsWith("org.apache.felix.gogo.")
                        && error.getClass() != RuntimeException.class;
    }

    /** All command names that Gogo knows, with scope. */
    Collection<String> commandNames() {
        List<String> names = new ArrayList<>();
        if (session.get(".commands") instanceof Collection<?> known) {
            known.forEach(name -> names.add(name.toString()));
        }
        return names;
    }

    private String hint(String command) {
        boolean scoped = command.contains(":");
        List<String> known = commandNames().stream()
                .map(name -> scoped ? name : name.substring(name.indexOf(':') + 1)).toList();
        String hint = Suggestions.hint(command, known);
        return hint.isEmpty() ? "; help lists them" : hint;
    }

    private Predicate<String> takesText() {
        return word -> catalog.command(word.toLowerCase(Locale.ROOT)).isPresent();
    }

    private static boolean isAssignment(String statement) {
        return statement.matches("(?s)[\\p{Alnum}_.]+\\s+=(\\s.*)?|[\\p{Alnum}_.]+=.*");
    }
}
