package dev.backplane.machine.boot;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.boot.BootLoader.BootTarget;

/**
 * Loads a Multiboot kernel (Multiboot Specification 0.6.96): an ELF file, or any file whose header has the address
 * fields. The initial RAM disk is the first module. As with other loaders the command line begins with the kernel's
 * file name.
 */
final class MultibootLoader {
    private static final int SEARCH = 8192;
    private static final int HEADER_MAGIC = 0x1BADB002;
    private static final int LOADER_MAGIC = 0x2BADB002;
    private static final int MANDATORY = 0xFFFF;
    private static final int PAGE_ALIGNED = 1;
    private static final int MEMORY_INFO = 2;
    private static final int ADDRESSES = 1 << 16;

    private static final int INFO_SIZE = 120;
    private static final int INFO_MEMORY = 1;
    private static final int INFO_COMMAND_LINE = 1 << 2;
    private static final int INFO_MODULES = 1 << 3;
    private static final int INFO_MAP = 1 << 6;
    private static final int INFO_LOADER = 1 << 9;
    private static final int MAP_ENTRY = 24;
    private static final int MODULE = 16;
    private static final int MAX_MODULES = 64;
    private static final long PAGE = 4096;

    private static final long MAP = StartState.INFO + 0x100;
    private static final long NAME = StartState.INFO + 0x300;
    private static final long MODULES = StartState.INFO_MORE;
    private static final long STRINGS = StartState.INFO_MORE + MAX_MODULES * MODULE;
    private static final long STRINGS_END = StartState.INFO_MORE + 0x8000;
    private static final int RBX = 3;

    private final BootTarget target;

    MultibootLoader(BootTarget target) {
        this.target = target;
    }

    /** The offset of the header, or -1. */
    static int header(byte[] b) {
        for (int at = 0; at + 12 <= Math.min(SEARCH, b.length); at += 4) {
            if (Bytes.get32(b, at) == HEADER_MAGIC
                && Bytes.get32(b, at) + Bytes.get32(b, at + 4) + Bytes.get32(b, at + 8) == 0) {
                return at;
            }
        }
        return -1;
    }

    /** @param elf the file's headers, or null if it is no ELF file */
    BootedImage load(byte[] image, ElfImage elf) throws MachineException {
        int header = header(image);
        int flags = Bytes.get32(image, header + 4);
        int unknown = flags & MANDATORY & ~(PAGE_ALIGNED | MEMORY_INFO);
        if (unknown != 0) {
            throw target.refused("its Multiboot header demands features 0x%x, which are not there (a video mode, "
                .formatted(unknown) + "for instance); build it without");
        }
        long[] loaded = (flags & ADDRESSES) != 0 ? byAddresses(image, header) : byHeaders(image, elf);
        long entry = loaded[0];
        if (entry < 0 || entry >= target.map().lowRam()) {
            throw target.refused("its entry 0x%x lies outside of RAM".formatted(entry));
        }
        information(loaded[1]);
        CpuState state = StartState.protectedMode(target.memory(), entry).gpr(0, LOADER_MAGIC)
            .gpr(RBX, StartState.INFO).build();
        return new BootedImage(state, "Multiboot kernel, entered at 0x%x".formatted(entry));
    }

    private long[] byHeaders(byte[] image, ElfImage elf) throws MachineException {
        if (elf == null) {
            throw target.refused("it has a Multiboot header without addresses and is no ELF file; build it as one");
        }
        target.load(image, elf);
        long entry = elf.entry();
        for (ElfImage.Segment s : elf.segments()) {
            // An entry given as a virtual address is meant where its segment was loaded.
            if (entry >= s.virtual() && entry < s.virtual() + s.memorySize()) {
                return new long[] {s.physical() + entry - s.virtual(), elf.top()};
            }
        }
        return new long[] {entry, elf.top()};
    }

    private long[] byAddresses(byte[] image, int header) throws MachineException {
        long headerAddress = Bytes.unsigned32(image, header + 12);
        long load = Bytes.unsigned32(image, header + 16);
        long loadEnd = Bytes.unsigned32(image, header + 20);
        long bssEnd = Bytes.unsigned32(image, header + 24);
        long entry = Bytes.unsigned32(image, header + 28);
        long from = header - (headerAddress - load);
        long size = loadEnd == 0 ? image.length - from : loadEnd - load;
        long memorySize = bssEnd == 0 ? size : bssEnd - load;
        if (headerAddress < load || size < 0 || memorySize < size || !Bytes.holds(image, from, size)) {
            throw target.refused("the addresses in its Multiboot header do not fit the file");
        }
        target.check("the kernel", load, memorySize);
        target.memory().fill(load, memorySize, (byte) 0);
        target.memory().write(load, image, (int) from, (int) size);
        return new long[] {entry, load + memorySize};
    }

    private void information(long kernelEnd) throws MachineException {
        String line = (target.spec().kernel() + " " + target.spec().commandLine()).stripTrailing();
        target.commandLine(line, StartState.COMMAND_LINE_MAX);
        int modules = modules(kernelEnd);

        List<E820.Entry> map = target.e820();
        byte[] entries = new byte[map.size() * MAP_ENTRY];
        for (int i = 0; i < map.size(); i++) {
            int at = i * MAP_ENTRY;
            Bytes.put32(entries, at, MAP_ENTRY - 4);
            Bytes.put64(entries, at + 4, map.get(i).base());
            Bytes.put64(entries, at + 12, map.get(i).size());
            Bytes.put32(entries, at + 20, map.get(i).type());
        }
        target.memory().write(MAP, entries, 0, entries.length);
        byte[] name = "Backplane\0".getBytes(StandardCharsets.US_ASCII);
        target.memory().write(NAME, name, 0, name.length);

        byte[] info = new byte[INFO_SIZE];
        Bytes.put32(info, 0, INFO_MEMORY | INFO_COMMAND_LINE | INFO_MODULES | INFO_MAP | INFO_LOADER);
        Bytes.put32(info, 4, (int) (map.getFirst().size() >> 10));
        Bytes.put32(info, 8, (int) (target.map().lowRam() - E820.MIB >> 10));
        Bytes.put32(info, 16, (int) StartState.COMMAND_LINE);
        Bytes.put32(info, 20, modules);
        Bytes.put32(info, 24, (int) MODULES);
        Bytes.put32(info, 44, entries.length);
        Bytes.put32(info, 48, (int) MAP);
        Bytes.put32(info, 64, (int) NAME);
        target.memory().write(StartState.INFO, info, 0, INFO_SIZE);
    }

    /** A module's file, and the text that goes with it. */
    private record Module(Path file, String text) {
    }

    private List<Module> moduleFiles() {
        List<Module> files = new ArrayList<>();
        if (target.spec().initrd() != null) {
            files.add(new Module(target.spec().initrd(), target.spec().initrd().toString()));
        }
        for (String m : target.spec().modules()) {
            int blank = m.indexOf(' ');
            files.add(new Module(Path.of(blank < 0 ? m : m.substring(0, blank)), m));
        }
        return files;
    }

    private int modules(long kernelEnd) throws MachineException {
        List<Module> files = moduleFiles();
        if (files.size() > MAX_MODULES) {
            throw target.refused("%d modules are given, %d are possible".formatted(files.size(), MAX_MODULES));
        }
        byte[] table = new byte[Math.max(1, files.size()) * MODULE];
        long at = Math.max(kernelEnd, E820.MIB) + PAGE - 1 & -PAGE;
        long text = STRINGS;
        for (int i = 0; i < files.size(); i++) {
            Module m = files.get(i);
            long size = BootFile.size(m.file, "module");
            byte[] string = (m.text + "\0").getBytes(StandardCharsets.UTF_8);
            if (text + string.length > STRINGS_END) {
                throw target.refused("the texts of the modules have more than %d bytes; shorten them".formatted(
                    STRINGS_END - STRINGS));
            }
            if (size > target.map().lowRam() - at) {
                throw new MachineException("module %s of %d bytes does not fit in memory at 0x%x; give the machine "
                    .formatted(m.file, size, at) + "more memory");
            }
            BootFile.copy(m.file, "module", target.memory(), at, size);
            target.memory().write(text, string, 0, string.length);
            Bytes.put32(table, i * MODULE, (int) at);
            Bytes.put32(table, i * MODULE + 4, (int) (at + size));
            Bytes.put32(table, i * MODULE + 8, (int) text);
            text += string.length;
            at = at + size + PAGE - 1 & -PAGE;
        }
        target.memory().write(MODULES, table, 0, table.length);
        return files.size();
    }
}
