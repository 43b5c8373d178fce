package dev.backplane.shell.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CommandTextTest {

    private static String protect(String line) {
        return CommandText.protect(line, name -> name.equals("vm:expect"));
    }

    @Test
    void bracketsAndBracesOfATextCommandAreQuoted() {
        assertEquals("vm:expect t '[0-9a-f]{64}' 60s", protect("vm:expect t [0-9a-f]{64} 60s"));
        assertEquals("vm:expect t 'loss=5%'", protect("vm:expect t loss=5%"));
    }

    @Test
    void otherCommandsStayAsTheyAre() {
        String line = "each [a b] { echo $it }; x = [1 2]; echo {a}";
        assertEquals(line, protect(line));
    }

    @Test
    void quotedWordsStayAsTheyAre() {
        String line = "vm:expect t \"[0-9]{3} $\" '{x}'";
        assertEquals(line, protect(line));
    }

    @Test
    void variablesInAQuotedWordStillCount() {
        assertEquals("vm:expect $m '^['$a.b']'$(x [y])", protect("vm:expect $m ^[$a.b]$(x [y])"));
    }

    @Test
    void commandsInsideClosuresAndAfterSeparatorsAreFound() {
        assertEquals("if { true } { vm:expect t '[x]' }; vm:expect t '{1}'",
                protect("if { true } { vm:expect t [x] }; vm:expect t {1}"));
    }

    @Test
    void commentsAreLeftAlone() {
        assertEquals("# vm:expect t [x]\nvm:expect t 'a[x]'", protect("# vm:expect t [x]\nvm:expect t a[x]"));
    }

    @Test
    void theWordsOfTheLastStatementAreThoseToComplete() {
        assertEquals(List.of("vm:add", "demo", "virt"), CommandText.lastStatement("vm:list; vm:add demo virt"));
        assertEquals(List.of("vm:add", "a b", ""), CommandText.lastStatement("vm:add \"a b\" "));
        assertEquals(List.of(""), CommandText.lastStatement("vm:list;"));
        assertEquals(List.of("vm:start", "d"), CommandText.lastStatement("if { true } { vm:start d"));
    }
}
