package dev.backplane.host.audio;

/** Little-endian PCM to numbers between -1 and 1, and back. */
final class Samples {
    private Samples() {
    }

    /** @param bytes of a sample, 2 to 4 */
    static void toFloats(byte[] pcm, int offset, float[] to, int samples, int bytes) {
        int unused = 32 - bytes * 8;
        for (int i = 0; i < samples; i++) {
            int value = 0;
            for (int b = 0; b < bytes; b++) {
                value |= (pcm[offset + i * bytes + b] & 0xFF) << b * 8 + unused;
            }
            to[i] = value / 2147483648f;
        }
    }

    /** @param bytes of a sample, 2 to 4 */
    static void fromFloats(float[] from, byte[] pcm, int offset, int samples, int bytes) {
        double scale = 1L << bytes * 8 - 1;
        for (int i = 0; i < samples; i++) {
            long value = Math.clamp(Math.round(from[i] * scale), (long) -scale, (long) scale - 1);
            for (int b = 0; b < bytes; b++) {
                pcm[offset + i * bytes + b] = (byte) (value >> b * 8);
            }
        }
    }
}
