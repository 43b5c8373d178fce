package dev.backplane.cpu.lockstep;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.translator.TranslatorBackend;
import dev.backplane.cpu.x86.Cpu;

class LockstepTest {
    /** mov rcx, 3000; then again and again: imul, shl, add to memory, a port, the TSC, a random number, pushf; pop. */
    private static final String WORK = "48 c7 c1 b8 0b 00 00"
        + "48 0f af c1 48 c1 e0 03 48 01 04 25 00 00 10 00 e4 61 48 01 c3 0f 31 48 01 c3 48 0f c7 f2 48 01 d3"
        + "48 0f bd fa 9c 5e 48 89 34 25 08 00 10 00 48 ff c9 75 cc f4";
    private static final int RBX = 3;

    @Test
    void aLoopWithPortsTimeRandomNumbersAndUndefinedFlagsIsTheSameOnBoth() throws Exception {
        try (Rig rig = new Rig(new LockstepBackend())) {
            rig.code(WORK);
            assertEquals(VcpuExit.HALTED, rig.run());
            assertNull(rig.vcpu().difference());
            assertNotEquals(0, rig.vcpu().save().gpr(RBX));
            assertTrue(rig.vcpu().statistics().get("lockstep-slices") > 100, rig.vcpu().statistics()::toString);
        }
    }

    @Test
    void interruptsComeAtTheSamePlaceInBothAlsoInTheMiddleOfRepeatedInstructions() throws Exception {
        try (Rig rig = new Rig(new LockstepBackend())) {
            // sti; mov edx, 200; again: mov edi, 0x100000; mov ecx, 0x40000; rep stosb; dec edx; jnz again; cli; hlt
            rig.code("fb ba c8 00 00 00 bf 00 00 10 00 b9 00 00 04 00 f3 aa ff ca 75 f2 fa f4");
            Thread timer = Thread.ofVirtual().start(() -> {
                while (!rig.stopped) {
                    rig.interrupt(0x40);
                    Thread.yield();
                }
            });
            VcpuExit exit = rig.run();
            rig.stopped = true;
            timer.join();
            assertEquals(VcpuExit.HALTED, exit);
            assertNull(rig.vcpu().difference());
            assertTrue(rig.get(Rig.COUNTER) > 0, "no interrupt was handled");
        }
    }

    @Test
    void aDeviceThatWritesToMemoryIsSeenByBoth() throws Exception {
        try (Rig rig = new Rig(new LockstepBackend())) {
            // again: mov rax, [0x100000]; add rbx, rax; cmp eax, 0x7fff; jb again; hlt
            rig.code("48 8b 04 25 00 00 10 00 48 01 c3 3d ff 7f 00 00 72 ee f4");
            Thread device = Thread.ofVirtual().start(() -> {
                for (int v = 1; v <= 0x7FFF; v++) {
                    rig.deviceWrites(0x100000, v);
                }
            });
            assertEquals(VcpuExit.HALTED, rig.run());
            device.join();
            assertNull(rig.vcpu().difference());
        }
    }

    @Test
    void aWrongRegisterIsFoundInTheSliceWhereItHappens() throws Exception {
        String report = found(c -> c.r[RBX] ^= 4);
        assertTrue(report.contains("RBX"), report);
        assertTrue(report.contains("0f af"), report);
    }

    @Test
    void aWrongFlagThatIsDefinedIsFound() throws Exception {
        String report = found(c -> c.setArithmeticFlags(c.flags() ^ 4));
        assertTrue(report.contains("RFLAGS"), report);
    }

    @Test
    void aWrongVectorRegisterIsFound() throws Exception {
        String report = found(c -> c.fpu.xmm[5] ^= 1);
        assertTrue(report.contains("XMM2 high"), report);
    }

    @Test
    void aWrongByteInMemoryIsFound() throws Exception {
        String report = found(c -> c.mem.store8(0x110000, 1));
        assertTrue(report.contains("memory at 110000"), report);
    }

    @Test
    void anInstructionTooManyIsFound() throws Exception {
        String report = found(c -> c.instructions--);
        assertTrue(report.contains("RIP"), report);
    }

    /** What is reported if the translator's state is changed somewhere. */
    private static String found(Consumer<Cpu> defect) throws Exception {
        try (Rig rig = new Rig(new LockstepBackend(core -> new LeaderTier(core, TranslatorBackend.tier(core)) {
            private int executed;

            @Override
            public void execute() {
                super.execute();
                if (++executed == 500) {
                    defect.accept(core.cpu());
                }
            }
        }))) {
            rig.code(WORK);
            assertEquals(VcpuExit.FAILED, rig.run());
            return rig.vcpu().difference();
        }
    }

    @Test
    void theTranslatorIsToldAllThatTiersAreTold() {
        for (Method method : Tier.class.getMethods()) {
            assertDoesNotThrow(() -> LeaderTier.class.getDeclaredMethod(method.getName(), method.getParameterTypes()));
        }
    }

    @Test
    void twoProcessorsAreRefusedByName() {
        CpuException refused = assertThrows(CpuException.class, () -> new Rig(new LockstepBackend(), 2).close());
        assertTrue(refused.getMessage().contains("one vCPU"), refused::getMessage);
    }
}
