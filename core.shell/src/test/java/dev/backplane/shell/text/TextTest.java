package dev.backplane.shell.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {

    private static final List<String> OPTIONS = List.of("--memory", "--cpus", "--cpu", "--kernel", "--append");

    @Test
    void theNearestNameIsSuggested() {
        assertEquals(List.of("--memory"), Suggestions.nearest("--memroy", OPTIONS));
        assertEquals(List.of("--kernel"), Suggestions.nearest("--kernal", OPTIONS));
        assertEquals(List.of("virtio-blk"), Suggestions.nearest("virtio-blok", List.of("virtio-rng", "virtio-blk")));
    }

    @Test
    void theBeginningOfANameIsNearEnough() {
        assertEquals(List.of("virtio-blk", "virtio-rng"),
                Suggestions.nearest("virtio", List.of("virtio-rng", "virtio-blk", "serial")));
    }

    @Test
    void whatIsFarFromAllNamesGetsNoSuggestionButTheShortList() {
        assertEquals(List.of(), Suggestions.nearest("--zzzzzz", OPTIONS));
        assertEquals(List.of(), Suggestions.nearest("vm:foo", List.of("vm:log", "vm:list")));
        assertEquals("; there is a, b", Suggestions.hint("zzzzzz", List.of("b", "a")));
        assertEquals("; did you mean start?", Suggestions.hint("strat", List.of("start", "stop")));
    }

    @Test
    void distanceCountsEditsAndSwaps() {
        assertEquals(0, Suggestions.distance("abc", "abc"));
        assertEquals(1, Suggestions.distance("abc", "acb"));
        assertEquals(3, Suggestions.distance("", "abc"));
        assertEquals(3, Suggestions.distance("kitten", "sitting"));
    }

    @Test
    void sizesAreReadInPowersOf1024() {
        assertEquals(512L << 20, Sizes.parse("512M"));
        assertEquals(2L << 30, Sizes.parse("2GiB"));
        assertEquals(4096, Sizes.parse("4k"));
        assertEquals(77, Sizes.parse(" 77 "));
    }

    @Test
    void whatIsNoSizeIsRefused() {
        for (String text : List.of("", "M", "-1M", "1X", "1.5G", "9223372036854775808", "9999999999999T")) {
            assertThrows(IllegalArgumentException.class, () -> Sizes.parse(text), text);
        }
    }

    @Test
    void sizesAreWrittenExactlyAndShort() {
        assertEquals("512M", Sizes.format(512L << 20));
        assertEquals("1536K", Sizes.format(1536L << 10));
        assertEquals("1000", Sizes.format(1000));
        assertEquals("0", Sizes.format(0));
        assertEquals("1.5M", Sizes.rounded(3L << 19));
    }

    @Test
    void durationsHaveUnits() {
        assertEquals(Duration.ofSeconds(120), Durations.parse("120s"));
        assertEquals(Duration.ofMillis(500), Durations.parse("500ms"));
        assertEquals(Duration.ofMinutes(2), Durations.parse("2m"));
        assertEquals(Duration.ofSeconds(5), Durations.parse("5"));
        assertEquals(Duration.ofMillis(1500), Durations.parse("1.5s"));
        assertThrows(IllegalArgumentException.class, () -> Durations.parse("soon"));
        assertThrows(IllegalArgumentException.class, () -> Durations.parse("-3s"));
    }

    @Test
    void durationsAreWrittenForPeople() {
        assertEquals("90s", Durations.format(Duration.ofSeconds(90)));
        assertEquals("1h5m", Durations.format(Duration.ofMinutes(65)));
        assertEquals("250ms", Durations.format(Duration.ofMillis(250)));
    }

    @Test
    void escapesBecomeTheKeysMeant() {
        assertArrayEquals("ls -l\n".getBytes(StandardCharsets.UTF_8), Escapes.decode("ls -l\\n"));
        assertArrayEquals(new byte[] {3, 0x1b, '\\'}, Escapes.decode("\\x03\\e\\\\"));
        assertArrayEquals("ä€".getBytes(StandardCharsets.UTF_8), Escapes.decode("ä€"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Escapes.decode("\\q")).getMessage()
                .contains("\\q"));
        assertThrows(IllegalArgumentException.class, () -> Escapes.decode("\\xg0"));
    }

    @Test
    void tablesAreAligned() {
        assertEquals("NAME  STATE\nx     running\nlong",
                new Table("NAME", "STATE").row("x", "running").row("long").text());
    }
}
