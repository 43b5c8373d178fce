package dev.backplane.api.register;

import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * What a register and a field have in common: a name, bits, an access mode, a reset value, callbacks, and the value.
 * Those methods that give the object back declare, and throw {@link IllegalStateException} once the registers are in
 * use; the others read and change the value without any side effect.
 *
 * @param <T> the type itself
 */
public abstract sealed class Bits<T extends Bits<T>> permits Register, Field {
    final String name;
    final int low;
    final int width;
    /** Ones from bit 0, as many as {@link #width}. */
    final long ones;
    Access access = Access.READ_WRITE;
    boolean accessGiven;
    long resetValue;
    long min;
    long max;
    LongSupplier reader;
    RegisterWrite writer;
    String description = "";

    Bits(String name, int low, int width) {
        this.name = name;
        this.low = low;
        this.width = width;
        ones = -1L >>> 64 - width;
        max = ones;
    }

    abstract T self();

    /** The register these bits are in. */
    abstract Register register();

    /** The name that messages use, for instance {@code CTRL.EN}. */
    public abstract String path();

    /** The name given at its declaration. */
    public String name() {
        return name;
    }

    /** These bits in the register. */
    final long mask() {
        return ones << low;
    }

    final T declare() {
        register().registers().checkOpen(path());
        return self();
    }

    private T access(Access mode) {
        declare();
        access = mode;
        accessGiven = true;
        return self();
    }

    /** The value after power-on and reset; 0 if not said. */
    public T reset(long value) {
        if ((value & ~ones) != 0) {
            throw new IllegalArgumentException("%s: reset value 0x%x is wider than %d bits"
                .formatted(path(), value, width));
        }
        declare();
        resetValue = value;
        return self();
    }

    /** {@link Access#READ_WRITE}; what is not said is this, or read-only if only {@link #onRead} is given. */
    public T readWrite() {
        return access(Access.READ_WRITE);
    }

    /** {@link Access#READ_ONLY}. */
    public T readOnly() {
        return access(Access.READ_ONLY);
    }

    /** {@link Access#WRITE_ONLY}. */
    public T writeOnly() {
        return access(Access.WRITE_ONLY);
    }

    /** {@link Access#WRITE_1_CLEARS}. */
    public T write1Clears() {
        return access(Access.WRITE_1_CLEARS);
    }

    /** {@link Access#WRITE_1_SETS}. */
    public T write1Sets() {
        return access(Access.WRITE_1_SETS);
    }

    /** {@link Access#READ_CLEARS}. */
    public T readClears() {
        return access(Access.READ_CLEARS);
    }

    /** {@link Access#SELF_CLEARING}. */
    public T selfClearing() {
        return access(Access.SELF_CLEARING);
    }

    /** {@link Access#CONSTANT}: always this value. */
    public T constant(long value) {
        reset(value);
        return access(Access.CONSTANT);
    }

    /**
     * The values that are possible, both included, unsigned. A guest's write of another value leaves the old one and
     * is counted as {@code rejected-writes}; saved state with another one is refused.
     */
    public T range(long least, long greatest) {
        if (Long.compareUnsigned(least, greatest) > 0 || Long.compareUnsigned(greatest, ones) > 0) {
            throw new IllegalArgumentException("%s: range 0x%x to 0x%x does not fit into %d bits"
                .formatted(path(), least, greatest, width));
        }
        declare();
        min = least;
        max = greatest;
        return self();
    }

    /**
     * Computes what reads give, instead of the stored value; called once for each access, also if that covers only a
     * part. Such bits are not part of saved state, for they come from elsewhere.
     */
    public T onRead(LongSupplier value) {
        declare();
        reader = Objects.requireNonNull(value);
        return self();
    }

    /**
     * Runs after a guest's write that reached these bits; also if their value stayed the same. Callbacks of fields run
     * in the order of declaration, before that of the register.
     */
    public T onWrite(RegisterWrite callback) {
        declare();
        writer = Objects.requireNonNull(callback);
        return self();
    }

    /** As {@link #onWrite(RegisterWrite)}, for those who need only the new value. */
    public T onWrite(LongConsumer callback) {
        Objects.requireNonNull(callback);
        return onWrite((before, now) -> callback.accept(now));
    }

    /** As {@link #onWrite(RegisterWrite)}, for those who look at the value themselves. */
    public T onWrite(Runnable callback) {
        Objects.requireNonNull(callback);
        return onWrite((before, now) -> callback.run());
    }

    /** What it is, in a line, for {@link Registers#table()}. */
    public T describe(String text) {
        declare();
        description = Objects.requireNonNull(text);
        return self();
    }

    /** The stored value, in the lowest bits. */
    public final long get() {
        return register().value >>> low & ones;
    }

    /** Whether any bit of the stored value is set. */
    public final boolean isSet() {
        return (register().value & mask()) != 0;
    }

    /** Stores a value, whatever the access mode; bits that do not fit are lost. */
    public final void set(long value) {
        Register register = register();
        register.value = register.value & ~mask() | (value & ones) << low;
    }

    /** Stores all ones or all zeros. */
    public final void set(boolean value) {
        set(value ? ones : 0);
    }

    final boolean possible(long value) {
        return Long.compareUnsigned(value, min) >= 0 && Long.compareUnsigned(value, max) <= 0;
    }

    final boolean ranged() {
        return min != 0 || max != ones;
    }

    /** Whether the value is this object's own, to be saved. */
    final boolean stored() {
        return reader == null && access != Access.CONSTANT && access != Access.SELF_CLEARING;
    }

    @Override
    public String toString() {
        return "%s=0x%x".formatted(path(), get());
    }
}
