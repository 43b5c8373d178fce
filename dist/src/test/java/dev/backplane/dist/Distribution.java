package dev.backplane.dist;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The assembled distribution, started as a process.
 *
 * @param home where it lies
 * @param data the folder for its machines, logs and caches
 */
record Distribution(Path home, Path data) {

    static final Duration LIMIT = Duration.ofMinutes(2);

    /** The one that the build has just assembled. */
    static Distribution built(Path data) {
        return new Distribution(Path.of("target", "backplane").toAbsolutePath(), data);
    }

    /**
     * What a run left.
     *
     * @param status exit status
     * @param out    standard output
     * @param err    standard error
     */
    record Outcome(int status, String out, String err) {
    }

    /** Starts it; standard output and error can be read, standard input written. */
    Process start(String... arguments) throws IOException {
        return start(Map.of(), arguments);
    }

    Process start(Map<String, String> environment, String... arguments) throws IOException {
        return builder(environment, arguments).start();
    }

    /** Runs it to its end with nothing on standard input. */
    Outcome run(String... arguments) throws Exception {
        return run(LIMIT, Map.of(), arguments);
    }

    Outcome run(Duration limit, Map<String, String> environment, String... arguments) throws Exception {
        Process process = builder(environment, arguments).start();
        process.getOutputStream().close();
        CompletableFuture<String> out = read(process.getInputStream());
        CompletableFuture<String> err = read(process.getErrorStream());
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", arguments) + " did not end within " + limit + "; it printed:\n"
                    + out.get(5, TimeUnit.SECONDS) + err.get(5, TimeUnit.SECONDS));
        }
        return new Outcome(process.exitValue(), out.get(5, TimeUnit.SECONDS), err.get(5, TimeUnit.SECONDS));
    }

    /** Everything in its log folder. */
    String log() throws IOException {
        StringBuilder text = new StringBuilder();
        try (var files = Files.newDirectoryStream(data.resolve("log"), "*.log*")) {
            for (Path file : files) {
                if (!file.toString().endsWith(".lck")) {
                    text.append(Files.readString(file));
                }
            }
        }
        return text.toString();
    }

    private ProcessBuilder builder(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/backplane").toString());
        command.add("--data");
        command.add(data.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("BACKPLANE_DATA");
        builder.environment().putAll(environment);
        return builder;
    }

    private static CompletableFuture<String> read(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                return "(" + e.getMessage() + ")";
            }
        }, task -> Thread.ofVirtual().start(task));
    }
}
