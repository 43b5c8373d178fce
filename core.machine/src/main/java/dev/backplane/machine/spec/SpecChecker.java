package dev.backplane.machine.spec;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.CpuBackendView;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.MachineSpec;

/** Checks what can be known to be wrong of a machine's specification. */
public final class SpecChecker {
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9._-]{0,62}");
    private static final long MIB = 1L << 20;
    private static final long MIN_MEMORY = 16 * MIB;
    private static final long MAX_MEMORY = 1L << 38;
    private static final int MAX_VCPUS = 16;
    private static final int MAX_COMMAND_LINE = 2047;

    private SpecChecker() {
    }

    /** See {@link Suggestions#hint}. */
    public static String hint(String word, Collection<String> candidates) {
        return Suggestions.hint(word, candidates);
    }

    /**
     * Checks names, counts and sizes, and the CPU model against the backend if that is there.
     *
     * @throws MachineException names the value and what would be right
     */
    public static void check(MachineSpec spec, BackendLookup catalog) throws MachineException {
        if (!NAME.matcher(spec.name()).matches()) {
            throw new MachineException("'" + spec.name() + "' cannot be the name of a machine: a letter, then up to "
                + "62 letters, digits, dots, dashes or underscores");
        }
        if (spec.vcpus() < 1 || spec.vcpus() > MAX_VCPUS) {
            throw new MachineException("%s: %d vCPUs are not possible; 1 to %d are".formatted(spec.name(),
                spec.vcpus(), MAX_VCPUS));
        }
        if (spec.memory() < MIN_MEMORY || spec.memory() > MAX_MEMORY || spec.memory() % MIB != 0) {
            throw new MachineException("%s: memory of %s is not possible; a multiple of 1M from %s to %s is".formatted(
                spec.name(), Quantities.sizeText(spec.memory()), Quantities.sizeText(MIN_MEMORY),
                Quantities.sizeText(MAX_MEMORY)));
        }
        if (spec.boot().commandLine().length() > MAX_COMMAND_LINE) {
            throw new MachineException("%s: the command line has %d characters; %d are possible".formatted(spec.name(),
                spec.boot().commandLine().length(), MAX_COMMAND_LINE));
        }
        checkModel(spec, catalog);
        Set<String> ids = new HashSet<>();
        for (CardSpec c : spec.cards()) {
            if (c.id() != null && !ids.add(c.id())) {
                throw new MachineException(spec.name() + ": two cards have the id " + c.id());
            }
        }
    }

    /** Finds backends. */
    @FunctionalInterface
    public interface BackendLookup {
        List<CpuBackendView> cpuBackends();
    }

    private static void checkModel(MachineSpec spec, BackendLookup catalog) throws MachineException {
        List<CpuBackendView> backends = catalog.cpuBackends().stream()
            .filter(b -> spec.cpuBackend() == null || b.backend().name().equals(spec.cpuBackend())).toList();
        if (spec.cpuModel() == null || backends.isEmpty()) {
            return;
        }
        List<String> models = backends.stream().flatMap(b -> b.backend().models().stream()).map(CpuModelInfo::name)
            .distinct().toList();
        if (!models.contains(spec.cpuModel())) {
            throw new MachineException("%s: there is no CPU model %s%s".formatted(spec.name(), spec.cpuModel(),
                Suggestions.hint(spec.cpuModel(), models)));
        }
    }
}
