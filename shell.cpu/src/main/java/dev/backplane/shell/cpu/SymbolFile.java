package dev.backplane.shell.cpu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The symbols of code in a file: of an ELF file (ELF specification, chapter 4: {@code .symtab}, else {@code .dynsym}),
 * or text as System.map and /proc/kallsyms have it. The files are not trusted.
 */
final class SymbolFile {
    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{8,16}) ([A-Za-z]) (\\S+)(?:\\s+\\[(.+)])?");
    private static final int ELF = 0x7F454C46;
    private static final int SHT_SYMTAB = 2;
    private static final int SHT_DYNSYM = 11;
    private static final int STT_FUNC = 2;
    private static final int STT_NOTYPE = 0;
    private static final int STT_GNU_IFUNC = 10;
    private static final int MOST_SECTIONS = 100_000;
    private static final long MOST_BYTES = 1L << 30;

    /**
     * A symbol.
     *
     * @param size in bytes, 0 if it is not known
     */
    record Symbol(long address, long size, String name) {
    }

    private SymbolFile() {
    }

    /** By address; unsigned order. */
    static TreeMap<Long, Symbol> read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MOST_BYTES) {
            throw new IOException("it is larger than 1G");
        }
        List<Symbol> symbols;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer b = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            symbols = size >= 64 && b.getInt(0) == ELF ? elf(b) : text(file);
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IOException("it is damaged: a table lies outside of it", e);
        }
        if (symbols.isEmpty()) {
            throw new IOException("it has no symbols of code; an ELF file that is not stripped, System.map or"
                + " /proc/kallsyms (as root) have them");
        }
        TreeMap<Long, Symbol> sorted = new TreeMap<>(Long::compareUnsigned);
        for (Symbol s : symbols) {
            sorted.merge(s.address, s, (a, c) -> c.size > a.size ? c : a);
        }
        return sorted;
    }

    private static List<Symbol> text(Path file) throws IOException {
        List<Symbol> symbols = new ArrayList<>();
        try (var lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> {
                Matcher m = LINE.matcher(line);
                if (m.lookingAt() && "tTwW".contains(m.group(2))) {
                    long address = Long.parseUnsignedLong(m.group(1), 16);
                    if (address != 0) {
                        symbols.add(new Symbol(address, 0, m.group(4) == null ? m.group(3)
                            : m.group(3) + " [" + m.group(4) + "]"));
                    }
                }
            });
        }
        return symbols;
    }

    private static List<Symbol> elf(ByteBuffer b) throws IOException {
        b.order(b.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        boolean wide = b.get(4) == 2;
        long table = wide ? b.getLong(0x28) : b.getInt(0x20) & 0xFFFFFFFFL;
        int entry = b.getShort(wide ? 0x3A : 0x2E) & 0xFFFF;
        int count = b.getShort(wide ? 0x3C : 0x30) & 0xFFFF;
        if (count > MOST_SECTIONS) {
            throw new IOException("it has too many sections");
        }
        List<Symbol> dynamic = List.of();
        for (int n = 0; n < count; n++) {
            int at = Math.toIntExact(checked(table + (long) n * entry));
            int type = b.getInt(at + 4);
            if (type == SHT_SYMTAB) {
                List<Symbol> found = symbols(b, wide, at, table, entry);
                if (!found.isEmpty()) {
                    return found;
                }
            } else if (type == SHT_DYNSYM) {
                dynamic = symbols(b, wide, at, table, entry);
            }
        }
        return dynamic;
    }

    private static long checked(long offset) {
        if (offset < 0 || offset > Integer.MAX_VALUE) {
            throw new IndexOutOfBoundsException();
        }
        return offset;
    }

    private static long word(ByteBuffer b, boolean wide, int at) {
        return wide ? b.getLong(at) : b.getInt(at) & 0xFFFFFFFFL;
    }

    private static List<Symbol> symbols(ByteBuffer b, boolean wide, int section, long table, int entry) {
        int offset = Math.toIntExact(checked(word(b, wide, section + (wide ? 0x18 : 0x10))));
        long size = checked(word(b, wide, section + (wide ? 0x20 : 0x14)));
        int link = b.getInt(section + (wide ? 0x28 : 0x18));
        int strings = Math.toIntExact(checked(table + (long) (link & 0xFFFF) * entry));
        int names = Math.toIntExact(checked(word(b, wide, strings + (wide ? 0x18 : 0x10))));
        int each = wide ? 24 : 16;
        List<Symbol> found = new ArrayList<>();
        Map<Integer, String> known = new HashMap<>();
        for (int at = offset; at + each <= offset + size; at += each) {
            int info = b.get(at + (wide ? 4 : 12)) & 15;
            int in = b.getShort(at + (wide ? 6 : 14)) & 0xFFFF;
            long value = word(b, wide, at + (wide ? 8 : 4));
            long length = word(b, wide, at + (wide ? 16 : 8));
            // Labels of assembler code have no type.
            boolean code = info == STT_FUNC || info == STT_NOTYPE || info == STT_GNU_IFUNC;
            if (in != 0 && in < 0xFF00 && code && value != 0) {
                String name = known.computeIfAbsent(b.getInt(at), n -> name(b, names + n));
                if (!name.isEmpty() && name.charAt(0) != '$' && !name.startsWith(".L")) {
                    found.add(new Symbol(value, length, name));
                }
            }
        }
        return found;
    }

    private static String name(ByteBuffer b, int at) {
        int end = at;
        while (b.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - at];
        b.get(at, name);
        return new String(name, StandardCharsets.UTF_8);
    }
}
