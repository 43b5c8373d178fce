package dev.backplane.cpu.x86.simd;

/**
 * The AES round instructions (FIPS 197; Intel SDM Vol. 2, AESENC and its kin). A state is two longs, byte n of the
 * register being row n mod 4 of column n / 4.
 */
final class Aes {
    private static final byte[] SBOX = new byte[256];
    private static final byte[] INVERSE = new byte[256];
    /** SubBytes and the column (2, 1, 1, 3) of MixColumns. */
    private static final int[] ENC = new int[256];
    /** Inverse SubBytes and the column (14, 9, 13, 11) of inverse MixColumns. */
    private static final int[] DEC = new int[256];

    static {
        for (int i = 0; i < 256; i++) {
            int v = inverse(i);
            int s = v ^ rotate(v, 1) ^ rotate(v, 2) ^ rotate(v, 3) ^ rotate(v, 4) ^ 0x63;
            SBOX[i] = (byte) s;
            INVERSE[s] = (byte) i;
            ENC[i] = multiply(s, 2) | s << 8 | s << 16 | multiply(s, 3) << 24;
            DEC[s] = multiply(i, 14) | multiply(i, 9) << 8 | multiply(i, 13) << 16 | multiply(i, 11) << 24;
        }
    }

    private Aes() {
    }

    private static int rotate(int v, int n) {
        return (v << n | v >> 8 - n) & 0xFF;
    }

    private static int multiply(int a, int b) {
        int r = 0;
        for (int x = a, y = b; y != 0; y >>= 1) {
            if ((y & 1) != 0) {
                r ^= x;
            }
            x = x << 1 ^ ((x & 0x80) != 0 ? 0x11B : 0);
        }
        return r;
    }

    /** The multiplicative inverse in the field, a^254. */
    private static int inverse(int a) {
        int r = 1;
        for (int i = 0; i < 254; i++) {
            r = multiply(r, a);
        }
        return r;
    }

    private static int at(long lo, long hi, int n) {
        int k = n & 15;
        return (int) ((k < 8 ? lo : hi) >>> (k << 3)) & 0xFF;
    }

    private static long encColumn(long lo, long hi, int n) {
        return (ENC[at(lo, hi, n)] ^ Integer.rotateLeft(ENC[at(lo, hi, n + 5)], 8)
            ^ Integer.rotateLeft(ENC[at(lo, hi, n + 10)], 16) ^ Integer.rotateLeft(ENC[at(lo, hi, n + 15)], 24))
            & 0xFFFFFFFFL;
    }

    private static long decColumn(long lo, long hi, int n) {
        return (DEC[at(lo, hi, n)] ^ Integer.rotateLeft(DEC[at(lo, hi, n + 13)], 8)
            ^ Integer.rotateLeft(DEC[at(lo, hi, n + 10)], 16) ^ Integer.rotateLeft(DEC[at(lo, hi, n + 7)], 24))
            & 0xFFFFFFFFL;
    }

    /** Half of a round of AESENC before the key: columns {@code half * 2} and the next. */
    static long encrypt(long lo, long hi, int half) {
        return encColumn(lo, hi, half * 8) | encColumn(lo, hi, half * 8 + 4) << 32;
    }

    static long decrypt(long lo, long hi, int half) {
        return decColumn(lo, hi, half * 8) | decColumn(lo, hi, half * 8 + 4) << 32;
    }

    static long encryptLast(long lo, long hi, int half) {
        return bytes(SBOX, lo, hi, half * 8, 5);
    }

    static long decryptLast(long lo, long hi, int half) {
        return bytes(INVERSE, lo, hi, half * 8, 13);
    }

    private static long bytes(byte[] box, long lo, long hi, int n, int step) {
        long r = 0;
        for (int i = 0; i < 8; i++) {
            int from = n + (i & 4) + (i & 3) * step;
            r |= (box[at(lo, hi, from)] & 0xFFL) << (i << 3);
        }
        return r;
    }

    /** AESIMC on one half. */
    static long inverseMix(long v) {
        return inverseMixColumn((int) v) & 0xFFFFFFFFL | (long) inverseMixColumn((int) (v >>> 32)) << 32;
    }

    private static int inverseMixColumn(int c) {
        return DEC[SBOX[c & 0xFF] & 0xFF] ^ Integer.rotateLeft(DEC[SBOX[c >>> 8 & 0xFF] & 0xFF], 8)
            ^ Integer.rotateLeft(DEC[SBOX[c >>> 16 & 0xFF] & 0xFF], 16)
            ^ Integer.rotateLeft(DEC[SBOX[c >>> 24] & 0xFF], 24);
    }

    /** AESKEYGENASSIST of one half of the source. */
    static long keyAssist(long v, int rcon) {
        int x = (int) (v >>> 32);
        int s = SBOX[x & 0xFF] & 0xFF | (SBOX[x >>> 8 & 0xFF] & 0xFF) << 8 | (SBOX[x >>> 16 & 0xFF] & 0xFF) << 16
            | SBOX[x >>> 24] << 24;
        return s & 0xFFFFFFFFL | (long) (Integer.rotateRight(s, 8) ^ rcon) << 32;
    }
}
