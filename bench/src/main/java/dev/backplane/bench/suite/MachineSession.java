package dev.backplane.bench.suite;

import java.nio.file.Path;
import java.util.List;

/** A machine of the distribution whose first console is the driver's. */
final class MachineSession implements Session {

    private static final String LIMIT = DriverSession.RUN.toSeconds() + "s";

    private final Runtime runtime;

    MachineSession(Path distribution, Path folder, String backend, Guest guest, int vcpus)
            throws BenchException, InterruptedException {
        runtime = new Runtime(distribution, folder);
        try {
            runtime.command(create(backend, vcpus, guest.memory(), guest.kernel(), guest.initrd(), guest.append())
                    + guest.disk().map(d -> "; vm:add bench virtio-blk 'image=" + d + "' snapshot=on").orElse("")
                    + "; vm:start bench; vm:expect bench '^BENCH-READY' " + DriverSession.START.toSeconds()
                    + "s | cat");
            runtime.console().await("the guest's first word", DriverSession.START.plusSeconds(30),
                    DriverSession.only(DriverLine.Ready.class));
        } catch (BenchException | InterruptedException e) {
            runtime.close();
            throw e;
        }
    }

    /** The commands that make a machine named bench, with a serial port alone. */
    static String create(String backend, int vcpus, String memory, Path kernel, Path initrd, String append) {
        return "vm:create bench --bare --backend " + backend + " --cpus " + vcpus + " --memory " + memory
                + " --kernel '" + kernel + "' --initrd '" + initrd + "' --append '" + append
                + "'; vm:add bench serial";
    }

    @Override
    public List<Workload> list() throws BenchException, InterruptedException {
        runtime.command("vm:send bench 'list\\n'; vm:expect bench '(BENCH-WORKLOAD[^\\n]*\\n)+BENCH-LISTED' 60s | cat");
        return DriverSession.listed(runtime.console());
    }

    @Override
    public Sample run(String workload, int units, int copies) throws BenchException, InterruptedException {
        // an expression that ends with the line's end: the console may have half a line
        runtime.command("vm:send bench 'run " + workload + " " + units + " " + copies + "\\n'; "
                + "vm:expect bench '^BENCH-BEGIN [^\\n]*\\n' " + LIMIT + " | cat; "
                + "vm:expect bench '^BENCH(-FAIL)? [^\\n]*\\n' " + LIMIT + " | cat");
        Console.Found<DriverLine.Begin> begin = runtime.console().await("the begin of " + workload,
                DriverSession.RUN.plusSeconds(30), DriverSession.only(DriverLine.Begin.class));
        Console.Found<DriverLine> end = runtime.console().await("the end of " + workload,
                DriverSession.RUN.plusSeconds(30), DriverSession::end);
        return DriverSession.sample(end.what(), workload, units, (end.nanos() - begin.nanos()) / 1e9);
    }

    @Override
    public void close() {
        runtime.close();
    }
}
