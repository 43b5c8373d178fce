package dev.backplane.shell.command;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;

/** A command that is one action. */
public record SimpleCommand(Signature signature, Action action) implements Command {

    /** What it does. */
    @FunctionalInterface
    public interface Action {
        Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException;
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException {
        return action.run(invocation);
    }
}
