package dev.backplane.bench.suite;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A process whose standard input and output are the driver's: on the host itself, or QEMU's serial port. */
final class DriverSession implements Session {

    static final Duration START = Duration.ofSeconds(300);
    static final Duration RUN = Duration.ofSeconds(900);

    private final String name;
    private final Process process;
    private final Console console;

    DriverSession(String name, List<String> command) throws BenchException, InterruptedException {
        this.name = name;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new BenchException(name + " cannot be started: " + e.getMessage(), e);
        }
        console = new Console(name, process.getInputStream());
        try {
            console.await("its first word", START, only(DriverLine.Ready.class));
        } catch (BenchException | InterruptedException e) {
            close();
            throw e;
        }
    }

    @Override
    public List<Workload> list() throws BenchException, InterruptedException {
        send("list");
        return listed(console);
    }

    /** What the driver knows, as it lists it. */
    static List<Workload> listed(Console console) throws BenchException, InterruptedException {
        List<Workload> all = new ArrayList<>();
        console.await("its list", START, line -> DriverLine.parse(line).map(found -> {
            if (found instanceof DriverLine.Known known) {
                all.add(known.workload());
            }
            return found instanceof DriverLine.Listed ? found : null;
        }));
        return all;
    }

    @Override
    public Sample run(String workload, int units, int copies) throws BenchException, InterruptedException {
        send("run " + workload + " " + units + " " + copies);
        Console.Found<DriverLine.Begin> begin =
                console.await("the begin of " + workload, RUN, only(DriverLine.Begin.class));
        Console.Found<DriverLine> end = console.await("the end of " + workload, RUN, DriverSession::end);
        return sample(end.what(), workload, units, (end.nanos() - begin.nanos()) / 1e9);
    }

    /** What a run's last line means. */
    static Sample sample(DriverLine line, String workload, int units, double host) throws BenchException {
        return switch (line) {
            case DriverLine.Result r when r.name().equals(workload) && r.units() == units ->
                    new Sample(r.score(), r.wall(), host, r.checksum());
            case DriverLine.Failure f -> throw new WorkloadException(f.reason());
            default -> throw new BenchException("another workload answers: " + line);
        };
    }

    /** The result or the failure that a line tells. */
    static Optional<DriverLine> end(String line) {
        return DriverLine.parse(line)
                .filter(found -> found instanceof DriverLine.Result || found instanceof DriverLine.Failure);
    }

    static <T extends DriverLine> Function<String, Optional<T>> only(Class<T> kind) {
        return line -> DriverLine.parse(line).filter(kind::isInstance).map(kind::cast);
    }

    private void send(String command) throws BenchException {
        try {
            OutputStream to = process.getOutputStream();
            to.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
            to.flush();
        } catch (IOException e) {
            throw new BenchException(name + " does not listen any more", e);
        }
    }

    @Override
    public void close() {
        Processes.end(process);
    }
}
