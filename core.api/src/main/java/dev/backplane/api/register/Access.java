package dev.backplane.api.register;

/** What reads and writes of the guest do to bits of a register; the codes are those of data sheets. */
public enum Access {
    READ_WRITE("RW"),
    /** Writes change nothing; the device sets the value. */
    READ_ONLY("RO"),
    /** Reads as zeros. */
    WRITE_ONLY("WO"),
    /** Writing ones clears these bits. */
    WRITE_1_CLEARS("RW1C"),
    /** Writing ones sets these bits; the device clears them. */
    WRITE_1_SETS("RW1S"),
    /** Reading clears all bits that the access covers; writes change nothing. */
    READ_CLEARS("RC"),
    /** A command: callbacks see what was written, then it is zero again. Reads as zeros. */
    SELF_CLEARING("SC"),
    /** Always the reset value; not part of saved state. */
    CONSTANT("RO");

    private final String code;

    Access(String code) {
        this.code = code;
    }

    /** The abbreviation, for instance {@code RW1C}. */
    public String code() {
        return code;
    }
}
