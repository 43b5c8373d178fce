package dev.backplane.cpu.interpreter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The decoded code of one physical page. Changed under the lock of the {@link CodeCache}, read without. */
final class CodePage {
    private static final int ROWS = 64;

    final long physical;
    final int index;
    /** Blocks by the key they were decoded for: rows of 64 by offset. */
    private final List<Tree> trees = new ArrayList<>(2);
    /** Blocks of the page before whose instruction ends here. */
    private final List<Block> incoming = new ArrayList<>(1);
    private int live;
    /** One bit for every 64 bytes that hold code. */
    private long lines;
    private final Consumer<Block> dropped;

    /** Blocks for one key. */
    static final class Tree {
        final int key;
        final Block[][] rows = new Block[ROWS][];

        Tree(int key) {
            this.key = key;
        }
    }

    CodePage(long physical, int index, Consumer<Block> dropped) {
        this.physical = physical;
        this.index = index;
        this.dropped = dropped;
    }

    Tree tree(int key) {
        for (Tree t : trees) {
            if (t.key == key) {
                return t;
            }
        }
        Tree t = new Tree(key);
        trees.add(t);
        return t;
    }

    /** The valid block at an offset, or null. */
    Block get(Tree t, int offset) {
        Block[] row = t.rows[offset >> 6];
        Block b = row == null ? null : row[offset & 63];
        return b != null && b.valid ? b : null;
    }

    /** The blocks that hold the byte at an offset. */
    List<Block> around(int offset) {
        List<Block> found = new ArrayList<>();
        for (Tree t : trees) {
            for (Block[] row : t.rows) {
                for (int k = 0; row != null && k < row.length; k++) {
                    if (row[k] != null && row[k].overlaps(offset, offset + 1)) {
                        found.add(row[k]);
                    }
                }
            }
        }
        return found;
    }

    boolean empty() {
        return live <= 0;
    }

    void add(Tree t, Block b) {
        int at = b.offset;
        Block[] row = t.rows[at >> 6];
        if (row == null) {
            row = new Block[64];
            t.rows[at >> 6] = row;
        }
        if (row[at & 63] == null) {
            live++;
        }
        row[at & 63] = b;
        mark(at, Math.min(at + b.length, 4096));
    }

    void addIncoming(Block b, int bytes) {
        incoming.add(b);
        live++;
        mark(0, bytes);
    }

    private void mark(int from, int to) {
        for (int line = from >> 6; line <= to - 1 >> 6; line++) {
            lines |= 1L << line;
        }
    }

    /** Whether bytes of the page may hold code; never false if they do. */
    boolean mayHold(int from, int to) {
        long range = -1L << (from >> 6) & -1L >>> 63 - (to - 1 >> 6);
        return (lines & range) != 0;
    }

    private void drop(Block b) {
        b.valid = false;
        if (b.made != null) {
            dropped.accept(b);
        }
    }

    /** Drops the blocks that overlap bytes of the page; whether the page is empty now. */
    boolean invalidate(int from, int to) {
        for (Tree t : trees) {
            for (int r = Math.max(0, from - CodeCache.MAX_BYTES >> 6); r <= to - 1 >> 6; r++) {
                Block[] row = t.rows[r];
                if (row == null) {
                    continue;
                }
                for (int k = 0; k < row.length; k++) {
                    Block b = row[k];
                    if (b != null && b.overlaps(from, to)) {
                        drop(b);
                        row[k] = null;
                        live--;
                    }
                }
            }
        }
        for (int k = incoming.size() - 1; k >= 0; k--) {
            Block b = incoming.get(k);
            if (from < b.offset + b.length - 4096) {
                drop(b);
                incoming.remove(k);
                live--;
            }
        }
        return live <= 0;
    }
}
