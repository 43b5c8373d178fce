package dev.backplane.shell.console;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.text.Durations;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Waits for what guests print. Each console is searched from the end of the last match, as {@code expect} does, so that
 * the same prompt is not found twice.
 */
public final class Expectation {

    private static final long LOOK_AT_STATE_NANOS = Duration.ofMillis(250).toNanos();

    private final Map<String, Long> positions = new ConcurrentHashMap<>();

    /**
     * What was found.
     *
     * @param text what the expression matched
     * @param line the line it ends in, up to the end of the match
     */
    public record Found(String text, String line) {
        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * Waits until the console has printed what the expression matches.
     *
     * @throws CommandException if the time is over or the machine stops before; says what was printed last
     */
    public Found await(Machine machine, Console console, Pattern pattern, Duration limit)
            throws CommandException, InterruptedException {
        String key = key(machine, console);
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            long seen = console.position();
            boolean active = isActive(machine.state());
            long from = Math.max(console.oldest(), Math.min(positions.getOrDefault(key, 0L), seen));
            ConsoleText output = ConsoleText.of(console.read(from));
            Matcher matcher = pattern.matcher(output.text());
            if (matcher.find()) {
                positions.put(key, from + output.rawEnd(matcher.end()));
                return found(output.text(), matcher);
            }
            long left = end - System.nanoTime();
            if (left <= 0 || !active && console.position() == seen) {
                String why = active ? "nothing within " + Durations.format(limit) + " matches "
                        : "the machine is " + word(machine.state()) + " and nothing it printed matches ";
                throw new CommandException(machine.name() + ": " + why + pattern.pattern()
                        + "; its last line is: " + lastLine(console));
            }
            console.await(seen, Math.min(left, LOOK_AT_STATE_NANOS));
        }
    }

    /** Leaves out what a machine's consoles have printed so far: it is switched on anew. */
    public void skip(Machine machine) {
        machine.consoles().forEach(console -> positions.put(key(machine, console), console.position()));
    }

    /** Forgets where a machine's consoles were searched. */
    public void forget(String machine) {
        positions.keySet().removeIf(key -> key.startsWith(machine + " "));
    }

    private static String key(Machine machine, Console console) {
        return machine.name() + " " + console.card();
    }

    private static Found found(String text, Matcher matcher) {
        int lineStart = text.lastIndexOf('\n', Math.max(0, matcher.end() - 1)) + 1;
        int start = Math.min(lineStart, matcher.end());
        if (matcher.end() > 0 && text.charAt(matcher.end() - 1) == '\n') {
            start = text.lastIndexOf('\n', matcher.end() - 2) + 1;
        }
        return new Found(matcher.group(), text.substring(start, matcher.end()).stripTrailing());
    }

    private static String lastLine(Console console) {
        String line = ConsoleText.of(console.read(console.oldest())).lastLine();
        return line.isEmpty() ? "(none)" : line;
    }

    private static boolean isActive(MachineState state) {
        return state == MachineState.RUNNING || state == MachineState.PAUSED;
    }

    private static String word(MachineState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
