package dev.backplane.cpu.interpreter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.VcpuExit;

@Timeout(60)
class AtomicsTest {
    private static final int ROUNDS = 20_000;

    /** Runs a loop body on two vCPUs at once; ECX counts. */
    private static void race(Rig rig, String body) throws Exception {
        String mov = "b9 20 4e 00 00 ";
        int length = body.replace(" ", "").length() / 2;
        rig.code(Rig.CODE, mov + body + " 49 75 " + "%02x".formatted(-(length + 3) & 0xFF) + " f4");
        Thread[] t = new Thread[2];
        VcpuExit[] exits = new VcpuExit[2];
        for (int i = 0; i < 2; i++) {
            int n = i;
            t[i] = Thread.ofPlatform().start(() -> exits[n] = rig.vcpus[n].run());
        }
        for (Thread x : t) {
            x.join();
        }
        assertEquals(VcpuExit.HALTED, exits[0]);
        assertEquals(VcpuExit.HALTED, exits[1]);
    }

    @Test
    void lockedIncrementsOfADwordAreNotLost() throws Exception {
        try (Rig rig = new Rig(2)) {
            race(rig, "f0 ff 05 00 00 03 00");
            assertEquals(2 * ROUNDS, rig.get(0x30000));
        }
    }

    @Test
    void lockedIncrementsAcrossAnAlignedQwordAreNotLost() throws Exception {
        try (Rig rig = new Rig(2)) {
            race(rig, "f0 ff 05 06 00 03 00");
            assertEquals(2 * ROUNDS, rig.get(0x30006));
        }
    }

    @Test
    void lockedBytesBesideEachOtherDoNotDisturb() throws Exception {
        try (Rig rig = new Rig(2)) {
            race(rig, "f0 fe 05 01 00 03 00 f0 66 ff 05 02 00 03 00");
            assertEquals((2 * ROUNDS & 0xFF) << 8 | (2 * ROUNDS & 0xFFFF) << 16, rig.get(0x30000));
        }
    }

    @Test
    void lockedIncrementsOnAPageWithCodeAreNotLost() throws Exception {
        try (Rig rig = new Rig(2)) {
            race(rig, "f0 ff 05 00 0f 01 00");
            assertEquals(2 * ROUNDS, rig.get(0x10F00));
        }
    }

    @Test
    void aSpinLockProtectsPlainIncrements() throws Exception {
        try (Rig rig = new Rig(2)) {
            // l: mov al,1; xchg al,[lock]; test al,al; jnz l; inc dword [x]; mov byte [lock],0
            race(rig, "b0 01 86 05 00 00 03 00 84 c0 75 f4 ff 05 00 01 03 00 c6 05 00 00 03 00 00");
            assertEquals(2 * ROUNDS, rig.get(0x30100));
        }
    }
}
