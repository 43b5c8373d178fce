package dev.backplane.cpu.translator;

import java.util.List;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.cpu.interpreter.Session;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.CpuModel;

/** The backend {@code translator}. */
@Component
public final class TranslatorBackend implements CpuBackend {
    /** Machine code of a vCPU; enough for the working set of large guests. */
    private static final long CODE_BYTES = 64L << 20;
    private static final int PREFERENCE = 10;
    private static final int UNAVAILABLE = -100;

    private final String missing = HostFeatures.missing();

    @Override
    public String name() {
        return "translator";
    }

    @Override
    public String description() {
        return missing == null ? "translates guest code to machine code of the host; fast"
            : "translates guest code to machine code; not on this host: " + missing;
    }

    @Override
    public int preference() {
        return missing == null ? PREFERENCE : UNAVAILABLE;
    }

    @Override
    public List<CpuModelInfo> models() {
        return CpuModel.ALL.stream().map(CpuModel::info).toList();
    }

    @Override
    public CpuSession open(CpuConfig config) throws CpuException {
        if (missing != null) {
            throw new CpuException("the translator cannot run here: " + missing + "; use the interpreter");
        }
        for (CpuModel m : CpuModel.ALL) {
            if (m.name.equals(config.model())) {
                return new Session(config, m, TranslatorBackend::tier);
            }
        }
        throw new CpuException("there is no CPU model " + config.model() + "; choose one of "
            + CpuModel.ALL.stream().map(m -> m.name).collect(Collectors.joining(", ")));
    }

    /** The translating tier of a vCPU, for a backend that embeds these classes. */
    public static Tier tier(VcpuCore core) {
        try {
            return new NativeTier(core, new LinuxCodeMemory(CODE_BYTES, Env.SIZE));
        } catch (CodeMemory.Refused e) {
            throw new IllegalStateException("no memory for machine code: " + e.getMessage(), e);
        }
    }
}
