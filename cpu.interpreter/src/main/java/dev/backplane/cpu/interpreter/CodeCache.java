package dev.backplane.cpu.interpreter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import dev.backplane.api.memory.GuestRam;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.decode.Decoder;
import dev.backplane.cpu.x86.integer.Fusion;

/**
 * Decoded code of a machine, by physical page. Lookups need no lock; decoding and invalidation happen under
 * {@link #lock}, which a vCPU takes through {@link Worlds} so that it serves requests of others while it waits.
 *
 * <p>Before the first code of a page is decoded, every vCPU that may write to the page directly gives that up. A page
 * whose last block has gone may be written directly again.
 */
final class CodeCache {
    /** The most bytes and instructions of a block. */
    static final int MAX_BYTES = 512;
    private static final int MAX_OPS = 48;
    /** In {@link #writers}: the page holds code. */
    private static final int CODE = 1 << 31;

    final ReentrantLock lock = new ReentrantLock();
    private final GuestRam ram;
    private final RamMap map;
    private final AtomicReferenceArray<CodePage> pages;
    /**
     * An int for each page: the {@link #bit} of each vCPU that may have direct write access, and {@link #CODE}.
     * Off-heap, for machine code that looks at it: a vCPU whose bit is set may take direct access without asking, since
     * whoever clears the bit waits until the vCPU has given it up.
     */
    private final MemorySegment writers;
    private final long writersAt;
    private final Consumer<Block> dropped;
    private final Queue<long[]> deviceWrites = new ConcurrentLinkedQueue<>();

    /** {@code dropped}: told of a block whose bytes changed and of which a tier has made something. */
    CodeCache(GuestRam ram, RamMap map, Consumer<Block> dropped) {
        this.dropped = dropped;
        this.ram = ram;
        this.map = map;
        pages = new AtomicReferenceArray<>(map.pages());
        writers = Arena.ofAuto().allocate(4L * map.pages(), 8);
        writersAt = writers.address();
    }

    boolean holdsCode(int index) {
        return pages.get(index) != null;
    }

    CodePage page(int index) {
        return pages.get(index);
    }

    /** Notes that a vCPU is about to get direct write access; false if the page holds code. */
    boolean claimWrites(int index, int vcpu) {
        int bit = bit(vcpu);
        long at = writersAt + 4L * index;
        for (;;) {
            int old = Raw.get32(at);
            if ((old & CODE) != 0) {
                return false;
            }
            if ((old & bit) != 0 || Raw.cas32(at, old, old | bit)) {
                return true;
            }
        }
    }

    /** The bit of a vCPU in {@link #writers}, which it may share with others. */
    static int bit(int vcpu) {
        return 1 << vcpu % 31;
    }

    private void emptied(CodePage p) {
        pages.set(p.index, null);
        Raw.put32(writersAt + 4L * p.index, 0);
        ram.clearCode(p.physical);
    }

    /** The ints that say who may write pages directly, by number of the page; to be kept while they are looked at. */
    MemorySegment writers() {
        return writers;
    }

    /** The page, made if need be. Holds the lock. Returns the vCPUs that must give up direct writes in {@code who}. */
    CodePage obtain(long physical, int[] who) {
        int index = map.index(physical);
        CodePage p = pages.get(index);
        who[0] = 0;
        if (p == null) {
            p = new CodePage(physical & ~0xFFFL, index, dropped);
            pages.set(index, p);
            ram.markCode(physical);
            long at = writersAt + 4L * index;
            int old = Raw.get32(at);
            while (!Raw.cas32(at, old, CODE)) {
                old = Raw.get32(at);
            }
            who[0] = old;
        }
        return p;
    }

    /** A device wrote to a page with code; any thread. */
    void deviceWrote(long address, long length) {
        deviceWrites.add(new long[] {address, length});
    }

    boolean hasDeviceWrites() {
        return !deviceWrites.isEmpty();
    }

    /** Holds the lock. */
    void drainDeviceWrites() {
        long[] w;
        while ((w = deviceWrites.poll()) != null) {
            long end = w[0] + w[1];
            for (long at = w[0]; at < end;) {
                long stop = Math.min(end, (at | 0xFFF) + 1);
                int index = map.index(at);
                if (index >= 0) {
                    invalidate(index, (int) at & 0xFFF, (int) (stop - at));
                }
                at = stop;
            }
        }
    }

    /** Drops the code of some bytes. Holds the lock. */
    void invalidate(int index, int offset, int length) {
        CodePage p = pages.get(index);
        if (p == null || !p.mayHold(offset, offset + length)) {
            return;
        }
        if (p.invalidate(offset, offset + length)) {
            emptied(p);
        }
    }

    /** Takes back the mark of a page for which decoding failed. Holds the lock. */
    void dropIfEmpty(CodePage p) {
        if (p.empty()) {
            emptied(p);
        }
    }

    /**
     * Decodes a block. Holds the lock.
     *
     * @param single only one instruction
     * @throws CpuFault if the first instruction cannot be fetched
     */
    static Block decode(Decoder decoder, PageReader reader, int offset, int mode, boolean single) {
        List<Op> ops = new ArrayList<>(16);
        int at = 0;
        int count = 0;
        boolean open = true;
        boolean afterShadow = false;
        while (ops.size() < MAX_OPS && at < MAX_BYTES - 16) {
            if (!ops.isEmpty() && offset + at >= 4096) {
                break;
            }
            reader.mayCross(ops.isEmpty());
            Op op;
            try {
                op = decoder.decode(reader, at, mode);
            } catch (CpuFault f) {
                if (ops.isEmpty()) {
                    throw f;
                }
                break;
            }
            at += op.length;
            count++;
            Op pair = count > 1 && (mode & Mode.LONG) != 0 ? Fusion.fuse(ops.getLast(), op) : null;
            if (pair != null) {
                ops.removeLast();
                op = pair;
            }
            ops.add(op);
            if (op.endsBlock()) {
                open = op.fallsThrough();
                break;
            }
            if (single || offset + at > 4096 || afterShadow) {
                break;
            }
            afterShadow = op.shadows();
        }
        Op last = ops.getLast();
        if (open) {
            ops.add(new Continue(at, last.shadows()));
        }
        long second = offset + at > 4096 ? reader.secondPage() : -1;
        boolean linkable = second < 0 && !single && (mode & (Mode.LONG | Mode.FLAT)) != 0
            && (last.branchesNear() || !last.endsBlock());
        return new Block(ops.toArray(Op[]::new), count, offset, at, second, linkable);
    }
}
