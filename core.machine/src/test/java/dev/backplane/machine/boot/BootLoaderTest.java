package dev.backplane.machine.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.MachineException;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;

class BootLoaderTest {
    private static final long RAM = 64 << 20;
    private static final int RSI = 6;
    private static final int RBX = 3;
    private static final String LINE = "console=ttyS0 quiet";

    @TempDir
    Path folder;

    private final MemoryMap map = MemoryMap.of(RAM);
    private final MachineRam ram = new MachineRam("test", map);
    private final BusMemory memory = BusMemory.ofCore(ram);
    private final BootLoader loader = new BootLoader(memory, map, new Random(5));

    @AfterEach
    void release() {
        ram.close();
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private CpuState load(byte[] kernel, byte[] initrd, String... modules) throws Exception {
        BootSpec spec = new BootSpec(file("kernel", kernel), initrd == null ? null : file("initrd", initrd),
            List.of(modules), LINE);
        return loader.load(spec, 0xE0000).state();
    }

    private String refusal(byte[] kernel) {
        return assertThrows(MachineException.class, () -> load(kernel, null)).getMessage();
    }

    private String text(long address) {
        StringBuilder b = new StringBuilder();
        for (int c = memory.read8(address); c != 0; c = memory.read8(++address)) {
            b.append((char) c);
        }
        return b.toString();
    }

    private long translate(CpuState state, long address) {
        long pdpt = memory.read64(state.cr3() + (address >>> 39 & 511) * 8) & ~0xFFFL;
        long pd = memory.read64(pdpt + (address >>> 30 & 511) * 8) & ~0xFFFL;
        long entry = memory.read64(pd + (address >>> 21 & 511) * 8);
        return (entry & ~0x1FFFFFL) | address & 0x1FFFFF;
    }

    @Test
    void aBzImageOfEveryCompressionIsEnteredInLongModeAtItsKernel() throws Exception {
        byte[] vmlinux = Kernels.vmlinux(false);
        for (byte[] payload : List.of(Kernels.xz(vmlinux), Kernels.lz4(vmlinux), Kernels.zstd(vmlinux),
            Kernels.gzip(vmlinux))) {
            memory.fill(Kernels.LOAD, 0x9000, (byte) 0xAA);
            CpuState s = load(Kernels.bzImage(payload), null);
            assertEquals(Kernels.LOAD, s.rip());
            assertEquals(Kernels.KERNEL_MAP + Kernels.LOAD + 0x123, memory.read64(Kernels.LOAD + Kernels.WIDE_AT));
            assertEquals(0, memory.read64(Kernels.LOAD + Kernels.TEXT + 0x4FF8));
            assertEquals(0xAA, memory.read8(Kernels.LOAD + Kernels.TEXT + 0x5000));
            assertEquals(0x500, s.msr(0xC0000080));
            assertEquals(0xC06, s.msr(0x2FF));
            assertEquals(0xFF80000800L, s.msr(0x201));
            assertEquals(0xA09B, s.segment(Segment.CS).accessRights());
            assertEquals(0x10, s.segment(Segment.CS).selector());
            assertEquals(Kernels.LOAD + 5, translate(s, Kernels.LOAD + 5));
            assertEquals(0xFEE00020L, translate(s, 0xFEE00020L));
            assertEquals(0, s.rflags() & 0x200);
        }
    }

    @Test
    void theZeroPageTellsTheKernelEverything() throws Exception {
        byte[] initrd = "a small archive".getBytes(StandardCharsets.US_ASCII);
        CpuState s = load(Kernels.bzImage(Kernels.gzip(Kernels.vmlinux(false))), initrd);
        long zp = s.gpr(RSI);
        assertEquals(0x53726448, memory.read32(zp + 0x202));
        assertEquals(0, memory.read8(zp + 0x1EF));
        assertEquals(0xFF, memory.read8(zp + 0x210));
        assertEquals(LINE, text(memory.read32(zp + 0x228)));
        assertEquals(0xE0000, memory.read64(zp + 0x70));
        long at = memory.read32(zp + 0x218);
        assertEquals(initrd.length, memory.read32(zp + 0x21C));
        assertEquals(0, at & 0xFFF);
        assertTrue(at > RAM - 8192 && at + initrd.length <= RAM);
        assertEquals("a small archive", text(at));
        long seed = memory.read64(zp + 0x250);
        assertEquals(9, memory.read32(seed + 8));
        assertEquals(32, memory.read32(seed + 12));
        int entries = memory.read8(zp + 0x1E8);
        long usable = 0;
        long last = -1;
        for (int i = 0; i < entries; i++) {
            long base = memory.read64(zp + 0x2D0 + i * 20L);
            long size = memory.read64(zp + 0x2D8 + i * 20L);
            assertTrue(base >= last && size > 0);
            last = base + size;
            usable += memory.read32(zp + 0x2E0 + i * 20L) == 1 ? size : 0;
        }
        assertTrue(usable > RAM - (1 << 20) && usable < RAM);
    }

    @Test
    void aRelocatableKernelIsMovedToAnotherVirtualAddress() throws Exception {
        CpuState s = load(Kernels.bzImage(Kernels.gzip(Kernels.vmlinux(true))), null);
        long slide = memory.read64(Kernels.LOAD + Kernels.WIDE_AT) - (Kernels.KERNEL_MAP + Kernels.LOAD + 0x123);
        assertTrue(slide >= 1 << 21 && slide < 1 << 30 && slide % (1 << 21) == 0, "slide " + slide);
        assertEquals((int) (Kernels.KERNEL_MAP + Kernels.LOAD + 0x456 + slide),
            memory.read32(Kernels.LOAD + Kernels.NARROW_AT));
        assertEquals((int) (0x789 - slide), memory.read32(Kernels.LOAD + Kernels.INVERSE_AT));
        assertEquals(2, memory.read8(s.gpr(RSI) + 0x211) & 2);
        assertEquals(Kernels.LOAD, s.rip());
    }

    @Test
    void nokaslrLeavesTheKernelWhereItWasLinked() throws Exception {
        BootSpec spec = new BootSpec(file("k", Kernels.bzImage(Kernels.gzip(Kernels.vmlinux(true)))), null, List.of(),
            "quiet nokaslr");
        CpuState s = loader.load(spec, 0).state();
        assertEquals(Kernels.KERNEL_MAP + Kernels.LOAD + 0x123, memory.read64(Kernels.LOAD + Kernels.WIDE_AT));
        assertEquals(0, memory.read8(s.gpr(RSI) + 0x211) & 2);
    }

    @Test
    void aPayloadOfUnknownKindIsLeftToTheKernelsOwnDecompressor() throws Exception {
        byte[] image = Kernels.bzImage(Kernels.withSize(new byte[1000], 4000));
        CpuState s = load(image, null);
        assertEquals(Kernels.LOAD + 0x200, s.rip());
        assertEquals(0x12345678, memory.read32(s.rip()));
        assertEquals(0x500, s.msr(0xC0000080));
        image[0x236] = 0;
        s = load(image, null);
        assertEquals(Kernels.LOAD, s.rip());
        assertEquals(0x11, s.cr0());
        assertEquals(StartState.INFO, s.gpr(RSI));
    }

    @Test
    void aPvhKernelGetsItsStartInfo() throws Exception {
        CpuState s = load(Kernels.vmlinux(false), new byte[] {'x', 0});
        assertEquals(Kernels.LOAD + 0x40, s.rip());
        assertEquals(0x11, s.cr0());
        long info = s.gpr(RBX);
        assertEquals(0x336EC578, memory.read32(info));
        assertEquals(1, memory.read32(info + 4));
        assertEquals(1, memory.read32(info + 12));
        long module = memory.read64(info + 16);
        assertEquals("x", text(memory.read64(module)));
        assertEquals(2, memory.read64(module + 8));
        assertEquals(LINE, text(memory.read64(info + 24)));
        assertEquals(0xE0000, memory.read64(info + 32));
        assertTrue(memory.read32(info + 48) >= 4);
        assertEquals(1, memory.read32(memory.read64(info + 40) + 16));
    }

    @Test
    void aMultibootElfGetsItsInformationAndModules() throws Exception {
        Path second = file("second", "two".getBytes(StandardCharsets.US_ASCII));
        CpuState s = load(Kernels.multibootElf(3), "one".getBytes(StandardCharsets.US_ASCII), second + " a b");
        assertEquals(0x100010, s.rip());
        assertEquals(0x2BADB002, s.gpr(0));
        assertEquals(0xCAFE, memory.read32(0x100400));
        long info = s.gpr(RBX);
        assertTrue(text(memory.read32(info + 16)).endsWith("kernel " + LINE));
        assertEquals(2, memory.read32(info + 20));
        long modules = memory.read32(info + 24);
        assertEquals("one", text(memory.read32(modules)));
        assertEquals("two", text(memory.read32(modules + 16)));
        assertEquals(3, memory.read32(modules + 20) - memory.read32(modules + 16));
        assertEquals(0, memory.read32(modules + 16) & 0xFFF);
        assertTrue(text(memory.read32(modules + 24)).endsWith("second a b"));
        assertEquals(20, memory.read32(memory.read32(info + 48)));
        assertEquals((RAM >> 10) - 1024, memory.read32(info + 8));
    }

    @Test
    void aFlatMultibootKernelIsLoadedByItsAddresses() throws Exception {
        CpuState s = load(Kernels.multibootFlat(), null);
        assertEquals(0x200100, s.rip());
        assertEquals(0xBEEF, memory.read32(0x200100));
        assertEquals(0xC09B, s.segment(Segment.CS).accessRights());
    }

    @Test
    void refusalsNameTheThingAndTheRemedy() throws Exception {
        assertTrue(refusal("just text".getBytes(StandardCharsets.US_ASCII)).contains("name a bzImage"));
        assertTrue(refusal(Kernels.multibootElf(4)).contains("demands features 0x4"));
        byte[] old = Kernels.bzImage(new byte[100]);
        old[0x206] = 5;
        assertTrue(refusal(old).contains("2.05"));
        byte[] high = Kernels.vmlinux(false);
        Bytes.put64(high, 64 + 24, 1L << 33);
        assertTrue(refusal(high).contains("more memory"));
        BootSpec none = new BootSpec(folder.resolve("missing"), null, List.of(), "");
        assertTrue(assertThrows(MachineException.class, () -> loader.load(none, 0)).getMessage().contains(
            "does not exist"));
        BootSpec directory = new BootSpec(folder, null, List.of(), "");
        assertTrue(assertThrows(MachineException.class, () -> loader.load(directory, 0)).getMessage().contains(
            "folder"));
        assertThrows(MachineException.class, () -> load(Kernels.vmlinux(false), new byte[(int) RAM]));
        BootSpec wordy = new BootSpec(file("k", Kernels.bzImage(Kernels.gzip(Kernels.vmlinux(false)))), null,
            List.of(), "x".repeat(3000));
        assertTrue(assertThrows(MachineException.class, () -> loader.load(wordy, 0)).getMessage().contains("shorten"));
    }

    @Test
    void segmentsOverTheFirmwaresTablesOrTheLoadersAreRefused() {
        for (long at : new long[] {0, 0x7000, 0x9F000, 0xE0000, 0xFF000}) {
            byte[] kernel = Kernels.vmlinux(false);
            Bytes.put64(kernel, 64 + 24, at);
            assertTrue(refusal(kernel).contains("does not lie in RAM that is free"));
        }
    }

    @Test
    void damagedImagesAreLoadedOrRefusedButNothingElse() throws Exception {
        SplittableRandom random = new SplittableRandom(99);
        List<byte[]> images = List.of(Kernels.bzImage(Kernels.xz(Kernels.vmlinux(true))),
            Kernels.bzImage(Kernels.lz4(Kernels.vmlinux(true))), Kernels.bzImage(Kernels.zstd(Kernels.vmlinux(true))),
            Kernels.bzImage(Kernels.gzip(Kernels.vmlinux(true))), Kernels.vmlinux(false), Kernels.multibootElf(3),
            Kernels.multibootFlat());
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] image = images.get(random.nextInt(images.size())).clone();
            int changes = 1 + random.nextInt(6);
            for (int c = 0; c < changes; c++) {
                int at = random.nextInt(3) == 0 ? random.nextInt(image.length)
                    : random.nextInt(Math.min(image.length, 0x480));
                int size = random.nextBoolean() ? 1 : 4;
                for (int k = 0; k < size && at + k < image.length; k++) {
                    image[at + k] = (byte) (random.nextInt(4) == 0 ? -1 : random.nextInt(256));
                }
            }
            if (random.nextInt(10) == 0) {
                image = Arrays.copyOf(image, random.nextInt(image.length));
            }
            try {
                load(image, null);
            } catch (MachineException e) {
                refused++;
                assertTrue(e.getMessage().contains("kernel"), e.getMessage());
            }
        }
        assertTrue(refused > 50, "refused " + refused);
    }

    @Test
    void theFirmwaresTablesFitBelowOneMebibyte() {
        long rsdp = Firmware.install(memory,
            new Firmware.Settings("demo", 16, map, UUID.randomUUID(), List.of()));
        assertEquals(0x2052545020445352L, memory.read64(rsdp));
        assertEquals(0x334D535FL, memory.read32(0xF0000));
    }
}
