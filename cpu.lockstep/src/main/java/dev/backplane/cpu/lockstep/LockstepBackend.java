package dev.backplane.cpu.lockstep;

import java.util.List;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.translator.TranslatorBackend;
import dev.backplane.cpu.x86.CpuModel;

/**
 * The backend {@code lockstep}: the machine runs on the translator, and everything that it does is done again by the
 * interpreter on RAM of its own. For one vCPU.
 */
@Component
public final class LockstepBackend implements CpuBackend {
    private static final int NEVER_BY_ITSELF = -50;

    private final TranslatorBackend translator = new TranslatorBackend();
    private final Tier.Factory tiers;

    public LockstepBackend() {
        this(TranslatorBackend::tier);
    }

    /** With something else than the translator. */
    LockstepBackend(Tier.Factory tiers) {
        this.tiers = tiers;
    }

    @Override
    public String name() {
        return "lockstep";
    }

    @Override
    public String description() {
        return "translator and interpreter side by side, stops at the first difference; slow, one vCPU, twice the memory";
    }

    @Override
    public int preference() {
        return NEVER_BY_ITSELF;
    }

    @Override
    public List<CpuModelInfo> models() {
        return translator.models();
    }

    @Override
    public CpuSession open(CpuConfig config) throws CpuException {
        if (translator.preference() < 0) {
            throw new CpuException(translator.description());
        }
        if (config.vcpus() != 1) {
            throw new CpuException("lockstep is for machines with one vCPU, not " + config.vcpus()
                + ": what two do at once cannot be done again; use --cpus 1");
        }
        for (CpuModel m : CpuModel.ALL) {
            if (m.name.equals(config.model())) {
                return new LockstepSession(config, m, tiers, Options.ofSystem());
            }
        }
        throw new CpuException("there is no CPU model " + config.model() + "; choose one of "
            + CpuModel.ALL.stream().map(m -> m.name).collect(Collectors.joining(", ")));
    }

}
