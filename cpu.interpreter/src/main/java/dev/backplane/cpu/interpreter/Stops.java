package dev.backplane.cpu.interpreter;

import java.util.List;

import dev.backplane.api.cpu.DebugControl;
import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.cpu.x86.Op;

/**
 * Where a debugger wants a vCPU to stop. Breakpoints are kept beside guest memory: code in a linear page that has one
 * is never remembered by the ways from one block to the next, so the vCPU always comes by here before it runs any.
 */
final class Stops {
    final DebugControl control;
    /** Found in place of code in a page with a breakpoint: does nothing, and RIP stays. */
    final Block nothing = new Block(new Op[0], 0, 0, 0, -1, false);
    /** The debugger's own loop looks for code. */
    boolean looking;

    private final DebugPoint[] code;

    Stops(DebugControl control) {
        this.control = control;
        code = control.points().stream().filter(p -> !p.watchesData()).toArray(DebugPoint[]::new);
    }

    /** The points of stops, or of none (null). */
    static List<DebugPoint> points(Stops s) {
        return s == null ? List.of() : s.control.points();
    }

    boolean holdInterrupts() {
        return control.step() && control.holdInterrupts();
    }

    /** Whether code at a linear address must not simply run. */
    boolean concern(long la) {
        return control.step() || inPage(la);
    }

    boolean inPage(long la) {
        for (DebugPoint p : code) {
            if ((p.address() ^ la) >>> 12 == 0) {
                return true;
            }
        }
        return false;
    }

    /** The breakpoint at a linear address, or null. */
    DebugPoint at(long la) {
        for (DebugPoint p : code) {
            if (p.address() == la) {
                return p;
            }
        }
        return null;
    }

    boolean within(long la, int length) {
        for (DebugPoint p : code) {
            if (Long.compareUnsigned(p.address() - la, length) < 0) {
                return true;
            }
        }
        return false;
    }

    DebugEvent met(DebugPoint p) {
        return new DebugEvent(p == null ? DebugEvent.Cause.STEP
            : p.watchesData() ? DebugEvent.Cause.WATCHPOINT : DebugEvent.Cause.BREAKPOINT, p);
    }
}
