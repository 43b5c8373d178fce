package dev.backplane.machine.boot;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.machine.memory.MemoryMap;

/**
 * Loads a kernel and what belongs to it into guest RAM. What a file is, is told by its content: a Linux bzImage, an ELF
 * with a PVH note, or a Multiboot 1 kernel. Files are not trusted: nothing in them leads outside guest RAM.
 */
public final class BootLoader {
    private final GuestMemory memory;
    private final MemoryMap map;
    private final RandomGenerator random;

    /**
     * @param random for the kernel's address and its first entropy
     */
    public BootLoader(GuestMemory memory, MemoryMap map, RandomGenerator random) {
        this.memory = Objects.requireNonNull(memory);
        this.map = Objects.requireNonNull(map);
        this.random = Objects.requireNonNull(random);
    }

    /**
     * Loads.
     *
     * @param rsdp the address of the RSDP, as {@link Firmware#install} gave it
     * @throws MachineException if there is no kernel, or it cannot be loaded; the message names file and remedy
     */
    public BootedImage load(BootSpec spec, long rsdp) throws MachineException {
        if (spec.kernel() == null) {
            throw new MachineException("no kernel is named; vm:set --kernel FILE names one");
        }
        byte[] image = BootFile.read(spec.kernel());
        BootTarget target = new BootTarget(memory, map, spec, rsdp);
        if (LinuxLoader.recognizes(image)) {
            return new LinuxLoader(target, random).load(image);
        }
        StringBuilder why = new StringBuilder("it is no bzImage");
        if (ElfImage.isElf(image)) {
            why.setLength(0);
            ElfImage elf = ElfImage.parse(image, why)
                .orElseThrow(() -> target.refused(why.toString()));
            if (PvhLoader.entry(image, elf).isPresent()) {
                return new PvhLoader(target).load(image, elf);
            }
            if (MultibootLoader.header(image) >= 0) {
                return new MultibootLoader(target).load(image, elf);
            }
            why.append("the ELF file has neither a PVH note nor a Multiboot 1 header");
        } else if (MultibootLoader.header(image) >= 0) {
            return new MultibootLoader(target).load(image, null);
        }
        throw new MachineException("kernel %s cannot be booted: %s; name a bzImage, an ELF with a PVH note or a "
            .formatted(spec.kernel(), why) + "Multiboot 1 kernel");
    }

    /** Where a kernel goes, and the checks on the way. */
    record BootTarget(GuestMemory memory, MemoryMap map, BootSpec spec, long rsdp) {

        List<E820.Entry> e820() {
            return E820.of(map);
        }

        MachineException refused(String why) {
            return new MachineException("kernel %s cannot be loaded: %s".formatted(spec.kernel(), why));
        }

        /** Checks that a range may be loaded to: RAM, and nothing that the loaders or the tables use. */
        void check(String what, long first, long size) throws MachineException {
            if (size < 0 || first < StartState.END || first + size > map.lowRam()
                || first < E820.MIB && first + size > MemoryMap.VGA_BASE) {
                throw refused("%s of 0x%x bytes at 0x%x does not lie in RAM that is free (0x%x-0x%x and 0x%x-0x%x)"
                    .formatted(what, size, first, StartState.END, MemoryMap.VGA_BASE - 1, E820.MIB, map.lowRam() - 1)
                    + "; give the machine more memory if that is the reason");
            }
        }

        /** Loads the segments of an ELF file, with zeros where the file has none. */
        void load(byte[] image, ElfImage elf) throws MachineException {
            for (ElfImage.Segment s : elf.segments()) {
                check("a segment", s.physical(), s.memorySize());
            }
            for (ElfImage.Segment s : elf.segments()) {
                memory.fill(s.physical(), s.memorySize(), (byte) 0);
                memory.write(s.physical(), image, (int) s.offset(), (int) s.fileSize());
            }
        }

        /** Writes the command line with its zero; gives its length without. */
        int commandLine(String line, int most) throws MachineException {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            if (bytes.length > most) {
                throw refused("the command line has %d bytes, %d are possible; shorten it".formatted(bytes.length,
                    most));
            }
            memory.write(StartState.COMMAND_LINE, Arrays.copyOf(bytes, bytes.length + 1), 0, bytes.length + 1);
            return bytes.length;
        }

        /**
         * Loads the initial RAM disk as high as possible.
         *
         * @param lowest  the end of the kernel
         * @param highest the last address that the kernel accepts
         * @return address and size; both 0 if there is none
         */
        long[] initrd(long lowest, long highest) throws MachineException {
            if (spec.initrd() == null) {
                return new long[2];
            }
            long size = BootFile.size(spec.initrd(), "initrd");
            if (size == 0) {
                return new long[2];
            }
            long top = Math.min(map.lowRam(), highest + 1);
            long at = top - size & -4096L;
            if (size > top || at < lowest) {
                throw new MachineException("initrd %s of %d bytes does not fit in memory above the kernel (0x%x-0x%x); "
                    .formatted(spec.initrd(), size, lowest, top) + "give the machine more memory");
            }
            BootFile.copy(spec.initrd(), "initrd", memory, at, size);
            return new long[] {at, size};
        }
    }
}
