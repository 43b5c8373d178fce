package dev.backplane.machine.fwcfg;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import dev.backplane.api.device.DeviceException;
import dev.backplane.api.device.RegisterHandler;
import dev.backplane.api.memory.GuestMemory;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;
import dev.backplane.machine.board.BoardPart;
import dev.backplane.machine.bus.AddressSpace;

/**
 * Read-only items that firmware and guests select by a key and read byte by byte or by DMA; the register interface is
 * the one of QEMU's fw_cfg device: selector at port 510h, data at 511h, DMA address at 514h to 51Bh (big-endian). Items
 * with a name are listed in the directory, key 19h.
 *
 * <p>A guest can ask for at most what an item holds: reads beyond its end give zeros, writes are refused. A DMA request
 * moves at most {@value #MAX_DMA} bytes; a longer one fails. What the guest could read is part of the saved state.
 *
 * <p>Threading: any thread.
 */
public final class FwCfg implements BoardPart {
    /** The first port. */
    public static final int BASE = 0x510;
    /** How many ports there are. */
    public static final int PORTS = 12;

    public static final int SIGNATURE = 0x00;
    public static final int ID = 0x01;
    public static final int UUID = 0x02;
    public static final int RAM_SIZE = 0x03;
    public static final int NO_GRAPHIC = 0x04;
    public static final int CPUS = 0x05;
    public static final int KERNEL_ADDRESS = 0x07;
    public static final int KERNEL_SIZE = 0x08;
    public static final int INITRD_ADDRESS = 0x0A;
    public static final int INITRD_SIZE = 0x0B;
    public static final int BOOT_MENU = 0x0E;
    public static final int MAX_CPUS = 0x0F;
    public static final int KERNEL_DATA = 0x11;
    public static final int INITRD_DATA = 0x12;
    public static final int COMMAND_LINE_SIZE = 0x14;
    public static final int COMMAND_LINE = 0x15;
    public static final int SETUP_SIZE = 0x17;
    public static final int SETUP_DATA = 0x18;
    public static final int DIRECTORY = 0x19;

    static final int MAX_DMA = 1 << 30;

    private static final int FIRST_FILE = 0x20;
    private static final int FILE_SLOTS = 0x20;
    private static final int NAME_LENGTH = 56;
    private static final int FEATURES = 3;
    private static final long DMA_SIGNATURE = 0x51454D5520434647L;
    private static final int DMA_OFFSET = 4;
    private static final int DMA_ERROR = 1;
    private static final int DMA_READ = 2;
    private static final int DMA_SKIP = 4;
    private static final int DMA_SELECT = 8;
    private static final int DMA_WRITE = 16;
    private static final int CHUNK = 1 << 16;

    private final GuestMemory memory;
    private final Map<Integer, byte[]> items = new HashMap<>();
    private final Map<String, Integer> files = new TreeMap<>();
    private int key;
    private long offset;
    private int dmaHigh;

    /** @param memory where DMA goes */
    public FwCfg(GuestMemory memory) {
        this.memory = Objects.requireNonNull(memory);
        clear();
    }

    /** Takes its ports. */
    public void attach(AddressSpace ports) throws DeviceException {
        ports.claim("fw-cfg", BASE, PORTS, new Registers());
    }

    /** Forgets all items but signature and features. */
    public synchronized void clear() {
        items.clear();
        files.clear();
        items.put(SIGNATURE, "QEMU".getBytes(StandardCharsets.US_ASCII));
        items.put(ID, new byte[] {FEATURES, 0, 0, 0});
        items.put(DIRECTORY, new byte[4]);
    }

    /**
     * Sets an item.
     *
     * @param itemKey 0 to 0xFFFF
     * @param content not copied, not changed
     */
    public synchronized void add(int itemKey, byte[] content) {
        items.put(itemKey, Objects.requireNonNull(content));
    }

    /** Sets an item to a little-endian number of 2, 4 or 8 bytes. */
    public void add(int itemKey, long value, int size) {
        byte[] b = new byte[size];
        for (int i = 0; i < size; i++) {
            b[i] = (byte) (value >>> i * 8);
        }
        add(itemKey, b);
    }

    /**
     * Sets a named item.
     *
     * @param name up to 55 characters, for instance {@code etc/e820}
     * @throws IllegalStateException if there are too many
     */
    public synchronized void addFile(String name, byte[] content) {
        if (name.length() >= NAME_LENGTH) {
            throw new IllegalArgumentException("file name " + name + ": 55 characters are possible");
        }
        int fileKey = files.computeIfAbsent(name, n -> FIRST_FILE + files.size());
        if (fileKey >= FIRST_FILE + FILE_SLOTS) {
            files.remove(name);
            throw new IllegalStateException("file " + name + ": " + FILE_SLOTS + " files are possible");
        }
        items.put(fileKey, content);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        big(out, files.size(), 4);
        files.forEach((n, k) -> {
            big(out, items.get(k).length, 4);
            big(out, k, 2);
            big(out, 0, 2);
            out.writeBytes(Arrays.copyOf(n.getBytes(StandardCharsets.US_ASCII), NAME_LENGTH));
        });
        items.put(DIRECTORY, out.toByteArray());
    }

    private static void big(ByteArrayOutputStream out, int v, int size) {
        for (int i = size - 1; i >= 0; i--) {
            out.write(v >>> i * 8);
        }
    }

    @Override
    public String name() {
        return "fw-cfg";
    }

    @Override
    public synchronized void reset() {
        key = SIGNATURE;
        offset = 0;
        dmaHigh = 0;
    }

    @Override
    public synchronized void save(StateWriter out) {
        out.putInt("key", key);
        out.putLong("offset", offset);
        out.putInt("dma-high", dmaHigh);
        StateWriter saved = out.section("items");
        int[] keys = items.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        saved.putInts("keys", keys);
        for (int k : keys) {
            saved.putBytes("item-%x".formatted(k), items.get(k));
        }
    }

    @Override
    public synchronized void restore(StateReader in) throws StateException {
        int savedKey = in.getInt("key", 0, 0xFFFF);
        long savedOffset = in.getLong("offset");
        if (savedOffset < 0) {
            throw new StateException("fw-cfg: offset " + savedOffset + " is negative; the state is damaged");
        }
        StateReader saved = in.section("items");
        Map<Integer, byte[]> restored = new HashMap<>();
        for (int k : saved.getInts("keys")) {
            restored.put(k, saved.getBytes("item-%x".formatted(k)));
        }
        items.clear();
        items.putAll(restored);
        dmaHigh = in.getInt("dma-high");
        key = savedKey;
        offset = savedOffset;
    }

    private void select(int selected) {
        key = selected & 0xBFFF;
        offset = 0;
    }

    private int next() {
        byte[] item = items.get(key);
        int v = item != null && offset < item.length ? item[(int) offset] & 0xFF : 0;
        offset++;
        return v;
    }

    private final class Registers implements RegisterHandler {
        @Override
        public long read(long at, int size) {
            synchronized (FwCfg.this) {
                if (at == 1 && size == 1) {
                    return next();
                }
                if (at >= DMA_OFFSET) {
                    long v = 0;
                    for (int i = 0; i < size; i++) {
                        v |= (DMA_SIGNATURE >>> 56 - (at - DMA_OFFSET + i) * 8 & 0xFF) << i * 8;
                    }
                    return v;
                }
                return 0;
            }
        }

        @Override
        public void write(long at, int size, long value) {
            synchronized (FwCfg.this) {
                if (at == 0 && size == 2) {
                    select((int) value);
                } else if (at == DMA_OFFSET && size == 4) {
                    dmaHigh = Integer.reverseBytes((int) value);
                } else if (at == DMA_OFFSET + 4 && size == 4) {
                    long address = (long) dmaHigh << 32 | Integer.reverseBytes((int) value) & 0xFFFFFFFFL;
                    dmaHigh = 0;
                    dma(address);
                } else if (at == DMA_OFFSET && size == 8) {
                    dma(Long.reverseBytes(value));
                }
            }
        }
    }

    /** Carries out the request at a guest address: control, length (32 bits each) and address, all big-endian. */
    private void dma(long request) {
        byte[] head = new byte[16];
        if (!memory.read(request, head, 0, head.length)) {
            return;
        }
        int control = (int) big(head, 0, 4);
        long length = big(head, 4, 4);
        long address = big(head, 8, 8);
        if ((control & DMA_SELECT) != 0) {
            select(control >>> 16);
        }
        boolean good = true;
        if ((control & DMA_READ) != 0) {
            good = length <= MAX_DMA && memory.contains(address, length) && copy(address, (int) length);
        } else if ((control & DMA_WRITE) != 0) {
            good = false;
        } else if ((control & DMA_SKIP) != 0) {
            offset += length;
        }
        memory.write32(request, Integer.reverseBytes(good ? 0 : DMA_ERROR));
    }

    private boolean copy(long address, int length) {
        byte[] item = items.get(key);
        int from = (int) Math.min(offset, item == null ? 0 : item.length);
        int have = item == null ? 0 : Math.min(length, item.length - from);
        if (have > 0 && !memory.write(address, item, from, have)) {
            return false;
        }
        byte[] zeros = new byte[Math.min(length - have, CHUNK)];
        for (int done = have; done < length; done += zeros.length) {
            if (!memory.write(address + done, zeros, 0, Math.min(zeros.length, length - done))) {
                return false;
            }
        }
        offset += length;
        return true;
    }

    private static long big(byte[] b, int at, int size) {
        long v = 0;
        for (int i = 0; i < size; i++) {
            v = v << 8 | b[at + i] & 0xFF;
        }
        return v;
    }
}
