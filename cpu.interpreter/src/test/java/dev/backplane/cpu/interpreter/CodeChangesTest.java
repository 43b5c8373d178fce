package dev.backplane.cpu.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.VcpuExit;

@Timeout(20)
class CodeChangesTest {
    @Test
    void aStoreIntoItsOwnBlockTakesEffectForTheNextInstruction() throws Exception {
        try (Rig rig = new Rig(1)) {
            // mov byte [CODE+7], 0x48 (dec eax) ; inc eax -> dec eax ; hlt
            rig.code(Rig.CODE, "c6 05 07 00 01 00 48 40 f4");
            rig.run();
            assertEquals(0xFFFFFFFFL, rig.state().gpr(0));
            assertEquals(Rig.CODE + 9, rig.state().rip());
        }
    }

    @Test
    void aLoopThatPatchesItselfSeesEachPatch() throws Exception {
        try (Rig rig = new Rig(1)) {
            // mov ecx,1000; l: add eax,imm8 ; inc byte [imm8] ; loop l ; hlt
            rig.code(Rig.CODE, "b9 e8 03 00 00 83 c0 00 fe 05 07 00 01 00 e2 f5 f4");
            rig.run();
            long sum = 0;
            for (int n = 0; n < 1000; n++) {
                sum += (byte) n;
            }
            assertEquals(sum & 0xFFFFFFFFL, rig.state().gpr(0));
        }
    }

    @Test
    void aDevicesWriteToCodeTakesEffect() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.code(Rig.CODE, "40 f4 eb fc");
            rig.run();
            assertTrue(rig.isCode(Rig.CODE));
            rig.deviceWrites(Rig.CODE, "43");
            rig.load(0, b -> b.gpr(0, 0).gpr(3, 0));
            rig.run();
            assertEquals(0, rig.state().gpr(0));
            assertEquals(1, rig.state().gpr(3));
        }
    }

    @Test
    void aPageWhoseCodeIsGoneIsWrittenDirectlyAgain() throws Exception {
        try (Rig rig = new Rig(1)) {
            // call 0x30000; mov byte [0x30000],0; mov ecx,1000; l: mov [0x30100],ecx; loop l; hlt
            rig.code(Rig.CODE, "e8 fb ff 01 00 c6 05 00 00 03 00 00 b9 e8 03 00 00 89 0d 00 01 03 00 e2 f8 f4");
            rig.code(0x30000, "40 c3");
            rig.run();
            assertEquals(1, rig.state().gpr(0));
            assertEquals(1, rig.vcpus[0].statistics().get("code-writes"));
            assertEquals(false, rig.isCode(0x30000));
        }
    }

    @Test
    void anInstructionMayRunOverAPagesEndAndFollowsChangesOfBothPages() throws Exception {
        try (Rig rig = new Rig(1)) {
            rig.load(0, b -> b.rip(0x10FFE));
            rig.code(0x10FFE, "b8 11 22 33 44 f4");
            rig.run();
            assertEquals(0x44332211L, rig.state().gpr(0));
            rig.deviceWrites(0x11001, "55");
            rig.load(0, b -> b.rip(0x10FFE));
            rig.run();
            assertEquals(0x44552211L, rig.state().gpr(0));
        }
    }

    @Test
    void anotherVcpuLeavesItsLoopWhenTheLoopIsOverwritten() throws Exception {
        try (Rig rig = new Rig(2)) {
            // vCPU 1 writes its page first, so that it has direct access to take away.
            rig.code(0x40000, "c6 05 00 01 05 00 01 f4 66 c7 05 03 00 05 00 90 90 f4");
            rig.load(1, b -> b.rip(0x40000).gpr(4, 0x70000));
            assertEquals(VcpuExit.HALTED, rig.vcpus[1].run());
            rig.code(0x50000, "90 40 90 eb fb f4");
            rig.load(0, b -> b.rip(0x50000));
            Thread t = Thread.ofPlatform().start(rig::run);
            while (rig.vcpus[0].statistics().get("instructions") < 1000) {
                Thread.onSpinWait();
            }
            rig.load(1, b -> b.rip(0x40008).gpr(4, 0x70000));
            assertEquals(VcpuExit.HALTED, rig.vcpus[1].run());
            t.join(15_000);
            assertEquals(0x50006, rig.state().rip());
        }
    }
}
