package dev.backplane.api.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.Progress;

/**
 * One call of a command: its words, sorted by its signature, and the session that it was typed in. Parameters have the
 * names that help shows ({@code NAME}), options theirs without dashes. A name that the signature does not have raises
 * {@link IllegalArgumentException}: that is a defect of the command. Threading: the thread of the call.
 */
public interface Call {
    /** Whether the parameter, option or flag was given. */
    boolean has(String name);

    /** The value of a required parameter. */
    String value(String name);

    /** The value of a parameter or option if it was given; the last one of several. */
    Optional<String> optional(String name);

    /** All values of a parameter or option, in order. */
    List<String> all(String name);

    /**
     * The words {@code key=value} of a parameter that may be given any number of times.
     *
     * @param keys the keys that are known
     * @throws CommandException if a word is not of that form, or its key is unknown or given twice
     */
    Map<String, String> settings(String name, List<String> keys) throws CommandException;

    /** The value of a parameter or option as a time ({@code 500ms}, {@code 10s}) if it was given. */
    Optional<Duration> duration(String name) throws CommandException;

    /** The value of a parameter or option as a size in bytes ({@code 64K}, {@code 512M}) if it was given. */
    Optional<Long> size(String name) throws CommandException;

    /** A file as the user named it: relative to the session's folder, {@code ~} is the user's home. */
    Path file(String text);

    /** The machine core. */
    MachineManager machines() throws CommandException;

    /** The machine of that name, or a refusal that names the nearest. */
    Machine machine(String name) throws CommandException;

    /**
     * Shows on a terminal how far the work is; without a terminal nothing is shown.
     *
     * @param what the work, for instance {@code "copying"}
     */
    Progress progress(String what);
}
