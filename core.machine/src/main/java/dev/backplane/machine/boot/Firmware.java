package dev.backplane.machine.boot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

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
