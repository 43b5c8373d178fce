package dev.backplane.machine.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.machine.acpi.AcpiTables;
import dev.backplane.machine.acpi.IsaDevice;
import dev.backplane.machine.fwcfg.FwCfg;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.smbios.SmbiosTables;

/** What firmware leaves behind for the kernel: ACPI and SMBIOS tables below 1 MiB, and the items of fw_cfg. */
public final class Firmware {
    private static final long ACPI_BASE = E820.TABLES;
    private static final long SMBIOS_BASE = 0xF0000;
    private static final int E820_ENTRY = 20;

    private static final int[] MTRR_FIXED = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A, 0x26B, 0x26C, 0x26D, 0x26E,
        0x26F};
    private static final int MTRR_FIXED_A0000 = 0x259;
    private static final int MTRR_BASE_0 = 0x200;
    private static final int MTRR_MASK_0 = 0x201;
    private static final int MTRR_DEFAULT = 0x2FF;
    private static final int MTRR_WRITE_BACK = 6;
    private static final long MTRR_ALL_WRITE_BACK = 0x0606060606060606L;
    private static final long MTRR_VALID = 0x800;
    private static final long MTRR_ENABLED = 0x800;
    private static final long MTRR_FIXED_ENABLED = 0x400;
    private static final long PHYSICAL_MASK = (1L << 40) - 1;

    /**
     * What the tables tell of a machine.
     *
     * @param machine its name
     * @param vcpus   how many processors, APIC IDs from 0
     * @param map     its memory
     * @param uuid    its identity
     * @param isa     what the cards on the ISA side claimed
     */
    public record Settings(String machine, int vcpus, MemoryMap map, UUID uuid, List<IsaDevice> isa) {
        public Settings {
            Objects.requireNonNull(machine);
            Objects.requireNonNull(map);
            Objects.requireNonNull(uuid);
            isa = List.copyOf(isa);
        }
    }

    private Firmware() {
    }

    /**
     * What firmware sets up in every processor: the memory type range registers (Intel SDM vol. 3, 12.11). RAM is
     * cacheable, VGA memory and all from 2 to 4 GiB is not.
     *
     * @param powerUp the state after power-up
     */
    public static CpuState processor(CpuState powerUp) {
        return powerUp.with(b -> {
            for (int fixed : MTRR_FIXED) {
                b.msr(fixed, fixed == MTRR_FIXED_A0000 ? 0 : MTRR_ALL_WRITE_BACK);
            }
            return b.msr(MTRR_BASE_0, MemoryMap.MAX_LOW_RAM).msr(MTRR_MASK_0,
                PHYSICAL_MASK & -(MemoryMap.HIGH_RAM_BASE - MemoryMap.MAX_LOW_RAM) | MTRR_VALID)
                .msr(MTRR_DEFAULT, MTRR_ENABLED | MTRR_FIXED_ENABLED | MTRR_WRITE_BACK);
        });
    }

    /**
     * Writes the tables.
     *
     * @return the address of the RSDP
     */
    public static long install(GuestMemory memory, Settings s) {
        memory.fill(E820.TABLES, E820.MIB - E820.TABLES, (byte) 0);
        byte[] acpi = new AcpiTables(ACPI_BASE, s.vcpus(), s.map(), s.isa()).build();
        byte[] smbios = new SmbiosTables(SMBIOS_BASE, s.machine(), s.uuid(), s.vcpus(), s.map()).build();
        if (acpi.length > SMBIOS_BASE - ACPI_BASE || smbios.length > E820.MIB - SMBIOS_BASE) {
            throw new IllegalStateException("the firmware's tables of %d and %d bytes do not fit below 1 MiB"
                .formatted(acpi.length, smbios.length));
        }
        memory.write(ACPI_BASE, acpi, 0, acpi.length);
        memory.write(SMBIOS_BASE, smbios, 0, smbios.length);
        return ACPI_BASE;
    }

    /** Fills the firmware configuration device. */
    public static void fill(FwCfg config, Settings s, BootSpec boot) {
        config.clear();
        config.add(FwCfg.UUID, uuid(s.uuid()));
        config.add(FwCfg.RAM_SIZE, s.map().lowRam() + s.map().highRam(), 8);
        config.add(FwCfg.NO_GRAPHIC, 1, 2);
        config.add(FwCfg.CPUS, s.vcpus(), 2);
        config.add(FwCfg.MAX_CPUS, s.vcpus(), 2);
        config.add(FwCfg.BOOT_MENU, 0, 2);
        byte[] line = (boot.commandLine() + "\0").getBytes(StandardCharsets.UTF_8);
        config.add(FwCfg.COMMAND_LINE_SIZE, line.length, 4);
        config.add(FwCfg.COMMAND_LINE, line);
        List<E820.Entry> map = E820.of(s.map());
        ByteBuffer b = ByteBuffer.allocate(map.size() * E820_ENTRY).order(ByteOrder.LITTLE_ENDIAN);
        map.forEach(e -> b.putLong(e.base()).putLong(e.size()).putInt(e.type()));
        config.addFile("etc/e820", b.array());
    }

    private static byte[] uuid(UUID id) {
        return ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits())
            .array();
    }
}
