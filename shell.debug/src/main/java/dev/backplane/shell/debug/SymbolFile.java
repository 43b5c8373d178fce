package dev.backplane.shell.debug;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An ELF file with the symbols and call frames of a running Linux kernel, and nothing of its contents: gdb reads those
 * from the machine (System V ABI, ELF-64).
 */
final class SymbolFile {
    private static final int HEADER = 64;
    private static final int SECTION = 64;
    private static final int SYMBOL = 24;
    private static final int PROGBITS = 1;
    private static final int SYMTAB = 2;
    private static final int STRTAB = 3;
    private static final int NOBITS = 8;
    private static final int WRITE = 1;
    private static final int ALLOC = 2;
    private static final int EXECUTE = 4;
    private static final int ABSOLUTE = 0xFFF1;
    private static final String NAMES = "\0.text\0.data\0.debug_frame\0.symtab\0.strtab\0.shstrtab\0";
    private static final int SECTIONS = 7;
    private static final int TEXT = 1;
    private static final int DATA = 2;

    private final List<KernelSymbols.Symbol> symbols;
    private final byte[] frames;
    private final long text;
    private final long textEnd;
    private final long end;

    private SymbolFile(KernelImage image, List<KernelSymbols.Symbol> symbols) {
        this.symbols = symbols;
        text = address("_stext", image.base());
        textEnd = Math.max(address("_etext", image.end()), text);
        end = Math.max(image.end(), textEnd);
        Set<Long> functions = symbols.stream().filter(KernelSymbols.Symbol::isCode)
            .map(KernelSymbols.Symbol::address).collect(Collectors.toSet());
        frames = KernelFrames.of(image, symbols, functions);
    }

    /** The file of a kernel whose symbols were found. */
    static SymbolFile of(KernelImage image, List<KernelSymbols.Symbol> symbols) {
        return new SymbolFile(image, symbols);
    }

    boolean hasFrames() {
        return frames.length > 0;
    }

    private long address(String name, long otherwise) {
        return symbols.stream().filter(s -> s.name().equals(name)).mapToLong(KernelSymbols.Symbol::address).findFirst()
            .orElse(otherwise);
    }

    private boolean inText(long a) {
        return a >= text && a < textEnd;
    }

    byte[] bytes() {
        ByteArrayOutputStream strings = new ByteArrayOutputStream();
        strings.write(0);
        ByteBuffer table = buffer(SYMBOL * (symbols.size() + 1));
        table.position(SYMBOL);
        for (int i = 0; i < symbols.size(); i++) {
            KernelSymbols.Symbol s = symbols.get(i);
            int section = inText(s.address()) ? TEXT : s.address() >= textEnd && s.address() < end ? DATA : ABSOLUTE;
            long size = section == TEXT && s.isCode() ? sizeOf(i) : 0;
            // All are local, since local ones come first; gdb makes no difference.
            table.putInt(strings.size()).put((byte) (s.isCode() ? 2 : section == DATA ? 1 : 0)).put((byte) 0)
                .putShort((short) section).putLong(s.address()).putLong(size);
            strings.writeBytes((s.name() + "\0").getBytes(StandardCharsets.UTF_8));
        }
        byte[] names = NAMES.getBytes(StandardCharsets.US_ASCII);
        int framesAt = HEADER;
        int tableAt = framesAt + (frames.length + 7 & -8);
        int stringsAt = tableAt + table.capacity();
        int namesAt = stringsAt + strings.size();
        int sectionsAt = namesAt + names.length + 7 & -8;
        ByteBuffer out = buffer(sectionsAt + SECTIONS * SECTION);
        header(out, sectionsAt);
        out.put(framesAt, frames).put(tableAt, table.array()).put(stringsAt, strings.toByteArray()).put(namesAt, names);
        out.position(sectionsAt + SECTION);
        section(out, ".text", NOBITS, ALLOC | EXECUTE, text, HEADER, textEnd - text, 0, 0);
        section(out, ".data", NOBITS, ALLOC | WRITE, textEnd, HEADER, end - textEnd, 0, 0);
        section(out, ".debug_frame", PROGBITS, 0, 0, framesAt, frames.length, 0, 0);
        section(out, ".symtab", SYMTAB, 0, 0, tableAt, table.capacity(), SECTIONS - 2, SYMBOL);
        section(out, ".strtab", STRTAB, 0, 0, stringsAt, strings.size(), 0, 0);
        section(out, ".shstrtab", STRTAB, 0, 0, namesAt, names.length, 0, 0);
        return out.array();
    }

    private long sizeOf(int i) {
        long address = symbols.get(i).address();
        for (int next = i + 1; next < symbols.size(); next++) {
            if (symbols.get(next).address() > address) {
                return Math.min(symbols.get(next).address(), textEnd) - address;
            }
        }
        return 0;
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void header(ByteBuffer out, int sectionsAt) {
        // 64 bits, little-endian, version 1; an executable file for x86-64 without segments.
        out.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}).position(16);
        out.putShort((short) 2).putShort((short) 62).putInt(1).putLong(0).putLong(0).putLong(sectionsAt).putInt(0)
            .putShort((short) HEADER).putShort((short) 0).putShort((short) 0).putShort((short) SECTION)
            .putShort((short) SECTIONS).putShort((short) (SECTIONS - 1));
    }

    private void section(ByteBuffer out, String name, int type, int flags, long address, long offset, long size,
            int link, int entry) {
        out.putInt(NAMES.indexOf("\0" + name + "\0") + 1).putInt(type).putLong(flags).putLong(address).putLong(offset)
            .putLong(size).putInt(link).putInt(type == SYMTAB ? symbols.size() + 1 : 0).putLong(8).putLong(entry);
    }
}
