package dev.backplane.machine.fwcfg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;
import dev.backplane.machine.state.StateTree;

class FwCfgTest {
    private static final long REQUEST = 0x2000;
    private static final int ERROR = 1;
    private static final int READ = 2;
    private static final int SKIP = 4;
    private static final int SELECT = 8;
    private static final int WRITE = 16;

    private final AddressSpace ports = AddressSpace.ports();
    private final MachineRam ram = new MachineRam("test", MemoryMap.of(16 << 20));
    private final BusMemory memory = BusMemory.ofCore(ram);
    private final FwCfg config = new FwCfg(memory);

    @BeforeEach
    void attach() throws Exception {
        config.attach(ports);
    }

    @AfterEach
    void release() {
        ram.close();
    }

    private byte[] read(int key, int count) {
        ports.write(0x510, 2, key);
        byte[] b = new byte[count];
        for (int i = 0; i < count; i++) {
            b[i] = (byte) ports.read(0x511, 1);
        }
        return b;
    }

    private int dma(int control, int length, long address) {
        memory.write32(REQUEST, Integer.reverseBytes(control));
        memory.write32(REQUEST + 4, Integer.reverseBytes(length));
        memory.write64(REQUEST + 8, Long.reverseBytes(address));
        ports.write(0x514, 4, 0);
        ports.write(0x518, 4, Integer.reverseBytes((int) REQUEST) & 0xFFFFFFFFL);
        return Integer.reverseBytes(memory.read32(REQUEST));
    }

    @Test
    void theSignatureAndTheFeaturesAreThoseThatDriversLookFor() {
        assertArrayEquals("QEMU".getBytes(StandardCharsets.US_ASCII), read(0, 4));
        assertArrayEquals(new byte[] {3, 0, 0, 0}, read(1, 4));
        assertEquals(0x554D4551L, ports.read(0x514, 4));
        assertEquals(0x47464320L, ports.read(0x518, 4));
    }

    @Test
    void readsPastAnItemAndOfNoItemGiveZeros() {
        config.add(5, 4, 2);
        assertArrayEquals(new byte[] {4, 0, 0, 0}, read(5, 4));
        assertArrayEquals(new byte[2], read(0x3FF0, 2));
    }

    @Test
    void theDirectoryListsFilesByName() {
        config.addFile("etc/b", new byte[] {1, 2, 3});
        config.addFile("etc/a", new byte[] {4});
        byte[] directory = read(FwCfg.DIRECTORY, 4 + 2 * 64);
        assertEquals(2, directory[3]);
        assertEquals("etc/a", new String(directory, 12, 5, StandardCharsets.US_ASCII));
        int key = directory[4 + 64 + 4] << 8 | directory[4 + 64 + 5];
        assertArrayEquals(new byte[] {1, 2, 3}, read(key, 3));
        assertThrows(IllegalArgumentException.class, () -> config.addFile("x".repeat(56), new byte[1]));
    }

    @Test
    void dmaReadsSkipsAndRefuses() {
        config.add(0x15, "console=ttyS0".getBytes(StandardCharsets.US_ASCII));
        assertEquals(0, dma(0x15 << 16 | SELECT | SKIP, 8, 0));
        assertEquals(0, dma(READ, 16, 0x3000));
        byte[] b = new byte[16];
        memory.read(0x3000, b, 0, 16);
        assertEquals("ttyS0", new String(b, 0, 5, StandardCharsets.US_ASCII));
        assertEquals(0, b[5]);
        assertEquals(ERROR, dma(READ, 16, 0x7FFF_FFFF_0000L));
        assertEquals(ERROR, dma(WRITE, 4, 0x3000));
        assertEquals(ERROR, dma(READ, -1, 0x3000));
    }

    @Test
    void aRestoredOneReadsOnWhereTheSavedOneWas() throws Exception {
        config.addFile("etc/a", new byte[] {4, 5, 6});
        read(0x20, 1);
        StateTree tree = new StateTree("fw-cfg");
        config.save(tree);
        config.clear();
        config.reset();
        config.restore(tree.reader(1));
        assertEquals(5, ports.read(0x511, 1));
        assertArrayEquals(new byte[] {0, 0, 0, 1}, read(FwCfg.DIRECTORY, 4));
    }

    @Test
    void requestsOfAHostileGuestAreAnsweredOrIgnored() {
        SplittableRandom random = new SplittableRandom(7);
        config.add(1, 3, 4);
        for (int i = 0; i < 200_000; i++) {
            switch (random.nextInt(4)) {
                case 0 -> dma(random.nextInt(), random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(4096),
                    random.nextLong() >>> random.nextInt(64));
                case 1 -> ports.write(0x510 + random.nextInt(12), 1 << random.nextInt(2), random.nextInt());
                case 2 -> ports.write(0x518, 4, random.nextInt());
                default -> ports.read(0x510 + random.nextInt(12), 1 << random.nextInt(3));
            }
        }
        config.reset();
        assertArrayEquals("QEMU".getBytes(StandardCharsets.US_ASCII), read(0, 4));
    }
}
