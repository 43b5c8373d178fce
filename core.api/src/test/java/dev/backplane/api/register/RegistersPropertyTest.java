package dev.backplane.api.register;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;

/** Random registers under random accesses, against a model that knows nothing but single bits. */
class RegistersPropertyTest {
    private static final int SIZE = 64;

    /** One bit of the range: which callback it belongs to, what it does, what it is. */
    private static final class Bit {
        private final Access access;
        private final boolean first;
        private boolean value;

        Bit(Access access, boolean value) {
            this.access = access;
            first = value;
            this.value = value && access != Access.SELF_CLEARING;
        }

        boolean read() {
            boolean shown = value && access != Access.WRITE_ONLY && access != Access.SELF_CLEARING;
            if (access == Access.READ_CLEARS) {
                value = false;
            }
            return shown;
        }

        void write(boolean bit) {
            switch (access) {
                case READ_WRITE, WRITE_ONLY -> value = bit;
                case WRITE_1_CLEARS -> value &= !bit;
                case WRITE_1_SETS -> value |= bit;
                case READ_ONLY, READ_CLEARS, SELF_CLEARING, CONSTANT -> { }
            }
        }

        void reset() {
            value = first && access != Access.SELF_CLEARING;
        }
    }

    private final Bit[] model = new Bit[SIZE * 8];
    private final Map<Integer, String> owner = new HashMap<>();
    private final List<String> calls = new ArrayList<>();

    @Test
    void randomRegistersBehaveAsTheirBitsDo() throws Exception {
        for (int seed = 0; seed < 400; seed++) {
            try (Card card = new Card("seed" + seed)) {
                card.context();
                run(new Random(seed), card, "seed " + seed);
            }
        }
    }

    private void run(Random random, Card card, String seed) throws Exception {
        Arrays.fill(model, null);
        owner.clear();
        Registers registers = new Registers(card.context(), "BAR0", SIZE);
        registers.quiet(0, SIZE);
        int offset = random.nextInt(3);
        for (int i = 0; offset + 8 <= SIZE; i++) {
            int bytes = 1 + random.nextInt(8);
            declare(random, registers, offset, bytes, "R" + i);
            offset += bytes + random.nextInt(3);
        }
        for (int i = 0; i < 300; i++) {
            int size = 1 << random.nextInt(4);
            int at = random.nextInt(SIZE / 8) * 8 + random.nextInt(8 - size + 1);
            String what = seed + ", step " + i;
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3, 4 -> write(registers, at, size, random.nextLong(), what);
                case 5 -> {
                    card.state.clear();
                    registers.save(card.writer());
                    registers.reset();
                    registers.restore(card.reader());
                }
                case 6 -> {
                    if (random.nextInt(20) == 0) {
                        registers.reset();
                        for (Bit bit : model) {
                            if (bit != null) {
                                bit.reset();
                            }
                        }
                    }
                }
                default -> assertEquals(readModel(at, size), registers.read(at, size), what);
            }
        }
    }

    private void declare(Random random, Registers registers, int offset, int bytes, String name) {
        Register register = registers.at(offset, bytes * 8, name);
        if (random.nextInt(3) == 0) {
            declare(random, register, offset * 8, bytes * 8);
            return;
        }
        int bit = random.nextInt(3);
        for (int i = 0; bit < bytes * 8; i++) {
            int high = Math.min(bit + random.nextInt(12), bytes * 8 - 1);
            declare(random, register.bits(high, bit, "F" + i), offset * 8 + bit, high - bit + 1);
            bit = high + 1 + random.nextInt(3);
        }
    }

    private void declare(Random random, Bits<?> bits, int first, int width) {
        Access access = Access.values()[random.nextInt(Access.values().length)];
        long reset = random.nextLong() & -1L >>> 64 - width;
        bits.reset(reset);
        switch (access) {
            case READ_WRITE -> bits.readWrite();
            case READ_ONLY -> bits.readOnly();
            case WRITE_ONLY -> bits.writeOnly();
            case WRITE_1_CLEARS -> bits.write1Clears();
            case WRITE_1_SETS -> bits.write1Sets();
            case READ_CLEARS -> bits.readClears();
            case SELF_CLEARING -> bits.selfClearing();
            case CONSTANT -> bits.constant(reset);
        }
        bits.onWrite(() -> calls.add(bits.path()));
        for (int i = 0; i < width; i++) {
            model[first + i] = new Bit(access, (reset >>> i & 1) != 0);
            owner.put(first + i, bits.path());
        }
    }

    private void write(Registers registers, int at, int size, long value, String what) {
        calls.clear();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < size * 8; i++) {
            String path = owner.get(at * 8 + i);
            if (path != null && !expected.contains(path)) {
                expected.add(path);
            }
            if (model[at * 8 + i] != null) {
                model[at * 8 + i].write((value >>> i & 1) != 0);
            }
        }
        registers.write(at, size, value);
        // A register without fields is told of every write that reaches it, in bytes; so the bits say the same.
        assertEquals(expected, calls, what);
    }

    private long readModel(int at, int size) {
        long value = 0;
        for (int i = 0; i < size * 8; i++) {
            Bit bit = model[at * 8 + i];
            value |= bit != null && bit.read() ? 1L << i : 0;
        }
        return value;
    }
}
