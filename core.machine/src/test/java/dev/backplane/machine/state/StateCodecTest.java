package dev.backplane.machine.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;

class StateCodecTest {
    private static StateTree sample() {
        StateTree tree = new StateTree("card");
        tree.putBoolean("on", true).putInt("count", -7).putLong("when", 1L << 60).putString("name", "Übergröße");
        tree.section("queue.0").putBytes("ring", new byte[] {1, 2, 3}).putInts("ids", new int[] {4, 5})
            .putLongs("ends", new long[] {6, -7});
        return tree;
    }

    @Test
    void whatWasWrittenIsReadBack() throws StateException {
        StateReader in = StateCodec.decode("card", StateCodec.encode(sample())).reader(3);
        assertEquals(3, in.version());
        assertTrue(in.getBoolean("on"));
        assertEquals(-7, in.getInt("count"));
        assertEquals(1L << 60, in.getLong("when"));
        assertEquals("Übergröße", in.getString("name"));
        StateReader queue = in.section("queue.0");
        assertEquals(3, queue.version());
        assertArrayEquals(new byte[] {1, 2, 3}, queue.getBytes("ring", 3));
        assertArrayEquals(new int[] {4, 5}, queue.getInts("ids"));
        assertArrayEquals(new long[] {6, -7}, queue.getLongs("ends"));
        assertFalse(in.has("other"));
    }

    @Test
    void aMissingOrWrongFieldIsNamed() {
        StateReader in = sample().reader(1);
        assertTrue(assertThrows(StateException.class, () -> in.getInt("nope")).getMessage().contains("nope"));
        assertTrue(assertThrows(StateException.class, () -> in.getLong("count")).getMessage().contains("count"));
        assertTrue(assertThrows(StateException.class, () -> in.getInt("count", 0, 5)).getMessage().contains("-7"));
        assertTrue(assertThrows(StateException.class, () -> in.section("queue.0").getBytes("ring", 4)).getMessage()
            .contains("card/queue.0"));
    }

    @Test
    void aFieldWrittenTwiceIsADefect() {
        StateTree tree = sample();
        assertThrows(IllegalArgumentException.class, () -> tree.putInt("count", 1));
        assertThrows(IllegalArgumentException.class, () -> tree.putInt("no blanks", 1));
    }

    @Test
    void everyShorteningIsRefused() {
        byte[] bytes = StateCodec.encode(sample());
        for (int i = 0; i < bytes.length; i++) {
            byte[] cut = Arrays.copyOf(bytes, i);
            assertThrows(StateException.class, () -> StateCodec.decode("cut", cut));
        }
        byte[] more = Arrays.copyOf(bytes, bytes.length + 1);
        assertThrows(StateException.class, () -> StateCodec.decode("more", more));
    }

    @Test
    void damagedBytesGiveATreeOrAStateExceptionAndNothingElse() {
        byte[] good = StateCodec.encode(sample());
        SplittableRandom random = new SplittableRandom(7);
        int refused = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bad = good.clone();
            for (int k = random.nextInt(1, 5); k > 0; k--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                StateCodec.decode("bad", bad);
            } catch (StateException e) {
                refused++;
            }
        }
        assertTrue(refused > 1000);
    }

    @Test
    void deepNestingIsRefused() {
        StateTree top = new StateTree("deep");
        StateTree at = top;
        for (int i = 0; i < 100; i++) {
            at = at.section("s");
        }
        byte[] bytes = StateCodec.encode(top);
        assertThrows(StateException.class, () -> StateCodec.decode("deep", bytes));
    }

    @Test
    void aProcessorStateSurvives() throws StateException {
        CpuState state = CpuState.reset().with(b -> {
            for (int i = 0; i < 16; i++) {
                b.gpr(i, i * 0x1234567890ABCDEFL);
            }
            return b.rip(-8).cr3(0x1000).msr(0xC0000080, 0xD01).msr(0x277, 0x0007040600070406L).dr(2, 5).xcr0(7)
                .xsave(new byte[832]).activity(CpuState.Activity.HALTED).interruptShadow(true).nmiBlocked(true)
                .injectedVector(3).gdt(0x1000, 0x7F).idt(0x2000, 0xFFF).cr2(9).cr4(0x20).dr6(1).dr7(2).rflags(0x202);
        });
        StateTree tree = new StateTree("cpu");
        CpuStateCodec.save(state, tree);
        assertEquals(state, CpuStateCodec.restore(StateCodec.decode("cpu", StateCodec.encode(tree)).reader(1)));
    }
}
