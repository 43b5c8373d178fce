package dev.backplane.cpu.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.VcpuExit;

@Timeout(20)
class InterruptsTest {
    private static final int HANDLER = 0x20000;

    private static void interrupt(Rig rig, int vector) {
        rig.buses[0].pending = vector;
        rig.vcpus[0].attention();
    }

    @Test
    void aHaltedVcpuIsWokenByAnInterruptAndGoesOnBehindHlt() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(0x40, HANDLER);
            rig.code(Rig.CODE, "fb f4 43 f4");
            rig.code(HANDLER, "40 8b 0c 24 cf");
            assertEquals(VcpuExit.HALTED, rig.run());
            assertEquals(CpuState.Activity.HALTED, rig.state().activity());
            interrupt(rig, 0x40);
            assertEquals(VcpuExit.HALTED, rig.run());
            assertEquals(1, rig.state().gpr(0));
            assertEquals(1, rig.state().gpr(3));
            assertEquals(Rig.CODE + 2, rig.state().gpr(1));
            assertEquals(Rig.STACK, rig.state().gpr(4));
        }
    }

    @Test
    void theInstructionBehindStiIsExecutedBeforeAnInterrupt() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(0x40, HANDLER);
            rig.code(Rig.CODE, "fb 40 fa f4");
            rig.code(HANDLER, "89 c3 cf");
            interrupt(rig, 0x40);
            rig.run();
            assertEquals(1, rig.state().gpr(3));
        }
    }

    @Test
    void interruptsWaitWhileTheyAreDisabled() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(0x40, HANDLER);
            rig.code(Rig.CODE, "40 40 f4");
            interrupt(rig, 0x40);
            assertEquals(VcpuExit.HALTED, rig.run());
            assertEquals(0x40, rig.buses[0].pending);
        }
    }

    @Test
    void anNmiIsTakenWithInterruptsDisabledAndBlocksFurtherOnesUntilIret() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(2, HANDLER);
            rig.code(Rig.CODE, "f4 f4");
            rig.code(HANDLER, "40 83 f8 01 75 02 f4 90 cf");
            rig.run();
            rig.buses[0].nmi = true;
            rig.vcpus[0].attention();
            rig.run();
            assertTrue(rig.state().nmiBlocked());
            rig.buses[0].nmi = true;
            rig.vcpus[0].attention();
            rig.run();
            assertEquals(1, rig.state().gpr(0));
            assertTrue(rig.buses[0].nmi);
        }
    }

    @Test
    void singleStepTrapsAfterEachInstruction() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(1, HANDLER);
            rig.code(Rig.CODE, "9c 80 4c 24 01 01 9d 41 41 41 f4");
            rig.code(HANDLER, "40 cf");
            rig.run();
            CpuState s = rig.state();
            assertEquals(3, s.gpr(1));
            assertEquals(3, s.gpr(0));
            assertEquals(0x4000, s.dr6() & 0x4000);
        }
    }

    @Test
    void aDataBreakpointTrapsAfterTheStore() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(1, HANDLER);
            rig.load(0, b -> b.gpr(4, Rig.STACK).dr(0, 0x30004).dr7(0x400 | 1 | 0xD0000));
            rig.code(Rig.CODE, "c7 05 00 00 03 00 01 00 00 00 c6 05 06 00 03 00 02 41 f4");
            rig.code(HANDLER, "40 89 ca cf");
            rig.run();
            assertEquals(1, rig.state().gpr(0));
            assertEquals(0, rig.state().gpr(2));
            assertEquals(1, rig.state().dr6() & 15);
        }
    }

    @Test
    void aFaultWithoutAHandlerIsATripleFault() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.code(Rig.CODE, "0f 0b");
            assertEquals(VcpuExit.SHUTDOWN, rig.run());
            assertEquals(CpuState.Activity.SHUTDOWN, rig.state().activity());
        }
    }

    @Test
    void aKickEndsAnEndlessLoop() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.code(Rig.CODE, "40 eb fd");
            Thread t = Thread.ofPlatform().start(() -> {
                while (rig.vcpus[0].statistics().get("instructions") < 1000) {
                    Thread.onSpinWait();
                }
                rig.vcpus[0].kick();
            });
            assertEquals(VcpuExit.KICKED, rig.run());
            t.join();
        }
    }

    @Test
    void aSavedStateGoesOnWhereItWas() throws Exception {
        try (Rig rig = new Rig(2)) {
            rig.code(Rig.CODE, "b8 05 00 00 00 f9 0f c8 f4 83 d0 00 f4");
            rig.run();
            CpuState s = rig.state();
            rig.vcpus[1].load(s.with(b -> b.activity(CpuState.Activity.ACTIVE)));
            assertEquals(s, rig.vcpus[1].save().with(b -> b.activity(CpuState.Activity.HALTED)));
            assertEquals(VcpuExit.HALTED, rig.vcpus[1].run());
            assertEquals(0x05000001L, rig.vcpus[1].save().gpr(0));
            assertFalse(rig.vcpus[1].save().equals(s));
        }
    }
}
