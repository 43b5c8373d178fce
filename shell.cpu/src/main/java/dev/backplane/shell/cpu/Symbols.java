package dev.backplane.shell.cpu;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.ValueKind;

/** The symbols of all files that a user named. Not thread-safe. */
final class Symbols {
    private static final Logger LOG = LoggerFactory.getLogger(Symbols.class);
    static final String OPTION = "symbols";
    /** The symbol that SYSCALL enters a 64-bit Linux kernel at. */
    private static final String ENTRY = "entry_SYSCALL_64";
    /** Linux moves its kernel by multiples of this, and by less than {@link #FARTHEST}. */
    private static final long STEP = 2L << 20;
    private static final long FARTHEST = 2L << 30;
    /** What follows a symbol of unknown size belongs to it up to here. */
    private static final long LONGEST = 1 << 20;

    private final List<Loaded> files = new ArrayList<>();

    /** A file's symbols, and what must be added to their addresses. */
    private static final class Loaded {
        private final TreeMap<Long, SymbolFile.Symbol> symbols;
        private long shift;

        Loaded(TreeMap<Long, SymbolFile.Symbol> symbols, long shift) {
            this.symbols = symbols;
            this.shift = shift;
        }
    }

    /** The option that names files. */
    static Option option() {
        return Option.repeatable(OPTION, "FILE", ValueKind.FILE,
            "symbols: an ELF file, System.map, /proc/kallsyms; FILE@ADDRESS for one loaded elsewhere");
    }

    /** Reads what the user named. */
    static Symbols of(Call call) throws CommandException {
        Symbols symbols = new Symbols();
        for (String word : call.all(OPTION)) {
            int at = word.lastIndexOf('@');
            String name = at < 0 ? word : word.substring(0, at);
            long shift = at < 0 ? 0 : address(word.substring(at + 1));
            Path file = call.file(name);
            try {
                symbols.files.add(new Loaded(SymbolFile.read(file), shift));
            } catch (IOException e) {
                throw new CommandException("%s cannot be used for symbols: %s".formatted(name,
                    e instanceof java.nio.file.NoSuchFileException ? "there is no such file" : e.getMessage()), e);
            }
        }
        return symbols;
    }

    /** A number as users write addresses: hexadecimal, with or without 0x. */
    static long address(String text) throws CommandException {
        String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
        try {
            return Long.parseUnsignedLong(digits.replace("`", ""), 16);
        } catch (NumberFormatException e) {
            throw new CommandException("\"" + text + "\" is no address such as 0xffffffff81000000", e);
        }
    }

    /** Adds the symbols of a file if it has any. */
    void add(Path file, long shift) {
        try {
            files.add(new Loaded(SymbolFile.read(file), shift));
        } catch (IOException e) {
            LOG.debug("{} has no symbols: {}", file, e.getMessage());
        }
    }

    /** Where the symbol that begins at an address ends, if its file says so. */
    Optional<Long> end(long address) {
        SymbolFile.Symbol s = find(address);
        return s == null || s.size() == 0 ? Optional.empty() : Optional.of(address + s.size());
    }

    boolean isEmpty() {
        return files.isEmpty();
    }

    /**
     * Finds out where the kernel lies.
     *
     * @param entry where SYSCALL leads
     * @return by how many bytes its symbols were moved, if they were
     */
    Optional<Long> locate(long entry) {
        for (Loaded f : files) {
            for (SymbolFile.Symbol s : f.symbols.values()) {
                long shift = entry - s.address();
                if (s.name().equals(ENTRY) && shift != f.shift && entry != 0 && shift % STEP == 0
                    && Math.abs(shift) < FARTHEST) {
                    f.shift = shift;
                    return Optional.of(shift);
                }
            }
        }
        return Optional.empty();
    }

    /** The symbol that holds an address, or null. */
    String name(long address) {
        SymbolFile.Symbol s = find(address);
        return s == null ? null : s.name();
    }

    /** Symbol and offset, or null. */
    String place(long address) {
        for (Loaded f : files) {
            SymbolFile.Symbol s = find(f, address);
            if (s != null) {
                long offset = address - f.shift - s.address();
                return offset == 0 ? s.name() : s.name() + "+0x" + Long.toHexString(offset);
            }
        }
        return null;
    }

    private SymbolFile.Symbol find(long address) {
        for (Loaded f : files) {
            SymbolFile.Symbol s = find(f, address);
            if (s != null) {
                return s;
            }
        }
        return null;
    }

    private static SymbolFile.Symbol find(Loaded f, long address) {
        Map.Entry<Long, SymbolFile.Symbol> e = f.symbols.floorEntry(address - f.shift);
        if (e == null) {
            return null;
        }
        long offset = address - f.shift - e.getKey();
        SymbolFile.Symbol s = e.getValue();
        return offset < (s.size() == 0 ? LONGEST : s.size()) ? s : null;
    }

    /** The address of a symbol. */
    Optional<Long> find(String name) {
        for (Loaded f : files) {
            for (SymbolFile.Symbol s : f.symbols.values()) {
                if (s.name().equals(name)) {
                    return Optional.of(s.address() + f.shift);
                }
            }
        }
        return Optional.empty();
    }
}
