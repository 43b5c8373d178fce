package dev.backplane.api.register;

/** Some bits of a {@link Register}, with a name and rules of their own. Values are in the lowest bits. */
public final class Field extends Bits<Field> {
    private final Register register;

    Field(Register register, String name, int low, int width) {
        super(name, low, width);
        this.register = register;
    }

    @Override
    Field self() {
        return this;
    }

    @Override
    Register register() {
        return register;
    }

    @Override
    public String path() {
        return register.path() + '.' + name;
    }

    /** For messages: {@code bits 7:4} or {@code bit 3}. */
    String where() {
        return width == 1 ? "bit " + low : "bits " + (low + width - 1) + ":" + low;
    }

    long of(long registerValue) {
        return registerValue >>> low & ones;
    }
}
