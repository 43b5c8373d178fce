package dev.backplane.cpu.x86;

import java.util.List;

import dev.backplane.api.cpu.DebugPoint;

/**
 * The data that a debugger watches, beside the guest's own debug registers. An access that meets a point in the middle
 * of a block is repeated alone ({@link RepeatAlone}), so that the vCPU stops right behind the instruction.
 */
final class DebugWatches {
    private final Cpu c;
    private final DebugPoint[] points;
    /** The first point that the instruction met, or null. */
    private DebugPoint hit;

    DebugWatches(Cpu c, List<DebugPoint> all) {
        this.c = c;
        points = all.stream().filter(DebugPoint::watchesData).toArray(DebugPoint[]::new);
    }

    boolean isEmpty() {
        return points.length == 0;
    }

    boolean watchesPage(long la) {
        long page = la & ~0xFFFL;
        for (DebugPoint p : points) {
            if (Long.compareUnsigned(page - p.address(), p.length()) < 0
                || Long.compareUnsigned(p.address() - page, 0x1000) < 0) {
                return true;
            }
        }
        return false;
    }

    /** An access is about to happen. */
    void access(long la, int size, boolean write) {
        for (DebugPoint p : points) {
            if (p.meets(la, size, write)) {
                if (!c.stepping) {
                    throw c.repeatAlone;
                }
                if (hit == null) {
                    hit = p;
                }
                return;
            }
        }
    }

    DebugPoint take() {
        DebugPoint taken = hit;
        hit = null;
        return taken;
    }
}
