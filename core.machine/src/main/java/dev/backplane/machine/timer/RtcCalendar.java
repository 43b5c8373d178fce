package dev.backplane.machine.timer;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * The notation of times in the registers of an MC146818: BCD or binary, 24 or 12 hours with bit 7 for the afternoon.
 *
 * @param binary DM of register B
 * @param full   24/12 of register B: 24 hours
 */
record RtcCalendar(boolean binary, boolean full) {
    private static final int AFTERNOON = 0x80;

    int encode(int value) {
        return binary ? value : value / 10 << 4 | value % 10;
    }

    /** The value of a register; nonsense in, some number out. */
    int decode(int register) {
        return binary ? register : (register >> 4) * 10 + (register & 0xF);
    }

    int encodeHour(int hour) {
        if (full) {
            return encode(hour);
        }
        int clockFace = hour % 12 == 0 ? 12 : hour % 12;
        return encode(clockFace) | (hour >= 12 ? AFTERNOON : 0);
    }

    int decodeHour(int register) {
        if (full) {
            return decode(register);
        }
        int clockFace = decode(register & ~AFTERNOON) % 12;
        return (register & AFTERNOON) != 0 ? clockFace + 12 : clockFace;
    }

    /**
     * The seconds since 1970 that the registers mean; a date that does not exist runs over into the next month, as far
     * as registers of eight bits can say nonsense.
     *
     * @param century the century register in BCD
     */
    long seconds(int second, int minute, int hour, int day, int month, int year, int century) {
        int fullYear = ((century >> 4) * 10 + (century & 0xF)) * 100 + decode(year);
        try {
            LocalDate first = LocalDate.of(fullYear, 1, 1).plusMonths(Math.max(0, decode(month) - 1));
            return LocalDateTime.of(first.plusDays(Math.max(0, decode(day) - 1)), LocalTime.MIDNIGHT)
                .plusHours(decodeHour(hour)).plusMinutes(decode(minute)).plusSeconds(decode(second))
                .toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
