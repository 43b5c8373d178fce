package dev.backplane.bench.suite;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The lines that a process prints, with the time at which each came. One thread reads them, one takes them. */
final class Console {

    private static final int KEPT = 12;
    private static final int LONGEST = 4000;

    /**
     * A line.
     *
     * @param text  without its end; null when there will be no more
     * @param nanos when it came, {@link System#nanoTime}
     */
    record Line(String text, long nanos) {
    }

    /** Something that was waited for. */
    record Found<T>(T what, long nanos) {
    }

    private final String name;
    private final LinkedBlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final Deque<String> last = new ArrayDeque<>();

    Console(String name, InputStream from) {
        this.name = name;
        Thread.ofPlatform().daemon().name("bench-" + name).start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                String line;
                while ((line = reader.readLine()) != null) {
                    lines.add(new Line(line.length() > LONGEST ? line.substring(0, LONGEST) : line,
                            System.nanoTime()));
                }
            } catch (IOException e) {
                // the process is gone, which the end of its output says
            } finally {
                lines.add(new Line(null, System.nanoTime()));
            }
        });
    }

    /**
     * Waits for a line that means something.
     *
     * @throws BenchException when the output ends, or within the limit no such line comes
     */
    <T> Found<T> await(String whatFor, Duration limit, Function<String, Optional<T>> meaning)
            throws BenchException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            Line line = lines.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new BenchException(name + ": no " + whatFor + " within " + limit.toSeconds() + " s" + tail());
            }
            if (line.text() == null) {
                lines.add(line);
                throw new BenchException(name + " ended while " + whatFor + " was waited for" + tail());
            }
            if (last.size() == KEPT) {
                last.removeFirst();
            }
            last.addLast(line.text());
            Optional<T> found = meaning.apply(line.text());
            if (found.isPresent()) {
                return new Found<>(found.get(), line.nanos());
            }
        }
    }

    private String tail() {
        return last.isEmpty() ? "" : "; it printed last:\n    " + String.join("\n    ", last);
    }
}
