package dev.backplane.host.print;

import java.util.List;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.OptionSpec;
import dev.backplane.api.device.Options;
import dev.backplane.api.host.HostBackend;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.host.HostEndpoint;
import dev.backplane.api.page.PageEndpoint;

/** What the page backends have in common: jobs in a folder, with a bound. */
abstract class FolderBackend implements HostBackend {
    private static final long LEAST = 1 << 16;

    private final Ghostscript ghostscript = Ghostscript.find();

    @Override
    public Class<? extends HostEndpoint> kind() {
        return PageEndpoint.class;
    }

    @Override
    public List<OptionSpec> options() {
        return List.of(
            OptionSpec.path("folder", "prints", "where the files go"),
            OptionSpec.size("limit", "1G", LEAST, Long.MAX_VALUE, "what the files of the printer may take together"));
    }

    /** What becomes of jobs. */
    abstract Output output(Options options) throws DeviceException;

    @Override
    public HostEndpoint open(HostContext context, Options options) throws DeviceException {
        return new JobEndpoint(context, options.path("folder"), options.size("limit"), output(options), ghostscript);
    }
}
