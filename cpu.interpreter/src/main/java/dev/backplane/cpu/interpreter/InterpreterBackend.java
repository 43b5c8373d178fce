package dev.backplane.cpu.interpreter;

import java.util.List;
import java.util.stream.Collectors;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.CpuModelInfo;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.cpu.x86.CpuModel;

/** The backend {@code interpreter}. */
@Component
public final class InterpreterBackend implements CpuBackend {
    @Override
    public String name() {
        return "interpreter";
    }

    @Override
    public String description() {
        return "interprets decoded instructions; runs anywhere, exact, slow";
    }

    @Override
    public int preference() {
        return 0;
    }

    @Override
    public List<CpuModelInfo> models() {
        return CpuModel.ALL.stream().map(CpuModel::info).toList();
    }

    @Override
    public CpuSession open(CpuConfig config) throws CpuException {
        for (CpuModel m : CpuModel.ALL) {
            if (m.name.equals(config.model())) {
                return new Session(config, m);
            }
        }
        throw new CpuException("there is no CPU model " + config.model() + "; choose one of "
            + CpuModel.ALL.stream().map(m -> m.name).collect(Collectors.joining(", ")));
    }
}
