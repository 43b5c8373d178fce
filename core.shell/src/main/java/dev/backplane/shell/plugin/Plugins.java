package dev.backplane.shell.plugin;

import dev.backplane.api.host.HostBackend;
import dev.backplane.api.machine.CardState;
import dev.backplane.api.machine.CardView;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineManager;
import dev.backplane.api.machine.MachineView;
import dev.backplane.api.machine.Provider;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.shell.source.Supply;
import dev.backplane.shell.text.Suggestions;
import dev.backplane.shell.vm.Machines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * The bundles that machines are made of, and who uses them. Threading: any thread. Whoever installs, starts or
 * uninstalls bundles holds its monitor: the framework lets a second start of a bundle return while what the first one
 * registers is still on its way.
 */
public final class Plugins {

    /** What the names of the product's own bundles begin with; it need not be typed. */
    private static final String PREFIX = "dev.backplane.";

    private static final List<String> OFFERS = List.of("dev.backplane.api.device.DeviceType",
            "dev.backplane.api.cpu.CpuBackend", "dev.backplane.api.host.HostBackend",
            "dev.backplane.api.shell.ShellCommand");

    private final BundleContext context;
    private final Machines machines;
    private final Supply supply;

    /**
     * A view of a framework's bundles.
     *
     * @param context  the shell's, or null for none
     * @param machines the machine core
     */
    public Plugins(BundleContext context, Machines machines) {
        this.context = context;
        this.machines = machines;
        this.supply = Supply.of(context, PREFIX);
    }

    /** Where other bundles can come from. */
    public Supply supply() {
        return supply;
    }

    /** Bundles that the repositories have, as far as no server has to be asked, as short as they may be typed. */
    List<String> onOffer() {
        return supply.indexes().known().stream().map(Plugins::shortName).toList();
    }

    /** The installed bundle of that symbolic name; of several builds the newest. */
    Optional<Bundle> newest(String name) {
        return Arrays.stream(context.getBundles()).filter(bundle -> name.equals(bundle.getSymbolicName()))
                .reduce((older, newer) -> newer);
    }

    /** What a bundle that does not resolve lacks, or nothing if that cannot be told. */
    Optional<String> missing(Bundle bundle) {
        return bundle.adapt(BundleRevision.class).getDeclaredRequirements(null).stream()
                .filter(requirement -> !"optional".equals(requirement.getDirectives().get("resolution"))
                        && !"active".equals(requirement.getDirectives().get("effective"))
                        && !"dynamic".equals(requirement.getDirectives().get("resolution"))
                        && wiring().findProviders(requirement).isEmpty())
                .map(BundleProblem::text).findFirst();
    }

    /** Symbolic names, in order. */
    public List<String> names() {
        return context == null ? List.of() : all().stream().map(Bundle::getSymbolicName).toList();
    }

    /** A symbolic name as short as it may be typed. */
    public static String shortName(String symbolicName) {
        return symbolicName.startsWith(PREFIX) ? symbolicName.substring(PREFIX.length()) : symbolicName;
    }

    /**
     * Watches a folder of plug-ins.
     *
     * @param folder its jars were installed by the launcher
     * @param notes  told of jars that cannot be used
     * @return ends the watch
     */
    public Runnable watch(Path folder, Consumer<String> notes) {
        PluginFolder watched = new PluginFolder(this, folder, notes);
        watched.watch();
        return watched::close;
    }

    BundleContext context() {
        return context;
    }

    FrameworkWiring wiring() {
        return context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
    }

    /** Bundles that offer something to machines, libraries of those, and what was added, in order of name. */
    List<Bundle> all() {
        Set<Bundle> found = new TreeSet<>(Comparator.comparing(Bundle::getSymbolicName)
                .thenComparing(Bundle::getBundleId));
        Arrays.stream(context.getBundles()).filter(bundle -> offersSomething(bundle) || wasAdded(bundle))
                .forEach(found::add);
        Set<Bundle> foundations = libraries(context.getBundle());
        for (Bundle bundle : List.copyOf(found)) {
            libraries(bundle).stream().filter(library -> !foundations.contains(library)).forEach(found::add);
        }
        return List.copyOf(found);
    }

    /** The bundle of that symbolic name, in full or without its beginning, if it is one of {@link #all}. */
    Optional<Bundle> find(String name) {
        return all().stream().filter(bundle -> bundle.getSymbolicName().equals(name)
                || bundle.getSymbolicName().equals(PREFIX + name)).findFirst();
    }

    Bundle named(String name) throws CommandException {
        return find(name).orElseThrow(() -> new CommandException("no bundle that machines are made of is named \""
                + name + "\"" + Suggestions.hint(name, names().stream()
                        .map(known -> name.startsWith(PREFIX) ? known : shortName(known)).toList())));
    }

    /** Whether it was installed by a command or from the folder of plug-ins; the launcher installs references. */
    private static boolean wasAdded(Bundle bundle) {
        return bundle.getSymbolicName() != null && bundle.getBundleId() != Constants.SYSTEM_BUNDLE_ID
                && !bundle.getLocation().startsWith("reference:");
    }

    private boolean offersSomething(Bundle bundle) {
        String capabilities = bundle.getHeaders("").get(Constants.PROVIDE_CAPABILITY);
        return bundle.getSymbolicName() != null
                && (capabilities != null && OFFERS.stream().anyMatch(capabilities::contains)
                        || !offered(bundle).isEmpty());
    }

    /** The bundles whose packages a bundle uses, but for the framework. */
    private static Set<Bundle> libraries(Bundle bundle) {
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        if (wiring == null) {
            return Set.of();
        }
        return wiring.getRequiredWires(PackageNamespace.PACKAGE_NAMESPACE).stream()
                .map(BundleWire::getProvider).map(provider -> provider.getBundle())
                .filter(library -> library.getBundleId() != Constants.SYSTEM_BUNDLE_ID && !library.equals(bundle))
                .collect(Collectors.toSet());
    }

    /** The device types, CPU backends and host backends of a bundle that are present now. */
    private List<String> offered(Bundle bundle) {
        Optional<MachineManager> manager = machines.ifPresent();
        List<String> offers = new ArrayList<>();
        manager.ifPresent(present -> {
            present.deviceTypes().stream().filter(view -> isOf(view.provider(), List.of(bundle)))
                    .forEach(view -> offers.add(view.type().name()));
            present.cpuBackends().stream().filter(view -> isOf(view.provider(), List.of(bundle)))
                    .forEach(view -> offers.add("CPU " + view.backend().name()));
            present.hostBackends().stream().filter(view -> isOf(view.provider(), List.of(bundle)))
                    .forEach(view -> offers.add(HostBackend.kindName(view.backend().kind().getName()) + " "
                            + view.backend().name()));
        });
        long commands = registered(bundle).stream()
                .filter(service -> List.of((String[]) service.getProperty(Constants.OBJECTCLASS))
                        .contains(ShellCommand.class.getName())).count();
        if (commands > 0) {
            offers.add(commands + (commands == 1 ? " command" : " commands"));
        }
        return offers;
    }

    private static List<ServiceReference<?>> registered(Bundle bundle) {
        ServiceReference<?>[] services = bundle.getRegisteredServices();
        return services == null ? List.of() : List.of(services);
    }

    /** What a bundle offers, as text. */
    String offers(Bundle bundle) {
        List<String> offers = offered(bundle);
        if (!offers.isEmpty()) {
            return String.join(", ", offers);
        }
        return offersSomething(bundle) ? "nothing now" : "packages";
    }

    /** The bundle and all that use its packages. */
    Collection<Bundle> closure(Bundle bundle) {
        return wiring().getDependencyClosure(List.of(bundle));
    }

    /** The cards that these bundles serve, as {@code machine:card}; only those in these states unless none is given. */
    List<String> cards(Collection<Bundle> bundles, CardState... states) {
        List<String> found = new ArrayList<>();
        for (MachineView view : views()) {
            for (CardView card : view.cards()) {
                if (serves(bundles, card) && (states.length == 0 || List.of(states).contains(card.state()))) {
                    found.add(view.spec().name() + ":" + card.id());
                }
            }
        }
        return found;
    }

    /** The machines whose CPU backend is in these bundles. */
    List<String> processors(Collection<Bundle> bundles) {
        return views().stream().filter(view -> isOf(view.backend(), bundles)).map(view -> view.spec().name()).toList();
    }

    Machine machine(String name) throws CommandException {
        return machines.machine(name);
    }

    private List<MachineView> views() {
        return machines.ifPresent().map(manager -> manager.machines().stream().map(Machine::view).toList())
                .orElse(List.of());
    }

    private static boolean serves(Collection<Bundle> bundles, CardView card) {
        return isOf(card.provider(), bundles)
                || card.hosts().values().stream().anyMatch(provider -> isOf(provider, bundles));
    }

    private static boolean isOf(Provider provider, Collection<Bundle> bundles) {
        return provider != null && bundles.stream()
                .anyMatch(bundle -> provider.bundle().equals(bundle.getSymbolicName()));
    }
}
