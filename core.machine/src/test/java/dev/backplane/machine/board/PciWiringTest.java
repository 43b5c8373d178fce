package dev.backplane.machine.board;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.backplane.machine.interrupt.InterruptControllers;
import dev.backplane.machine.memory.BusMemory;
import dev.backplane.machine.memory.MachineRam;
import dev.backplane.machine.memory.MemoryMap;

import org.junit.jupiter.api.Test;

class PciWiringTest {
    private static final long RAM = 16 << 20;

    @Test
    void aMessageThatIsAimedAtRamIsAWriteToRamAndNoOtherIs() {
        try (MachineRam ram = new MachineRam("test", MemoryMap.of(RAM))) {
            BusMemory memory = BusMemory.ofCore(ram);
            PciWiring wiring = new PciWiring(new InterruptControllers(1), memory);
            wiring.message(0x2000, 0xC0DE_0001);
            assertEquals(0xC0DE_0001, memory.read32(0x2000));
            wiring.message(0xFED0_0000L, 7);
            wiring.message(1L << 40, 7);
            wiring.message(RAM, 7);
            wiring.message(0xFEE0_0000L, 0x40);
            assertEquals(0, memory.read32(0x2004));
        }
    }
}
