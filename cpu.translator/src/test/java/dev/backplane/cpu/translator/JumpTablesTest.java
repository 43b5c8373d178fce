package dev.backplane.cpu.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import dev.backplane.api.cpu.VcpuExit;

class JumpTablesTest {
    /** An address that has the first entry of the table, which is found while attention is asked for, too. */
    private static final int FIRST = 0x21EF1;
    private static final int ROUNDS = 200_000;
    private static final VarHandle COUNTER = ValueLayout.JAVA_LONG.varHandle();

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void aLoopThroughTheFirstEntryCanBeKicked() throws Exception {
        assertTrue(JumpTables.first(FIRST));
        kick(FIRST);
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void aLoopThroughAnotherEntryCanBeKicked() throws Exception {
        kick(FIRST + 64);
    }

    /** Lets {@code inc qword [rbx]; jmp rax} jump to itself until it has run for a while as machine code. */
    private static void kick(int address) throws Exception {
        try (Guest g = new Guest(new TranslatorBackend(), 1)) {
            g.code(address, "48 FF 03 FF E0");
            g.load(0, b -> b.rip(address).gpr(0, address).gpr(3, Guest.DATA));
            for (int n = 1; n <= 3; n++) {
                long enough = g.get(Guest.DATA) + ROUNDS;
                Thread kicker = Thread.ofPlatform().start(() -> {
                    while ((long) COUNTER.getVolatile(g.ram, (long) Guest.DATA) < enough) {
                        Thread.onSpinWait();
                    }
                    g.vcpus[0].kick();
                });
                assertEquals(VcpuExit.KICKED, g.run());
                kicker.join();
            }
        }
    }
}
