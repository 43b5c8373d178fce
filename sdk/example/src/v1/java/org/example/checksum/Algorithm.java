package org.example.checksum;

import java.util.function.Supplier;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;

/** What the card can compute, in the order of the values of ALGORITHM. */
enum Algorithm {
    CRC32(CRC32::new), ADLER32(Adler32::new);

    private final Supplier<Checksum> maker;

    Algorithm(Supplier<Checksum> maker) {
        this.maker = maker;
    }

    Checksum make() {
        return maker.get();
    }

    static String names() {
        return "0: CRC-32, 1: Adler-32";
    }
}
