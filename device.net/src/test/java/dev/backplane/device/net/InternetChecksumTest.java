package dev.backplane.device.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.junit.jupiter.api.Test;

class InternetChecksumTest {
    @Test
    void itIsTheSumOfWordsOfEveryLengthAndPlace() {
        Random random = new Random(1);
        byte[] bytes = new byte[200];
        for (int n = 0; n < 2000; n++) {
            random.nextBytes(bytes);
            int offset = random.nextInt(20);
            int length = random.nextInt(170);
            long expected = 0;
            for (int i = 0; i < length; i += 2) {
                expected += (bytes[offset + i] & 0xFF) << 8 | (i + 1 < length ? bytes[offset + i + 1] & 0xFF : 0);
            }
            assertEquals((int) (expected % 0xFFFF), InternetChecksum.fold(InternetChecksum.sum(bytes, offset, length))
                % 0xFFFF);
        }
        assertEquals(0xFFFF, InternetChecksum.fold(0xFFFF_FFFF_FFFFL));
    }
}
