package dev.backplane.bench.suite;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Runs the workloads: in each round, each workload on one platform after the other, so that what else the host does
 * falls on all alike. Used by one thread.
 */
final class Suite {

    /** Groups of a workload that runs alone on two vCPUs, and of two of it at once: together they make the scaling. */
    static final String ALONE = "smp-one";
    static final String PAIR = "smp-two";

    private static final Set<String> PAIRED = Set.of("int-sha256", "int-compress");
    private static final String PROGRAMS = "real";

    private final Settings settings;
    private final List<Platform> platforms;
    private final Path images;
    private final PrintStream progress;
    private final Results results;

    Suite(Settings settings, List<Platform> platforms, Path images, PrintStream progress) {
        this.settings = settings;
        this.platforms = List.copyOf(platforms);
        this.images = images;
        this.progress = progress;
        this.results = new Results(platforms.stream().map(Platform::name).toList());
    }

    /** Runs all that was asked for; what fails is in the results. */
    Results run(List<Workload> known) throws BenchException, InterruptedException {
        List<Workload> chosen = known.stream()
                .filter(w -> Workload.matchesAny(w.name(), w.group(), settings.only())).toList();
        List<Workload> paired = settings.only().isEmpty() || settings.only().contains("smp")
                ? known.stream().filter(w -> PAIRED.contains(w.name())).toList() : List.of();
        List<Boot> boots = Boot.all().stream()
                .filter(b -> Workload.matchesAny(b.name(), Boot.GROUP, settings.only())).toList();
        for (String word : settings.only()) {
            if (!word.equals("smp") && chosen.stream().noneMatch(w -> w.matches(word))
                    && boots.stream().noneMatch(b -> Workload.matches(b.name(), Boot.GROUP, word))) {
                throw new BenchException("bench: nothing is named " + word + "; --list says what there is");
            }
        }
        boot(boots);
        workloads(chosen, 1);
        workloads(paired, 2);
        return results;
    }

    /** Whether Debian's programs are among what was asked for. */
    static boolean needsPrograms(Settings settings, List<Workload> known) {
        return known.stream().filter(w -> w.group().equals(PROGRAMS))
                .anyMatch(w -> Workload.matchesAny(w.name(), w.group(), settings.only()));
    }

    private void boot(List<Boot> boots) throws InterruptedException {
        for (int round = 1; round <= settings.rounds(); round++) {
            for (Boot boot : boots) {
                StringBuilder line = new StringBuilder();
                for (Platform platform : platforms) {
                    boot(boot, platform).ifPresent(s -> line.append(" %s %.2f".formatted(platform.name(), s)));
                }
                say(round, boot.name(), line);
            }
        }
    }

    private Optional<Double> boot(Boot boot, Platform platform) throws InterruptedException {
        Results.Row row = new Results.Row(boot.name(), Boot.GROUP);
        if (results.failed(row, platform.name())) {
            return Optional.empty();
        }
        try {
            Optional<Double> seconds = platform.boot(boot, images);
            seconds.ifPresent(s -> results.add(row, platform.name(), new Sample(s, s, s, "-")));
            return seconds;
        } catch (BenchException e) {
            results.fail(row, platform.name(), e.getMessage().lines().findFirst().orElse(""));
            progress.println(boot.name() + " on " + platform.name() + ": " + e.getMessage());
            return Optional.empty();
        }
    }

    private void workloads(List<Workload> chosen, int vcpus) throws InterruptedException {
        if (chosen.isEmpty()) {
            return;
        }
        Guest guest = Guest.of(images, chosen.stream().anyMatch(w -> w.group().equals(PROGRAMS)));
        Map<Platform, Session> sessions = new LinkedHashMap<>();
        try {
            for (Platform platform : platforms) {
                open(platform, guest, vcpus, chosen).ifPresent(s -> sessions.put(platform, s));
            }
            for (int round = 1; round <= settings.rounds(); round++) {
                for (Workload workload : chosen) {
                    StringBuilder line = new StringBuilder();
                    for (Platform platform : List.copyOf(sessions.keySet())) {
                        measure(workload, platform, sessions, vcpus, guest, line);
                    }
                    say(round, (vcpus > 1 ? "smp " : "") + workload.name(), line);
                }
            }
        } finally {
            sessions.values().forEach(Session::close);
        }
    }

    private Optional<Session> open(Platform platform, Guest guest, int vcpus, List<Workload> chosen)
            throws InterruptedException {
        progress.println("starting " + platform.name() + " with " + vcpus + (vcpus == 1 ? " vCPU" : " vCPUs"));
        try {
            return Optional.of(platform.open(guest, vcpus));
        } catch (BenchException e) {
            for (Workload workload : chosen) {
                results.fail(new Results.Row(workload.name(), vcpus > 1 ? PAIR : workload.group()), platform.name(),
                        e.getMessage().lines().findFirst().orElse(""));
            }
            progress.println(e.getMessage());
            return Optional.empty();
        }
    }

    private void measure(Workload workload, Platform platform, Map<Platform, Session> sessions, int vcpus, Guest guest,
            StringBuilder line) throws InterruptedException {
        List<Results.Row> rows = vcpus > 1
                ? List.of(new Results.Row(workload.name(), ALONE), new Results.Row(workload.name(), PAIR))
                : List.of(new Results.Row(workload.name(), workload.group()));
        int units = workload.share(settings.divisor() * platform.divisor());
        for (Results.Row row : rows) {
            Session session = sessions.get(platform);
            if (session == null || results.failed(row, platform.name())) {
                continue;
            }
            try {
                Sample raw = session.run(workload.name(), units, row.group().equals(PAIR) ? 2 : 1);
                Sample sample = new Sample(raw.seconds() * workload.units() / units, raw.wall(), raw.host(),
                        raw.checksum());
                results.add(row, platform.name(), sample);
                line.append(" %s %.3f".formatted(platform.name(), sample.seconds()));
            } catch (BenchException e) {
                results.fail(row, platform.name(), e.getMessage().lines().findFirst().orElse(""));
                progress.println(workload.name() + " on " + platform.name() + ": " + e.getMessage());
                if (!(e instanceof WorkloadException)) {
                    restart(platform, sessions, vcpus, guest);
                }
            }
        }
    }

    /** A guest that failed may be stuck: the next workload gets a new one. */
    private void restart(Platform platform, Map<Platform, Session> sessions, int vcpus, Guest guest)
            throws InterruptedException {
        sessions.remove(platform).close();
        try {
            sessions.put(platform, platform.open(guest, vcpus));
        } catch (BenchException e) {
            progress.println(platform.name() + " does not come back: " + e.getMessage());
        }
    }

    private void say(int round, String name, StringBuilder line) {
        progress.println("round " + round + "/" + settings.rounds() + " " + name + ":" + line);
    }

    /** The platforms that can be had here, of those that were asked for; says which cannot. */
    static List<Platform> platforms(Settings settings, Path root, Path distribution, Path scratch, boolean qemu,
            PrintStream progress) {
        List<Platform> platforms = new ArrayList<>();
        for (String name : settings.platforms()) {
            switch (name) {
                case "native" -> platforms.add(new Platform.Native(root.resolve("guest/out/bench-driver"),
                        root.resolve("guest/out/bench-tree")));
                case "qemu" -> {
                    if (qemu) {
                        platforms.add(new Platform.Qemu());
                    } else {
                        progress.println("qemu-system-x86_64 is not installed; there will be no ratios to it"
                                + " (apt-get install qemu-system-x86)");
                    }
                }
                case "interpreter" -> platforms.add(new Platform.Backplane(distribution, scratch, name, 32));
                default -> platforms.add(new Platform.Backplane(distribution, scratch, name, 1));
            }
        }
        return platforms;
    }
}
