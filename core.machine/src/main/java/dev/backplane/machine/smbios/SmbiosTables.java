package dev.backplane.machine.smbios;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import dev.backplane.machine.memory.MemoryMap;

/** Makes the SMBIOS entry point (64-bit, 3.0 form) and the structures behind it, as one image for a fixed address. */
public final class SmbiosTables {
    private static final int ENTRY_SIZE = 24;
    private static final int TABLE_OFFSET = 32;
    private static final String MAKER = "Backplane";
    private static final String VERSION = "0.1";

    private static final int BIOS = 0x0000;
    private static final int SYSTEM = 0x0100;
    private static final int BOARD = 0x0200;
    private static final int CHASSIS = 0x0300;
    private static final int PROCESSOR = 0x0400;
    private static final int MEMORY_ARRAY = 0x1000;
    private static final int MEMORY_DEVICE = 0x1100;
    private static final int MEMORY_MAPPED = 0x1300;
    private static final int BOOT = 0x2000;
    private static final int END = 0x7F00;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final long base;
    private final String machine;
    private final UUID uuid;
    private final int vcpus;
    private final MemoryMap map;

    /**
     * @param base    where the image will be: a multiple of 16 in F0000-FFFFF
     * @param machine the machine's name, which becomes its serial number
     */
    public SmbiosTables(long base, String machine, UUID uuid, int vcpus, MemoryMap map) {
        this.base = base;
        this.machine = machine;
        this.uuid = uuid;
        this.vcpus = vcpus;
        this.map = map;
    }

    /** One structure under construction: fields in order, strings numbered as they come. */
    private static final class Structure {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final List<String> strings = new ArrayList<>();

        Structure b(int... values) {
            for (int v : values) {
                body.write(v);
            }
            return this;
        }

        Structure w(int v) {
            return b(v & 0xFF, v >> 8 & 0xFF);
        }

        Structure d(long v) {
            return w((int) v).w((int) (v >>> 16));
        }

        Structure q(long v) {
            return d(v).d(v >>> 32);
        }

        Structure s(String text) {
            strings.add(text);
            return b(strings.size());
        }
    }

    /** The image, to be copied to the base. */
    public byte[] build() {
        out.reset();
        add(0, BIOS, new Structure().s(MAKER).s(VERSION).w(0xE800).s("01/01/2026").b(0)
            // PCI, boot from devices; in the extension: ACPI, virtual machine.
            .q(1 << 7 | 1 << 16).b(0x01, 0x14).b(0, 1, 0xFF, 0xFF).w(0));
        Structure system = new Structure().s(MAKER).s("Backplane PC").s(VERSION).s(machine);
        uuid(system);
        add(1, SYSTEM, system.b(6).s("BP-PC").s("Virtual Machine"));
        add(2, BOARD, new Structure().s(MAKER).s("Backplane Board").s(VERSION).s(machine).b(0, 9).b(0).w(CHASSIS)
            .b(10, 0));
        add(3, CHASSIS, new Structure().s(MAKER).b(1).s(VERSION).b(0, 0).b(3, 3, 3, 2).d(0).b(0, 0, 0, 0).b(0));
        for (int i = 0; i < vcpus; i++) {
            add(4, PROCESSOR + i, new Structure().s("CPU " + i).b(3, 2).s(MAKER).q(0).s(VERSION).b(0).w(0).w(0).w(0)
                .b(0x41, 1).w(0xFFFF).w(0xFFFF).w(0xFFFF).b(0, 0, 0).b(1, 1, 1).w(4).w(1).w(1).w(1).w(1));
        }
        memory();
        add(32, BOOT, new Structure().b(0, 0, 0, 0, 0, 0, 0));
        add(127, END, new Structure());
        byte[] table = out.toByteArray();
        byte[] image = new byte[TABLE_OFFSET + table.length];
        System.arraycopy(table, 0, image, TABLE_OFFSET, table.length);
        byte[] entry = entry(table.length);
        System.arraycopy(entry, 0, image, 0, ENTRY_SIZE);
        return image;
    }

    private void memory() {
        long bytes = map.lowRam() + map.highRam();
        long mib = bytes >> 20;
        add(16, MEMORY_ARRAY, new Structure().b(1, 3, 3).d(0x80000000L).w(0xFFFE).w(1).q(bytes));
        boolean big = mib >= 0x7FFF;
        add(17, MEMORY_DEVICE, new Structure().w(MEMORY_ARRAY).w(0xFFFE).w(64).w(64).w(big ? 0x7FFF : (int) mib)
            .b(9, 0).s("DIMM 0").s("BANK 0").b(7).w(0x80).w(0).s(MAKER).b(0, 0, 0, 0).d(big ? mib : 0).w(0)
            .w(0).w(0).w(0));
        mapped(0, 0, map.lowRam());
        if (map.highRam() > 0) {
            mapped(1, MemoryMap.HIGH_RAM_BASE, map.highRam());
        }
    }

    private void mapped(int number, long first, long size) {
        add(19, MEMORY_MAPPED + number, new Structure().d(first >> 10 > 0xFFFFFFFEL ? 0xFFFFFFFFL : first >> 10)
            .d((first + size >> 10) - 1).w(MEMORY_ARRAY).b(1).q(0).q(0));
    }

    /** The first three fields are little-endian (7.2.1). */
    private void uuid(Structure s) {
        long high = uuid.getMostSignificantBits();
        s.d(high >>> 32).w((int) (high >>> 16) & 0xFFFF).w((int) high & 0xFFFF);
        long low = uuid.getLeastSignificantBits();
        for (int i = 56; i >= 0; i -= 8) {
            s.b((int) (low >>> i) & 0xFF);
        }
    }

    private void add(int type, int handle, Structure s) {
        byte[] body = s.body.toByteArray();
        out.write(type);
        out.write(4 + body.length);
        out.write(handle);
        out.write(handle >> 8);
        out.writeBytes(body);
        for (String text : s.strings) {
            out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            out.write(0);
        }
        if (s.strings.isEmpty()) {
            out.write(0);
        }
        out.write(0);
    }

    private byte[] entry(int tableLength) {
        byte[] e = new byte[ENTRY_SIZE];
        System.arraycopy("_SM3_".getBytes(StandardCharsets.US_ASCII), 0, e, 0, 5);
        e[6] = ENTRY_SIZE;
        e[7] = 3;
        e[8] = 4;
        e[10] = 1;
        little(e, 12, tableLength, 4);
        little(e, 16, base + TABLE_OFFSET, 8);
        int sum = 0;
        for (byte b : e) {
            sum += b;
        }
        e[5] = (byte) -sum;
        return e;
    }

    private static void little(byte[] b, int at, long v, int size) {
        for (int i = 0; i < size; i++) {
            b[at + i] = (byte) (v >>> i * 8);
        }
    }
}
