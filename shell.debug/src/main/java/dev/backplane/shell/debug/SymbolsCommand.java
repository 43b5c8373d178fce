package dev.backplane.shell.debug;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:symbols}. */
@Component(service = ShellCommand.class)
public final class SymbolsCommand implements ShellCommand {
    private static final String NAME = "NAME";
    private static final String FILE = "FILE";

    @Override
    public Signature signature() {
        return new Signature("symbols", "write the symbols of a running Linux kernel for gdb",
            List.of(Parameter.required(NAME, ValueKind.MACHINE, "the machine"),
                Parameter.required(FILE, ValueKind.FILE, "the ELF file; it is overwritten")), List.of(),
            List.of("They are read from the guest's memory, where the kernel keeps them for itself (Linux 5.11 to",
                "6.3), at the addresses where it runs; so are its tables for backtraces. No debug package is needed;",
                "lines and types need one. The machine stands for a moment; it must not have a debugger yet."),
            List.of("vm:symbols demo kernel.elf"));
    }

    @Override
    public Output run(Call call) throws CommandException, MachineException {
        Machine machine = call.machine(call.value(NAME));
        Path file = call.file(call.value(FILE));
        KernelImage image = image(machine);
        List<KernelSymbols.Symbol> symbols = image == null ? List.of() : KernelSymbols.of(image);
        if (symbols.isEmpty()) {
            throw new CommandException(machine.name()
                + " runs no Linux kernel whose symbols are found; it may still boot");
        }
        SymbolFile made = SymbolFile.of(image, symbols);
        try {
            Files.write(file, made.bytes());
        } catch (IOException e) {
            throw new CommandException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
        }
        return Output.answer(file.toString(), "%s: %d symbols%s in %s".formatted(machine.name(), symbols.size(),
            made.hasFrames() ? " and the kernel's call frames" : ", no call frames,", file));
    }

    private static KernelImage image(Machine machine) throws MachineException {
        try (MachineDebugger d = machine.debug(new Nobody())) {
            for (int vcpu = 0; vcpu < d.vcpus(); vcpu++) {
                KernelImage image = KernelImage.of(d, vcpu);
                if (image != null) {
                    return image;
                }
            }
            return null;
        }
    }

    /** It lets nothing run, so there is nothing to hear. */
    private static final class Nobody implements DebugListener {
        @Override
        public void stopped(int vcpu, DebugEvent event) {
            // The machine stands anyway.
        }

        @Override
        public void ended(String why) {
            // What is read from then on is refused.
        }
    }
}
