package dev.backplane.host.print;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;

/** A file with each job's bytes, as the guest sent them. */
@Component(service = HostBackend.class)
public final class RawBackend extends FolderBackend {
    @Override
    public String name() {
        return "raw";
    }

    @Override
    public String description() {
        return "a file with the bytes of each job, as the guest sent them";
    }

    @Override
    Output output(Options options) {
        return new Output() {
            @Override
            public String suffix() {
                return ".prn";
            }

            @Override
            public boolean raw() {
                return true;
            }
        };
    }
}
