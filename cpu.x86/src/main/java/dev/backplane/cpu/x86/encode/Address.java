package dev.backplane.cpu.x86.encode;

/** A memory operand for the {@link Assembler}, reused so that nothing is allocated. Registers: 0 to 15, -1 for none. */
public final class Address {
    int base = -1;
    int index = -1;
    int scale;
    int disp;

    /** The absolute address, which must fit into 32 bits as a signed number. */
    public Address at(long address) {
        base = -1;
        index = -1;
        scale = 0;
        disp = Math.toIntExact(address);
        return this;
    }

    public Address of(int newBase, int newDisp) {
        return of(newBase, -1, 0, newDisp);
    }

    /**
     * {@code base + (index << scale) + disp}.
     *
     * @param newIndex -1 for none, never 4
     */
    public Address of(int newBase, int newIndex, int newScale, int newDisp) {
        base = newBase;
        index = newIndex;
        scale = newScale;
        disp = newDisp;
        return this;
    }
}
