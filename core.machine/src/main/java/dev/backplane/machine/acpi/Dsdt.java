package dev.backplane.machine.acpi;

import static dev.backplane.machine.acpi.Aml.ARG0;
import static dev.backplane.machine.acpi.Aml.ARG1;
import static dev.backplane.machine.acpi.Aml.ARG3;
import static dev.backplane.machine.acpi.Aml.LOCAL0;
import static dev.backplane.machine.acpi.Aml.NOWHERE;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.stream.Stream;

import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.pci.PciRouting;

/** The namespace of the board: processors, the PCI host bridge with what it produces, and what is on the ISA side. */
final class Dsdt {
    private static final String OSC_UUID = "33DB4D5B-1FF7-401C-9657-7441C03DD766";
    /** Native hot-plug, PME, AER and the capability structure; standard hot-plug (SHPC) is not there. */
    private static final int OSC_GRANTED = 0x1D;

    private final int vcpus;
    private final MemoryMap map;
    private final List<IsaDevice> isa;

    Dsdt(int vcpus, MemoryMap map, List<IsaDevice> isa) {
        this.vcpus = vcpus;
        this.map = map;
        this.isa = isa;
    }

    byte[] content() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Aml.define("\\_S5", Aml.pack(Aml.number(AcpiTables.SLEEP_TYPE_S5),
            Aml.number(AcpiTables.SLEEP_TYPE_S5), Aml.number(0), Aml.number(0))));
        out.writeBytes(Aml.scope("\\_SB", processors(), hostBridge(), motherboard(), hpet()));
        out.writeBytes(Aml.scope("\\_SB.PCI0.ISA", isaDevices()));
        return out.toByteArray();
    }

    private byte[] processors() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < vcpus; i++) {
            out.writeBytes(Aml.device("C%03X".formatted(i), hardware("ACPI0007"), unique(i)));
        }
        return out.toByteArray();
    }

    private byte[] hostBridge() {
        long pci64 = map.pci64Base();
        return Aml.device("PCI0",
            Aml.define("_HID", Aml.eisaId("PNP0A08")),
            Aml.define("_CID", Aml.eisaId("PNP0A03")),
            Aml.define("_BBN", Aml.number(0)),
            unique(0),
            Aml.define("_CRS", Aml.resources(
                Aml.busRange(0, 0xFF),
                Aml.io(0xCF8, 8),
                Aml.ioRange(0, 0xCF7),
                Aml.ioRange(0xD00, 0xFFFF),
                Aml.memoryRange32(MemoryMap.PCI32_BASE, MemoryMap.PCI32_BASE + MemoryMap.PCI32_SIZE - 1),
                Aml.memoryRange64(pci64, pci64 + MemoryMap.PCI64_SIZE - 1))),
            routing(),
            controls(),
            Aml.device("ISA", Aml.define("_ADR", Aml.number(0x1F0000))));
    }

    /** _PRT: each pin of each device on bus 0 has a GSI of its own making (6.2.13). */
    private static byte[] routing() {
        byte[][] entries = new byte[32 * 4][];
        for (int device = 0; device < 32; device++) {
            for (int pin = 0; pin < 4; pin++) {
                entries[device * 4 + pin] = Aml.pack(Aml.number((long) device << 16 | 0xFFFF), Aml.number(pin),
                    Aml.number(0), Aml.number(PciRouting.gsi(device, pin + 1)));
            }
        }
        return Aml.define("_PRT", Aml.pack(entries));
    }

    /** _OSC (6.2.11, PCI Firmware 3.2, 4.5): what the system asked for and we have is its own from now on. */
    private static byte[] controls() {
        byte[] status = Aml.name("CDW1");
        byte[] control = Aml.name("CDW3");
        return Aml.method("_OSC", 4, true,
            Aml.dwordField(ARG3, 0, "CDW1"),
            Aml.ifTrue(Aml.equal(ARG0, Aml.uuid(OSC_UUID)),
                Aml.dwordField(ARG3, 8, "CDW3"),
                Aml.and(control, Aml.number(OSC_GRANTED), LOCAL0),
                // An unknown revision, then a request that was cut.
                Aml.ifTrue(Aml.not(Aml.equal(ARG1, Aml.number(1))), Aml.or(status, Aml.number(8), status)),
                Aml.ifTrue(Aml.not(Aml.equal(control, LOCAL0)), Aml.or(status, Aml.number(0x10), status)),
                Aml.store(LOCAL0, control)),
            Aml.otherwise(Aml.or(status, Aml.number(4), status)),
            Aml.result(ARG3));
    }

    /** What the board occupies and no other device names; ECAM has to be reserved here to be used. */
    private static byte[] motherboard() {
        return Aml.device("MBRD", hardware("PNP0C02"), unique(0),
            Aml.define("_CRS", Aml.resources(
                Aml.memory32(MemoryMap.ECAM_BASE, MemoryMap.ECAM_SIZE, true),
                Aml.io(AcpiTables.PM_BASE, 0x80),
                Aml.io(0x4D0, 2),
                Aml.io(0x80, 1),
                Aml.io(0x92, 1))));
    }

    private static byte[] hpet() {
        return Aml.device("HPET", hardware("PNP0103"), unique(0),
            Aml.define("_CRS", Aml.resources(Aml.memory32(MemoryMap.HPET_BASE, 0x400, false))));
    }

    private byte[] isaDevices() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Aml.device("PIC", hardware("PNP0000"),
            Aml.define("_CRS", Aml.resources(Aml.io(0x20, 2), Aml.io(0xA0, 2), Aml.irq(2)))));
        out.writeBytes(Aml.device("PIT", hardware("PNP0100"),
            Aml.define("_CRS", Aml.resources(Aml.io(0x40, 4), Aml.irq(0)))));
        out.writeBytes(Aml.device("RTC", hardware("PNP0B00"),
            Aml.define("_CRS", Aml.resources(Aml.io(0x70, 2), Aml.irq(8)))));
        out.writeBytes(Aml.device("SPKR", hardware("PNP0800"),
            Aml.define("_CRS", Aml.resources(Aml.io(0x61, 1)))));
        out.writeBytes(Aml.device("FWCF", Aml.define("_HID", Aml.string("QEMU0002")),
            Aml.define("_STA", Aml.number(0x0B)),
            Aml.define("_CRS", Aml.resources(Aml.io(0x510, 12)))));
        int serial = 0;
        int parallel = 0;
        int other = 0;
        for (IsaDevice d : isa) {
            String id = d.hardwareId();
            Stream<byte[]> ports = d.ports().stream().map(p -> Aml.io(p.first(), p.count()));
            Stream<byte[]> irq = d.irq() < 0 ? Stream.empty() : Stream.of(Aml.irq(d.irq()));
            byte[] crs = Aml.resources(Stream.concat(ports, irq).toArray(byte[][]::new));
            String name;
            int uid;
            if (id == null) {
                id = "PNP0C02";
                name = "ISA%X".formatted(other & 15);
                uid = ++other;
            } else if (id.equals("PNP0501")) {
                name = "COM%X".formatted(serial + 1 & 15);
                uid = ++serial;
            } else {
                name = "LPT%X".formatted(parallel + 1 & 15);
                uid = ++parallel;
            }
            out.writeBytes(Aml.device(name, hardware(id), unique(uid), Aml.define("_CRS", crs)));
        }
        return out.toByteArray();
    }

    private static byte[] hardware(String id) {
        return Aml.define("_HID", id.startsWith("PNP") ? Aml.eisaId(id) : Aml.string(id));
    }

    private static byte[] unique(int id) {
        return Aml.define("_UID", Aml.number(id));
    }
}
