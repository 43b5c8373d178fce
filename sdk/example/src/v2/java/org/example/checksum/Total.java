package org.example.checksum;

import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;

/** How much the card has read: a register that version 1 does not have, nor its saved state. */
final class Total {
    private final Register bytes;

    Total(Registers registers) {
        bytes = registers.at(0x38, 64, "BYTES").readOnly().optional().describe("bytes read so far");
    }

    void add(long more) {
        bytes.set(bytes.get() + more);
    }
}
