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

    /** EFLAGS that the handler finds on its stack, for an interrupt that comes while REP STOSD and INC run in a loop. */
    @Test
    void anInterruptBetweenTheIterationsOfAStringInstructionPushesRf() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(0x40, HANDLER);
            // again: mov edi, 0x40000; mov ecx, 0x8000; rep stosd; jmp again
            rig.code(Rig.CODE, "fb bf 00 00 04 00 b9 00 80 00 00 f3 ab eb f2");
            // mov ebx, [esp]; mov edx, [esp + 8]; hlt
            rig.code(HANDLER, "8b 1c 24 8b 54 24 08 f4");
            boolean inside = false;
            for (int n = 0; n < 100_000 && !inside; n++) {
                Thread t = Thread.ofPlatform().start(() -> interrupt(rig, 0x40));
                assertEquals(VcpuExit.HALTED, rig.run());
                t.join();
                CpuState s = rig.state();
                boolean rf = (s.gpr(2) & 0x10000) != 0;
                boolean at = s.gpr(3) == Rig.CODE + 11 && s.gpr(1) != 0x8000;
                assertEquals(at, rf, "RIP %x, ECX %x, EFLAGS %x".formatted(s.gpr(3), s.gpr(1), s.gpr(2)));
                inside |= rf;
                rig.load(0, b -> b.gpr(4, Rig.STACK));
            }
            assertTrue(inside);
        }
    }

    @Test
    void aSingleStepTrapBetweenIterationsPushesRfAndTheOneBehindTheLastDoesNot() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.gate(1, HANDLER);
            // pushf; or byte [esp + 1], 1; mov ecx, 3; mov edi, 0x40000; popf; rep stosb; hlt
            rig.code(Rig.CODE, "9c 80 4c 24 01 01 b9 03 00 00 00 bf 00 00 04 00 9d f3 aa f4");
            // shl ebx, 1; bt dword [esp + 8], 16; adc ebx, 0; iret
            rig.code(HANDLER, "d1 e3 0f ba 64 24 08 10 83 d3 00 cf");
            rig.run();
            assertEquals(0b110, rig.state().gpr(3));
        }
    }

    @Test
    void anInterruptedStringInstructionGoesOnInBulk() throws Exception {
        try (Rig rig = new Rig(1)) {
            // mov edi, 0x40000; mov ecx, 0x8000; rep stosd; hlt, entered with RF as behind an IRET
            rig.code(Rig.CODE, "bf 00 00 04 00 b9 00 80 00 00 f3 ab f4");
            rig.load(0, b -> b.rip(Rig.CODE + 10).gpr(7, 0x40000).gpr(1, 0x8000).gpr(0, 0x1234).rflags(0x10002));
            assertEquals(VcpuExit.HALTED, rig.run());
            assertEquals(0x1234, rig.get(0x40000 + 4 * 0x7FFF));
            assertEquals(0, rig.state().rflags() & 0x10000);
            assertTrue(rig.vcpus[0].statistics().get("instructions") < 10);
        }
    }
}
