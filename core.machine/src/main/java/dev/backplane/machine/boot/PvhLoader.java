package dev.backplane.machine.boot;

import java.util.List;
import java.util.OptionalLong;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.boot.BootLoader.BootTarget;

/**
 * Loads an ELF file with the note that says where it wants to be entered in 32-bit protected mode (Xen's x86/HVM direct
 * boot ABI, start info version 1).
 */
final class PvhLoader {
    private static final String OWNER = "Xen";
    private static final int PHYS32_ENTRY = 18;
    private static final int MAGIC = 0x336EC578;
    private static final int START_INFO = 56;
    private static final int MODULE = 32;
    private static final int MAP_ENTRY = 24;
    private static final long MODULES = StartState.INFO_MORE;
    private static final long MAP = StartState.INFO_MORE + 0x100;
    private static final int RBX = 3;

    private final BootTarget target;

    PvhLoader(BootTarget target) {
        this.target = target;
    }

    static OptionalLong entry(byte[] image, ElfImage elf) {
        return elf.note(image, OWNER, PHYS32_ENTRY);
    }

    BootedImage load(byte[] image, ElfImage elf) throws MachineException {
        long entry = entry(image, elf).orElseThrow();
        if (entry < 0 || entry >= target.map().lowRam()) {
            throw target.refused("its PVH entry 0x%x lies outside of RAM".formatted(entry));
        }
        target.load(image, elf);
        target.commandLine(target.spec().commandLine(), StartState.COMMAND_LINE_MAX);
        long[] initrd = target.initrd(elf.top(), 0xFFFFFFFFL);
        byte[] module = new byte[MODULE];
        Bytes.put64(module, 0, initrd[0]);
        Bytes.put64(module, 8, initrd[1]);
        target.memory().write(MODULES, module, 0, MODULE);

        List<E820.Entry> map = target.e820();
        byte[] entries = new byte[map.size() * MAP_ENTRY];
        for (int i = 0; i < map.size(); i++) {
            Bytes.put64(entries, i * MAP_ENTRY, map.get(i).base());
            Bytes.put64(entries, i * MAP_ENTRY + 8, map.get(i).size());
            Bytes.put32(entries, i * MAP_ENTRY + 16, map.get(i).type());
        }
        target.memory().write(MAP, entries, 0, entries.length);

        byte[] info = new byte[START_INFO];
        Bytes.put32(info, 0, MAGIC);
        Bytes.put32(info, 4, 1);
        Bytes.put32(info, 12, initrd[1] > 0 ? 1 : 0);
        Bytes.put64(info, 16, initrd[1] > 0 ? MODULES : 0);
        Bytes.put64(info, 24, StartState.COMMAND_LINE);
        Bytes.put64(info, 32, target.rsdp());
        Bytes.put64(info, 40, MAP);
        Bytes.put32(info, 48, map.size());
        target.memory().write(StartState.INFO, info, 0, START_INFO);

        CpuState state = StartState.protectedMode(target.memory(), entry).gpr(RBX, StartState.INFO).build();
        return new BootedImage(state, "ELF with PVH note, entered at 0x%x".formatted(entry));
    }
}
