package dev.backplane.machine.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import dev.backplane.api.pci.BarType;

/** Drives a slot as the hot-plug driver of Linux does: button and link events enabled, presence events not. */
class HotplugTest {
    private static final int LISTENING = HotplugSlot.ENABLE_BUTTON | HotplugSlot.ENABLE_INTERRUPT
        | HotplugSlot.ENABLE_LINK;
    private static final int ON = HotplugSlot.INDICATOR_ON;
    private static final int BLINK = HotplugSlot.INDICATOR_BLINK;
    private static final int OFF = HotplugSlot.INDICATOR_OFF;

    private final PciBench bench = new PciBench();
    private final RootPort port = bench.host.port("slot2");
    private final List<String> answers = new ArrayList<>();
    private final RemovalListener listener = new RemovalListener() {
        @Override
        public void removed() {
            assertNull(port.card());
            answers.add("removed");
        }

        @Override
        public void refused() {
            answers.add("refused");
        }
    };
    private int express;

    @BeforeEach
    void enableMessages() {
        express = bench.capability(0, 1, 1, ConfigFunction.CAP_EXPRESS);
        int msi = bench.capability(0, 1, 1, ConfigFunction.CAP_MSI);
        bench.write(0, 1, 1, msi + 4, 4, 0xFEE00000L);
        bench.write(0, 1, 1, msi + 12, 2, 0x61);
        bench.write(0, 1, 1, msi + 2, 2, 1);
    }

    private void control(int value) {
        bench.write(0, 1, 1, express + ExpressCapability.SLOT_CONTROL, 2, value);
    }

    private int status() {
        return (int) bench.read(0, 1, 1, express + ExpressCapability.SLOT_STATUS, 2);
    }

    private void clear(int events) {
        bench.write(0, 1, 1, express + ExpressCapability.SLOT_STATUS, 2, events);
    }

    private boolean linkUp() {
        return (bench.read(0, 1, 1, express + ExpressCapability.LINK_STATUS, 2) & ExpressCapability.LINK_ACTIVE) != 0;
    }

    private PciCard card() {
        PciCard card = bench.card();
        card.bar(0, BarType.MEMORY_32, 0x1000, new PciBench.Registers());
        return card;
    }

    private PciCard added() {
        PciCard card = card();
        port.seat(card);
        clear(HotplugSlot.EVENTS);
        control(LISTENING | BLINK);
        control(LISTENING | ON);
        bench.messages.clear();
        return card;
    }

    @Test
    void theSlotSaysWhatItCanDo() {
        long slot = bench.read(0, 1, 1, express + ExpressCapability.SLOT_CAPABILITIES, 4);
        assertEquals(2, slot >> 19);
        assertEquals(HotplugSlot.BUTTON_PRESENT | HotplugSlot.POWER_INDICATOR_PRESENT | HotplugSlot.SURPRISE
            | HotplugSlot.CAPABLE | HotplugSlot.NO_COMMAND_COMPLETED, slot & 0x7FFFF);
        assertEquals(0x142, bench.read(0, 1, 1, express + 2, 2));
        assertTrue((bench.read(0, 1, 1, express + 12, 4) & 1 << 20) != 0);
        assertTrue((bench.read(0, 1, 1, express + ExpressCapability.LINK_STATUS, 2) >> 4 & 0x3F) != 0);
        assertEquals(0, status());
        assertFalse(linkUp());
    }

    @Test
    void addingShowsPresenceAndLinkAndRaisesBothEventsWithOneMessage() {
        control(LISTENING | OFF);
        PciCard card = card();
        port.seat(card);
        assertEquals(HotplugSlot.PRESENT | HotplugSlot.PRESENCE_CHANGED | HotplugSlot.LINK_CHANGED, status());
        assertTrue(linkUp());
        assertEquals(1, bench.messages.size());
        assertEquals(0x10421AF4L, bench.read(2, 0, 0, 0, 4));
        assertEquals("02:00.0", card.address());
        assertThrows(IllegalStateException.class, () -> port.seat(card()));
    }

    @Test
    void theButtonIsNotPressedToAdd() {
        control(LISTENING | OFF);
        port.seat(card());
        assertEquals(0, status() & HotplugSlot.BUTTON_PRESSED);
    }

    @Test
    void eventsThatPendAreToldWhenInterruptsAreEnabled() {
        port.seat(card());
        assertTrue(bench.messages.isEmpty());
        control(LISTENING | OFF);
        assertEquals(1, bench.messages.size());
        control(LISTENING | BLINK);
        assertEquals(1, bench.messages.size());
        clear(HotplugSlot.LINK_CHANGED);
        assertEquals(HotplugSlot.PRESENT | HotplugSlot.PRESENCE_CHANGED, status());
        control(LISTENING | ON | HotplugSlot.ENABLE_PRESENCE);
        assertEquals(2, bench.messages.size());
    }

    @Test
    void withoutMessagesThePinIsDriven() {
        int msi = bench.capability(0, 1, 1, ConfigFunction.CAP_MSI);
        bench.write(0, 1, 1, msi + 2, 2, 0);
        control(LISTENING | OFF);
        port.seat(card());
        int gsi = PciRouting.gsi(1, port.pin());
        assertTrue(bench.lines.get(gsi));
        clear(HotplugSlot.EVENTS);
        assertFalse(bench.lines.get(gsi));
    }

    @Test
    void clearingEventsIsNoCommandAndCommandsClearNoEvents() {
        added();
        assertEquals(RemovalStart.ASKED, port.requestRemoval(listener));
        clear(HotplugSlot.EVENTS);
        assertEquals(List.of(), answers);
        assertEquals(ON, bench.read(0, 1, 1, express + ExpressCapability.SLOT_CONTROL, 2) & HotplugSlot.INDICATOR);
        port.surpriseRemove();
        control(LISTENING | OFF);
        assertEquals(HotplugSlot.PRESENCE_CHANGED | HotplugSlot.LINK_CHANGED, status());
        // A dword write reaches both halves.
        bench.write(0, 1, 1, express + ExpressCapability.SLOT_CONTROL, 4,
            (long) HotplugSlot.LINK_CHANGED << 16 | LISTENING | OFF);
        assertEquals(HotplugSlot.PRESENCE_CHANGED, status());
    }

    @Test
    void aGracefulRemovalIsAcknowledgedByTheIndicator() {
        added();
        assertEquals(RemovalStart.ASKED, port.requestRemoval(listener));
        assertEquals(1, bench.messages.size());
        assertEquals(HotplugSlot.BUTTON_PRESSED, status() & HotplugSlot.EVENTS);
        clear(HotplugSlot.BUTTON_PRESSED);
        control(LISTENING | BLINK);
        assertEquals(List.of(), answers);
        control(LISTENING | OFF);
        assertEquals(List.of("removed"), answers);
        assertEquals(HotplugSlot.PRESENCE_CHANGED | HotplugSlot.LINK_CHANGED, status());
        assertFalse(linkUp());
        assertEquals(0xFFFFFFFFL, bench.read(2, 0, 0, 0, 4));
        assertEquals(2, bench.messages.size());
    }

    @Test
    void aSecondPressIsRefusedWhileTheFirstIsActedOn() {
        added();
        assertEquals(RemovalStart.ASKED, port.requestRemoval(listener));
        assertEquals(RemovalStart.BUSY, port.requestRemoval(listener));
        control(LISTENING | BLINK);
        assertEquals(RemovalStart.BUSY, port.requestRemoval(listener));
        assertFalse(port.giveUpRemoval());
        assertEquals(1, bench.messages.size());
    }

    @Test
    void aGuestThatKeepsTheCardRefuses() {
        PciCard card = added();
        port.requestRemoval(listener);
        control(LISTENING | BLINK);
        control(LISTENING | ON);
        assertEquals(List.of("refused"), answers);
        assertSame(card, port.card());
        clear(HotplugSlot.EVENTS);
        assertEquals(RemovalStart.ASKED, port.requestRemoval(listener));
    }

    @Test
    void anAnswerThatDoesNotComeCanBeGivenUp() {
        added();
        port.requestRemoval(listener);
        assertTrue(port.giveUpRemoval());
        control(LISTENING | BLINK);
        control(LISTENING | OFF);
        assertEquals(List.of(), answers);
        assertTrue(port.card() != null);
    }

    @Test
    void nobodyListensBeforeTheGuestTookTheSlotOver() {
        port.seatCold(card());
        assertEquals(RemovalStart.NOT_LISTENING, port.requestRemoval(listener));
        assertEquals(RemovalStart.EMPTY, bench.host.port("slot3").requestRemoval(listener));
    }

    @Test
    void aSlotThatTheGuestTurnedOffGivesItsCardUpAtOnce() {
        added();
        control(LISTENING | OFF);
        assertEquals(RemovalStart.DONE, port.requestRemoval(listener));
        assertEquals(List.of("removed"), answers);
    }

    @Test
    void surpriseRemovalShowsAllOnesBeforeItTells() {
        PciCard card = added();
        assertSame(card, port.surpriseRemove());
        assertEquals(0xFFFFFFFFL, bench.read(2, 0, 0, 0, 4));
        assertEquals(HotplugSlot.PRESENCE_CHANGED | HotplugSlot.LINK_CHANGED, status());
        assertEquals(1, bench.messages.size());
        assertNull(port.surpriseRemove());
        assertEquals("", card.address());
    }

    @Test
    void memoryOfACardThatWasPulledReadsAsZeros() {
        added();
        bench.write(2, 0, 0, 0x10, 4, bench.read(0, 1, 1, RootPort.MEMORY_BASE, 2) << 16);
        bench.write(2, 0, 0, 4, 2, 2);
        long at = bench.read(2, 0, 0, 0x10, 4);
        assertEquals(0x55667788L, bench.memory.read(at, 4));
        port.surpriseRemove();
        assertEquals(0, bench.memory.read(at, 4));
        port.seat(card());
        assertEquals(0, bench.memory.read(at, 4));
        port.surpriseRemove();
        assertEquals(0xFFFFFFFFL, bench.read(2, 0, 0, 0, 4));
    }

    @Test
    void surpriseRemovalEndsARequestThatWasPending() {
        added();
        port.requestRemoval(listener);
        port.surpriseRemove();
        assertEquals(List.of("removed"), answers);
    }

    @Test
    void aBusResetOfTheGuestResetsTheCard() {
        PciCard card = added();
        List<String> resets = new ArrayList<>();
        card.onBusReset(() -> resets.add("reset"));
        bench.write(2, 0, 0, 4, 2, 6);
        bench.write(0, 1, 1, RootPort.BRIDGE_CONTROL, 2, 0x40);
        bench.write(0, 1, 1, RootPort.BRIDGE_CONTROL, 2, 0);
        assertEquals(List.of("reset"), resets);
        assertEquals(0, bench.read(2, 0, 0, 4, 2));
    }

    @Test
    void afterAResetACardIsSimplyThere() {
        added();
        bench.host.reset();
        assertEquals(HotplugSlot.PRESENT, status());
        assertTrue(linkUp());
        assertEquals(HotplugSlot.INDICATOR_ON, bench.read(0, 1, 1, express + ExpressCapability.SLOT_CONTROL, 2));
        assertTrue((bench.read(2, 0, 0, 0x10, 4) & ~15L) != 0);
    }
}
