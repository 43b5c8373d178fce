package dev.backplane.bench.suite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The distribution as a process that takes commands, a line at a time, from a named pipe. */
final class Runtime implements AutoCloseable {

    private static final String READY = "BENCH-RUNTIME-READY";
    private static final String TAKEN = "BENCH-TAKEN";

    private final Path folder;
    private final Path pipe;
    private final Process process;
    private final Console console;

    /**
     * Starts it, and waits until it takes commands.
     *
     * @param folder its data, made if it is not there
     */
    Runtime(Path distribution, Path folder) throws BenchException, InterruptedException {
        this.folder = folder;
        pipe = folder.resolve("commands");
        try {
            Files.createDirectories(folder);
            Files.deleteIfExists(pipe);
            if (new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() != 0) {
                throw new BenchException("no named pipe can be made in " + folder);
            }
            Path script = folder.resolve("serve.gsh");
            Files.writeString(script, "echo " + READY + "\nwhile { true } { command = (cat $1); echo " + TAKEN
                    + "; eval $command }\n");
            process = start(distribution, folder, "run", script.toString(), pipe.toString());
        } catch (IOException e) {
            throw new BenchException("the runtime cannot be started: " + e.getMessage(), e);
        }
        console = new Console("the runtime", process.getInputStream());
        try {
            console.await("its first word", DriverSession.START, line("^" + READY + "$"));
        } catch (BenchException | InterruptedException e) {
            Processes.end(process);
            throw e;
        }
    }

    static Process start(Path distribution, Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(distribution.resolve("bin/backplane").toString(), "--data", folder.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("BACKPLANE_DATA");
        Process started = builder.start();
        started.getOutputStream().close();
        return started;
    }

    /** The lines that match, as they are. */
    static Function<String, Optional<String>> line(String regex) {
        Pattern pattern = Pattern.compile(regex);
        return text -> Optional.of(text).filter(t -> pattern.matcher(t).find());
    }

    /**
     * Has it carry out commands, in one line; what they print is in {@link #console}. Returns when it has them: while
     * the last reader of the pipe has not gone, what is written for the next one can be lost.
     */
    void command(String commands) throws BenchException, InterruptedException {
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
            try {
                Files.write(pipe, (commands + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }, task -> Thread.ofPlatform().daemon().start(task));
        try {
            written.get(DriverSession.START.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new BenchException("the runtime takes no commands any more", e);
        }
        console.await("word that a command was taken", DriverSession.START, line("^" + TAKEN + "$"));
    }

    Console console() {
        return console;
    }

    Path folder() {
        return folder;
    }

    /** Waits for the end of what was told to it before. */
    void settle(Duration limit) throws BenchException, InterruptedException {
        command("echo BENCH-SETTLED");
        console.await("an answer", limit, line("^BENCH-SETTLED$"));
    }

    @Override
    public void close() {
        Processes.end(process);
    }
}
