package dev.backplane.api.register;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;

import com.sun.management.ThreadMXBean;

import dev.backplane.api.state.StateException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class RegistersTest {
    private final Card card = new Card("card0");
    private final Registers registers = new Registers(card.context(), "BAR0", 0x100);
    private final List<String> calls = new ArrayList<>();

    @AfterEach
    void close() {
        card.close();
    }

    private static void fails(String message, Executable action) {
        assertEquals(message, assertThrows(RuntimeException.class, action).getMessage());
    }

    @Test
    void overlappingRegistersFailAndBothAreNamed() {
        registers.at(0x10, 32, "CTRL");
        fails("BAR0: register STATUS (0x12 to 0x13) overlaps CTRL (0x10 to 0x13)",
            () -> registers.at(0x12, 16, "STATUS"));
        fails("BAR0: register WIDE (0xc to 0x13) overlaps CTRL (0x10 to 0x13)", () -> registers.at(0x0C, 64, "WIDE"));
        registers.at(0x14, 8, "NEXT");
    }

    @Test
    void theSameNameTwiceFailsAndBothPlacesAreNamed() {
        registers.at(0x10, 32, "CTRL").bit(3, "EN");
        fails("BAR0: register CTRL is at 0x10 and again at 0x20", () -> registers.at(0x20, 32, "CTRL"));
        registers.group("B", 0x40).at(0, 32, "CTRL");
        Register other = registers.at(0x30, 32, "OTHER");
        other.bits(7, 4, "MODE");
        fails("OTHER: field MODE is at bits 7:4 and again at bit 0", () -> other.bit(0, "MODE"));
    }

    @Test
    void overlappingFieldsFailAndBothAreNamed() {
        Register register = registers.at(0, 16, "CTRL");
        register.bits(7, 4, "MODE");
        fails("CTRL: field FAST (bit 5) overlaps field MODE (bits 7:4)", () -> register.bit(5, "FAST"));
    }

    @Test
    void whatDoesNotFitFails() {
        Register register = registers.at(0, 16, "CTRL");
        fails("CTRL.TOP: bits 16:12 are not in a register of 16 bits", () -> register.bits(16, 12, "TOP"));
        fails("CTRL.TOP: bits 3:5 are not in a register of 16 bits", () -> register.bits(3, 5, "TOP"));
        fails("CTRL: reset value 0x10000 is wider than 16 bits", () -> register.reset(0x10000));
        fails("CTRL: range 0x5 to 0x4 does not fit into 16 bits", () -> register.range(5, 4));
        fails("END at 0xfe to 0x101 is not within the 0x100 bytes of BAR0", () -> registers.at(0xFE, 32, "END"));
        fails("ODD: width 12; 8 to 64 in steps of 8 is possible", () -> registers.at(0x10, 12, "ODD"));
        fails("name 2ND: a letter, then letters, digits and _ are possible", () -> registers.at(0x10, 8, "2ND"));
    }

    @Test
    void nothingCanBeDeclaredAfterTheFirstAccess() {
        Register register = registers.at(0, 32, "CTRL");
        registers.read(0, 4);
        fails("LATE: BAR0 is in use, nothing can be declared any more", () -> registers.at(8, 32, "LATE"));
        fails("CTRL: BAR0 is in use, nothing can be declared any more", register::readOnly);
    }

    @Test
    void aRegisterWithFieldsHasItsAccessModesAtTheFields() {
        Register register = registers.at(0, 32, "CTRL").readOnly();
        register.bit(0, "EN");
        fails("CTRL has fields; say access modes and ranges at its fields", () -> registers.read(0, 4));
    }

    @Test
    void eachAccessModeDoesWhatItsNameSays() {
        Register register = registers.at(0, 32, "R");
        Field rw = register.bits(3, 0, "RW");
        Field ro = register.bits(7, 4, "RO").readOnly().reset(0xA);
        Field wo = register.bits(11, 8, "WO").writeOnly();
        Field w1c = register.bits(15, 12, "W1C").write1Clears().reset(0xF);
        Field w1s = register.bits(19, 16, "W1S").write1Sets();
        Field rc = register.bits(23, 20, "RC").readClears().reset(0x6);
        Field sc = register.bits(27, 24, "SC").selfClearing().onWrite(v -> calls.add("sc " + v));
        registers.write(0, 4, 0xF553_3555L);
        assertEquals(List.of("sc 5"), calls);
        assertEquals(0x5, rw.get());
        assertEquals(0xA, ro.get());
        assertEquals(0x5, wo.get());
        assertEquals(0xC, w1c.get());
        assertEquals(0x3, w1s.get());
        assertEquals(0x6, rc.get());
        assertEquals(0x0, sc.get());
        assertEquals(0x0063_C0A5, registers.read(0, 4));
        assertEquals(0x0003_C0A5, registers.read(0, 4));
    }

    @Test
    void readingOneByteClearsOnlyThatByte() {
        Register register = registers.at(0, 16, "EVENTS").readClears().reset(0xFFFF);
        assertEquals(0xFF, registers.read(1, 1));
        assertEquals(0x00FF, register.get());
    }

    @Test
    void anAccessMayCoverAPartOfARegisterOrSeveral() {
        Register low = registers.at(0, 8, "LOW");
        Register odd = registers.at(1, 24, "ODD");
        Register high = registers.at(4, 32, "HIGH");
        Register wide = registers.at(8, 64, "WIDE");
        registers.write(0, 8, 0x1122_3344_5566_7788L);
        assertEquals(0x88, low.get());
        assertEquals(0x55_6677, odd.get());
        assertEquals(0x1122_3344, high.get());
        assertEquals(0x3344_5566, registers.read(2, 4));
        registers.write(8, 4, 0xCAFE_BABEL);
        registers.write(12, 4, 0xDEAD_BEEFL);
        assertEquals(0xDEAD_BEEF_CAFE_BABEL, wide.get());
        registers.write(11, 2, 0x1234);
        assertEquals(0xDEAD_BE12_34FE_BABEL, registers.read(8, 8));
    }

    @Test
    void callbacksGetTheFieldsThatWereReachedAndThenTheRegister() {
        Register register = registers.at(0, 32, "CTRL");
        register.bit(0, "A").onWrite((before, now) -> calls.add("A " + before + now));
        register.bits(15, 8, "B").onWrite(now -> calls.add("B " + now));
        register.onWrite((before, now) -> calls.add("CTRL %x %x".formatted(before, now)));
        registers.write(0, 4, 0x0701);
        registers.write(1, 1, 0x08);
        assertEquals(List.of("A 01", "B 7", "CTRL 0 701", "B 8", "CTRL 701 801"), calls);
    }

    @Test
    void computedValuesComeOncePerAccessAndAreReadOnly() {
        long[] ticks = {5};
        registers.at(0, 32, "TICKS").onRead(() -> ticks[0]++);
        Register status = registers.at(4, 32, "STATUS");
        status.bits(7, 4, "LEVEL").onRead(() -> 0xFF);
        status.bit(0, "ON");
        status.afterRead(() -> calls.add("read"));
        assertEquals(5, registers.read(0, 4));
        assertEquals(6, registers.read(0, 1));
        registers.write(0, 4, 99);
        assertEquals(7, registers.read(0, 4));
        registers.write(4, 4, 0xFFFF_FFFFL);
        assertEquals(0xF1, registers.read(4, 4));
        assertEquals(List.of("read"), calls);
    }

    @Test
    void aDataPortReadsAndWritesWithoutMemory() {
        registers.at(0, 8, "DATA").onRead(() -> 'r').onWrite(value -> calls.add("w" + value));
        registers.write(0, 1, 7);
        assertEquals('r', registers.read(0, 1));
        assertEquals(List.of("w7"), calls);
        registers.save(card.writer());
        assertTrue(card.state.isEmpty());
    }

    @Test
    void aValueOutOfRangeLeavesTheOldOneAndIsCounted() {
        Register length = registers.at(0, 32, "LENGTH").range(1, 4096).reset(16);
        registers.write(0, 4, 4097);
        registers.write(0, 4, 0);
        assertEquals(16, length.get());
        registers.write(0, 4, 4096);
        assertEquals(4096, length.get());
        assertEquals(2, card.count("rejected-writes"));
        assertEquals(List.of("test/card0 BAR0: write of 0x1001 to LENGTH, which takes 0x1 to 0x1000"), card.log);
    }

    @Test
    void whatHitsNothingIsCountedAlwaysAndLoggedOnce() {
        registers.at(0, 32, "CTRL");
        registers.quiet(0x80, 0x10);
        for (int i = 0; i < 3; i++) {
            assertEquals(0, registers.read(0x20, 4));
            registers.write(0x24, 2, 0xABCD);
            registers.read(0x88, 4);
        }
        assertEquals(3, card.count("unhandled-reads"));
        assertEquals(3, card.count("unhandled-writes"));
        assertEquals(List.of("test/card0 BAR0: read of 4 bytes at 0x20, where no register is",
            "test/card0 BAR0: write of 0xabcd (2 bytes) at 0x24, where no register is"), card.log);
    }

    @Test
    void aGuestThatTriesAllOffsetsDoesNotFillTheLog() {
        for (int offset = 0; offset < 0x100; offset++) {
            registers.read(offset, 1);
        }
        assertEquals(256, card.count("unhandled-reads"));
        assertEquals(16, card.log.size());
        assertTrue(card.log.getLast().endsWith("from now on such accesses are only counted"));
    }

    @Test
    void gapsReadAsSaid() {
        registers.gapsRead(0xFF).at(1, 8, "ONE").reset(0x12);
        assertEquals(0xFFFF_12FFL, registers.read(0, 4));
    }

    @Test
    void stateCarriesValuesAndResetBringsBackTheFirstOnes() throws StateException {
        Register control = registers.at(0, 32, "CTRL_A").reset(7);
        Register status = registers.group("Q1", 0x40).at(0, 16, "STATUS").readOnly();
        registers.at(8, 32, "ID").constant(0x1234);
        Register command = registers.at(12, 32, "GO");
        command.bit(0, "START").selfClearing();
        registers.write(0, 4, 0x55);
        status.set(0x99);
        registers.save(card.writer());
        assertEquals(Map.of("CTRL-A", 0x55L, "Q1.STATUS", 0x99L), card.state);
        registers.reset();
        assertEquals(7, control.get());
        assertFalse(status.isSet());
        registers.restore(card.reader());
        assertEquals(0x55, control.get());
        assertEquals(0x99, status.get());
        assertEquals(0x1234, registers.read(8, 4));
    }

    @Test
    void stateThatCannotBeIsRefusedByName() {
        Register control = registers.at(0, 32, "CTRL");
        control.bits(3, 0, "MODE").range(0, 4);
        registers.at(4, 32, "NEW").optional().reset(3);
        assertEquals("field CTRL is missing", refusal());
        card.state.put("CTRL", 0x10L);
        assertEquals("register CTRL has the value 0x10; only the bits 0xf are possible", refusal());
        card.state.put("CTRL", 5L);
        assertEquals("CTRL.MODE is 0x5; 0x0 to 0x4 is possible", refusal());
        card.state.put("CTRL", -1L);
        assertEquals("register CTRL has the value 0xffffffffffffffff; only the bits 0xf are possible", refusal());
    }

    private String refusal() {
        return assertThrows(StateException.class, () -> registers.restore(card.reader())).getMessage();
    }

    @Test
    void stateOfABuildWithoutAnOptionalRegisterLeavesItAtReset() throws StateException {
        registers.at(0, 32, "CTRL");
        Register added = registers.at(4, 32, "NEW").optional().reset(3);
        card.state.put("CTRL", 1L);
        registers.restore(card.reader());
        assertEquals(3, added.get());
    }

    @Test
    void aGroupIsResetAlone() {
        Register other = registers.at(0, 32, "OTHER");
        RegisterGroup group = registers.group("CH0", 0x20);
        Register inner = group.group("SUB", 4).at(0, 32, "X");
        registers.write(0, 4, 1);
        registers.write(0x24, 4, 2);
        assertEquals(2, inner.get());
        assertEquals("CH0.SUB.X", inner.path());
        group.reset();
        assertEquals(0, inner.get());
        assertEquals(1, other.get());
    }

    @Test
    void aTraceNamesRegistersAndFields() {
        try (Card traced = new Card("traced", Level.FINER)) {
            Registers watched = new Registers(traced.context(), "BAR0", 0x10);
            Register control = watched.at(4, 32, "CTRL");
            control.bit(0, "EN");
            control.bits(7, 4, "MODE");
            watched.write(4, 4, 0x31);
            watched.read(5, 1);
            assertEquals(List.of("test/traced BAR0: write 0x4/4 CTRL = 0x31 EN=1 MODE=3",
                "test/traced BAR0: read 0x5/1 CTRL = 0x0 EN=0 MODE=0"), traced.log);
        }
    }

    @Test
    void theTableShowsEverything() {
        registers.at(0, 32, "ID").constant(0x1234).describe("who it is");
        Register control = registers.at(4, 16, "CTRL").describe("control");
        control.bits(7, 4, "MODE").reset(2);
        control.bit(0, "GO").selfClearing();
        assertEquals("""
            | offset | bits | BAR0 | access | reset | |
            |---|---|---|---|---|---|
            | 0x00 | 32 | ID | RO | 0x1234 | who it is |
            | 0x04 | 16 | CTRL |  |  | control |
            |  | 0 | CTRL.GO | SC |  |  |
            |  | 7:4 | CTRL.MODE | RW | 0x2 |  |
            """, registers.table());
    }

    @Test
    void accessesDoNotAllocate() {
        long[] sum = {0};
        for (int i = 0; i < 16; i++) {
            Register register = registers.group("Q" + i, i * 16).at(0, 32, "CTRL");
            register.bits(7, 0, "A").onWrite((before, now) -> sum[0] += now);
            register.bits(15, 8, "B").onRead(() -> sum[0]);
        }
        registers.quiet(8, 8);
        hammer();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        hammer();
        long used = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(used < 10_000, used + " bytes for 100000 accesses");
        assertTrue(sum[0] != 0);
    }

    private void hammer() {
        for (int i = 0; i < 50_000; i++) {
            registers.write(i & 0xFC, 4, i);
            registers.read(i & 0xF8, 8);
        }
    }
}
