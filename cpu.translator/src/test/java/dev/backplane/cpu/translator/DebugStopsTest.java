package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import dev.backplane.api.cpu.CpuBackend;
import dev.backplane.api.cpu.CpuException;
import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent.Cause;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.DebugPoint.Kind;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.cpu.interpreter.InterpreterBackend;

/** What a debugger asks of a vCPU, on both backends. */
class DebugStopsTest {
    private static final int LOOP = Guest.CODE + 0x100;
    /** Turns of the loop: enough that it runs as machine code. */
    private static final int TURNS = 100_000;
    private static final DebugControl STEP = new DebugControl(true, true, List.of());

    static Stream<CpuBackend> backends() {
        CpuBackend translator = new TranslatorBackend();
        return translator.preference() < 0 ? Stream.of(new InterpreterBackend())
            : Stream.of(new InterpreterBackend(), translator);
    }

    private static DebugControl at(Kind kind, long address, long length) {
        return new DebugControl(false, false, List.of(new DebugPoint(kind, address, length)));
    }

    private static DebugControl at(long address) {
        return at(Kind.EXECUTE, address, 1);
    }

    /** mov ecx, TURNS; mov ebx, DATA; xor eax, eax; jmp LOOP. */
    private static Guest looping(CpuBackend backend) throws Exception {
        Guest g = new Guest(backend, 1);
        g.code(Guest.CODE, "B9" + le(TURNS) + "BB" + le(Guest.DATA) + "31C0 E9" + le(LOOP - Guest.CODE - 17));
        // loop: inc eax; cmp eax, 90000; jne +4; inc dword [rbx+8]; nop; mov [rbx], eax; dec ecx; jne loop; hlt
        g.code(LOOP, "FFC0 3D" + le(90_000) + "7504 FF4308 90 8903 FFC9 75ED F4");
        return g;
    }

    private static String le(int v) {
        return "%08X".formatted(Integer.reverseBytes(v));
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aBreakpointStopsInFrontOfItsInstructionEachTime(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            g.vcpus[0].debug(at(LOOP + 9));
            assertEquals(VcpuExit.DEBUG, g.run());
            assertEquals(LOOP + 9, g.state().rip());
            assertEquals(Cause.BREAKPOINT, g.vcpus[0].debugEvent().cause());
            assertEquals(90_000, g.state().gpr(0));
            assertEquals(0, g.get(Guest.DATA + 8));
            assertEquals(VcpuExit.DEBUG, g.run(), "it is in force for the instruction at RIP as well");
            assertEquals(0xFF, g.ram.get(ValueLayout.JAVA_BYTE, LOOP + 9) & 0xFF);
            g.vcpus[0].debug(DebugControl.NONE);
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(TURNS, g.state().gpr(0));
            assertEquals(1, g.get(Guest.DATA + 8));
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aBreakpointSetWhileHotCodeRunsIsMet(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            // Runs the loop once through at full speed, so that all of it is translated and linked.
            assertEquals(VcpuExit.HALTED, g.run());
            g.load(0, b -> b);
            g.vcpus[0].debug(at(LOOP + 13));
            for (int turn = 1; turn <= 5; turn++) {
                assertEquals(VcpuExit.DEBUG, g.run());
                assertEquals(LOOP + 13, g.state().rip());
                assertEquals(turn, g.state().gpr(0));
                g.vcpus[0].debug(STEP);
                assertEquals(VcpuExit.DEBUG, g.run());
                assertEquals(Cause.STEP, g.vcpus[0].debugEvent().cause());
                assertEquals(LOOP + 15, g.state().rip());
                assertEquals(turn, g.get(Guest.DATA));
                g.vcpus[0].debug(at(LOOP + 13));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aBreakpointIsForOneLinearAddressAndSurvivesNewCodeThere(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            assertEquals(VcpuExit.HALTED, g.run());
            g.vcpus[0].debug(at(Guest.ALIAS + LOOP));
            g.load(0, b -> b);
            assertEquals(VcpuExit.HALTED, g.run(), "the same code at another address");
            g.load(0, b -> b.rip(Guest.ALIAS + LOOP - 3));
            // A device writes: nop; jmp +0; and what the breakpoint is at: inc eax, hlt.
            g.code(LOOP - 3, "90 EB00 FFC0 F4");
            assertEquals(VcpuExit.DEBUG, g.run());
            assertEquals(Guest.ALIAS + LOOP, g.state().rip());
            g.bytes(LOOP, new byte[] {(byte) 0x90, (byte) 0xF4});
            assertEquals(VcpuExit.DEBUG, g.run());
            g.vcpus[0].debug(DebugControl.NONE);
            assertEquals(VcpuExit.HALTED, g.run());
            assertEquals(Guest.ALIAS + LOOP + 2, g.state().rip());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void aWatchpointStopsBehindTheInstructionThatWrites(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            assertEquals(VcpuExit.HALTED, g.run());
            g.put(Guest.DATA + 8, 0);
            g.load(0, b -> b);
            g.vcpus[0].debug(at(Kind.WRITE, Guest.DATA + 9, 2));
            assertEquals(VcpuExit.DEBUG, g.run());
            assertEquals(Cause.WATCHPOINT, g.vcpus[0].debugEvent().cause());
            assertEquals(Guest.DATA + 9, g.vcpus[0].debugEvent().point().address());
            assertEquals(LOOP + 12, g.state().rip());
            assertEquals(90_000, g.state().gpr(0));
            assertEquals(1, g.get(Guest.DATA + 8));
            assertEquals(VcpuExit.HALTED, g.run(), "the other writes to that page are none of its");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void readsAndWritesAreToldApart(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // mov ebx, DATA; mov eax, [rbx]; mov [rbx], eax; movdqu xmm0, [rbx-12]; lock inc dword [rbx]; hlt
            g.code(Guest.CODE, "BB" + le(Guest.DATA) + "8B03 8903 F30F6F43F4 F0FF03 F4");
            assertStops(g, Kind.READ, 7, 14, 17);
            assertStops(g, Kind.WRITE, 9, 17);
            assertStops(g, Kind.ACCESS, 7, 9, 14, 17);
        }
    }

    private static void assertStops(Guest g, Kind kind, int... offsets) throws CpuException {
        g.load(0, b -> b);
        g.vcpus[0].debug(at(kind, Guest.DATA + 3, 1));
        for (int offset : offsets) {
            assertEquals(VcpuExit.DEBUG, g.run(), kind + " " + offset);
            assertEquals(Guest.CODE + offset, g.state().rip(), kind.name());
        }
        assertEquals(VcpuExit.HALTED, g.run(), kind.name());
    }

    @ParameterizedTest
    @MethodSource("backends")
    void stepsGoIntoHandlersAndDoRepeatedStringsOneByOne(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // mov ecx, 2; mov edi, DATA; rep stosb; ud2
            g.code(Guest.CODE, "B902000000 BF" + le(Guest.DATA) + "F3AA 0F0B");
            g.vcpus[0].debug(STEP);
            int[] expected = {Guest.CODE + 5, Guest.CODE + 10, Guest.CODE + 10, Guest.CODE + 12};
            for (int rip : expected) {
                assertEquals(VcpuExit.DEBUG, g.run());
                assertEquals(rip, g.state().rip());
            }
            assertEquals(VcpuExit.DEBUG, g.run());
            assertTrue(g.state().rip() < 0x4000, "the first instruction of the handler of #UD");
            assertEquals(-1, g.vector());
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void interruptsWaitWhileStepsAreTakenUnlessTheVcpuIsHalted(CpuBackend backend) throws Exception {
        try (Guest g = new Guest(backend, 1)) {
            // sti; nop; nop; hlt
            g.code(Guest.CODE, "FB 90 90 F4");
            g.vcpus[0].debug(STEP);
            g.buses[0].pending = 20;
            g.vcpus[0].attention();
            for (int n = 1; n <= 4; n++) {
                assertEquals(VcpuExit.DEBUG, g.run());
                assertEquals(Guest.CODE + n, g.state().rip());
                assertEquals(20, g.buses[0].pending);
            }
            assertEquals(VcpuExit.DEBUG, g.run());
            assertEquals(-1, g.buses[0].pending);
            assertTrue(g.state().rip() < 0x4000);
            assertEquals(-1, g.vector(), "nothing of the handler was executed");
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void theGuestsOwnDebugRegistersWorkBeside(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            // DR0 watches writes of 4 bytes to DATA + 8.
            g.load(0, b -> b.dr(0, Guest.DATA + 8).dr7(0x000D_0402L).rip(LOOP + 9).gpr(3, Guest.DATA).gpr(1, 5));
            g.vcpus[0].debug(at(LOOP + 12));
            assertEquals(VcpuExit.HALTED, g.run(), "its trap comes before the breakpoint behind it");
            assertEquals(1, g.vector());
            assertEquals(1, g.get(Guest.DATA + 8));
            assertEquals(1, g.state().dr6() & 15);
        }
    }

    @ParameterizedTest
    @MethodSource("backends")
    void pointsAreKeptWhenTheStateIsExchanged(CpuBackend backend) throws Exception {
        try (Guest g = looping(backend)) {
            g.vcpus[0].debug(at(Guest.CODE + 10));
            g.load(0, b -> b);
            assertEquals(VcpuExit.DEBUG, g.run());
            assertEquals(Guest.CODE + 10, g.state().rip());
        }
    }
}
