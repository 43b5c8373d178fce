package dev.backplane.shell.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.Processor;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.ShellCommand;

class SeeingCommandsTest {
    @TempDir
    private Path folder;
    private String elf;
    private List<Processor> processors = List.of();
    private final Traces traces = new Traces();

    @BeforeEach
    void writeSymbols() throws Exception {
        elf = Files.write(folder.resolve("a.elf"), SymbolsTest.elf()).toString();
    }

    private static VcpuSample sample(long address, int cpl, Long... callers) {
        return new VcpuSample(address, address, cpl, 0x5000, 64, 0, List.of(callers));
    }

    private String run(ShellCommand command, String... words) throws Exception {
        return switch (command.run(new FakeCall(command.signature(), processors, words))) {
            case Output.Text text -> text.text();
            case Output.Table table -> table.rows().isEmpty() ? table.empty() : table.rows().toString();
        };
    }

    private String refused(ShellCommand command, String... words) {
        return assertThrows(CommandException.class, () -> run(command, words)).getMessage();
    }

    @Test
    void aProfileCountsSymbolsAndKeepsStacks() throws Exception {
        processors = List.of(new FakeProcessor(sample(0x1002, 0, 0x100CL), sample(0x1003, 0, 0x100CL),
            sample(0x1004, 0), sample(0x7000, 3)));
        Path folded = folder.resolve("p.folded");
        String text = run(new ProfileCommand(), "demo", "--seconds", "2000", "--symbols", elf, "--out",
            folded.toString());
        assertTrue(text.startsWith("cpu0: 100.0 % translated\n"), text);
        assertTrue(text.matches("(?s).*[678][0-9]\\.\\d % +\\d+  first +kernel\n *[123][0-9]\\.\\d % "
            + ".*0x7000 +user, CR3 5000.*"), text);
        List<String> stacks = Files.readAllLines(folded);
        assertEquals(List.of("cpu0;kernel;first", "cpu0;kernel;second;first", "cpu0;user;0x7000"),
            stacks.stream().map(s -> s.substring(0, s.lastIndexOf(' '))).toList());
    }

    @Test
    void aProfileOfAGuestThatSleepsSaysSo() throws Exception {
        processors = List.of(new FakeProcessor());
        String text = run(new ProfileCommand(), "demo", "--seconds", "20");
        assertTrue(text.startsWith("cpu0: 100.0 % halted") && text.endsWith("halted all the time"), text);
        assertTrue(refused(new ProfileCommand(), "demo", "--out", "p.pdf").contains(".svg"));
        processors = List.of();
        assertEquals("demo is not on (it is stopped); start it first", refused(new ProfileCommand(), "demo"));
    }

    @Test
    void aFlameGraphIsWellFormedWhateverTheSymbolsAreCalled() throws Exception {
        String svg = FlameGraph.of(Map.of("cpu0;kernel;operator<&\">::x\u0001", 3L, "cpu0;user;main;work", 5L),
            "a < b");
        var document = DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertEquals(7, document.getElementsByTagName("title").getLength());
        assertTrue(svg.contains("<title>work: 5 samples, 62.50 %</title>"), svg);
    }

    @Test
    void aTraceWritesWhatWasAskedForAndEndsAfterItsEvents() throws Exception {
        FakeProcessor cpu = new FakeProcessor();
        processors = List.of(cpu);
        TraceCommand trace = new TraceCommand(traces);
        Path file = folder.resolve("t");
        assertEquals("nothing is being traced", run(trace));
        run(trace, "demo", "exceptions", "io", "--count", "3", "--out", file.toString(), "--symbols", elf);
        assertTrue(refused(trace, "demo", "--out", file.toString()).contains("already"));
        VcpuTracer t = cpu.tracer;
        assertNotNull(t);
        assertFalse(t.wantsBlocks());
        t.block(0, 0x1000, 4, true);
        t.interrupt(0, 236, 0x1000, 0);
        t.exception(0, 14, 4, 0x1009, 3, 0xdead000, false);
        t.exception(0, 128, VcpuTracer.NO_ERROR_CODE, 0x1000, 3, 0, true);
        t.access(0, true, true, 0x3F8, 1, 0x41);
        t.access(0, false, false, 0xFEE00020L, 4, 0);
        assertTrue(run(trace, "demo", "--stop").startsWith("demo: 3 events in "));
        assertNull(cpu.tracer);
        assertEquals(List.of("cpu0 exception 14 (#PF) error 0x4 at 0x1009 (second+0x1) cpl 3 cr2 0xdead000",
            "cpu0 int 128 at 0x1000 (first) cpl 3", "cpu0 out port 0x3f8 size 1 value 0x41"),
            Files.readAllLines(file).stream().map(l -> l.substring(13)).toList());
        assertTrue(refused(trace, "demo", "--stop").contains("is not being traced"));
    }

    @Test
    void aTraceEndsWithItsMachine() throws Exception {
        FakeProcessor cpu = new FakeProcessor();
        processors = List.of(cpu);
        TraceCommand trace = new TraceCommand(traces);
        run(trace, "demo", "blocks", "--out", folder.resolve("t").toString());
        assertTrue(cpu.tracer.wantsBlocks());
        traces.event(new MachineEvent("other", "", MachineEvent.Kind.STOPPED, ""));
        assertNotNull(cpu.tracer);
        traces.event(new MachineEvent("demo", "", MachineEvent.Kind.STOPPED, ""));
        assertNull(cpu.tracer);
        assertTrue(refused(trace, "demo", "sparks", "--out", "x").contains("exceptions, interrupts, blocks, io"));
        assertTrue(refused(trace, "demo", "io").startsWith("--out FILE is missing"));
        assertTrue(refused(trace, "demo", "io", "--out", folder.toString()).contains("is a folder"));
    }

    @Test
    void codeIsShownBesideWhatDefinesItAndWhatIsMadeOfIt() throws Exception {
        processors = List.of(new FakeProcessor());
        String text = run(new DisasmCommand(), "demo", "0x1010");
        assertEquals(List.of("1010 0f a2 cpuid ; system.Cpuid", "| 7f00: jmp 0x7f10"),
            text.lines().map(l -> l.strip().replaceAll("\\s+", " ")).toList());
        assertFalse(run(new DisasmCommand(), "demo", "1010", "--guest").contains("7f10"));
        assertEquals("0x1011 is not mapped to RAM for cpu0 now", refused(new DisasmCommand(), "demo", "0x1011"));
        assertEquals("\"main\" is no address; a symbol needs --symbols FILE",
            refused(new DisasmCommand(), "demo", "main"));
        assertEquals("there is no symbol \"main\"", refused(new DisasmCommand(), "demo", "main", "--symbols", elf));
        assertEquals("--bits 8: 16, 32 or 64 are possible", refused(new DisasmCommand(), "demo", "0", "--bits", "8"));
    }
}
