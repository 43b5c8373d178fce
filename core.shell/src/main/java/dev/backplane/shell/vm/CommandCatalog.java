package dev.backplane.shell.vm;

import dev.backplane.shell.command.Command;
import java.util.List;
import java.util.Optional;

/** The commands of scope {@code vm} and what completion asks about machines. Threading: any thread. */
public interface CommandCatalog {

    /** All commands, in order of name. */
    List<Command> commands();

    /** The machine core. */
    Machines machines();

    /** The command of that name, without scope. */
    default Optional<Command> command(String name) {
        return commands().stream().filter(command -> command.signature().name().equals(name)).findFirst();
    }
}
