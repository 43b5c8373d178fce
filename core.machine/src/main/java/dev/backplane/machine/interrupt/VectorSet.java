package dev.backplane.machine.interrupt;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** 256 bits, one for each vector, in eight words as the APIC's registers show them. Thread-safe, lock-free. */
final class VectorSet {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(int[].class);

    private final int[] words = new int[8];

    /** Sets a bit; true if it was clear. */
    boolean set(int vector) {
        int bit = 1 << (vector & 31);
        return ((int) WORDS.getAndBitwiseOr(words, vector >> 5, bit) & bit) == 0;
    }

    /** Clears a bit; true if it was set. */
    boolean clear(int vector) {
        int bit = 1 << (vector & 31);
        return get(vector) && ((int) WORDS.getAndBitwiseAnd(words, vector >> 5, ~bit) & bit) != 0;
    }

    boolean get(int vector) {
        return (word(vector >> 5) >>> (vector & 31) & 1) != 0;
    }

    /** The highest vector that is set, or -1. */
    int highest() {
        for (int i = 7; i >= 0; i--) {
            int w = word(i);
            if (w != 0) {
                return (i << 5) + 31 - Integer.numberOfLeadingZeros(w);
            }
        }
        return -1;
    }

    int word(int index) {
        return (int) WORDS.getVolatile(words, index);
    }

    void clearAll() {
        for (int i = 0; i < 8; i++) {
            WORDS.setVolatile(words, i, 0);
        }
    }

    int[] toArray() {
        int[] a = new int[8];
        for (int i = 0; i < 8; i++) {
            a[i] = word(i);
        }
        return a;
    }

    void load(int[] values) {
        for (int i = 0; i < 8; i++) {
            WORDS.setVolatile(words, i, values[i]);
        }
    }
}
