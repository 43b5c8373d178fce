package dev.backplane.shell.cpu;

import java.util.List;
import java.util.Optional;

import org.osgi.service.component.annotations.Component;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:disasm}. */
@Component
public final class DisasmCommand implements ShellCommand {
    private static final String ADDRESS = "ADDRESS";
    private static final String COUNT = "COUNT";
    private static final long USUAL = 16;
    private static final long MOST = 100_000;

    @Override
    public Signature signature() {
        return new Signature("disasm", "show guest code, what defines it, and what the backend makes of it",
            List.of(Machines.parameter(),
                Parameter.required(ADDRESS, ValueKind.TEXT, "linear address, or a symbol"),
                Parameter.optional(COUNT, ValueKind.NUMBER, "instructions (16)")),
            List.of(Symbols.option(), Option.of("bits", "N", ValueKind.NUMBER, "16, 32 or 64 (what the vCPU runs)"),
                Option.of("cpu", "N", ValueKind.NUMBER, "by the page tables of this vCPU (0)"),
                Option.flag("guest", "without the machine code of the host")),
            List.of("Beside each instruction stands the class in cpu.x86 that says what it does; below it, if the",
                "translator has it, the machine code made of it. The machine stands still for a moment."),
            List.of("vm:disasm demo 0xffffffff81000000 20", "vm:disasm demo schedule --symbols kallsyms.txt --guest"));
    }

    @Override
    public Output run(Call call) throws CommandException, MachineException {
        List<Processor> processors = Machines.processors(call);
        Symbols symbols = Symbols.of(call);
        Optional<String> cpu = call.optional("cpu");
        int number = cpu.isPresent() && !cpu.get().equals("0") ? (int) Machines.count(cpu.get(), processors.size() - 1)
            : 0;
        Optional<String> count = call.optional(COUNT);
        long lines = count.isPresent() ? Machines.count(count.get(), MOST) : USUAL;
        int bits = bits(call.optional("bits").orElse("0"));
        String text = call.value(ADDRESS);
        Optional<Long> symbol = symbols.find(text);
        long address = symbol.isPresent() ? symbol.get() : number(text, symbols);
        List<CodeLine> code = processors.get(number).listing(address, (int) lines, bits);
        if (code.isEmpty()) {
            throw new CommandException("0x%x is not mapped to RAM for cpu%d now".formatted(address, number));
        }
        return Output.text(text(code, symbols, !call.has("guest")));
    }

    static int bits(String text) throws CommandException {
        return switch (text) {
            case "0", "16", "32", "64" -> Integer.parseInt(text);
            default -> throw new CommandException("--bits " + text + ": 16, 32 or 64 are possible");
        };
    }

    static long number(String text, Symbols symbols) throws CommandException {
        if (!text.matches("(0x)?[0-9a-fA-F`]+")) {
            throw new CommandException(symbols.isEmpty()
                ? "\"%s\" is no address; a symbol needs --symbols FILE".formatted(text)
                : "there is no symbol \"" + text + "\"");
        }
        return Symbols.address(text);
    }

    static String text(List<CodeLine> code, Symbols symbols, boolean host) {
        StringBuilder text = new StringBuilder();
        for (CodeLine line : code) {
            String name = symbols.place(line.address());
            if (name != null && (name.indexOf('+') < 0 || text.isEmpty())) {
                text.append(name).append(":\n");
            }
            String definition = line.definition().isEmpty() ? "" : "; " + line.definition();
            text.append("%16x  %-32s %-48s %s".formatted(line.address(), line.bytes(), line.text(), definition)
                .stripTrailing()).append('\n');
            if (host) {
                line.host().forEach(h -> text.append(" ".repeat(22)).append("| ").append(h).append('\n'));
            }
        }
        return text.toString().stripTrailing();
    }
}
