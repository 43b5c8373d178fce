package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.backplane.api.cpu.CodeLine;
import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.api.cpu.VcpuPhase;
import dev.backplane.api.cpu.VcpuSample;
import dev.backplane.api.cpu.VcpuTracer;

/** What can be seen of a vCPU, on both backends. */
class SeeingTest {
    private static final long FUNCTION = Guest.CODE + 0x100;
    private static final long RETURN = Guest.CODE + 7;
    private static final int SAMPLES = 200;

    static Stream<CpuBackend> backends() {
        return DebugStopsTest.backends();
    }

    /** For ever calls a function with a frame pointer, which counts down. */
    private static Guest calling(CpuBackend backend) throws Exception {
        Guest g = new Guest(backend, 1);
        // xor ebp, ebp; again: call function; jmp again
        g.code(Guest.CODE, "31ED E8F9000000 EBF9");
        // push rbp; mov rbp, rsp; mov ecx, 1000; dec ecx; jne -4; pop rbp; ret
        g.code((int) FUNCTION, "55 4889E5 B9E8030000 FFC9 75FC 5D C3");
        return g;
    }

    private static final class Heard implements VcpuTracer {
        private final List<String> events = Collections.synchronizedList(new ArrayList<>());
        private final boolean blocks;

        Heard(boolean blocks) {
            this.blocks = blocks;
        }

        @Override
        public boolean wantsBlocks() {
            return blocks;
        }

        @Override
        public void block(int vcpu, long address, int length, boolean translated) {
            events.add("block %x %d %s".formatted(address, length, translated ? "translated" : "interpreted"));
        }

        @Override
        public void exception(int vcpu, int vector, int error, long address, int cpl, long cr2, boolean software) {
            events.add("%s %d %d %x %d %x".formatted(software ? "int" : "exception", vector, error, address, cpl,
                software ? 0 : cr2));
        }

        @Override
        public void interrupt(int vcpu, int vector, long address, int cpl) {
            events.add("interrupt %d %x %d".formatted(vector, address, cpl));
        }

        @Override
        public void access(int vcpu, boolean port, boolean write, long address, int size, long value) {
            throw new IllegalStateException("the bus tells of this");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aSampleHasTheCallersOfCodeWithFramePointers(CpuBackend backend) throws Exception {
        try (Guest g = calling(backend)) {
            CompletableFuture<VcpuExit> end = CompletableFuture.supplyAsync(g::run);
            int inFunction = 0;
            Set<VcpuPhase> phases = new TreeSet<>();
            for (int n = 0; n < SAMPLES; n++) {
                CompletableFuture<VcpuSample> sample = new CompletableFuture<>();
                g.vcpus[0].sample(sample::complete);
                VcpuSample s = sample.get(1, TimeUnit.MINUTES);
                phases.add(g.vcpus[0].phase());
                assertEquals(0, s.cpl());
                assertEquals(64, s.codeBits());
                if (s.address() >= FUNCTION && s.rip() > FUNCTION && s.rip() < FUNCTION + 0xD) {
                    inFunction++;
                    assertEquals(List.of(RETURN), s.callers());
                }
            }
            // Of a thousand rounds of the loop one goes by outside.
            assertTrue(inFunction > SAMPLES / 2, inFunction + " of " + SAMPLES);
            g.vcpus[0].kick();
            assertEquals(VcpuExit.KICKED, end.get(1, TimeUnit.MINUTES));
            assertEquals(VcpuPhase.CORE, g.vcpus[0].phase());
            assertFalse(phases.contains(VcpuPhase.BUS), phases::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aTracerHearsOfExceptionsAndInterruptions(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // mov eax, [HOLE + 4]
            g.code(Guest.CODE, "8B0425 04001400");
            Heard heard = new Heard(false);
            g.vcpus[0].trace(heard);
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(14, g.vector());
            g.code(Guest.CODE + 0x10, "CC");
            g.load(0, b -> b.rip(Guest.CODE + 0x10));
            assertEquals(VcpuExit.HALTED, g.run());
            // nop; jmp to itself
            g.code(Guest.CODE + 0x20, "90 EBFE");
            g.load(0, b -> b.rip(Guest.CODE + 0x20).rflags(0x202));
            g.buses[0].pending = 7;
            g.vcpus[0].attention();
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(List.of("exception 14 0 20000 0 140004", "int 3 -1 20011 0 0", "interrupt 7 20020 0"),
                heard.events);
            g.vcpus[0].trace(null);
            g.load(0, b -> b);
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(3, heard.events.size());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aTracerHearsOfEveryBlockWhateverRunsIt(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // mov ecx, 100; dec ecx; jne -4; hlt
            g.code(Guest.CODE, "B964000000 FFC9 75FC F4");
            assertEquals(VcpuExit.HALTED, g.run());
            Heard heard = new Heard(true);
            g.vcpus[0].trace(heard);
            g.load(0, b -> b);
            assertEquals(VcpuExit.HALTED, g.run());
            List<String> loop = heard.events.stream().filter(e -> e.startsWith("block 20005 4 ")).toList();
            assertEquals(99, loop.size(), heard.events::toString);
            assertEquals(101, heard.events.size(), heard.events::toString);
            boolean translates = backend.name().equals("translator");
            assertEquals(translates, loop.getLast().endsWith("translated"));
            g.vcpus[0].trace(null);
            g.load(0, b -> b);
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(101, heard.events.size());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void codeIsListedBesideWhatDefinesItAndWhatIsMadeOfIt(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // mov ecx, 100; xor eax, ecx; dec ecx; jne -6; hlt
            g.code(Guest.CODE, "B964000000 31C8 FFC9 75FA F4");
            assertEquals(VcpuExit.HALTED, g.run());
            List<CodeLine> lines = g.vcpus[0].listing(Guest.CODE + 5, 3, 0);
            assertEquals(List.of("xor eax,ecx", "dec ecx", "jne 0x20005"), lines.stream().map(CodeLine::text).toList());
            assertEquals("31 c8", lines.getFirst().bytes());
            assertEquals("integer.Alu32Ops.XorRR", lines.getFirst().definition());
            if (backend.name().equals("translator")) {
                assertEquals("xor eax,r10d", lines.getFirst().host().getLast().split(": ")[1]);
            } else {
                assertEquals(List.of(), lines.getFirst().host());
            }
            assertEquals(List.of(), g.vcpus[0].listing(Guest.HOLE, 3, 0));
            g.code(Guest.HOLE - 1, "90");
            assertEquals(1, g.vcpus[0].listing(Guest.HOLE - 1, 3, 32).size());
        }
    }
}
