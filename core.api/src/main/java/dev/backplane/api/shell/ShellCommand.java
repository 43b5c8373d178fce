package dev.backplane.api.shell;

import java.util.List;

import dev.backplane.api.machine.MachineException;

/**
 * A command of the shell, registered as an OSGi service under this name. What it takes is data: parsing, checks,
 * completion and help are made from its {@link #signature}. Threading: called from several sessions at once; a run may
 * take its time, and is interrupted when the user presses Ctrl-C.
 */
public interface ShellCommand {
    /** What it is and takes; always the same. */
    Signature signature();

    /**
     * Does it.
     *
     * @return what is printed and what scripts get, or null for nothing
     * @throws CommandException     if it cannot be done; the message is one line for the user
     * @throws MachineException     if a machine refuses
     * @throws InterruptedException if the user interrupted it
     */
    Output run(Call call) throws CommandException, MachineException, InterruptedException;

    /**
     * What a word of kind {@link ValueKind#OWN} could be; if that is nothing, a file is completed. Called while the
     * user types: it must not block.
     *
     * @param name the parameter's name, or the option's without dashes
     * @param call the words before it
     */
    default List<Candidate> candidates(String name, Call call) {
        return List.of();
    }
}
