package dev.backplane.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Provider;
import dev.backplane.machine.lifecycle.MachineCore;
import dev.backplane.machine.manager.LiveCatalog;
import dev.backplane.machine.manager.Machines;
import dev.backplane.machine.spec.Quantities;

/**
 * Boots a machine and shows its first console on standard output until it turns itself off.
 *
 * <p>Arguments: kernel initrd commandline [disk-image] [vcpus]; {@code -} stands for none. System properties:
 * {@code memory} (512M), {@code backend}, {@code model}, {@code console} (the card type, {@code serial}),
 * {@code cards} (more cards, {@code type,option=value;type...}), {@code seconds} (turn off after so long),
 * {@code script} (a file for {@link Script}), {@code input} (typed once the console shows {@code prompt}).
 */
public final class BootMain {
    private BootMain() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length < 3) {
            System.err.println("arguments: kernel initrd commandline [disk-image] [vcpus]; - for none");
            System.exit(2);
        }
        try {
            System.exit(boot(args));
        } catch (MachineException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    private static int boot(String[] args) throws IOException, InterruptedException, MachineException {
        LiveCatalog catalog = ClassPathCatalog.find();
        List<CardSpec> cards = new ArrayList<>();
        cards.add(card(System.getProperty("console", "serial")));
        if (args.length > 3 && !args[3].equals("-")) {
            cards.add(card("virtio-blk,image=" + args[3]));
        }
        for (String more : System.getProperty("cards", "").split(";")) {
            if (!more.isBlank()) {
                cards.add(card(more));
            }
        }
        MachineSpec spec = new MachineSpec("boot", args.length > 4 ? Integer.parseInt(args[4]) : 1,
            Quantities.size(System.getProperty("memory", "512M")).orElseThrow(), System.getProperty("model"),
            System.getProperty("backend"), new BootSpec(path(args[0]), path(args[1]), List.of(), args[2]), cards);
        try (Machines machines = new Machines(catalog, new Provider("bench", "0"), null,
            Duration.ofSeconds(10), new Silent(),
            e -> System.err.println("[" + e.kind() + " " + e.card() + " " + e.detail() + "]"))) {
            Machine machine = machines.create(spec);
            long begin = System.nanoTime();
            machine.start();
            try (AutoCloseable shown = show(machine)) {
                long seconds = Long.getLong("seconds", 86400);
                type(machine, begin);
                if (System.getProperty("script") != null) {
                    new Script(machines, machine).run(Path.of(System.getProperty("script")));
                    return 0;
                }
                machine.await(List.of(MachineState.STOPPED, MachineState.FAILED), Duration.ofSeconds(seconds));
            } catch (MachineException | InterruptedException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            } finally {
                System.out.flush();
                System.err.printf("%n[%s %s after %d ms] %s%n", machine.state(), machine.view().reason(),
                    (System.nanoTime() - begin) / 1_000_000, machine.view().vcpus());
            }
            return machine.view().exitStatus() < 0 ? 0 : machine.view().exitStatus();
        }
    }

    static AutoCloseable show(Machine machine) {
        List<Console> consoles = machine.consoles();
        if (consoles.isEmpty()) {
            return () -> { };
        }
        Console console = consoles.getFirst();
        synchronized (System.out) {
            byte[] early = console.read(0);
            System.out.write(early, 0, early.length);
        }
        return console.attach(bytes -> {
            System.out.write(bytes, 0, bytes.length);
            System.out.flush();
        });
    }

    /** Waits for the prompt, says how long that took, and types the input. */
    private static void type(Machine machine, long begin) throws InterruptedException {
        String prompt = System.getProperty("prompt");
        if (prompt == null || machine.consoles().isEmpty()) {
            return;
        }
        Console console = machine.consoles().getFirst();
        long position = 0;
        while (!new String(console.read(0), StandardCharsets.ISO_8859_1).contains(prompt)) {
            position = console.await(position, 1_000_000_000L);
            if (machine.state() != MachineState.RUNNING) {
                return;
            }
        }
        System.err.printf("%n[%s after %d ms]%n", prompt, (System.nanoTime() - begin) / 1_000_000);
        console.send(System.getProperty("input", "").replace("\\n", "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Path path(String argument) {
        return argument.equals("-") ? null : Path.of(argument).toAbsolutePath();
    }

    static CardSpec card(String text) {
        String[] parts = text.split(",");
        Map<String, String> options = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            options.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
        }
        return new CardSpec(null, parts[0], null, options);
    }

    private static final class Silent implements Machines.Registrar {
        @Override
        public void added(MachineCore machine) {
            // Nobody looks for services here.
        }

        @Override
        public void changed(MachineCore machine) {
            // Nobody looks for services here.
        }

        @Override
        public void removed(MachineCore machine) {
            // Nobody looks for services here.
        }
    }
}
