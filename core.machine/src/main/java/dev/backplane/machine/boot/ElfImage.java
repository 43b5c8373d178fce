package dev.backplane.machine.boot;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a loader needs of an ELF file for x86 (System V ABI, chapters 4 and 5). All offsets and sizes were checked
 * against the file.
 *
 * @param wide     whether it is ELF64
 * @param machine  the machine number
 * @param entry    the entry point
 * @param segments what is to be loaded, in the file's order
 * @param notes    where its notes lie in the file
 * @param end      the end of the file as its headers describe it
 */
record ElfImage(boolean wide, int machine, long entry, List<Segment> segments, List<Notes> notes, long end) {
    static final int MACHINE_386 = 3;
    static final int MACHINE_X86_64 = 62;

    private static final int MAX_HEADERS = 256;
    private static final int TYPE_LOAD = 1;
    private static final int TYPE_NOTE = 4;
    private static final long MAX_MEMORY = 1L << 40;

    /**
     * A segment to load.
     *
     * @param offset     in the file
     * @param physical   its physical address
     * @param virtual    its virtual address
     * @param fileSize   bytes from the file
     * @param memorySize bytes in memory, the rest of which are zero
     */
    record Segment(long offset, long physical, long virtual, long fileSize, long memorySize) {
        long end() {
            return physical + memorySize;
        }
    }

    /** Notes in the file. */
    record Notes(long offset, long size, long alignment) {
    }

    static boolean isElf(byte[] b) {
        return Bytes.get32(b, 0) == 0x464C457F;
    }

    /** Reads the headers; empty, with the reason in {@code why}, if they are damaged. */
    static Optional<ElfImage> parse(byte[] b, StringBuilder why) {
        boolean wide = Bytes.get8(b, 4) == 2;
        if (!isElf(b) || !wide && Bytes.get8(b, 4) != 1 || Bytes.get8(b, 5) != 1) {
            why.append("it is not a little-endian ELF file");
            return Optional.empty();
        }
        int machine = Bytes.get16(b, 18);
        long entry = wide ? Bytes.get64(b, 24) : Bytes.unsigned32(b, 24);
        long table = wide ? Bytes.get64(b, 32) : Bytes.unsigned32(b, 28);
        long sections = wide ? Bytes.get64(b, 40) : Bytes.unsigned32(b, 32);
        int entrySize = Bytes.get16(b, wide ? 54 : 42);
        int count = Bytes.get16(b, wide ? 56 : 44);
        int sectionSize = Bytes.get16(b, wide ? 58 : 46);
        int sectionCount = Bytes.get16(b, wide ? 60 : 48);
        if (count < 1 || count > MAX_HEADERS || entrySize < (wide ? 56 : 32)
            || !Bytes.holds(b, table, (long) count * entrySize)) {
            why.append("its program headers (%d of %d bytes at 0x%x) do not lie in the file".formatted(count, entrySize,
                table));
            return Optional.empty();
        }
        List<Segment> segments = new ArrayList<>();
        List<Notes> notes = new ArrayList<>();
        long end = table + (long) count * entrySize;
        if (sectionCount > 0 && Bytes.holds(b, sections, (long) sectionCount * sectionSize)) {
            end = Math.max(end, sections + (long) sectionCount * sectionSize);
        }
        for (int i = 0; i < count; i++) {
            long h = table + (long) i * entrySize;
            int type = Bytes.get32(b, h);
            long offset = wide ? Bytes.get64(b, h + 8) : Bytes.unsigned32(b, h + 4);
            long virtual = wide ? Bytes.get64(b, h + 16) : Bytes.unsigned32(b, h + 8);
            long physical = wide ? Bytes.get64(b, h + 24) : Bytes.unsigned32(b, h + 12);
            long fileSize = wide ? Bytes.get64(b, h + 32) : Bytes.unsigned32(b, h + 16);
            long memorySize = wide ? Bytes.get64(b, h + 40) : Bytes.unsigned32(b, h + 20);
            long alignment = wide ? Bytes.get64(b, h + 48) : Bytes.unsigned32(b, h + 28);
            if (type != TYPE_LOAD && type != TYPE_NOTE) {
                continue;
            }
            if (!Bytes.holds(b, offset, fileSize)) {
                why.append("segment %d (0x%x bytes at 0x%x) does not lie in the file; it is cut short".formatted(i,
                    fileSize, offset));
                return Optional.empty();
            }
            end = Math.max(end, offset + fileSize);
            if (type == TYPE_NOTE) {
                notes.add(new Notes(offset, fileSize, alignment == 8 ? 8 : 4));
                continue;
            }
            if (memorySize < fileSize || memorySize > MAX_MEMORY || physical < 0 || physical > MAX_MEMORY) {
                why.append("segment %d has impossible sizes or addresses".formatted(i));
                return Optional.empty();
            }
            if (memorySize > 0) {
                segments.add(new Segment(offset, physical, virtual, fileSize, memorySize));
            }
        }
        if (segments.isEmpty()) {
            why.append("it has nothing to load");
            return Optional.empty();
        }
        return Optional.of(new ElfImage(wide, machine, entry, segments, notes, end));
    }

    /** The lowest physical address. */
    long start() {
        return segments.stream().mapToLong(Segment::physical).min().orElse(0);
    }

    /** The end of the highest segment in physical memory. */
    long top() {
        return segments.stream().mapToLong(Segment::end).max().orElse(0);
    }

    /** The number in the description of a note, if it is there. */
    OptionalLong note(byte[] b, String owner, int type) {
        for (Notes n : notes) {
            long at = n.offset;
            long end = n.offset + n.size;
            while (at + 12 <= end) {
                long nameSize = Bytes.unsigned32(b, at);
                long size = Bytes.unsigned32(b, at + 4);
                long name = at + 12;
                long content = name + (nameSize + n.alignment - 1 & -n.alignment);
                if (content + size > end) {
                    break;
                }
                if (Bytes.get32(b, at + 8) == type && named(b, name, nameSize, owner)) {
                    return OptionalLong.of(size >= 8 ? Bytes.get64(b, content) : Bytes.unsigned32(b, content));
                }
                at = content + (size + n.alignment - 1 & -n.alignment);
            }
        }
        return OptionalLong.empty();
    }

    private static boolean named(byte[] b, long at, long size, String owner) {
        if (size != owner.length() + 1) {
            return false;
        }
        for (int i = 0; i < owner.length(); i++) {
            if (Bytes.get8(b, at + i) != owner.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
