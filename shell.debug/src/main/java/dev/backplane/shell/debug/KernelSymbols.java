package dev.backplane.shell.debug;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The symbols that a Linux kernel carries in itself for its own messages (kallsyms), at the addresses where it runs.
 * The tables are looked for by what they must look like: offsets, base, number, names, markers, tokens, their index,
 * in the order that Linux 4.20 to 6.3 has them in.
 */
final class KernelSymbols {
    private static final int TOKENS = 256;
    private static final int GROUP = 256;
    private static final int MOST_SYMBOLS = 1 << 20;
    private static final int MOST_NAME = 512;
    /** How many places that look like a table are looked at: a guest may have made them to keep us busy. */
    private static final int MOST_PLACES = 1000;
    /** The most that lies between markers and tokens: later kernels keep the order of names there. */
    private static final int MOST_BETWEEN = 8 << 20;

    /**
     * A symbol.
     *
     * @param type as nm prints it
     */
    record Symbol(String name, char type, long address) {
        boolean isCode() {
            return type == 't' || type == 'T' || type == 'w' || type == 'W';
        }
    }

    private final KernelImage image;
    private int tokens;
    private int index;
    private int names;
    private int count;

    private KernelSymbols(KernelImage image) {
        this.image = image;
    }

    /** The symbols by address; none if there are no such tables. */
    static List<Symbol> of(KernelImage image) {
        KernelSymbols k = new KernelSymbols(image);
        return k.findTokens() && k.findNames() ? k.symbols() : List.of();
    }

    private boolean findTokens() {
        byte[] digits = new byte[20];
        for (int i = 0; i < 10; i++) {
            digits[2 * i] = (byte) ('0' + i);
        }
        int places = 0;
        for (int at = image.find(digits, 0); at >= 0 && places < MOST_PLACES; at = image.find(digits, at + 1)) {
            places++;
            // 48 tokens lie before that of the digit 0.
            int start = at - 1;
            for (int n = 0; n < '0' && start > 0 && at - start < '0' * MOST_NAME; n++) {
                do {
                    start--;
                } while (start > 0 && image.u8(start) != 0);
            }
            tokens = start + 1;
            int end = tokens;
            for (int n = 0; n < TOKENS && end - tokens < TOKENS * MOST_NAME; n++) {
                int begin = end;
                while (image.u8(end) != 0 && end - begin < MOST_NAME) {
                    end++;
                }
                end++;
            }
            index = end + 7 & -8;
            if (tokens % 8 == 0 && image.u16(index) == 0 && image.u16(index + 2 * '0') == at - tokens) {
                return true;
            }
        }
        return false;
    }

    /**
     * Markers, one for every 256 names, lie somewhere in front of the tokens and begin with 0; names end in front of
     * them.
     */
    private boolean findNames() {
        int places = 0;
        for (int at = tokens - 8; at > 0 && tokens - at < MOST_BETWEEN && places < MOST_PLACES; at -= 8) {
            int markers = image.i32(at) == 0 ? markers(at) : 0;
            if (markers > 1 && findNames(at, markers)) {
                return true;
            }
            places += markers > 1 ? 1 : 0;
        }
        return false;
    }

    /** How many markers there could be from an offset on. */
    private int markers(int at) {
        int n = 1;
        while (n < MOST_SYMBOLS / GROUP) {
            int step = image.i32(at + 4 * n) - image.i32(at + 4 * n - 4);
            if (step < 2 * GROUP || step > GROUP * MOST_NAME) {
                break;
            }
            n++;
        }
        return n;
    }

    private boolean findNames(int marker, int markers) {
        int last = image.i32(marker + 4 * markers - 4);
        for (int at = marker - last & -8; at > 8 && marker - at - last < GROUP * MOST_NAME; at -= 8) {
            count = image.i32(at - 8);
            if ((count + GROUP - 1) / GROUP == markers && skip(at, GROUP) - at == image.i32(marker + 4)) {
                names = at;
                return true;
            }
        }
        return false;
    }

    private int skip(int from, int howMany) {
        int at = from;
        for (int n = 0; n < howMany; n++) {
            at += 1 + image.u8(at);
        }
        return at;
    }

    private List<Symbol> symbols() {
        // In front of the names: their number; in front of that the base; in front of that an offset for each.
        long relative = image.i64(names - 16);
        int offsets = names - 16 - (4 * count + 7 & -8);
        List<Symbol> all = new ArrayList<>(count);
        int at = names;
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < count; n++) {
            int length = image.u8(at);
            text.setLength(0);
            for (int i = 1; i <= length && text.length() < MOST_NAME; i++) {
                int token = tokens + image.u16(index + 2 * image.u8(at + i));
                for (int c = image.u8(token); c != 0 && text.length() < MOST_NAME; c = image.u8(++token)) {
                    text.append((char) c);
                }
            }
            at += 1 + length;
            int offset = image.i32(offsets + 4 * n);
            if (text.length() > 1) {
                // A negative one counts from the base; others are absolute, as those of per-CPU variables.
                all.add(new Symbol(text.substring(1), text.charAt(0), offset < 0 ? relative - 1 - offset : offset));
            }
        }
        all.sort(Comparator.comparingLong(Symbol::address));
        return all;
    }
}
