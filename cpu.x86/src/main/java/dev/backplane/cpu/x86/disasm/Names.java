package dev.backplane.cpu.x86.disasm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpTable;

/** What instructions are called and what operands they show: the table {@code instructions.txt}. Immutable. */
final class Names {
    private static final String[] CONDITIONS = {"o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l",
        "ge", "le", "g"};
    private static final int ANY_COLUMN = 4;

    private final Map<Integer, List<Row>> rows = new HashMap<>();

    /**
     * A line of the table.
     *
     * @param reg      what ModRM.reg is, or -1
     * @param mem      0 any, 1 memory, 2 register
     * @param modrm    what ModRM is, or -1
     * @param operands as they are written in the table, without those that only VEX has if this is none
     */
    record Row(int reg, int mem, int modrm, String mnemonic, String[] operands) {
        boolean fits(Insn i) {
            boolean memory = i.modrm >>> 6 != 3;
            return modrm >= 0 ? i.modrm == modrm
                : (reg < 0 || (i.modrm >> 3 & 7) == reg) && (mem == 0 || mem == 1 == memory);
        }
    }

    Names() {
        try (InputStream in = Names.class.getResourceAsStream("instructions.txt");
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (!line.isEmpty() && line.charAt(0) != '#') {
                    line(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The row of an instruction, or null. */
    Row row(Insn i) {
        Row r = row(i, i.pp);
        return r != null || i.vex ? r : row(i, ANY_COLUMN);
    }

    private Row row(Insn i, int column) {
        for (Row r : rows.getOrDefault(key(i.map, column, i.opcode), List.of())) {
            if (r.fits(i)) {
                return r;
            }
        }
        return null;
    }

    private static int key(int map, int column, int opcode) {
        return map << 12 | column << 8 | opcode;
    }

    private void line(String line) {
        String[] words = line.split(" ", 3);
        int dot = words[0].indexOf('.');
        String map = dot < 0 ? words[0] : words[0].substring(0, dot);
        int number = switch (map) {
            case "1" -> Insn.MAP_1;
            case "0f" -> Insn.MAP_0F;
            case "38" -> Insn.MAP_0F38;
            default -> Insn.MAP_0F3A;
        };
        String column = dot < 0 ? "" : words[0].substring(dot + 1);
        boolean both = column.endsWith("+");
        boolean vex = column.endsWith("v");
        String prefix = both || vex ? column.substring(0, column.length() - 1) : column;
        if (prefix.startsWith("mmx")) {
            mmx(number, prefix, words[1], words[2]);
            return;
        }
        int p = switch (prefix) {
            case "n" -> OpTable.NP;
            case "66" -> OpTable.P66;
            case "f3" -> OpTable.PF3;
            case "f2" -> OpTable.PF2;
            default -> ANY_COLUMN;
        };
        if (!vex) {
            add(number, p, words[1], words[2], false);
        }
        if (vex || both) {
            add(number | 4, p, words[1], words[2], true);
        }
    }

    /** What has an MMX form without a prefix and SSE and AVX forms with 66. */
    private void mmx(int map, String kind, String opcode, String rest) {
        String name = rest.split(" ")[0];
        String size = rest.equals(name) ? "q" : rest.substring(name.length() + 1);
        add(map, OpTable.NP, opcode, name + " P,Q" + size, false);
        String wide = switch (kind) {
            case "mmxs" -> " V,*H,Wxx";
            case "mmxu" -> " V,Wl";
            default -> " V,*H,Wl";
        };
        add(map, OpTable.P66, opcode, name + wide, false);
        add(map | 4, OpTable.P66, opcode, name + wide, true);
    }

    private void add(int map, int column, String where, String what, boolean vex) {
        int first = Integer.parseInt(where.substring(0, 2), 16);
        int last = first;
        int reg = -1;
        int mem = 0;
        int modrm = -1;
        if (where.length() > 2) {
            String rest = where.substring(3);
            switch (where.charAt(2)) {
                case '-' -> last = Integer.parseInt(rest, 16);
                case '=' -> modrm = Integer.parseInt(rest, 16);
                default -> {
                    reg = Character.isDigit(rest.charAt(0)) ? rest.charAt(0) - '0' : -1;
                    mem = rest.endsWith("m") ? 1 : rest.endsWith("r") ? 2 : 0;
                }
            }
        }
        int blank = what.startsWith("@gather") ? -1 : operandsAt(what);
        String mnemonic = blank < 0 ? what : what.substring(0, blank);
        String[] operands = blank < 0 ? new String[0] : what.substring(blank + 1).split(",");
        List<String> shown = new ArrayList<>();
        for (String o : operands) {
            if (o.charAt(0) != '*') {
                shown.add(o);
            } else if (vex) {
                shown.add(o.substring(1));
            }
        }
        if (mnemonic.charAt(0) == '=') {
            mnemonic = mnemonic.substring(1);
        } else if (vex && mnemonic.charAt(0) != '@') {
            mnemonic = "v" + mnemonic;
        }
        for (int opcode = first; opcode <= last; opcode++) {
            String name = mnemonic.replace("CC", CONDITIONS[opcode & 15]);
            rows.computeIfAbsent(key(map, column, opcode), k -> new ArrayList<>())
                .add(new Row(reg, mem, modrm, name, shown.toArray(String[]::new)));
        }
    }

    /** The blank between mnemonic and operands: not one within brackets. */
    private static int operandsAt(String what) {
        int blank = what.lastIndexOf(' ');
        return blank > Math.max(what.indexOf(']'), what.indexOf(')')) ? blank : -1;
    }
}
