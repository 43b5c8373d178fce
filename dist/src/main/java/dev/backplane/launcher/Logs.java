package dev.backplane.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.logging.FileHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Sends all logging to a rotating file, so that standard output and error belong to the shell alone. */
final class Logs {

    private static final String FILE = "backplane.%g.log";
    private static final String LINE = "%1$tF %1$tT.%1$tL %4$-7s %3$s: %5$s%6$s%n";

    private final Handler handler;
    private final Path folder;
    /** Kept because java.util.logging holds its loggers weakly and forgets a level with its logger. */
    private final List<Logger> configured = new ArrayList<>();

    private Logs(Handler handler, Path folder) {
        this.handler = handler;
        this.folder = folder;
    }

    /**
     * Reads {@code conf/logging.properties} and opens the log.
     *
     * <p>Keys ending in {@code .level} set the level of a logger; {@code file.limit} is bytes per file,
     * {@code file.count} the number of old files kept.
     */
    static Logs open(Layout layout) {
        Properties settings = load(layout.conf().resolve("logging.properties"));
        System.setProperty("java.util.logging.SimpleFormatter.format", settings.getProperty("format", LINE));
        LogManager.getLogManager().reset();
        Handler handler;
        try {
            handler = new FileHandler(layout.log().resolve(FILE).toString(),
                    number(settings, "file.limit", 4 << 20), number(settings, "file.count", 3), true);
        } catch (IOException e) {
            throw new LaunchException("cannot write the log in " + layout.log() + ": " + e.getMessage(), e);
        }
        handler.setFormatter(new SimpleFormatter());
        handler.setLevel(Level.ALL);
        Logger.getLogger("").addHandler(handler);
        Logs logs = new Logs(handler, layout.log());
        for (String key : settings.stringPropertyNames()) {
            if (key.endsWith(".level")) {
                logs.setLevel(key.substring(0, key.length() - ".level".length()), settings.getProperty(key));
            }
        }
        return logs;
    }

    /** Where to look for the cause of an error. */
    Path folder() {
        return folder;
    }

    void close() {
        handler.close();
    }

    private void setLevel(String name, String level) {
        Level parsed;
        try {
            parsed = Level.parse(level.strip());
        } catch (IllegalArgumentException e) {
            throw new LaunchException("conf/logging.properties: " + name + ".level = " + level
                    + " is none of SEVERE, WARNING, INFO, CONFIG, FINE, FINER, FINEST, ALL, OFF");
        }
        Logger logger = Logger.getLogger("root".equals(name) ? "" : name);
        logger.setLevel(parsed);
        configured.add(logger);
    }

    private static int number(Properties settings, String key, int otherwise) {
        String text = settings.getProperty(key);
        if (text == null) {
            return otherwise;
        }
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw new LaunchException("conf/logging.properties: " + key + " = " + text + " is not a number");
        }
    }

    private static Properties load(Path file) {
        Properties settings = new Properties();
        if (Files.isRegularFile(file)) {
            try (InputStream in = Files.newInputStream(file)) {
                settings.load(in);
            } catch (IOException | IllegalArgumentException e) {
                throw new LaunchException("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        return settings;
    }
}
