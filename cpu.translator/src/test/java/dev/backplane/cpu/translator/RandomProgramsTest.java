package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.api.Test;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.VcpuExit;
import dev.backplane.cpu.interpreter.InterpreterBackend;

/**
 * Random programs leave the same state behind on the translator and on the interpreter. How many is the system property
 * {@code backplane.translator.programs}, the first one {@code backplane.translator.seed}.
 */
class RandomProgramsTest {
    private static final int COUNT = Integer.getInteger("backplane.translator.programs", 1500);
    private static final long SEED = Long.getLong("backplane.translator.seed", 1);
    private static final int DEFINED = 0xCC5 & ~0x10;
    private static final int DATA_BYTES = 0x4000;

    @Test
    void translatedProgramsLeaveTheStateThatTheInterpreterLeaves() throws Exception {
        try (Guest mine = new Guest(new TranslatorBackend(), 1); Guest reference = new Guest(new InterpreterBackend(),
            1)) {
            List<String> differences = new ArrayList<>();
            for (int n = 0; n < COUNT && differences.size() < 5; n++) {
                compare(SEED + n, new RandomProgram(SEED + n).bytes(), mine, reference, differences);
            }
            assertEquals("", String.join("\n", differences));
        }
    }

    @Test
    void translatedX87ProgramsLeaveTheStateThatTheInterpreterLeaves() throws Exception {
        try (Guest mine = new Guest(new TranslatorBackend(), 1); Guest reference = new Guest(new InterpreterBackend(),
            1)) {
            List<String> differences = new ArrayList<>();
            for (int n = 0; n < COUNT && differences.size() < 5; n++) {
                compare(SEED + n, new X87Program(SEED + n).bytes(), mine, reference, differences);
            }
            assertEquals("", String.join("\n", differences));
        }
    }

    @Test
    void hostsWithoutARegisterToCountInRunTheSamePrograms() throws Exception {
        System.setProperty(HostFeatures.NO_COUNTER, "true");
        try (Guest mine = new Guest(new TranslatorBackend(), 1); Guest reference = new Guest(new InterpreterBackend(),
            1)) {
            List<String> differences = new ArrayList<>();
            for (int n = 0; n < COUNT / 5 && differences.size() < 5; n++) {
                compare(SEED + n, new RandomProgram(SEED + n).bytes(), mine, reference, differences);
            }
            assertEquals("", String.join("\n", differences));
        } finally {
            System.clearProperty(HostFeatures.NO_COUNTER);
        }
    }

    private static void compare(long seed, byte[] code, Guest mine, Guest reference, List<String> differences) {
        String text = compare(seed, code, mine, reference);
        if (!text.isEmpty()) {
            differences.add("program " + seed + ":" + text + "\n" + HexFormat.of().formatHex(code));
        }
    }

    private static String compare(long seed, byte[] code, Guest mine, Guest reference) {
        CpuState a = run(seed, code, reference);
        CpuState b = run(seed, code, mine);
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < 16; r++) {
            if (a.gpr(r) != b.gpr(r)) {
                text.append(" r%d %x, translated %x;".formatted(r, a.gpr(r), b.gpr(r)));
            }
        }
        if (a.rip() != b.rip() || reference.vector() != mine.vector()) {
            text.append(" rip %x vector %d, translated %x %d;".formatted(a.rip(), reference.vector(), b.rip(),
                mine.vector()));
        }
        if (((a.rflags() ^ b.rflags()) & DEFINED) != 0) {
            text.append(" flags %x, translated %x;".formatted(a.rflags(), b.rflags()));
        }
        if (!Arrays.equals(a.xsave(), b.xsave())) {
            int at = Arrays.mismatch(a.xsave(), b.xsave());
            text.append(" byte %d of XSAVE's image %x, translated %x;".formatted(at, a.xsave()[at], b.xsave()[at]));
        }
        long at = reference.ram.asSlice(Guest.CODE).mismatch(mine.ram.asSlice(Guest.CODE));
        if (at >= 0) {
            text.append(" memory at %x: %x, translated %x;".formatted(Guest.CODE + at,
                reference.get((int) (Guest.CODE + at)), mine.get((int) (Guest.CODE + at))));
        }
        return text.toString();
    }

    private static CpuState run(long seed, byte[] code, Guest g) {
        SplittableRandom r = new SplittableRandom(seed);
        // So that the code crosses a page now and then.
        int start = Guest.CODE + 0x1000 - r.nextInt(2 * code.length);
        g.bytes(start, code);
        byte[] data = new byte[DATA_BYTES];
        r.nextBytes(data);
        MemorySegment.copy(MemorySegment.ofArray(data), 0, g.ram, Guest.DATA, data.length);
        g.load(0, b -> {
            for (int n = 0; n < 16; n++) {
                if (n != 4 && n != 5) {
                    b.gpr(n, r.nextInt(3) == 0 ? r.nextInt(100) : r.nextLong());
                }
            }
            return b.gpr(5, Guest.DATA).rip(start);
        });
        VcpuExit exit = g.run();
        assertEquals(VcpuExit.HALTED, exit);
        return g.state();
    }
}
