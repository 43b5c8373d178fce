package dev.backplane.machine.pci;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.pci.PciIdentity;
import dev.backplane.machine.board.CardGuard;
import dev.backplane.machine.bus.AddressSpace;
import dev.backplane.machine.memory.MemoryMap;

/** A host bridge on a bench: address spaces, and records of what it drives. */
final class PciBench implements PciSignals {
    static final PciIdentity IDENTITY = new PciIdentity(0x1AF4, 0x1042, 0x010000, 1, 0x1AF4, 0x1100);

    final AddressSpace memory = AddressSpace.memory();
    final AddressSpace ports = AddressSpace.ports();
    final MemoryMap map = MemoryMap.of(1L << 30);
    final PciHost host = new PciHost(map, this);
    final List<Long> messages = new ArrayList<>();
    final Map<Integer, Boolean> lines = new HashMap<>();
    final Registers resetControl = new Registers();

    PciBench() {
        try {
            host.attach(memory, ports, resetControl);
        } catch (DeviceException e) {
            throw new AssertionError(e);
        }
        host.reset();
    }

    /** Registers that remember. */
    static final class Registers implements RegisterHandler {
        final List<String> log = new ArrayList<>();
        long value = 0x1122334455667788L;

        @Override
        public long read(long offset, int size) {
            log.add("r%x/%d".formatted(offset, size));
            return value;
        }

        @Override
        public void write(long offset, int size, long v) {
            log.add("w%x/%d=%x".formatted(offset, size, v));
        }

        String last() {
            return log.isEmpty() ? "" : log.getLast();
        }
    }

    /** A guard that lets everything through and counts. */
    static final class Guard implements CardGuard {
        final Map<String, Integer> counters = new HashMap<>();

        @Override
        public String owner() {
            return "card0";
        }

        @Override
        public RegisterHandler guarded(RegisterHandler handler) {
            return handler;
        }

        @Override
        public Runnable guarded(Runnable callback) {
            return callback;
        }

        @Override
        public void count(String counter) {
            counters.merge(counter, 1, Integer::sum);
        }
    }

    @Override
    public synchronized void message(long address, int data) {
        messages.add(address << 16 | data);
    }

    @Override
    public synchronized void gsi(int gsi, boolean asserted) {
        lines.put(gsi, asserted);
    }

    @Override
    public void route(int pirq, int isaIrq) {
        lines.put(pirq, isaIrq >= 0);
    }

    PciCard card(CardGuard guard) {
        return host.newCard(guard, IDENTITY);
    }

    PciCard card() {
        return card(new Guard());
    }

    private static long ecam(int bus, int device, int function, int register) {
        return MemoryMap.ECAM_BASE + ((long) bus << 20 | device << 15 | function << 12 | register);
    }

    long read(int bus, int device, int function, int register, int size) {
        return memory.read(ecam(bus, device, function, register), size);
    }

    void write(int bus, int device, int function, int register, int size, long value) {
        memory.write(ecam(bus, device, function, register), size, value);
    }

    /** The offset of a capability, found as a guest finds it; 0 if it is not there. */
    int capability(int bus, int device, int function, int id) {
        int at = (int) read(bus, device, function, 0x34, 1);
        for (int i = 0; at != 0 && i < 48; i++) {
            if (read(bus, device, function, at, 1) == id) {
                return at;
            }
            at = (int) read(bus, device, function, at + 1, 1);
        }
        return 0;
    }
}
