package dev.backplane.test.oracle;

/** Makes random cases of one instruction, or of one family that differs in an opcode field only. */
record Template(String name, Maker maker) {

    /** Emits the instruction into {@link Gen#c} and sets registers and memory so that it cannot fault. */
    @FunctionalInterface
    interface Maker {
        void make(Gen g);
    }
}
