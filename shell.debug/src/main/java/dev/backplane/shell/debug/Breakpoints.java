package dev.backplane.shell.debug;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.api.cpu.DebugPoint;
import dev.backplane.api.cpu.DebugPoint.Kind;

/** The breakpoints and watchpoints of a session, by the types of the packets Z0 to Z4. Threading: any thread. */
final class Breakpoints {
    /** What a peer can put; more would make each stop and each look at a page slower. */
    static final int MOST = 1000;
    /** The most bytes that one watchpoint watches. */
    private static final int MOST_BYTES = 1 << 20;

    private record Entry(int type, DebugPoint point) {
    }

    private final List<Entry> entries = new ArrayList<>();
    private boolean changed;

    private static Entry entry(int type, long address, long length) throws BadPacket {
        Kind kind = switch (type) {
            case 0, 1 -> Kind.EXECUTE;
            case 2 -> Kind.WRITE;
            case 3 -> Kind.READ;
            case 4 -> Kind.ACCESS;
            default -> throw new BadPacket();
        };
        if (kind != Kind.EXECUTE && (length < 1 || length > MOST_BYTES)) {
            throw new BadPacket();
        }
        return new Entry(type, new DebugPoint(kind, address, kind == Kind.EXECUTE ? 1 : length));
    }

    /** One that is there already stays once. */
    synchronized void insert(int type, long address, long length) throws BadPacket {
        Entry e = entry(type, address, length);
        if (entries.contains(e)) {
            return;
        }
        if (entries.size() == MOST) {
            throw new BadPacket();
        }
        entries.add(e);
        changed = true;
    }

    synchronized void remove(int type, long address, long length) throws BadPacket {
        changed |= entries.remove(entry(type, address, length));
    }

    /** Whether the points are others than when this was asked last. */
    synchronized boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    synchronized List<DebugPoint> points() {
        return entries.stream().map(Entry::point).distinct().toList();
    }

    /** What a stop reply says of a point that was met, with its semicolon. */
    synchronized String reason(DebugPoint p) {
        if (!p.watchesData()) {
            return entries.stream().anyMatch(e -> e.type == 0 && e.point.equals(p)) ? "swbreak:;" : "hwbreak:;";
        }
        String what = switch (p.kind()) {
            case READ -> "rwatch:";
            case ACCESS -> "awatch:";
            default -> "watch:";
        };
        return what + Long.toHexString(p.address()) + ";";
    }
}
