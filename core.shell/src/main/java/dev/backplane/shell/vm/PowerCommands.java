package dev.backplane.shell.vm;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineState;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.SimpleCommand;
import dev.backplane.shell.console.Expectation;
import dev.backplane.shell.text.Durations;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.view.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The commands that change the state of a machine. */
final class PowerCommands {

    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(60);
    private static final List<MachineState> OFF = List.of(MachineState.STOPPED, MachineState.FAILED);

    private final Machines machines;
    private final Expectation expectation;

    PowerCommands(Machines machines, Expectation expectation) {
        this.machines = machines;
        this.expectation = expectation;
    }

    List<Command> all() {
        return List.of(
                start(),
                simple("pause", "stop a machine's vCPUs and its clock where they are", "paused", Machine::pause,
                        "The guest does not notice. vm:resume goes on."),
                simple("resume", "let a paused machine go on", "running", Machine::resume,
                        "Only after vm:pause."),
                simple("reset", "press a machine's reset button", "reset", this::reset,
                        "The guest is not asked; the kernel is loaded anew."),
                shutdown(),
                simple("stop", "pull a machine's plug", "stopped", Machine::stop,
                        "The guest is not asked; vm:shutdown asks it. What it flushed is on disk."),
                destroy(),
                waiting());
    }

    private Command start() {
        Signature signature = new Signature("start", "switch a machine on",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.many("NAME", ValueKind.MACHINE, "more machines")),
                List.of(Option.flag("paused", "stop in front of the first instruction; vm:resume or a debugger goes on")),
                List.of("The machine runs on its own; vm:console shows its screen, vm:log what it printed."),
                List.of("vm:start demo", "vm:start demo --paused"));
        return new SimpleCommand(signature, invocation -> {
            boolean paused = invocation.arguments().has("paused");
            return each(invocation, paused ? "paused" : "started", machine -> {
                if (machine.state() == MachineState.STOPPED || machine.state() == MachineState.FAILED) {
                    // What the guest printed before is no answer to what is expected of it now.
                    expectation.skip(machine);
                }
                if (paused) {
                    machine.startPaused();
                } else {
                    machine.start();
                }
            });
        });
    }

    private void reset(Machine machine) throws MachineException {
        expectation.skip(machine);
        machine.reset();
    }

    private interface Step {
        void of(Machine machine) throws MachineException;
    }

    private Command simple(String name, String summary, String done, Step step, String note) {
        Signature signature = new Signature(name, summary,
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.many("NAME", ValueKind.MACHINE, "more machines")),
                List.of(), List.of(note), List.of("vm:" + name + " demo"));
        return new SimpleCommand(signature, invocation -> each(invocation, done, step));
    }

    private Answer each(Invocation invocation, String done, Step step) throws CommandException, MachineException {
        List<Machine> chosen = new ArrayList<>();
        for (String machine : invocation.arguments().parameters()) {
            chosen.add(machines.machine(machine));
        }
        List<String> lines = new ArrayList<>();
        for (Machine machine : chosen) {
            step.of(machine);
            lines.add(machine.name() + ": " + done);
        }
        return new Answer(chosen.getFirst().name(), String.join("\n", lines));
    }

    private Command shutdown() {
        Signature signature = new Signature("shutdown", "press a machine's power button and wait until it is off",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.optional("TIMEOUT", ValueKind.DURATION, "how long to wait (60s)")),
                List.of(Option.flag("no-wait", "only press the button")),
                List.of("The guest decides what it does; vm:stop pulls the plug."),
                List.of("vm:shutdown demo", "vm:shutdown demo 2m"));
        return new SimpleCommand(signature, invocation -> {
            Machine machine = machines.machine(invocation.arguments().at(0));
            Duration limit = invocation.arguments().duration(1, DEFAULT_WAIT);
            machine.powerButton();
            if (invocation.arguments().has("no-wait")) {
                return new Answer(machine.name(), machine.name() + ": power button pressed");
            }
            MachineState reached = await(machine, OFF, limit,
                    "; the guest may not heed the button: vm:stop " + machine.name() + " pulls the plug");
            return new Answer(machine.name(), machine.name() + ": " + word(reached));
        });
    }

    private Command destroy() {
        Signature signature = new Signature("destroy", "forget a machine",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.many("NAME", ValueKind.MACHINE, "more machines")),
                List.of(Option.flag("force", "also if it runs: the plug is pulled first")),
                List.of("Its disk images stay."), List.of("vm:destroy demo"));
        return new SimpleCommand(signature, invocation -> {
            List<Machine> chosen = new ArrayList<>();
            for (String name : invocation.arguments().parameters()) {
                Machine machine = machines.machine(name);
                MachineState state = machine.state();
                boolean active = state == MachineState.RUNNING || state == MachineState.PAUSED;
                if (active && !invocation.arguments().has("force")) {
                    throw new CommandException(name + " is " + word(state) + "; stop it first, or use --force");
                }
                chosen.add(machine);
            }
            List<String> lines = new ArrayList<>();
            for (Machine machine : chosen) {
                machine.destroy();
                expectation.forget(machine.name());
                lines.add(machine.name() + ": destroyed");
            }
            return new Answer(chosen.getFirst().name(), String.join("\n", lines));
        });
    }

    private Command waiting() {
        Signature signature = new Signature("wait", "wait until a machine is in a state",
                List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                        Parameter.many("STATE|TIMEOUT", ValueKind.STATE,
                                "states, one of which is waited for (stopped), and a time (60s)")),
                List.of(), List.of("States: " + String.join(", ", states()) + "."),
                List.of("vm:wait demo stopped 120s", "vm:wait demo"));
        return new SimpleCommand(signature, this::await);
    }

    private Object await(Invocation invocation) throws CommandException, MachineException, InterruptedException {
        Machine machine = machines.machine(invocation.arguments().at(0));
        List<MachineState> wanted = new ArrayList<>();
        Duration limit = DEFAULT_WAIT;
        for (String word : invocation.arguments().from(1)) {
            if (Character.isDigit(word.charAt(0))) {
                limit = time(word);
            } else {
                wanted.add(state(word));
            }
        }
        MachineState reached = await(machine, wanted.isEmpty() ? OFF : wanted, limit, "");
        if (reached == MachineState.FAILED && !wanted.contains(MachineState.FAILED)) {
            throw new CommandException(machine.name() + " failed: " + machine.view().reason());
        }
        return new Answer(word(reached), machine.name() + ": " + word(reached));
    }

    private static MachineState await(Machine machine, List<MachineState> wanted, Duration limit, String remedy)
            throws CommandException, MachineException, InterruptedException {
        try {
            return machine.await(wanted, limit);
        } catch (MachineException e) {
            if (wanted.contains(machine.state())) {
                throw e;
            }
            throw new CommandException(machine.name() + " is " + word(machine.state()) + " after "
                    + Durations.format(limit) + ", not " + String.join(" or ", wanted.stream()
                    .map(PowerCommands::word).toList()) + remedy, e);
        }
    }

    private static Duration time(String word) throws CommandException {
        try {
            return Durations.parse(word);
        } catch (IllegalArgumentException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private static MachineState state(String word) throws CommandException {
        if (!states().contains(word)) {
            throw new CommandException("no state is named \"" + word + "\"" + Suggestions.hint(word, states()));
        }
        return MachineState.valueOf(word.toUpperCase(Locale.ROOT));
    }

    static List<String> states() {
        return Arrays.stream(MachineState.values()).map(PowerCommands::word).toList();
    }

    private static String word(MachineState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
