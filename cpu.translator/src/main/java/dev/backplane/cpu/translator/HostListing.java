package dev.backplane.cpu.translator;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.decode.Decoder;
import dev.backplane.cpu.x86.disasm.Disassembler;

/** Machine code of the translator as text, with the cells of {@link Env} by their names. */
final class HostListing {
    private static final Pattern ABSOLUTE = Pattern.compile("ds:0x([0-9a-f]+)|([+-])0x([0-9a-f]+)\\]");
    private static final Pattern EXIT = Pattern.compile("\\[env\\.EXIT\\],0x([0-9a-f]+)");
    private static final Pattern NO_CELL = Pattern.compile("JUMP_CODE|.*(SIZE|ENTRIES|BYTES|TABLES|MAX_COUNT)");
    private static final int EVEX = 0x62;
    /** VPADDQ XMM16, XMM16, and an absolute address: how instructions are counted, see {@link CodeWriter#count}. */
    private static final int COUNT_BYTES = 11;
    private static final String[] NAMES = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"};

    private final long env;
    private final List<Site> sites;
    private final TreeMap<Integer, String> cells = new TreeMap<>();
    private final Disassembler disassembler = new Disassembler(Decoder.table());

    HostListing(long env, List<Site> sites) {
        this.env = env;
        this.sites = sites;
        for (Field f : Arrays.stream(Env.class.getDeclaredFields()).filter(f -> Modifier.isStatic(f.getModifiers())
            && f.getType() == int.class && !NO_CELL.matcher(f.getName()).matches()).toList()) {
            try {
                cells.put(f.getInt(null), f.getName());
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The code between two addresses. */
    List<String> lines(long from, long to) {
        List<String> lines = new ArrayList<>();
        for (long at = from; at < to;) {
            long here = at;
            Disassembler.Line line = disassembler.line(p -> Raw.get8(here + p) & 0xFF, 0, here, Disassembler.mode(64));
            boolean count = (Raw.get8(at) & 0xFF) == EVEX;
            String text = count ? "vpaddq xmm16,xmm16,XMMWORD PTR ds:0x" + Integer.toHexString(Raw.get32(at + 7))
                : line.text();
            lines.add("%x: %s".formatted(at, why(named(text))));
            at += count ? COUNT_BYTES : line.length();
        }
        return lines;
    }

    /** Adds to the number of an exit what it is for. */
    private String why(String text) {
        Matcher m = EXIT.matcher(text);
        if (!m.find()) {
            return text;
        }
        int site = Integer.parseUnsignedInt(m.group(1), 16);
        return site >= sites.size() ? text : text + " ; " + sites.get(site).kind();
    }

    private String named(String text) {
        return ABSOLUTE.matcher(text).replaceAll(m -> {
            long value = Long.parseUnsignedLong(m.group(1) != null ? m.group(1) : m.group(3), 16);
            String name = m.group(1) != null || m.group(2).equals("+") ? name(value - env) : null;
            String shown = name == null ? m.group() : m.group(1) != null ? "[" + name + "]" : "+" + name + "]";
            return Matcher.quoteReplacement(shown);
        });
    }

    /** The name of a cell, or null. */
    private String name(long offset) {
        if (offset < 0 || offset >= Env.SIZE) {
            return null;
        }
        if (offset < Env.FLAGS) {
            int n = (int) offset / 8;
            return "guest." + (n < NAMES.length ? NAMES[n] : "r" + n);
        }
        Map.Entry<Integer, String> cell = cells.floorEntry((int) offset);
        if (cell.getValue().equals("NUMBERS")) {
            return "env.NUMBERS[" + (offset - Env.NUMBERS) / 8 + "]";
        }
        long beyond = offset - cell.getKey();
        return "env." + cell.getValue() + (beyond == 0 ? "" : "+" + Long.toHexString(beyond));
    }
}
