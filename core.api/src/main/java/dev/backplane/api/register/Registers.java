package dev.backplane.api.register;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import dev.backplane.api.device.DeviceContext;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * The registers of one range: a BAR, I/O ports, a capability. Each is declared once:
 *
 * <pre>{@code
 * Registers registers = new Registers(context, "BAR0", 0x1000);
 * registers.at(0x00, 32, "ID").constant(0x1234);
 * Register control = registers.at(0x04, 32, "CONTROL");
 * Field enable = control.bit(0, "ENABLE").onWrite(this::enabled);
 * Field mode = control.bits(5, 4, "MODE").range(0, 2);
 * Register status = registers.at(0x08, 32, "STATUS").write1Clears().onWrite(this::updateInterrupt);
 * pci.bar(0, BarType.MEMORY_32, registers);
 * }</pre>
 *
 * <p>Declaration ends with the first access, reset, save or restore. An access may cover a part of a register or
 * several; those are served in order of offset. What hits no register reads as zeros (or {@link #gapsRead}), is
 * dropped when written, counted as {@code unhandled-reads} and {@code unhandled-writes}, and logged once for each
 * offset. {@link #save} and {@link #restore} carry the values; after a restore, {@code Device.restore} must bring what
 * depends on them in line, for no callback runs then.
 *
 * <p>With the logger {@code dev.backplane.registers.MACHINE.CARD} at trace level when the card is made or reset, every
 * access is logged with the names of registers and fields.
 *
 * <p>Not thread-safe: used under the device's lock. No access allocates, but for one that is logged.
 */
public final class Registers extends RegisterGroup implements RegisterHandler {
    private final String name;
    private final long size;
    private final TreeMap<Long, Register> byOffset = new TreeMap<>();
    private final Map<String, Register> byName = new HashMap<>();
    private final AccessLog log;
    private long gap;
    /** Pairs of offset and end. */
    private long[] quiet = {};
    private Register[] ordered;
    private long[] ends;

    /**
     * @param context the card's
     * @param name    of the range, for messages: {@code BAR0}
     * @param size    of the range, in bytes
     */
    public Registers(DeviceContext context, String name, long size) {
        super(null, "", 0);
        this.name = Objects.requireNonNull(name);
        this.size = size;
        log = new AccessLog(context, name);
    }

    /** The range's name. */
    public String name() {
        return name;
    }

    /** In bytes. */
    public long size() {
        return size;
    }

    void checkOpen(String what) {
        if (ordered != null) {
            throw new IllegalStateException(what + ": " + name + " is in use, nothing can be declared any more");
        }
    }

    void add(Register added) {
        String path = added.path();
        checkOpen(path);
        if (added.width < 8 || added.width > 64 || added.width % 8 != 0) {
            throw new IllegalArgumentException(path + ": width " + added.width + "; 8 to 64 in steps of 8 is possible");
        }
        if (added.offset() < 0 || added.end() > size) {
            throw new IllegalArgumentException("%s at 0x%x to 0x%x is not within the 0x%x bytes of %s"
                .formatted(path, added.offset(), added.end() - 1, size, name));
        }
        Register same = byName.get(path);
        if (same != null) {
            throw new IllegalArgumentException("%s: register %s is at 0x%x and again at 0x%x"
                .formatted(name, path, same.offset(), added.offset()));
        }
        Map.Entry<Long, Register> before = byOffset.lowerEntry(added.end());
        if (before != null && before.getValue().end() > added.offset()) {
            Register other = before.getValue();
            throw new IllegalArgumentException("%s: register %s (0x%x to 0x%x) overlaps %s (0x%x to 0x%x)"
                .formatted(name, path, added.offset(), added.end() - 1, other.path(), other.offset(),
                    other.end() - 1));
        }
        byOffset.put(added.offset(), added);
        byName.put(path, added);
    }

    /** Says that accesses to a part where no register is are nothing to count or log, for instance padding. */
    public Registers quiet(long offset, long length) {
        checkOpen("quiet part");
        quiet = Arrays.copyOf(quiet, quiet.length + 2);
        quiet[quiet.length - 2] = offset;
        quiet[quiet.length - 1] = offset + length;
        return this;
    }

    /** What bytes where no register is read as: 0 (if not said) or 0xFF. */
    public Registers gapsRead(int value) {
        checkOpen("gaps");
        gap = (value & 0xFF) * 0x0101010101010101L;
        return this;
    }

    /** Ends declaration. */
    void use() {
        if (ordered == null) {
            Register[] all = members().stream().sorted(Comparator.comparingLong(Register::offset))
                .toArray(Register[]::new);
            long[] last = new long[all.length];
            for (int i = 0; i < all.length; i++) {
                all[i].seal();
                all[i].powerOn();
                last[i] = all[i].end();
            }
            ends = last;
            ordered = all;
        }
    }

    void beforeReset() {
        use();
        log.reconsider();
    }

    private static long mask(int bytes) {
        return bytes == 8 ? -1L : (1L << bytes * 8) - 1;
    }

    /** The index of the first register that ends behind an offset. */
    private int first(long offset) {
        int from = 0;
        int to = ends.length;
        while (from < to) {
            int middle = from + to >>> 1;
            if (ends[middle] > offset) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return from;
    }

    @Override
    public long read(long offset, int bytes) {
        use();
        long result = gap & mask(bytes);
        boolean hit = false;
        for (int i = first(offset); i < ordered.length && ordered[i].offset() < offset + bytes; i++) {
            Register register = ordered[i];
            long start = Math.max(offset, register.offset());
            long lanes = mask((int) (Math.min(offset + bytes, register.end()) - start));
            int inRegister = (int) (start - register.offset()) * 8;
            int inAccess = (int) (start - offset) * 8;
            long part = register.read(lanes << inRegister) >>> inRegister & lanes;
            result = result & ~(lanes << inAccess) | part << inAccess;
            hit = true;
            if (log.tracing()) {
                log.trace("read", register, offset, bytes, part << inRegister);
            }
        }
        if (!hit && !isQuiet(offset)) {
            log.unhandledRead(offset, bytes);
        }
        return result;
    }

    @Override
    public void write(long offset, int bytes, long value) {
        use();
        boolean hit = false;
        for (int i = first(offset); i < ordered.length && ordered[i].offset() < offset + bytes; i++) {
            Register register = ordered[i];
            long start = Math.max(offset, register.offset());
            long lanes = mask((int) (Math.min(offset + bytes, register.end()) - start));
            int inRegister = (int) (start - register.offset()) * 8;
            long part = value >>> (int) (start - offset) * 8 & lanes;
            if (log.tracing()) {
                log.trace("write", register, offset, bytes, part << inRegister);
            }
            register.write(part << inRegister, lanes << inRegister);
            hit = true;
        }
        if (!hit && !isQuiet(offset)) {
            log.unhandledWrite(offset, bytes, value & mask(bytes));
        }
    }

    private boolean isQuiet(long offset) {
        for (int i = 0; i < quiet.length; i += 2) {
            if (offset >= quiet[i] && offset < quiet[i + 1]) {
                return true;
            }
        }
        return false;
    }

    void rejected(Bits<?> bits, long value) {
        log.rejected(bits, value);
    }

    /** Writes each register's value under its name (dots between groups, dashes for {@code _}). */
    public void save(StateWriter out) {
        use();
        for (Register register : ordered) {
            register.save(out);
        }
    }

    /**
     * Takes over what {@link #save} wrote. No callback runs.
     *
     * @throws StateException if a register is missing, or has a value that it cannot have; it names the register
     */
    public void restore(StateReader in) throws StateException {
        use();
        for (Register register : ordered) {
            register.restore(in);
        }
    }

    /** All registers and fields with offsets, access modes, reset values and descriptions, as a Markdown table. */
    public String table() {
        use();
        return RegisterTable.of(this, ordered);
    }
}
