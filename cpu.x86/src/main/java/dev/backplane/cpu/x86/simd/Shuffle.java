package dev.backplane.cpu.x86.simd;

/** Packing, unpacking and shuffling, on 64-bit lanes. */
final class Shuffle {
    private static final long WORDS = 0x0000FFFF0000FFFFL;
    private static final long BYTES = 0x00FF00FF00FF00FFL;

    private Shuffle() {
    }

    /** Interleaves the low four bytes. */
    static long lowBytes(long a, long b) {
        return spreadBytes(a) | spreadBytes(b) << 8;
    }

    static long highBytes(long a, long b) {
        return lowBytes(a >>> 32, b >>> 32);
    }

    private static long spreadBytes(long a) {
        long x = a & 0xFFFFFFFFL;
        x = (x | x << 16) & WORDS;
        return (x | x << 8) & BYTES;
    }

    static long lowWords(long a, long b) {
        return spreadWords(a) | spreadWords(b) << 16;
    }

    static long highWords(long a, long b) {
        return lowWords(a >>> 32, b >>> 32);
    }

    private static long spreadWords(long a) {
        long x = a & 0xFFFFFFFFL;
        return (x | x << 16) & WORDS;
    }

    static long lowDoublewords(long a, long b) {
        return a & 0xFFFFFFFFL | b << 32;
    }

    static long highDoublewords(long a, long b) {
        return a >>> 32 | b & ~0xFFFFFFFFL;
    }

    /** PACKSSWB: four words of a, then four of b. */
    static long wordsToBytes(long a, long b) {
        return fourBytes(clampWords(a, 0x7F)) | fourBytes(clampWords(b, 0x7F)) << 32;
    }

    private static long clampWords(long a, long max) {
        long m = max * 0x0001000100010001L;
        return Swar.maxS(Swar.minS(a, m, Swar.W, 16), ~m, Swar.W, 16);
    }

    /** PACKUSWB. */
    static long wordsToUnsignedBytes(long a, long b) {
        return fourBytes(clampPositive(a)) | fourBytes(clampPositive(b)) << 32;
    }

    private static long clampPositive(long a) {
        return Swar.maxS(Swar.minS(a, BYTES, Swar.W, 16), 0, Swar.W, 16);
    }

    private static long fourBytes(long a) {
        long x = a & BYTES;
        x = (x | x >>> 8) & WORDS;
        return (x | x >>> 16) & 0xFFFFFFFFL;
    }

    /** PACKSSDW: two doublewords of a, then two of b. */
    static long doublewordsToWords(long a, long b) {
        return word((int) a) | word((int) (a >> 32)) << 16 | word((int) b) << 32 | word((int) (b >> 32)) << 48;
    }

    private static long word(int v) {
        return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, v)) & 0xFFFFL;
    }

    /** PACKUSDW. */
    static long doublewordsToUnsignedWords(long a, long b) {
        return unsignedWord((int) a) | unsignedWord((int) (a >> 32)) << 16
            | unsignedWord((int) b) << 32 | unsignedWord((int) (b >> 32)) << 48;
    }

    private static long unsignedWord(int v) {
        return Math.max(0, Math.min(0xFFFF, v));
    }

    /** PSHUFW and its kin: four words of a by four two-bit selectors. */
    static long words(long a, int selectors) {
        return a >>> ((selectors & 3) << 4) & 0xFFFF | (a >>> ((selectors >> 2 & 3) << 4) & 0xFFFF) << 16
            | (a >>> ((selectors >> 4 & 3) << 4) & 0xFFFF) << 32 | a >>> ((selectors >> 6 & 3) << 4) << 48;
    }

    /** One doubleword of (hi, lo), by a two-bit selector. */
    static long doubleword(long lo, long hi, int selector) {
        return ((selector & 2) != 0 ? hi : lo) >>> ((selector & 1) << 5) & 0xFFFFFFFFL;
    }

    /** PSHUFB of MMX. */
    static long bytes(long a, long control) {
        long r = 0;
        for (int i = 0; i < 64; i += 8) {
            int k = (int) (control >>> i);
            if ((k & 0x80) == 0) {
                r |= (a >>> ((k & 7) << 3) & 0xFF) << i;
            }
        }
        return r;
    }

    /** Eight bytes of PSHUFB: those that {@code control} selects from (hi, lo). */
    static long bytes(long lo, long hi, long control) {
        long r = 0;
        for (int i = 0; i < 64; i += 8) {
            int k = (int) (control >>> i);
            if ((k & 0x80) == 0) {
                r |= (((k & 8) != 0 ? hi : lo) >>> ((k & 7) << 3) & 0xFF) << i;
            }
        }
        return r;
    }

    /** The eight bytes that begin {@code bytes} (0 to 23) into the 16 bytes (hi, lo); zeros follow. */
    static long window(long lo, long hi, int bytes) {
        int n = bytes << 3;
        if (n == 0) {
            return lo;
        }
        if (n < 64) {
            return lo >>> n | hi << 64 - n;
        }
        return n < 128 ? hi >>> n - 64 : 0;
    }

    /** Top bits of the bytes, as PMOVMSKB gives them. */
    static int byteSigns(long a) {
        return (int) (((a & Swar.B) >>> 7) * 0x0102040810204080L >>> 56);
    }

    static long addPairsOfWords(long a, long b) {
        return pairs(a, false) | pairs(b, false) << 32;
    }

    static long subPairsOfWords(long a, long b) {
        return pairs(a, true) | pairs(b, true) << 32;
    }

    private static long pairs(long a, boolean sub) {
        long odd = a >>> 16;
        long s = sub ? Swar.sub(a, odd, Swar.W) : Swar.add(a, odd, Swar.W);
        return s & 0xFFFF | (s >>> 32 & 0xFFFF) << 16;
    }

    static long addPairsOfWordsSat(long a, long b) {
        return evenWords(Swar.addSatS(a, a >>> 16, Swar.W, 16))
            | evenWords(Swar.addSatS(b, b >>> 16, Swar.W, 16)) << 32;
    }

    static long subPairsOfWordsSat(long a, long b) {
        return evenWords(Swar.subSatS(a, a >>> 16, Swar.W, 16))
            | evenWords(Swar.subSatS(b, b >>> 16, Swar.W, 16)) << 32;
    }

    private static long evenWords(long s) {
        return s & 0xFFFF | (s >>> 32 & 0xFFFF) << 16;
    }

    static long addPairsOfDoublewords(long a, long b) {
        return a + (a >>> 32) & 0xFFFFFFFFL | b + (b >>> 32) << 32;
    }

    static long subPairsOfDoublewords(long a, long b) {
        return a - (a >>> 32) & 0xFFFFFFFFL | b - (b >>> 32) << 32;
    }
}
