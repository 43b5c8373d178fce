package dev.backplane.shell.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArgumentParserTest {

    private static final Signature ADD = new Signature("add", "put a card in",
            List.of(Parameter.required("NAME", ValueKind.MACHINE, "m"),
                    Parameter.required("TYPE", ValueKind.DEVICE_TYPE, "t"),
                    Parameter.many("KEY=VALUE", ValueKind.CARD_OPTION, "o")),
            List.of(Option.of("id", "ID", ValueKind.TEXT, "i"), Option.flag("force", "f"),
                    Option.repeatable("module", "FILE", ValueKind.FILE, "m")),
            List.of(), List.of("vm:add demo virtio-blk"));

    private static Arguments parse(String... words) throws CommandException {
        return ArgumentParser.parse(ADD, List.of(words));
    }

    private static String refused(String... words) {
        return assertThrows(CommandException.class, () -> parse(words)).getMessage();
    }

    @Test
    void wordsAreSortedIntoParametersAndOptions() throws Exception {
        Arguments arguments = parse("t", "--id", "d0", "virtio-blk", "image=a.img", "--force");
        assertEquals(List.of("t", "virtio-blk", "image=a.img"), arguments.parameters());
        assertEquals("d0", arguments.option("id").orElseThrow());
        assertTrue(arguments.has("force"));
        assertFalse(arguments.has("module"));
    }

    @Test
    void anOptionMayCarryItsValueAfterAnEqualsSign() throws Exception {
        assertEquals("a=b", parse("t", "x", "--id=a=b").option("id").orElseThrow());
    }

    @Test
    void aRepeatableOptionKeepsAllValues() throws Exception {
        assertEquals(List.of("a", "b"), parse("t", "x", "--module", "a", "--module=b").all("module"));
    }

    @Test
    void twoDashesEndTheOptions() throws Exception {
        assertEquals(List.of("t", "x", "--id"), parse("t", "x", "--", "--id").parameters());
    }

    @Test
    void anUnknownOptionNamesTheNearestOne() {
        assertEquals("unknown option --forec; did you mean --force?", refused("t", "x", "--forec"));
        assertEquals("unknown option -id; did you mean --id?", refused("t", "x", "-id"));
    }

    @Test
    void aMissingValueATwiceGivenOptionAndAFlagWithAValueAreRefused() {
        assertEquals("--id needs a value: --id ID", refused("t", "x", "--id"));
        assertEquals("--id is given twice", refused("t", "x", "--id", "a", "--id", "b"));
        assertEquals("--force takes no value", refused("t", "x", "--force=yes"));
    }

    @Test
    void aMissingParameterIsNamedTogetherWithTheUsage() {
        assertEquals("TYPE is missing: " + ADD.usage(), refused("t"));
    }

    @Test
    void aWordTooManyIsNamed() {
        Signature show = new Signature("show", "s", List.of(Parameter.required("NAME", ValueKind.MACHINE, "m")),
                List.of(), List.of(), List.of("vm:show demo"));
        CommandException refused = assertThrows(CommandException.class,
                () -> ArgumentParser.parse(show, List.of("a", "b")));
        assertEquals("\"b\" is one word too many: vm:show NAME", refused.getMessage());
    }

    @Test
    void sizesNumbersAndTimesAreCheckedWithTheNameOfTheOption() throws Exception {
        assertTrue(assertThrows(CommandException.class, () -> parse("t", "x", "--id", "12Q").size("id")).getMessage()
                .startsWith("--id: \"12Q\" is not a size"));
        assertEquals(7, parse("t", "x", "--id", "7").number("id").orElseThrow());
        assertThrows(CommandException.class, () -> parse("t", "x", "--id", "7.5").number("id"));
    }

    @Test
    void helpShowsUsageEveryOptionAndTheExamples() {
        String help = HelpPage.of(ADD);
        assertTrue(help.startsWith("vm:add - put a card in\n\n  vm:add NAME TYPE [KEY=VALUE...] [--id ID] [--force]"));
        assertTrue(help.contains("    vm:add demo virtio-blk"));
    }
}
