package dev.backplane.machine.clock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EasedStartTest {
    private static final long MILLI = 1_000_000;

    @Test
    void itNeverGoesBackAndNeverMoreThanAnEighthFaster() {
        EasedStart eased = new EasedStart(700 * MILLI);
        long before = 0;
        for (long at = 0; at < 60_000 * MILLI; at += 3 * MILLI) {
            long now = eased.passed(at);
            assertTrue(now >= before && now - before <= 3 * MILLI * 9 / 8 + 1, "at " + at);
            before = now;
        }
    }

    @Test
    void itIsRightAgainAfterAWhileAndStaysSo() {
        EasedStart first = new EasedStart(0);
        assertTrue(first.behind(EasedStart.SLOW) > 1000 * MILLI);
        assertEquals(0, first.behind(20_000 * MILLI));
        assertEquals(0, first.behind(1_000_000 * MILLI));
    }

    @Test
    void startsOneSoonAfterTheOtherOweNothingInTheEnd() {
        long owed = 0;
        for (int i = 0; i < 50; i++) {
            owed = new EasedStart(owed).behind(1500 * MILLI);
        }
        assertTrue(owed > 50_000 * MILLI);
        assertEquals(0, new EasedStart(owed).behind(1_000_000 * MILLI));
    }

    @Test
    void waitsAreNeverTooLongForWhatIsFaster() {
        EasedStart eased = new EasedStart(0);
        for (long at = 0; at < 20_000 * MILLI; at += 7 * MILLI) {
            long wait = eased.atMost(10 * MILLI, at);
            assertTrue(eased.passed(at + wait) - eased.passed(at) <= 10 * MILLI, "at " + at);
            assertTrue(wait > 0);
        }
    }
}
