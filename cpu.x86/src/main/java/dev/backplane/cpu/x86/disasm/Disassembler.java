package dev.backplane.cpu.x86.disasm;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;

import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.decode.CodeReader;
import dev.backplane.cpu.x86.decode.Decoder;
import dev.backplane.cpu.x86.integer.IntegerTable;
import dev.backplane.cpu.x86.system.FpTrap;

/**
 * Instructions as text, in Intel's syntax as {@code objdump -M intel} writes it. What the decoder does not define is
 * {@code (bad)}. Not thread-safe.
 */
public final class Disassembler {
    private static final String[] COMPARISONS = {"eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord", "eq_uq", "nge",
        "ngt", "false", "neq_oq", "ge", "gt", "true", "eq_os", "lt_oq", "le_oq", "unord_s", "neq_us", "nlt_uq",
        "nle_uq", "ord_s", "eq_us", "nge_uq", "ngt_uq", "false_os", "neq_os", "ge_oq", "gt_oq", "true_us"};
    private static final String[] SEGMENT_PREFIXES = {"es", "cs", "ss", "ds", "fs", "gs"};

    private final Decoder decoder;
    private final Names names = new Names();
    private final Homes homes = new Homes();
    private final Class<?> undefined = IntegerTable.undefined(new Insn()).getClass();

    /**
     * An instruction.
     *
     * @param length     in bytes
     * @param text       the instruction
     * @param definition what says in {@code cpu.x86} what it does: the class of its op; for an op that several
     *                   instructions share, also the table and opcode where its function is
     */
    public record Line(int length, String text, String definition) {
    }

    /** @param table what is defined: of a CPU model, or of everything */
    public Disassembler(OpTable table) {
        decoder = new Decoder(table);
    }

    /** The {@link Mode} bits of plain code of a size: 16, 32 or 64. */
    public static int mode(int bits) {
        return switch (bits) {
            case 64 -> Mode.LONG | Mode.FLAT;
            case 32 -> Mode.CODE32 | Mode.STACK32 | Mode.FLAT;
            default -> Mode.FLAT;
        };
    }

    /**
     * The instruction at a position.
     *
     * @param address its linear address
     * @param mode    {@link #mode}
     * @throws CpuFault if the reader throws it
     */
    public Line line(CodeReader reader, int position, long address, int mode) {
        CodeReader here = p -> reader.byteAt(position + p);
        Op op = decoder.decode(here, 0, mode);
        Insn i = decoder.insn();
        boolean ud = i.map == Insn.MAP_0F && (i.opcode == 0x0B || i.opcode == 0xB9 || i.opcode == 0xFF);
        if (op instanceof FpTrap.TooLong || op.getClass() == undefined && !ud) {
            return new Line(op.length, "(bad)", definition(op, i));
        }
        Names.Row row = names.row(i);
        return new Line(op.length, row == null ? "(bad)" : text(here, i, row, address), definition(op, i));
    }

    /** Bytes as {@link dev.backplane.api.cpu.CodeLine} shows them. */
    public static String bytes(CodeReader reader, int position, int length) {
        StringJoiner text = new StringJoiner(" ");
        for (int k = 0; k < length; k++) {
            text.add(HexFormat.of().toHexDigits((byte) reader.byteAt(position + k)));
        }
        return text.toString();
    }

    private String definition(Op op, Insn i) {
        String name = name(op.getClass());
        OpTable.Entry entry = homes.get(i.map, i.pp, i.opcode);
        if (entry == null || entry.kind() == OpTable.Kind.INTEGER) {
            return name;
        }
        String map = switch (i.map & 3) {
            case Insn.MAP_1 -> "";
            case Insn.MAP_0F -> "0F ";
            case Insn.MAP_0F38 -> "0F 38 ";
            default -> "0F 3A ";
        };
        return "%s, %s %s%02X".formatted(name, homes.of(i), map, i.opcode);
    }

    private static String name(Class<?> type) {
        String name = type.getName();
        int lambda = name.indexOf("$$Lambda");
        return (lambda < 0 ? name : name.substring(0, lambda)).replace("dev.backplane.cpu.x86.", "").replace('$', '.');
    }

    private String text(CodeReader reader, Insn i, Names.Row row, long address) {
        Operands o = new Operands(i, address);
        String mnemonic = mnemonic(i, row, o);
        List<String> shown = new ArrayList<>();
        for (String operand : operands(i, row, mnemonic)) {
            if (operand.equals("I@")) {
                if (mnemonic.indexOf('@') >= 0) {
                    shown.add(o.hex(i.imm & 0xFF));
                }
            } else {
                shown.add(o.text(operand));
            }
        }
        mnemonic = mnemonic.replaceFirst("@CMP", "").replaceFirst("@PCL", "qdq");
        String text = prefixes(reader, i, row, o, mnemonic);
        if (!shown.isEmpty()) {
            text += " " + String.join(",", shown);
        }
        return o.comment.isEmpty() ? text : text + " # " + o.comment;
    }

    /** Rows whose operands the table cannot say. */
    private static String[] operands(Insn i, Names.Row row, String mnemonic) {
        if (row.mnemonic().startsWith("@gather")) {
            boolean narrow = (i.opcode & 1) == 1 && !i.vexW && i.vexL;
            boolean wideIndex = (i.opcode & 1) == 1;
            String data = narrow || !i.vexL ? "x" : "y";
            String index = i.vexL && (wideIndex || !i.vexW) ? "y" : "x";
            return new String[] {"V" + data, "N" + index, "H" + data};
        }
        return switch (row.mnemonic()) {
            case "@movsxd" -> i.mode64 ? new String[] {"Gv", "Ed"} : new String[] {"Ew", "Gw"};
            case "@xchg" -> mnemonic.equals("xchg") ? new String[] {"Zv", "rAX"} : new String[0];
            default -> row.operands();
        };
    }

    private static String mnemonic(Insn i, Names.Row row, Operands o) {
        String m = row.mnemonic();
        if (m.charAt(0) == '@') {
            if (m.startsWith("@gather")) {
                return "v" + byW(m.substring(8), i);
            }
            return switch (m) {
                case "@movsxd" -> i.mode64 ? "movsxd" : "arpl";
                case "@xchg" -> {
                    boolean nop = (i.opcode & 7 | (i.rex & 1) << 3) == 0;
                    boolean plain = i.opSize == ((i.mode & (Mode.LONG | Mode.CODE32)) != 0 ? 4 : 2);
                    yield nop && i.rep == 0xF3 ? "pause" : nop && plain ? "nop" : nop && i.w ? "rex.W nop"
                        : "xchg";
                }
                case "@sysexit" -> i.w ? "sysexitq" : i.mode64 ? "sysexitd" : "sysexit";
                case "@jrcxz" -> i.addrSize == 8 ? "jrcxz" : i.addrSize == 4 ? "jecxz" : "jcxz";
                default -> i.vexL ? "vzeroall" : "vzeroupper";
            };
        }
        if (m.equals("MOV")) {
            boolean wide = i.opcode >= 0xB8 ? i.opSize == 8 : i.addrSize == 8;
            return wide ? "movabs" : "mov";
        }
        int at = m.indexOf('[');
        if (at >= 0) {
            o.usesOperandSize();
            String[] three = m.substring(at + 1, m.indexOf(']')).split("\\|");
            if ((i.mode & (Mode.LONG | Mode.CODE32)) == 0 && three[0].equals(three[1] + "w")) {
                // Code of 16 bits: the suffix is that of the other size.
                return i.opSize == 2 ? three[1] : three[1] + "d";
            }
            return three[i.opSize == 2 ? 0 : i.opSize == 4 ? 1 : 2];
        }
        if (m.indexOf('{') >= 0) {
            o.usesW();
            return byW(m, i);
        }
        int imm = (int) i.imm & 0xFF;
        if (m.contains("@CMP") && imm < (i.vex ? 32 : 8)) {
            return m.replace("@CMP", COMPARISONS[imm]);
        }
        if (m.contains("@PCL") && (imm & ~0x11) == 0) {
            return m.replace("@PCL", (imm & 1) == 0 ? "lq" : "hq") + ((imm & 16) == 0 ? "lqdq" : "hqdq");
        }
        return m;
    }

    /** Chooses between {@code {a|b}}. */
    private static String byW(String m, Insn i) {
        int open = m.indexOf('{');
        int bar = m.indexOf('|', open);
        int close = m.indexOf('}', open);
        if (open < 0) {
            return m;
        }
        String chosen = i.w || i.vex && i.vexW ? m.substring(bar + 1, close) : m.substring(open + 1, bar);
        return m.substring(0, open) + chosen + m.substring(close + 1);
    }

    /** The mnemonic with those prefixes before it that do nothing else, and LOCK and REP. */
    private static String prefixes(CodeReader reader, Insn i, Names.Row row, Operands o, String mnemonic) {
        if (i.vex) {
            return mnemonic;
        }
        StringBuilder text = new StringBuilder();
        boolean mandatory = i.pp != OpTable.NP && columnMatters(i);
        boolean jcc = mnemonic.charAt(0) == 'j';
        boolean indirect = i.map == Insn.MAP_1 && i.opcode == 0xFF && (i.modrm >> 3 & 6) >> 1 != 0
            && (i.modrm >> 3 & 7) < 6;
        boolean near = mnemonic.equals("ret") || mnemonic.equals("call") || jcc;
        int last = 0;
        boolean lastRep = true;
        boolean last66 = true;
        boolean lastSegment = true;
        List<String> found = new ArrayList<>();
        int end = 0;
        while (isPrefix(reader.byteAt(end), i)) {
            end++;
        }
        for (int k = end - 1; k >= 0; k--) {
            int b = reader.byteAt(k);
            String name = null;
            switch (b) {
                case 0x66 -> {
                    boolean used = last66 && (o.operandSizeUsed && !(i.w && !mandatory)
                        || mandatory && i.pp == OpTable.P66);
                    last66 = false;
                    name = used ? null : i.mode64 || (i.mode & Mode.CODE32) != 0 ? "data16" : "data32";
                }
                case 0x67 -> name = o.addressSizeUsed ? null : i.mode64 || (i.mode & Mode.CODE32) == 0 ? "addr32"
                    : "addr16";
                case 0xF0 -> name = "lock";
                case 0xF2, 0xF3 -> {
                    boolean repeats = o.repeats;
                    boolean used = lastRep && (mandatory && i.pp == (b == 0xF3 ? OpTable.PF3 : OpTable.PF2)
                        || mnemonic.equals("pause"));
                    lastRep = false;
                    name = used ? null : b == 0xF2 ? near ? "bnd" : "repnz"
                        : repeats && !mnemonic.startsWith("cmps") && !mnemonic.startsWith("scas") ? "rep" : "repz";
                }
                case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65 -> {
                    int s = b >= 0x64 ? b & 7 : b >> 3 & 3;
                    boolean used = lastSegment && (s == i.override || i.mode64 && s < 4 && o.source)
                        && o.segmentUsed;
                    lastSegment = false;
                    name = used ? null : b == 0x3E && indirect ? "notrack" : SEGMENT_PREFIXES[s];
                }
                default -> name = k == end - 1 && o.rexUsed() ? null : rexName(b);
            }
            if (name != null) {
                found.addFirst(name);
            }
        }
        for (String name : found) {
            text.append(name).append(' ');
        }
        return text + mnemonic;
    }

    private static String rexName(int rex) {
        return (rex & 15) == 0 ? "rex" : "rex." + ((rex & 8) != 0 ? "W" : "") + ((rex & 4) != 0 ? "R" : "")
            + ((rex & 2) != 0 ? "X" : "") + ((rex & 1) != 0 ? "B" : "");
    }

    private static boolean isPrefix(int b, Insn i) {
        return switch (b) {
            case 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x66, 0x67, 0xF0, 0xF2, 0xF3 -> true;
            default -> i.mode64 && (b & 0xF0) == 0x40;
        };
    }

    /** Whether another mandatory prefix would make another instruction of it. */
    private static boolean columnMatters(Insn i) {
        if (i.map == Insn.MAP_1) {
            return false;
        }
        if (i.map != Insn.MAP_0F) {
            return !(i.map == Insn.MAP_0F38 && (i.opcode & 0xFE) == 0xF0 && i.pp == OpTable.P66);
        }
        int op = i.opcode;
        return op >= 0x10 && op <= 0x17 || op >= 0x28 && op <= 0x2F || op >= 0x50 && op <= 0x7F || op == 0xC2
            || op >= 0xC4 && op <= 0xC6 || op >= 0xD0 && op != 0xFF || op == 0xAE
            || i.pp == OpTable.PF3 && (op == 0xB8 || op == 0xBC || op == 0xBD || op == 0x1E || op == 0xC7 && i.rm == 7);
    }
}
