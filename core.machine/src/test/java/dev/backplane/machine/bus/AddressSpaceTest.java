package dev.backplane.machine.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.RegisterHandler;

class AddressSpaceTest {
    private final AddressSpace ports = AddressSpace.ports();
    private final List<String> seen = new ArrayList<>();

    private RegisterHandler handler(String name, long base) {
        return new RegisterHandler() {
            @Override
            public long read(long offset, int size) {
                seen.add(name + " r" + offset + "/" + size);
                return -1L & base + offset;
            }

            @Override
            public void write(long offset, int size, long value) {
                seen.add(name + " w" + offset + "/" + size + "=" + Long.toHexString(value));
            }
        };
    }

    @Test
    void unclaimedAddressesReadAsAllOnes() {
        assertEquals(0xFF, ports.read(0x80, 1));
        assertEquals(0xFFFF, ports.read(0x80, 2));
        assertEquals(0xFFFFFFFFL, ports.read(0xFFFF, 4));
        assertEquals(-1L, AddressSpace.memory().read(0xFE000000L, 8));
        ports.write(0x80, 4, 1);
    }

    @Test
    void aCollisionNamesBothOwnersAndChangesNothing() throws DeviceException {
        ports.claim("serial0", 0x3F8, 8, handler("a", 0));
        DeviceException e = assertThrows(DeviceException.class,
            () -> ports.claim("serial1", 0x3FF, 2, handler("b", 0)));
        assertTrue(e.getMessage().contains("serial0") && e.getMessage().contains("serial1"), e.getMessage());
        assertEquals("serial0", ports.ownerAt(0x3FF));
        assertEquals(0xFF, ports.read(0x400, 1));
    }

    @Test
    void aRangeOutsideTheSpaceIsRefused() {
        assertThrows(DeviceException.class, () -> ports.claim("x", 0xFFFF, 2, handler("x", 0)));
        assertThrows(DeviceException.class, () -> ports.claim("x", -1, 1, handler("x", 0)));
        assertThrows(DeviceException.class, () -> ports.claim("x", 0, 0, handler("x", 0)));
        assertThrows(DeviceException.class,
            () -> AddressSpace.memory().claim("x", 0, Long.MAX_VALUE, handler("x", 0)));
    }

    @Test
    void anAccessAcrossTheEndOfARangeIsSplit() throws DeviceException {
        ports.claim("a", 0x100, 2, handler("a", 0x10));
        ports.claim("b", 0x102, 1, handler("b", 0x20));
        assertEquals(0xFF201110L, ports.read(0x100, 4) & 0xFFFFFFFFL | 0x1100L);
        ports.write(0x100, 4, 0x44332211L);
        assertTrue(seen.containsAll(List.of("a w0/2=2211", "b w0/1=33")), seen.toString());
    }

    @Test
    void aClosedClaimIsGoneAndMayBeClosedAgain() throws DeviceException {
        AddressSpace.Claim claim = ports.claim("a", 0x100, 2, handler("a", 0));
        claim.close();
        claim.close();
        assertEquals(0xFFFF, ports.read(0x100, 2));
        ports.claim("b", 0x100, 2, handler("b", 0));
        assertEquals("b", ports.ownerAt(0x101));
    }

    @Test
    void claimsWinOverMovableRangesAndEarlierOnesOverLater() throws DeviceException {
        AddressSpace memory = AddressSpace.memory();
        memory.claim("fixed", 0x2000, 0x100, handler("fixed", 0));
        AddressSpace.MovableRange one = memory.movable("one", 0x1000, handler("one", 0));
        AddressSpace.MovableRange two = memory.movable("two", 0x2000, handler("two", 0));
        assertEquals(-1L, memory.read(0x1800, 8));
        one.place(0x1800);
        two.place(0x1000);
        assertEquals("two", memory.ownerAt(0x1000));
        assertEquals("one", memory.ownerAt(0x1800));
        assertEquals("fixed", memory.ownerAt(0x2000));
        assertEquals("one", memory.ownerAt(0x2100));
        assertEquals("two", memory.ownerAt(0x2800));
        memory.read(0x2800, 1);
        assertEquals(List.of("two r6144/1"), seen);
        one.hide();
        assertEquals("two", memory.ownerAt(0x1800));
        two.place(-4096);
        assertEquals(-1L, memory.read(0x1000, 8));
    }
}
