package dev.backplane.shell.command;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;

/** One command of the shell. Threading: may be called from several sessions at once. */
public interface Command {

    /** What it is and takes; always the same. */
    Signature signature();

    /**
     * Does it.
     *
     * @return what a converter prints, or null for nothing
     * @throws CommandException     if the words make no sense
     * @throws MachineException     if the machine core refuses
     * @throws InterruptedException if the user interrupted it
     */
    Object run(Invocation invocation) throws CommandException, MachineException, InterruptedException;
}
