package dev.backplane.cpu.translator;

import java.io.ByteArrayOutputStream;
import java.util.SplittableRandom;

/** Machine code that a random generator writes byte by byte. */
abstract class Emitted {
    final SplittableRandom r;
    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Emitted(long seed) {
        r = new SplittableRandom(seed);
    }

    /** MOV R13D, imm32: how many rounds the loop will take. */
    final void count(int rounds) {
        emit(0x41, 0xBD);
        imm32(rounds);
    }

    /** The end of the loop that began at an offset: DEC R13, JNZ; then CMP defines the flags, and HLT. */
    final byte[] end(int loop) {
        emit(0x49, 0xFF, 0xCD, 0x0F, 0x85);
        imm32(loop - (out.size() + 4));
        emit(0x39, 0xC0, 0xF4);
        return out.toByteArray();
    }

    final void emit(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
    }

    final void imm32(int v) {
        emit(v, v >> 8, v >> 16, v >> 24);
    }
}
