package dev.backplane.machine.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import dev.backplane.machine.memory.MemoryMap;

/**
 * Makes the ACPI tables: RSDP, XSDT, FADT with FACS and DSDT, MADT, MCFG and HPET, as one image for a fixed address
 * below 1 MiB.
 */
public final class AcpiTables {
    /** Where the fixed hardware's registers begin; PM1 events, PM1 control, PM timer and GPE0 at fixed distances. */
    static final int PM_BASE = 0x600;
    static final int SLEEP_TYPE_S5 = 5;

    private static final int PM1_CONTROL = PM_BASE + 4;
    private static final int PM_TIMER = PM_BASE + 8;
    private static final int GPE0 = PM_BASE + 0x20;
    private static final int GPE0_LENGTH = 16;
    private static final int SCI = 9;
    private static final int RESET_PORT = 0xCF9;
    private static final int RESET_VALUE = 6;
    private static final int HEADER = 36;
    private static final int RSDP_SIZE = 36;
    private static final int HPET_ID = 0x8086A201;
    private static final int HPET_MIN_TICK = 100;

    private final ByteArrayOutputStream image = new ByteArrayOutputStream();
    private final long base;
    private final int vcpus;
    private final MemoryMap map;
    private final List<IsaDevice> isa;

    /**
     * @param base  where the image will be, a multiple of 64 below 1 MiB; the RSDP is at its start
     * @param vcpus 1 to 255, with APIC IDs from 0
     * @param isa   what the cards on the ISA side claimed
     */
    public AcpiTables(long base, int vcpus, MemoryMap map, List<IsaDevice> isa) {
        this.base = base;
        this.vcpus = vcpus;
        this.map = map;
        this.isa = List.copyOf(isa);
    }

    /** The image, to be copied to {@code base}. */
    public byte[] build() {
        image.reset();
        image.writeBytes(new byte[64]);
        long facs = place(facs());
        long dsdt = place(table("DSDT", 2, new Dsdt(vcpus, map, isa).content()));
        long fadt = place(table("FACP", 6, fadt(facs, dsdt)));
        long madt = place(table("APIC", 4, madt()));
        long mcfg = place(table("MCFG", 1, mcfg()));
        long hpet = place(table("HPET", 1, hpet()));
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        for (long t : new long[] {fadt, madt, mcfg, hpet}) {
            entries.writeBytes(Aml.little(t, 8));
        }
        long xsdt = place(table("XSDT", 1, entries.toByteArray()));
        byte[] all = image.toByteArray();
        byte[] rsdp = rsdp(xsdt);
        System.arraycopy(rsdp, 0, all, 0, rsdp.length);
        return all;
    }

    private long place(byte[] table) {
        while ((image.size() & 63) != 0) {
            image.write(0);
        }
        long at = base + image.size();
        image.writeBytes(table);
        return at;
    }

    /** Makes what adds up to zero with the rest of the bytes. */
    private static void checksum(byte[] b, int at, int length) {
        b[at] = 0;
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += b[i];
        }
        b[at] = (byte) -sum;
    }

    private static byte[] ascii(String s) {
        return s.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] rsdp(long xsdt) {
        byte[] b = Aml.join(ascii("RSD PTR "), new byte[1], ascii("BCKPLN"), Aml.bytes(2), Aml.little(0, 4),
            Aml.little(RSDP_SIZE, 4), Aml.little(xsdt, 8), new byte[4]);
        checksum(b, 8, 20);
        checksum(b, 32, RSDP_SIZE);
        return b;
    }

    private static byte[] table(String signature, int revision, byte[] content) {
        byte[] b = Aml.join(ascii(signature), Aml.little(HEADER + content.length, 4), Aml.bytes(revision, 0),
            ascii("BCKPLN"), ascii("BCKPLNPC"), Aml.little(1, 4), ascii("BCKP"), Aml.little(1, 4), content);
        checksum(b, 9, b.length);
        return b;
    }

    /** The FACS has no checksum (5.2.10). */
    private static byte[] facs() {
        byte[] b = new byte[64];
        System.arraycopy(ascii("FACS"), 0, b, 0, 4);
        b[4] = 64;
        b[32] = 2;
        return b;
    }

    /** FADT 6.3 (5.2.9), without header. */
    private static byte[] fadt(long facs, long dsdt) {
        // WBINVD, C1, no sleep button, 32-bit timer, reset register, the PM timer and HPET may be trusted.
        int flags = 1 | 1 << 2 | 1 << 5 | 1 << 8 | 1 << 10 | 1 << 15;
        // Devices on the ISA side, no VGA.
        int bootFlags = 1 | 1 << 2;
        return Aml.join(
            Aml.little(facs, 4), Aml.little(dsdt, 4), Aml.bytes(0, 0), Aml.little(SCI, 2),
            // No SMI command port: ACPI mode is always on.
            Aml.little(0, 4), Aml.bytes(0, 0, 0, 0),
            Aml.little(PM_BASE, 4), Aml.little(0, 4), Aml.little(PM1_CONTROL, 4), Aml.little(0, 4),
            Aml.little(0, 4), Aml.little(PM_TIMER, 4), Aml.little(GPE0, 4), Aml.little(0, 4),
            Aml.bytes(4, 2, 0, 4, GPE0_LENGTH, 0, 0, 0),
            // C2 and C3 are not there.
            Aml.little(0xFFF, 2), Aml.little(0xFFF, 2), Aml.little(0, 2), Aml.little(0, 2),
            Aml.bytes(0, 0, 0, 0, 0x32), Aml.little(bootFlags, 2), Aml.bytes(0), Aml.little(flags, 4),
            register(RESET_PORT, 8, 1), Aml.bytes(RESET_VALUE), Aml.little(0, 2), Aml.bytes(3),
            // The FACS is named in one of the two places only.
            Aml.little(0, 8), Aml.little(dsdt, 8),
            register(PM_BASE, 32, 2), register(0, 0, 0), register(PM1_CONTROL, 16, 2), register(0, 0, 0),
            register(0, 0, 0), register(PM_TIMER, 32, 3), register(GPE0, GPE0_LENGTH * 8, 1), register(0, 0, 0),
            new byte[12], new byte[12], ascii("BCKPLNPC"));
    }

    /** A Generic Address Structure in I/O space (5.2.3.2); with no bits, an empty one. */
    private static byte[] register(int port, int bits, int access) {
        return bits == 0 ? new byte[12] : Aml.join(Aml.bytes(1, bits, 0, access), Aml.little(port, 8));
    }

    /** MADT (5.2.12), without header. */
    private byte[] madt() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(Aml.little(MemoryMap.LAPIC_BASE, 4));
        out.writeBytes(Aml.little(1, 4));
        for (int i = 0; i < vcpus; i++) {
            out.writeBytes(Aml.join(Aml.bytes(0, 8, i, i), Aml.little(1, 4)));
        }
        out.writeBytes(Aml.join(Aml.bytes(1, 12, 0, 0), Aml.little(MemoryMap.IOAPIC_BASE, 4), Aml.little(0, 4)));
        out.writeBytes(override(0, 2, 0));
        // The SCI: active high, level.
        out.writeBytes(override(SCI, SCI, 0x0D));
        // LINT1 is NMI on every processor.
        out.writeBytes(Aml.bytes(4, 6, 0xFF, 0, 0, 1));
        return out.toByteArray();
    }

    private static byte[] override(int irq, int gsi, int flags) {
        return Aml.join(Aml.bytes(2, 10, 0, irq), Aml.little(gsi, 4), Aml.little(flags, 2));
    }

    private static byte[] mcfg() {
        int lastBus = (int) (MemoryMap.ECAM_SIZE >> 20) - 1;
        return Aml.join(new byte[8], Aml.little(MemoryMap.ECAM_BASE, 8), Aml.little(0, 2), Aml.bytes(0, lastBus),
            new byte[4]);
    }

    private static byte[] hpet() {
        return Aml.join(Aml.little(HPET_ID, 4), Aml.bytes(0, 64, 0, 0), Aml.little(MemoryMap.HPET_BASE, 8),
            Aml.bytes(0), Aml.little(HPET_MIN_TICK, 2), Aml.bytes(0));
    }
}
