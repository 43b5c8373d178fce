package dev.backplane.shell.vm;

import dev.backplane.shell.command.Command;
import java.util.List;
import java.util.Optional;

/** The commands of the shell and what completion asks about machines. Threading: any thread. */
public interface CommandCatalog {

    /** All commands, in order of name. */
    List<Command> commands();

    /** The machine core. */
    Machines machines();

    /** The bundles that machines are made of, by symbolic name; for completion. */
    default List<String> plugins() {
        return List.of();
    }

    /** The command of that name; without a scope it is one of scope {@code vm}. */
    default Optional<Command> command(String name) {
        String full = name.contains(":") ? name : VmCommands.SCOPE + ":" + name;
        return commands().stream().filter(command -> command.signature().fullName().equals(full)).findFirst();
    }
}
