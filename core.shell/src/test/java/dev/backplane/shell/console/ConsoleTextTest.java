package dev.backplane.shell.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConsoleTextTest {

    private static ConsoleText of(String raw) {
        return ConsoleText.of(raw.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void controlSequencesAndCarriageReturnsAreLeftOut() {
        assertEquals("red\nplain# ", of("\033[1;31mred\033[0m\r\nplain# \033[6n").text());
        assertEquals("ab", of("a\033]0;title\007b").text());
        assertEquals("ab", of("a\033]0;title\033\\b").text());
        assertEquals("ab", of("a\033(Bb").text());
    }

    @Test
    void aSequenceThatIsNotCompleteYetIsLeftOut() {
        for (String tail : new String[] {"\033", "\033[", "\033[1;", "\033]0;ti", "\033("}) {
            assertEquals("x", of("x" + tail).text());
        }
    }

    @Test
    void everyCharacterKnowsItsPlaceInTheRawOutput() {
        String raw = "a\033[1mb\r\nc€d";
        ConsoleText console = of(raw);
        assertEquals("ab\nc€d", console.text());
        assertEquals(1, console.rawEnd(1));
        assertEquals(6, console.rawEnd(2));
        assertEquals(8, console.rawEnd(3));
        assertEquals(12, console.rawEnd(5));
        assertEquals(0, console.rawEnd(0));
    }

    @Test
    void theLastLineIsTheLastThatIsNotBlank() {
        assertEquals("login:", of("Debian\r\n\r\nlogin: \r\n\r\n").lastLine());
        assertEquals("", of("\r\n").lastLine());
    }

    @Test
    void noOutputOfAGuestBreaksIt() {
        Random random = new Random(42);
        byte[] raw = new byte[300];
        for (int round = 0; round < 20_000; round++) {
            random.nextBytes(raw);
            for (int i = 0; i < raw.length; i += 7) {
                raw[i] = 0x1b;
            }
            byte[] part = Arrays.copyOf(raw, random.nextInt(raw.length));
            ConsoleText console = ConsoleText.of(part);
            int length = console.text().length();
            assertTrue(console.rawEnd(length) <= part.length);
        }
    }

    @Test
    void detachKeysAreWrittenAsPeopleWriteThem() {
        assertEquals(DetachKey.DEFAULT, DetachKey.parse("ctrl-]"));
        assertEquals(new DetachKey(1), DetachKey.parse("^A"));
        assertEquals("Ctrl-a", new DetachKey(1).toString());
        assertEquals("Ctrl-]", DetachKey.DEFAULT.toString());
        assertThrows(IllegalArgumentException.class, () -> DetachKey.parse("x"));
    }
}
