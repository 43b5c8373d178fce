package dev.backplane.shell.vm;

import dev.backplane.api.machine.MachineManager;
import dev.backplane.shell.Notices;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.shell.command.Command;
import dev.backplane.shell.command.CommandFunction;
import dev.backplane.shell.console.Expectation;
import dev.backplane.shell.foreign.ForeignCommands;
import dev.backplane.shell.plugin.PluginCommands;
import dev.backplane.shell.plugin.Plugins;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.Function;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Registers the commands of scopes {@code vm} and {@code plugin} with Gogo, and those that other bundles offer. They
 * are there also while the machine core is not, and then say so.
 */
@Component(service = CommandCatalog.class, immediate = true)
public final class VmCommands implements CommandCatalog {

    /** The scope that need not be typed. */
    public static final String SCOPE = "vm";

    /** Framework property: the card types of a new machine, separated by commas. */
    private static final String USUAL_CARDS = "backplane.create.cards";

    /** Framework property: the folder of plug-ins that is watched. */
    private static final String PLUGINS = "backplane.plugins";

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile MachineManager manager;

    private final Machines machines;
    private final Plugins plugins;
    private final List<Command> commands;
    private final ForeignCommands foreign;
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final Runnable watching;

    /** Made by SCR. */
    @Activate
    public VmCommands(BundleContext context, @Reference Notices notices) {
        machines = new Machines(() -> Optional.ofNullable(manager));
        plugins = new Plugins(context, machines);
        commands = make(machines, usualCards(context.getProperty(USUAL_CARDS)));
        for (Command command : commands) {
            Dictionary<String, Object> properties = new Hashtable<>();
            properties.put(CommandProcessor.COMMAND_SCOPE, command.signature().scope());
            properties.put(CommandProcessor.COMMAND_FUNCTION, command.signature().name());
            registrations.add(context.registerService(Function.class, new CommandFunction(command), properties));
        }
        foreign = new ForeignCommands(context, machines, this::isOwn);
        String folder = context.getProperty(PLUGINS);
        watching = folder == null ? () -> { } : plugins.watch(Path.of(folder), notices::say);
    }

    /**
     * The commands over a given core, registered nowhere.
     *
     * @param core       the machine core
     * @param usualCards the card types of a new machine
     * @param context    the framework, or null if the bundles are only talked about
     */
    public VmCommands(Supplier<MachineManager> core, List<String> usualCards, BundleContext context) {
        machines = new Machines(() -> Optional.ofNullable(core.get()));
        plugins = new Plugins(context, machines);
        commands = make(machines, usualCards);
        foreign = new ForeignCommands(context, machines, this::isOwn);
        watching = () -> { };
    }

    private boolean isOwn(String name) {
        return commands.stream().anyMatch(command -> command.signature().fullName().equals(name));
    }

    /** A bundle offers a command. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    public void bindCommand(ShellCommand command) {
        foreign.add(command);
    }

    /** It offers it no more. */
    public void unbindCommand(ShellCommand command) {
        foreign.remove(command);
    }

    private List<Command> make(Machines machines, List<String> usualCards) {
        Expectation expectation = new Expectation();
        List<Command> all = new ArrayList<>();
        all.add(new Create(machines, usualCards));
        all.add(new Add(machines));
        all.add(new SetCommand(machines));
        all.add(new CpuCommand(machines));
        all.addAll(new HostCommands(machines).all());
        all.addAll(new PowerCommands(machines, expectation).all());
        all.addAll(new CardCommands(machines).all());
        all.addAll(new ConsoleCommands(machines, expectation).all());
        all.addAll(new FileCommands(machines).all());
        all.add(new Help(this));
        all.sort(Comparator.comparing(command -> command.signature().name()));
        all.addAll(new PluginCommands(plugins).all());
        return List.copyOf(all);
    }

    private static List<String> usualCards(String property) {
        return property == null ? List.of()
                : Arrays.stream(property.split(",")).map(String::strip).filter(card -> !card.isEmpty()).toList();
    }

    @Deactivate
    void deactivate() {
        watching.run();
        foreign.close();
        registrations.forEach(ServiceRegistration::unregister);
    }

    @Override
    public List<Command> commands() {
        List<Command> all = new ArrayList<>(commands);
        all.addAll(foreign.all());
        return all;
    }

    @Override
    public List<String> plugins() {
        return plugins.names();
    }

    @Override
    public Machines machines() {
        return machines;
    }
}
