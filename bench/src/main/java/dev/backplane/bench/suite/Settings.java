package dev.backplane.bench.suite;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What was asked for.
 *
 * @param only      words that select workloads; none for all
 * @param platforms in the order of the table
 * @param rounds    1 or more
 * @param divisor   how many times shorter than a full run
 * @param json      where to write figures
 * @param list      only say which workloads there are
 */
record Settings(Set<String> only, List<String> platforms, int rounds, int divisor, Optional<Path> json,
        boolean list) {

    static final List<String> KNOWN = List.of("native", "qemu", "translator", "interpreter");
    static final List<String> DEFAULT = List.of("native", "qemu", "translator");
    private static final int ROUNDS = 3;
    private static final int QUICK = 4;
    private static final int MOST = 99;

    static final String USAGE = """
            usage: ./backplane bench [OPTIONS]

              --only WORDS       workloads, groups or parts of their names: --only fp,x87  --only sys-fault,boot
                                 groups: int mem fp call sys real (programs of Debian) smp (two vCPUs) boot
              --rounds N         how often each runs; medians are shown (3; 1 with --quick)
              --quick            a quarter of the work, one round
              --platforms NAMES  of native,qemu,translator,interpreter (the first three)
              --interpreter      the interpreter, too; it gets a 32nd of the work, its times are scaled
              --json FILE        write all figures there
              --list             print the workloads
            """;

    /** @throws BenchException that says what is wrong with the arguments */
    static Settings parse(List<String> arguments) throws BenchException {
        Set<String> only = new LinkedHashSet<>();
        List<String> platforms = new ArrayList<>(DEFAULT);
        int rounds = 0;
        boolean quick = false;
        boolean list = false;
        Optional<Path> json = Optional.empty();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            switch (argument) {
                case "--quick" -> quick = true;
                case "--list" -> list = true;
                case "--interpreter" -> platforms.add("interpreter");
                case "--only" -> only.addAll(words(value(arguments, ++i)));
                case "--platforms" -> platforms = new ArrayList<>(words(value(arguments, ++i)));
                case "--rounds" -> rounds = rounds(value(arguments, ++i));
                case "--json" -> json = Optional.of(Path.of(value(arguments, ++i)));
                default -> throw new BenchException("bench: unknown argument " + argument + "\n" + USAGE);
            }
        }
        for (String platform : platforms) {
            if (!KNOWN.contains(platform)) {
                throw new BenchException("bench: no platform " + platform + "; there are " + KNOWN);
            }
        }
        return new Settings(only, platforms.stream().distinct().toList(), rounds > 0 ? rounds : quick ? 1 : ROUNDS,
                quick ? QUICK : 1, json, list);
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(",")).map(String::strip).filter(w -> !w.isEmpty()).toList();
    }

    private static String value(List<String> arguments, int at) throws BenchException {
        if (at >= arguments.size()) {
            throw new BenchException("bench: " + arguments.get(at - 1) + " needs a value\n" + USAGE);
        }
        return arguments.get(at);
    }

    private static int rounds(String text) throws BenchException {
        int rounds = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : 0;
        if (rounds < 1) {
            throw new BenchException("bench: --rounds: \"" + text + "\" is not a number from 1 to " + MOST);
        }
        return rounds;
    }
}
