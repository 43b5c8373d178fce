package dev.backplane.shell.vm;

import dev.backplane.api.machine.MachineException;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.CommandException;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.command.Signature;

/** A command that is one action. */
record SimpleCommand(Signature signature, Action action) implements Command {

    /** What it does. */
    @FunctionalInterface
    interface Action {
        Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException;
    }

    @Override
    public Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException {
        return action.run(invocation);
    }
}
