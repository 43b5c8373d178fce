package dev.backplane.api.register;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * A register of 8 to 64 bits. Without fields its access mode is for all bits; with fields each has its own, and bits
 * of no field are reserved: they read as the reset value, and writes to them are dropped.
 */
public final class Register extends Bits<Register> {
    private final Registers registers;
    private final String path;
    private final long offset;
    private final List<Field> fields = new ArrayList<>();
    private Runnable afterRead;
    private boolean optional;

    long value;
    private Field[] readers = {};
    private Field[] writers = {};
    private Bits<?>[] ranged = {};
    private long plain;
    private long clears;
    private long sets;
    private long readClears;
    private long selfClears;
    private long hidden;
    private long storedMask;
    private long initial;

    Register(Registers registers, String path, long offset, int width, String name) {
        super(name, 0, width);
        this.registers = registers;
        this.path = path;
        this.offset = offset;
    }

    @Override
    Register self() {
        return this;
    }

    @Override
    Register register() {
        return this;
    }

    Registers registers() {
        return registers;
    }

    @Override
    public String path() {
        return path;
    }

    /** From the start of the range, in bytes. */
    public long offset() {
        return offset;
    }

    int bytes() {
        return width / 8;
    }

    long end() {
        return offset + bytes();
    }

    List<Field> fields() {
        return fields;
    }

    /** Declares a field of one bit. */
    public Field bit(int bit, String fieldName) {
        return bits(bit, bit, fieldName);
    }

    /** Declares a field, {@code bits(7, 4, "MODE")} as data sheets write it: 7:4. */
    public Field bits(int high, int lowest, String fieldName) {
        declare();
        RegisterGroup.checkName(fieldName);
        if (lowest < 0 || high < lowest || high >= width) {
            throw new IllegalArgumentException("%s.%s: bits %d:%d are not in a register of %d bits"
                .formatted(path, fieldName, high, lowest, width));
        }
        Field added = new Field(this, fieldName, lowest, high - lowest + 1);
        for (Field other : fields) {
            if (other.name.equals(fieldName)) {
                throw new IllegalArgumentException("%s: field %s is at %s and again at %s"
                    .formatted(path, fieldName, other.where(), added.where()));
            }
            if ((other.mask() & added.mask()) != 0) {
                throw new IllegalArgumentException("%s: field %s (%s) overlaps field %s (%s)"
                    .formatted(path, fieldName, added.where(), other.name, other.where()));
            }
        }
        fields.add(added);
        return added;
    }

    /** Runs after a guest's read that reached this register, for instance to lower an interrupt that it cleared. */
    public Register afterRead(Runnable callback) {
        declare();
        afterRead = Objects.requireNonNull(callback);
        return this;
    }

    /**
     * Saved state may be without it, because an older build did not have it: it keeps its reset value then. Without
     * this, a state that lacks the register is refused.
     */
    public Register optional() {
        declare();
        optional = true;
        return this;
    }

    /** Makes the declaration final. */
    void seal() {
        if (!fields.isEmpty() && (accessGiven || ranged())) {
            throw new IllegalStateException(path + " has fields; say access modes and ranges at its fields");
        }
        initial = resetValue;
        if (fields.isEmpty()) {
            classify(this);
            ranged = ranged() ? new Bits<?>[] {this} : ranged;
        } else {
            for (Field field : fields) {
                classify(field);
                if (field.resetValue != 0) {
                    initial = initial & ~field.mask() | field.resetValue << field.low;
                }
            }
            readers = fields.stream().filter(field -> field.reader != null).toArray(Field[]::new);
            writers = fields.stream().filter(field -> field.writer != null).toArray(Field[]::new);
            ranged = fields.stream().filter(Bits::ranged).toArray(Bits<?>[]::new);
        }
        if (reader != null) {
            storedMask = 0;
        }
        for (Bits<?> bits : ranged) {
            if (!bits.possible(initial >>> bits.low & bits.ones)) {
                throw new IllegalStateException(bits.path() + ": the reset value is not in the range");
            }
        }
    }

    private void classify(Bits<?> bits) {
        if (!bits.accessGiven && bits.reader != null && bits.writer == null) {
            bits.access = Access.READ_ONLY;
        }
        long mask = bits.mask();
        if (bits.stored()) {
            storedMask |= mask;
        }
        switch (bits.access) {
            case READ_WRITE -> plain |= mask;
            case WRITE_ONLY -> {
                plain |= mask;
                hidden |= mask;
            }
            case SELF_CLEARING -> {
                plain |= mask;
                hidden |= mask;
                selfClears |= mask;
            }
            case WRITE_1_CLEARS -> clears |= mask;
            case WRITE_1_SETS -> sets |= mask;
            case READ_CLEARS -> readClears |= mask;
            case READ_ONLY, CONSTANT -> { }
        }
    }

    long resetOf(Bits<?> bits) {
        return initial >>> bits.low & bits.ones;
    }

    void powerOn() {
        value = initial & ~selfClears;
    }

    /** A guest's read; {@code lanes} are ones in the bytes that it covers. */
    long read(long lanes) {
        long shown = reader != null ? reader.getAsLong() : value;
        for (Field field : readers) {
            shown = shown & ~field.mask() | (field.reader.getAsLong() & field.ones) << field.low;
        }
        value &= ~(readClears & lanes);
        if (afterRead != null) {
            afterRead.run();
        }
        return shown & ~hidden;
    }

    /** A guest's write; {@code lanes} are ones in the bytes that it covers, {@code bits} is zero elsewhere. */
    void write(long bits, long lanes) {
        long before = value;
        long now = before & ~(plain & lanes) | bits & plain;
        now &= ~(bits & clears);
        now |= bits & sets;
        for (Bits<?> limited : ranged) {
            if (!limited.possible(now >>> limited.low & limited.ones)) {
                now = now & ~limited.mask() | before & limited.mask();
                registers.rejected(limited, bits);
            }
        }
        value = now;
        for (Field field : writers) {
            if ((field.mask() & lanes) != 0) {
                field.writer.written(field.of(before), field.of(now));
            }
        }
        if (writer != null) {
            writer.written(before, now);
        }
        value &= ~selfClears;
    }

    private String stateName() {
        return path.replace('_', '-');
    }

    void save(StateWriter out) {
        if (storedMask != 0) {
            out.putLong(stateName(), value & storedMask);
        }
    }

    void restore(StateReader in) throws StateException {
        powerOn();
        if (storedMask == 0 || optional && !in.has(stateName())) {
            return;
        }
        long saved = in.getLong(stateName());
        if ((saved & ~storedMask) != 0) {
            throw new StateException("register %s has the value 0x%x; only the bits 0x%x are possible"
                .formatted(path, saved, storedMask));
        }
        for (Bits<?> limited : ranged) {
            long part = saved >>> limited.low & limited.ones;
            if (limited.stored() && !limited.possible(part)) {
                throw new StateException("%s is 0x%x; 0x%x to 0x%x is possible"
                    .formatted(limited.path(), part, limited.min, limited.max));
            }
        }
        value = value & ~storedMask | saved;
    }
}
