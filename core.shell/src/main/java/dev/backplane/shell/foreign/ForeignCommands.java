package dev.backplane.shell.foreign;

import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.CommandFunction;
import dev.backplane.shell.vm.Machines;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The commands that other bundles offer now, registered with Gogo. Threading: any thread. */
public final class ForeignCommands {

    private static final Logger LOG = LoggerFactory.getLogger(ForeignCommands.class);
    private static final Pattern SCOPE = Pattern.compile("[a-z][a-z0-9]*");
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

    private record Entry(ForeignCommand command, ServiceRegistration<?> registration) {
    }

    private final BundleContext context;
    private final Machines machines;
    private final Predicate<String> taken;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * No commands yet.
     *
     * @param context where they are registered, or null for nowhere
     * @param taken   the names, with scope, that are the shell's own
     */
    public ForeignCommands(BundleContext context, Machines machines, Predicate<String> taken) {
        this.context = context;
        this.machines = machines;
        this.taken = taken;
    }

    /** A bundle offers a command; one that cannot be used is left out, and the log says why. */
    public void add(ShellCommand command) {
        try {
            Signature signature = command.signature();
            if (!SCOPE.matcher(signature.scope()).matches() || !NAME.matcher(signature.name()).matches()) {
                LOG.warn("The command {} is left out: a name has lower-case letters, digits and dashes",
                        signature.fullName());
            } else if (taken.test(signature.fullName())) {
                LOG.warn("The command {} of {} is left out: the shell has one of that name", signature.fullName(),
                        command.getClass().getName());
            } else {
                add(new ForeignCommand(command, signature, machines));
            }
        } catch (RuntimeException | LinkageError e) {
            LOG.warn("The command {} is left out: it does not say what it is", command.getClass().getName(), e);
        }
    }

    private void add(ForeignCommand command) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(CommandProcessor.COMMAND_SCOPE, command.signature().scope());
        properties.put(CommandProcessor.COMMAND_FUNCTION, command.signature().name());
        ServiceRegistration<?> registration = context == null ? null
                : context.registerService(Function.class, new CommandFunction(command), properties);
        synchronized (entries) {
            entries.add(new Entry(command, registration));
        }
    }

    /** The bundle offers it no more. */
    public void remove(ShellCommand command) {
        List<Entry> gone = new ArrayList<>();
        synchronized (entries) {
            entries.removeIf(entry -> entry.command().isOf(command) && gone.add(entry));
        }
        gone.forEach(ForeignCommands::unregister);
    }

    private static void unregister(Entry entry) {
        try {
            if (entry.registration() != null) {
                entry.registration().unregister();
            }
        } catch (IllegalStateException e) {
            LOG.debug("{} was not registered any more", entry.command().signature().fullName());
        }
    }

    /** All commands, in order of name; one for each name. */
    public List<Command> all() {
        List<Command> all = new ArrayList<>();
        synchronized (entries) {
            for (Entry entry : entries) {
                String name = entry.command().signature().fullName();
                if (all.stream().noneMatch(other -> other.signature().fullName().equals(name))) {
                    all.add(entry.command());
                }
            }
        }
        all.sort(Comparator.comparing(command -> command.signature().fullName()));
        return all;
    }

    /** Takes all away. */
    public void close() {
        List<Entry> gone;
        synchronized (entries) {
            gone = List.copyOf(entries);
            entries.clear();
        }
        gone.forEach(ForeignCommands::unregister);
    }
}
