package dev.backplane.host.net.ssh;

import java.util.List;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;

/** {@code vm:ssh-key}. */
@Component(service = ShellCommand.class)
public final class SshKeyCommand implements ShellCommand {
    /** What the demo guest looks for on its command line. */
    static final String WORD = "backplane.ssh=";

    @Reference
    SshKey key;

    @Override
    public Signature signature() {
        return new Signature("ssh-key", "Print the word for a kernel command line that lets vm:ssh in", List.of(),
            List.of(), List.of("The demo guest's ssh server accepts the key after " + WORD + "; in another guest,",
                "put it into authorized_keys as ssh-ed25519 KEY."),
            List.of("vm:create demo --kernel vmlinuz --initrd initrd.img --append \"console=ttyS0 $(vm:ssh-key)\""));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        return Output.text(WORD + key.text());
    }
}
