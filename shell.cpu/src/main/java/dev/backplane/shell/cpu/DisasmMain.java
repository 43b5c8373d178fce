package dev.backplane.shell.cpu;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.shell.CommandException;

/** {@code ./backplane disasm}: code of a file, without a machine. */
public final class DisasmMain {
    private static final String USAGE = """
        usage: ./backplane disasm [OPTION...] FILE [SYMBOL|ADDRESS]   code of an ELF file, or of a raw one
               ./backplane disasm [OPTION...] --hex "48 89 e5 c3"     these bytes

          --count N       instructions (to the end of the symbol, or 32)
          --bits N        16, 32 or 64 (what the file says, or 64)
          --base ADDRESS  where a raw file or the bytes lie, or what is added to an ELF file's addresses (0)
          --guest         without the machine code of the host
          --interpreter   what the interpreter makes of it

        Beside each instruction stands the class of cpu.x86 that says what it does, below it the machine code that the
        translator makes of it.
        """;
    private static final int USUAL = 32;
    private static final int MOST = 50_000;
    private static final int LONGEST_INSTRUCTION = 15;
    private static final String PACKAGE = "dev.backplane.cpu.";

    private final Map<String, String> options = new TreeMap<>();
    private final List<String> words = new ArrayList<>();

    private DisasmMain(String[] arguments) throws CommandException {
        Deque<String> rest = new ArrayDeque<>(List.of(arguments));
        while (!rest.isEmpty()) {
            String word = rest.poll();
            switch (word) {
                case "--guest", "--interpreter", "--help" -> options.put(word, "");
                case "--count", "--bits", "--base", "--hex" -> {
                    if (rest.isEmpty()) {
                        throw new CommandException(word + " needs a value");
                    }
                    options.put(word, rest.poll());
                }
                default -> {
                    if (word.startsWith("--")) {
                        throw new CommandException("unknown option " + word);
                    }
                    words.add(word);
                }
            }
        }
    }

    /** See {@link #USAGE}. Exit status 0, 1 for a file that cannot be shown, 2 for wrong arguments. */
    public static void main(String[] arguments) {
        System.exit(run(arguments, new PrintStream(System.out, false, StandardCharsets.UTF_8), System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        try {
            DisasmMain main = new DisasmMain(arguments);
            if (main.options.containsKey("--help") || main.words.isEmpty() != main.options.containsKey("--hex")
                || main.words.size() > 2) {
                (main.options.containsKey("--help") ? out : err).print(USAGE);
                out.flush();
                return main.options.containsKey("--help") ? 0 : 2;
            }
            out.println(main.text());
            out.flush();
            return 0;
        } catch (CommandException e) {
            err.println("disasm: " + e.getMessage());
            return 1;
        }
    }

    private String text() throws CommandException {
        long base = options.containsKey("--base") ? Symbols.address(options.get("--base")) : 0;
        int bits = DisasmCommand.bits(options.getOrDefault("--bits", "0"));
        Symbols symbols = new Symbols();
        Program program = program(base, bits, symbols);
        long address = program.entry();
        Optional<Long> size = Optional.empty();
        if (words.size() == 2) {
            Optional<Long> symbol = symbols.find(words.get(1));
            address = symbol.isPresent() ? symbol.get() : DisasmCommand.number(words.get(1), symbols);
            size = symbols.end(address).map(end -> end - symbol.orElse(end));
        }
        int most = options.containsKey("--count") ? (int) Machines.count(options.get("--count"), MOST)
            : size.filter(s -> s > 0).isPresent() ? MOST : USUAL;
        int bytes = (int) Math.min(options.containsKey("--count") ? Long.MAX_VALUE : size.filter(s -> s > 0)
            .orElse(Long.MAX_VALUE), (long) most * LONGEST_INSTRUCTION);
        byte[] code = program.from(address, bytes);
        if (code.length == 0) {
            throw new CommandException("there is nothing at 0x%x".formatted(address));
        }
        return DisasmCommand.text(lines(address, code, most, program.bits()), symbols, !options.containsKey("--guest"));
    }

    private Program program(long base, int bits, Symbols symbols) throws CommandException {
        String hex = options.get("--hex");
        if (hex != null) {
            try {
                byte[] code = HexFormat.of().parseHex(hex.replaceAll("[\\s,]|0x", ""));
                return Program.raw(code, base, bits == 0 ? 64 : bits);
            } catch (IllegalArgumentException e) {
                throw new CommandException("\"" + hex + "\" are no bytes in hexadecimal", e);
            }
        }
        Path file = Path.of(words.getFirst());
        try {
            if (!Files.isRegularFile(file)) {
                throw new CommandException(file + ": there is no such file");
            }
            Program program = Program.read(file, base, bits);
            if (program.parts().size() != 1 || program.parts().getFirst().bytes().length != Files.size(file)) {
                symbols.add(file, base);
            }
            return program;
        } catch (IOException e) {
            throw new CommandException(file + ": " + e.getMessage(), e);
        }
    }

    /** As a backend sees it; code that reaches beyond the end of the bytes is cut there. */
    private List<CodeLine> lines(long address, byte[] code, int most, int bits) throws CommandException {
        long end = address + code.length;
        try (StillMachine machine = new StillMachine(backend(), address, code)) {
            return machine.listing(address, most, bits).stream()
                .takeWhile(l -> l.address() - end < 0).toList();
        } catch (CpuException e) {
            throw new CommandException(e.getMessage(), e);
        }
    }

    private CpuBackend backend() throws CommandException {
        CpuBackend translator = backend("translator.TranslatorBackend");
        return options.containsKey("--interpreter") || translator.preference() < 0
            ? backend("interpreter.InterpreterBackend") : translator;
    }

    private static CpuBackend backend(String name) throws CommandException {
        try {
            return (CpuBackend) Class.forName(PACKAGE + name).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new CommandException("the CPU backends are not on the class path", e);
        }
    }
}
