package dev.backplane.bench.suite;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the driver in a guest prints (guest/bench/src/driver.c). All of it is untrusted text. */
sealed interface DriverLine {

    /** It waits for commands. */
    record Ready() implements DriverLine {
    }

    record Known(Workload workload) implements DriverLine {
    }

    record Listed() implements DriverLine {
    }

    record Begin(String name) implements DriverLine {
    }

    /**
     * A run is over.
     *
     * @param score    seconds that count
     * @param wall     seconds by the guest's clock
     * @param checksum 16 hexadecimal digits
     */
    record Result(String name, double score, double wall, String checksum, int units, int copies)
            implements DriverLine {
    }

    record Failure(String name, String reason) implements DriverLine {
    }

    Pattern KNOWN = Pattern.compile("BENCH-WORKLOAD ([a-z0-9-]{1,60}) ([a-z]{1,20}) ([0-9]{1,7})");
    Pattern RESULT = Pattern.compile("BENCH ([a-z0-9-]{1,60}) ([0-9]{1,7}\\.[0-9]{6}) ([0-9]{1,7}\\.[0-9]{6})"
            + " ([0-9a-f]{16}) ([0-9]{1,7}) ([0-9]{1,2})");
    Pattern FAILURE = Pattern.compile("BENCH-FAIL ([a-z0-9-]{1,60}):? (.{1,300})");

    /** What a line of a console says; nothing if it is not the driver's. */
    static Optional<DriverLine> parse(String line) {
        String text = line.strip();
        if (text.equals("BENCH-READY")) {
            return Optional.of(new Ready());
        }
        if (text.equals("BENCH-LISTED")) {
            return Optional.of(new Listed());
        }
        if (text.startsWith("BENCH-BEGIN ")) {
            return Optional.of(new Begin(text.substring("BENCH-BEGIN ".length())));
        }
        Matcher known = KNOWN.matcher(text);
        if (known.matches()) {
            return Optional.of(new Known(
                    new Workload(known.group(1), known.group(2), Math.max(1, Integer.parseInt(known.group(3))))));
        }
        Matcher result = RESULT.matcher(text);
        if (result.matches()) {
            return Optional.of(new Result(result.group(1), Double.parseDouble(result.group(2)),
                    Double.parseDouble(result.group(3)), result.group(4), Integer.parseInt(result.group(5)),
                    Integer.parseInt(result.group(6))));
        }
        Matcher failure = FAILURE.matcher(text);
        return failure.matches() ? Optional.of(new Failure(failure.group(1), failure.group(2))) : Optional.empty();
    }
}
