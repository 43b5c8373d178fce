package dev.backplane.shell;

import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.vm.CommandCatalog;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * What the launcher calls with the command line: {@code -c COMMANDS}, {@code run FILE [ARG...]}, {@code shell
 * [COMMANDS]} (runs the commands and stays), {@code version}, or nothing for the interactive shell. Returns the exit
 * status.
 */
@Component(service = ToIntFunction.class, property = "backplane.entry=shell")
public final class Entry implements ToIntFunction<List<String>> {

    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final String USAGE_TEXT =
            "usage: backplane [-c \"CMD; CMD\" | run FILE [ARG...] | shell [\"CMD; CMD\"] | version]";

    private final BundleContext context;
    private final CommandProcessor processor;
    private final CommandCatalog catalog;
    private final Notices notices;
    private final InputStream input = new FileInputStream(FileDescriptor.in);
    private final PrintStream output = new PrintStream(new FileOutputStream(FileDescriptor.out), false,
            StandardCharsets.UTF_8);
    private final PrintStream errors = new PrintStream(new FileOutputStream(FileDescriptor.err), true,
            StandardCharsets.UTF_8);

    /** Made by SCR; the Gogo commands are named so that they are there before the first line is read. */
    @Activate
    public Entry(BundleContext context, @Reference CommandProcessor processor, @Reference CommandCatalog catalog,
            @Reference GogoCommands commands, @Reference Notices notices) {
        this.context = context;
        this.processor = processor;
        this.catalog = catalog;
        this.notices = notices;
    }

    @Override
    public int applyAsInt(List<String> arguments) {
        String mode = arguments.isEmpty() ? "shell" : arguments.getFirst();
        try {
            return switch (mode) {
                case "-c" -> arguments.size() == 2 ? batch(arguments.get(1), "", List.of())
                        : usage("-c takes one argument, the commands");
                case "run" -> arguments.size() >= 2 ? script(arguments) : usage("run needs a file");
                case "shell" -> arguments.size() <= 2 ? interactive(arguments) : usage("too many arguments");
                case "version" -> version();
                default -> usage("unknown argument " + mode);
            };
        } catch (IOException e) {
            errors.println("backplane: the terminal cannot be used: " + e.getMessage());
            return FAILED;
        } finally {
            output.flush();
        }
    }

    private int usage(String problem) {
        errors.println("backplane: " + problem);
        errors.println(USAGE_TEXT);
        return USAGE;
    }

    private int version() {
        output.println("Backplane " + context.getBundle().getVersion());
        return 0;
    }

    private int script(List<String> arguments) throws IOException {
        String name = arguments.get(1);
        String text;
        try {
            text = name.equals("-") ? new String(input.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(name));
        } catch (IOException e) {
            boolean missing = e instanceof NoSuchFileException;
            errors.println("backplane: " + name + (missing ? ": there is no such file"
                    : " cannot be read: " + e.getMessage()));
            return FAILED;
        }
        return batch(text, name, arguments.subList(2, arguments.size()));
    }

    private int batch(String text, String source, List<String> arguments) throws IOException {
        CommandSession gogo = processor.createSession(input, output,
                new PrintStream(new PipeErrors(errors), true, StandardCharsets.UTF_8));
        gogo.put("args", arguments);
        for (int i = 0; i < arguments.size(); i++) {
            gogo.put(Integer.toString(i + 1), arguments.get(i));
        }
        try (Terminal terminal = System.console() != null && System.console().isTerminal() ? terminal() : null) {
            gogo.put(Invocation.TERMINAL, terminal);
            return new Batch(new ShellSession(gogo, catalog), errors).run(text, source) ? 0 : FAILED;
        } finally {
            gogo.close();
        }
    }

    private int interactive(List<String> arguments) throws IOException {
        if (System.console() == null || !System.console().isTerminal()) {
            return batch(new String(input.readAllBytes(), StandardCharsets.UTF_8), "", List.of());
        }
        try (Terminal terminal = terminal()) {
            CommandSession gogo = processor.createSession(terminal.input(), terminal.output(), terminal.output());
            try {
                gogo.put(Invocation.TERMINAL, terminal);
                ShellSession session = new ShellSession(gogo, catalog);
                return new Interactive(session, catalog, terminal, notices, history())
                        .run(arguments.size() == 2 ? arguments.get(1) : "");
            } finally {
                gogo.close();
            }
        }
    }

    private Path history() {
        String data = context.getProperty("backplane.data");
        return data == null ? null : Path.of(data, "cache", "history");
    }

    private static Terminal terminal() throws IOException {
        return TerminalBuilder.builder().name("backplane").system(true).nativeSignals(true)
                .signalHandler(Terminal.SignalHandler.SIG_DFL).encoding(StandardCharsets.UTF_8).build();
    }
}
