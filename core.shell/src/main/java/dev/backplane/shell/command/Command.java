package dev.backplane.shell.command;

import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.Candidate;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Signature;
import java.util.List;

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

    /**
     * What a word of kind {@code OWN} could be; if that is nothing, a file.
     *
     * @param name   the parameter's name, or the option's without dashes
     * @param before the words before it
     */
    default List<Candidate> candidates(String name, Invocation before) {
        return List.of();
    }
}
