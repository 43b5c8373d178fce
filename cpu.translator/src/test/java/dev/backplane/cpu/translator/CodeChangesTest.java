package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.VcpuExit;

/** Code that changes while it runs as machine code. */
@Timeout(20)
class CodeChangesTest {
    @Test
    void aLoopIsTranslatedAndCountsItsInstructions() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // mov ecx,1000; l: add rax,rcx; dec ecx; jnz l; hlt
            g.code(Guest.CODE, "b9 e8 03 00 00 48 01 c8 ff c9 75 f9 f4");
            g.run();
            assertEquals(500_500, g.state().gpr(0));
            assertEquals(3002, g.vcpus[0].statistics().get("instructions"));
            assertTrue(g.vcpus[0].statistics().get("blocks-translated") > 0);
            assertTrue(g.vcpus[0].statistics().get("instructions-interpreted") < 50);
        }
    }

    @Test
    void aLoopThatPatchesItselfSeesEachPatch() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // mov ecx,1000; l: add eax,imm8; inc byte [rip-7] (imm8); dec ecx; jnz l; hlt
            g.code(Guest.CODE, "b9 e8 03 00 00 83 c0 00 fe 05 f9 ff ff ff ff c9 75 f3 f4");
            g.run();
            long sum = 0;
            for (int n = 0; n < 1000; n++) {
                sum += (byte) n;
            }
            assertEquals(sum & 0xFFFFFFFFL, g.state().gpr(0));
        }
    }

    @Test
    void aDevicesWriteToTranslatedCodeTakesEffect() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            g.code(Guest.CODE, "b9 0a 00 00 00 ff c0 ff c9 75 fa f4");
            g.run();
            assertEquals(10, g.state().gpr(0));
            g.code(Guest.CODE + 5, "ff c3");
            g.load(0, b -> b);
            g.run();
            assertEquals(0, g.state().gpr(0));
            assertEquals(10, g.state().gpr(3));
        }
    }

    @Test
    void anotherVcpuLeavesItsLoopWhenTheLoopIsOverwritten() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 2)) {
            // vCPU 1 writes the page first, so that it has direct access to take away.
            g.code(0x40000, "c6 04 25 00 01 05 00 01 f4 66 c7 04 25 02 00 05 00 90 90 f4");
            g.load(1, b -> b.rip(0x40000));
            assertEquals(VcpuExit.HALTED, g.vcpus[1].run());
            g.code(0x50000, "ff c0 eb fc f4");
            g.load(0, b -> b.rip(0x50000));
            Thread t = Thread.ofPlatform().start(g::run);
            while (g.vcpus[0].statistics().get("blocks-translated") == 0) {
                Thread.onSpinWait();
            }
            g.load(1, b -> b.rip(0x40009));
            assertEquals(VcpuExit.HALTED, g.vcpus[1].run());
            t.join(15_000);
            assertEquals(0x50005, g.state().rip());
        }
    }

    @Test
    void aKickEndsALoopOfMachineCode() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            g.code(Guest.CODE, "ff c0 eb fc");
            VcpuExit[] exit = new VcpuExit[1];
            Thread t = Thread.ofPlatform().start(() -> exit[0] = g.run());
            while (g.vcpus[0].statistics().get("blocks-translated") == 0) {
                Thread.onSpinWait();
            }
            g.vcpus[0].kick();
            t.join(15_000);
            assertEquals(VcpuExit.KICKED, exit[0]);
        }
    }

    @Test
    void oneCodePageSeenAtTwoAddressesIsRelativeToEach() throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            // f: lea rax,[rip]; ret
            g.code(0x30000, "48 8d 05 00 00 00 00 c3");
            // mov ecx,20; l: call f; mov rbx,rax; mov rdx,ALIAS+f; call rdx; dec ecx; jnz l; hlt
            g.code(Guest.CODE, "b9 14 00 00 00 e8 f6 ff 00 00 48 89 c3 ba 00 00 03 40 ff d2 ff c9 75 ed f4");
            g.run();
            assertEquals(0x30007, g.state().gpr(3));
            assertEquals(Guest.ALIAS + 0x30007, g.state().gpr(0));
        }
    }
}
