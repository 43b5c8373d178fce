package dev.backplane.bench.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where workloads run. */
sealed interface Platform {

    Duration BOOT = Duration.ofSeconds(300);
    String REACHED = "BACKPLANE-INIT-REACHED";
    String PANIC = "Kernel panic";

    /** As the table shows it. */
    String name();

    /** How many times less work it gets, because it is slow. */
    default int divisor() {
        return 1;
    }

    /** Starts it; {@code vcpus} is no more than a wish where the host itself runs the workloads. */
    Session open(Guest guest, int vcpus) throws BenchException, InterruptedException;

    /** Seconds until the guest's first process prints; nothing where nothing boots. */
    default Optional<Double> boot(Boot boot, Path images) throws BenchException, InterruptedException {
        return Optional.empty();
    }

    /** When the guest's first process printed; a kernel that gives up before does not let anybody wait. */
    private static long reached(Console console) throws BenchException, InterruptedException {
        Console.Found<String> found = console.await("first process", BOOT, Runtime.line(REACHED + "|" + PANIC));
        if (found.what().contains(PANIC)) {
            throw new BenchException("the guest's " + found.what().replaceFirst(".*" + PANIC, "kernel panics"));
        }
        return found.nanos();
    }

    /**
     * The host, in the tree of the benchmark disk where there is one, so that programs and libraries are the same.
     *
     * @param driver the driver for a host without that tree
     * @param tree   what is on the disk
     */
    record Native(Path driver, Path tree) implements Platform {
        @Override
        public String name() {
            return "native";
        }

        @Override
        public Session open(Guest guest, int vcpus) throws BenchException, InterruptedException {
            if (guest.disk().isEmpty()) {
                return new DriverSession("the host", List.of(driver.toString(), "serve"));
            }
            // own mounts, as root of an own user namespace where it is not root anyway
            return new DriverSession("the host", List.of("unshare", "--map-root-user", "--mount", "sh", "-c",
                    "mount --rbind /dev \"$0/dev\" && mount --rbind /proc \"$0/proc\" && "
                            + "mount -t tmpfs tmpfs \"$0/tmp\" && HOME=/root PATH=/usr/bin:/usr/sbin:/bin:/sbin "
                            + "exec chroot \"$0\" /bench/driver serve", tree.toString()));
        }
    }

    /** QEMU's own translator. */
    record Qemu() implements Platform {
        @Override
        public String name() {
            return "qemu";
        }

        @Override
        public Session open(Guest guest, int vcpus) throws BenchException, InterruptedException {
            List<String> command = command(vcpus, guest.memory(), guest.kernel(), guest.initrd(), guest.append());
            guest.disk().ifPresent(d -> command.addAll(List.of("-drive",
                    "file=" + d + ",format=raw,if=virtio,snapshot=on,file.locking=off")));
            return new DriverSession("QEMU", command);
        }

        private static List<String> command(int vcpus, String memory, Path kernel, Path initrd, String append) {
            return new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-machine", "q35",
                    "-smp", Integer.toString(vcpus), "-m", memory, "-display", "none", "-monitor", "none", "-serial",
                    "stdio", "-no-reboot", "-nic", "none", "-kernel", kernel.toString(), "-initrd",
                    initrd.toString(), "-append", append));
        }

        @Override
        public Optional<Double> boot(Boot boot, Path images) throws BenchException, InterruptedException {
            if (boot.cold()) {
                // it has no runtime: every boot of it is a cold one
                return Optional.empty();
            }
            long begin = System.nanoTime();
            Process process;
            try {
                process = new ProcessBuilder(command(boot.vcpus(), Boot.MEMORY, boot.kernel(images),
                        boot.initrd(images), Boot.APPEND)).redirectErrorStream(true).start();
            } catch (IOException e) {
                throw new BenchException("QEMU cannot be started: " + e.getMessage(), e);
            }
            try {
                Console console = new Console("QEMU", process.getInputStream());
                return Optional.of((reached(console) - begin) / 1e9);
            } finally {
                Processes.end(process);
            }
        }
    }

    /**
     * A CPU backend of the distribution.
     *
     * @param scratch a folder for data of runtimes
     * @param divisor how many times less work it gets
     */
    record Backplane(Path distribution, Path scratch, String backend, int divisor) implements Platform {
        @Override
        public String name() {
            return backend;
        }

        @Override
        public Session open(Guest guest, int vcpus) throws BenchException, InterruptedException {
            try {
                return new MachineSession(distribution, Files.createTempDirectory(scratch, backend), backend, guest,
                        vcpus);
            } catch (IOException e) {
                throw new BenchException("no folder for the runtime: " + e.getMessage(), e);
            }
        }

        @Override
        public Optional<Double> boot(Boot boot, Path images) throws BenchException, InterruptedException {
            String create = MachineSession.create(backend, boot.vcpus(), Boot.MEMORY, boot.kernel(images),
                    boot.initrd(images), Boot.APPEND);
            String start = "vm:start bench; vm:expect bench '" + REACHED + "|" + PANIC + "[^\\n]*\\n' "
                    + BOOT.toSeconds() + "s | cat";
            String destroy = "vm:destroy bench --force";
            Path data;
            try {
                data = Files.createTempDirectory(scratch, "boot");
            } catch (IOException e) {
                throw new BenchException("no folder for the runtime: " + e.getMessage(), e);
            }
            if (boot.cold()) {
                return Optional.of(cold(data, create + "; " + start + "; " + destroy));
            }
            try (Runtime runtime = new Runtime(distribution, data)) {
                runtime.command(create);
                runtime.settle(BOOT);
                long begin = System.nanoTime();
                runtime.command(start);
                double seconds = (reached(runtime.console()) - begin) / 1e9;
                runtime.command(destroy);
                runtime.settle(BOOT);
                return Optional.of(seconds);
            }
        }

        private double cold(Path data, String commands) throws BenchException, InterruptedException {
            long begin = System.nanoTime();
            Process process;
            try {
                process = Runtime.start(distribution, data, "-c", commands);
            } catch (IOException e) {
                throw new BenchException("the runtime cannot be started: " + e.getMessage(), e);
            }
            try {
                Console console = new Console("the runtime", process.getInputStream());
                double seconds = (reached(console) - begin) / 1e9;
                // what it has left to do is to end by itself and take its machine along
                process.waitFor(BOOT.toSeconds(), TimeUnit.SECONDS);
                return seconds;
            } finally {
                Processes.end(process);
            }
        }
    }
}
