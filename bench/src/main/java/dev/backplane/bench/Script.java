package dev.backplane.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.machine.Progress;
import dev.backplane.machine.manager.Machines;

/**
 * Steps that are done to a machine, one a line: {@code expect SECONDS REGEX}, {@code send TEXT}, {@code add
 * TYPE,OPTION=VALUE}, {@code remove ID}, {@code pull ID}, {@code save FILE}, {@code restore FILE}, {@code button},
 * {@code reset}, {@code pause}, {@code resume}, {@code stop}, {@code off SECONDS}. Each tells on standard error how
 * long it took.
 */
final class Script {
    private final Machines machines;
    private Machine machine;
    private long position;

    Script(Machines machines, Machine machine) {
        this.machines = machines;
        this.machine = machine;
    }

    void run(Path file) throws IOException, MachineException, InterruptedException {
        for (String line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                long begin = System.nanoTime();
                String[] words = line.split(" ", 2);
                step(words[0], words.length > 1 ? words[1] : "");
                System.err.printf("%n[%s: %d ms]%n", line, (System.nanoTime() - begin) / 1_000_000);
            }
        }
    }

    private void step(String command, String rest) throws MachineException, InterruptedException {
        switch (command) {
            case "expect" -> expect(Integer.parseInt(rest.split(" ", 2)[0]), rest.split(" ", 2)[1]);
            case "send" -> console().send(rest.replace("\\n", "\n").getBytes(StandardCharsets.UTF_8));
            case "add" -> machine.add(BootMain.card(rest));
            case "remove" -> machine.remove(rest, false);
            case "pull" -> machine.remove(rest, true);
            case "save" -> machine.save(Path.of(rest), Progress.NONE);
            case "restore" -> {
                machine.destroy();
                machine = machines.restore(Path.of(rest), null, Progress.NONE);
                position = 0;
                BootMain.show(machine);
            }
            case "button" -> machine.powerButton();
            case "reset" -> machine.reset();
            case "pause" -> machine.pause();
            case "resume" -> machine.resume();
            case "stop" -> machine.stop();
            case "off" -> machine.await(List.of(MachineState.STOPPED), Duration.ofSeconds(Long.parseLong(rest)));
            default -> throw new MachineException("no step " + command);
        }
    }

    private Console console() throws MachineException {
        List<Console> consoles = machine.consoles();
        if (consoles.isEmpty()) {
            throw new MachineException("no console");
        }
        return consoles.getFirst();
    }

    private void expect(int seconds, String regex) throws MachineException, InterruptedException {
        long limit = System.nanoTime() + seconds * 1_000_000_000L;
        Pattern pattern = Pattern.compile(regex);
        while (true) {
            Console console = console();
            long now = console.position();
            byte[] text = console.read(position);
            Matcher m = pattern.matcher(new String(text, StandardCharsets.ISO_8859_1));
            if (m.find()) {
                position = Math.max(position, console.oldest()) + m.end();
                return;
            }
            if (System.nanoTime() > limit) {
                throw new MachineException("no " + regex + " within " + seconds + " s");
            }
            console.await(now, 1_000_000_000L);
        }
    }
}
