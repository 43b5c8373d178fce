package dev.backplane.bench.suite;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code ./backplane bench}. Exit status: 0 when all ran and computed the same, whatever the goals; 1 when something
 * failed; 2 when it could not begin.
 */
public final class BenchMain {

    private BenchMain() {
    }

    /** Arguments: the folder of the clone, the folder of the distribution, then what {@link Settings#USAGE} says. */
    public static void main(String[] args) {
        int status = 2;
        try {
            List<String> arguments = List.of(args);
            if (arguments.contains("--help") || arguments.contains("help")) {
                System.out.print(Settings.USAGE);
                status = 0;
            } else {
                status = run(Path.of(args[0]), Path.of(args[1]), arguments.subList(2, args.length), System.out,
                        System.err);
            }
        } catch (BenchException e) {
            System.err.println(e.getMessage());
        } catch (IOException e) {
            System.err.println("bench: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.exit(status);
    }

    /** Runs it all and prints the table; the exit status. */
    public static int run(Path root, Path distribution, List<String> arguments, PrintStream out, PrintStream progress)
            throws BenchException, IOException, InterruptedException {
        Settings settings = Settings.parse(arguments);
        make(root, List.of("bench"), progress);
        Path driver = root.resolve("guest/out/bench-driver");
        List<Workload> known = known(driver);
        if (settings.list()) {
            known.forEach(w -> out.printf("%-20s %s%n", w.name(), w.group()));
            Boot.all().forEach(b -> out.printf("%-20s %s%n", b.name(), Boot.GROUP));
            return 0;
        }
        List<String> needed = new ArrayList<>(List.of("cloud", "full", "test"));
        if (Suite.needsPrograms(settings, known)) {
            needed.add("tools");
        }
        make(root, needed, progress);
        Path scratch = Files.createTempDirectory("backplane-bench");
        try {
            boolean qemu = onPath("qemu-system-x86_64");
            Suite suite = new Suite(settings, Suite.platforms(settings, root, distribution, scratch, qemu, progress),
                    root.resolve("guest/out").toAbsolutePath(), progress);
            long begin = System.nanoTime();
            busy().ifPresent(progress::println);
            Results results = suite.run(known);
            out.println();
            out.print(new Report(results).text());
            out.printf("%n%d s on %s%n", (System.nanoTime() - begin) / 1_000_000_000, host().get("processor"));
            if (settings.json().isPresent()) {
                Files.writeString(settings.json().get(), Figures.json(results, settings, host()));
            }
            return results.problems().isEmpty() ? 0 : 1;
        } finally {
            delete(scratch);
        }
    }

    /** Makes what is not there yet of the guests. */
    private static void make(Path root, List<String> artifacts, PrintStream progress)
            throws BenchException, IOException, InterruptedException {
        Path images = root.resolve("guest/out");
        Map<String, String> files = Map.of("bench", "initrd-bench.img", "tools", "bench.img", "cloud", "vmlinuz-cloud",
                "full", "vmlinuz-full", "test", "initrd-test.img");
        List<String> missing = new ArrayList<>(artifacts);
        // the workloads are sources of the clone: their recipe looks by itself whether they have changed
        missing.removeIf(a -> !Set.of("bench", "tools").contains(a) && Files.exists(images.resolve(files.get(a))));
        if (missing.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of(root.resolve("guest/make").toString()));
        command.addAll(missing);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String log = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new BenchException("bench: the guest cannot be made:\n" + log);
        }
        progress.println("guests: " + String.join(", ", missing));
    }

    private static List<Workload> known(Path driver) throws BenchException, InterruptedException {
        try (DriverSession session = new DriverSession("the driver", List.of(driver.toString(), "serve"))) {
            return session.list();
        }
    }

    private static boolean onPath(String program) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    /** What the figures depend on. */
    private static Map<String, String> host() throws IOException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        about.put("processor", Files.lines(Path.of("/proc/cpuinfo")).filter(l -> l.startsWith("model name"))
                .findFirst().map(l -> l.substring(l.indexOf(':') + 1).strip()).orElse("unknown")
                + ", " + java.lang.Runtime.getRuntime().availableProcessors() + " processors");
        about.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        about.put("load", Files.readString(Path.of("/proc/loadavg")).strip());
        return about;
    }

    /** A warning if others use the processors too. */
    private static Optional<String> busy() throws IOException {
        double load = Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        int processors = java.lang.Runtime.getRuntime().availableProcessors();
        return load < processors / 2.0 ? Optional.empty()
                : Optional.of("this host is busy (load %.1f on %d processors): its figures will be of little use"
                        .formatted(load, processors));
    }

    private static void delete(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
