package dev.backplane.cpu.x86.disasm;

import java.util.HashMap;
import java.util.Map;

import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.decode.Decoder;

/** In which class the entry of an opcode stands. */
final class Homes extends OpTable {
    private static final StackWalker CALLERS = StackWalker.getInstance();
    private static final String LIBRARY = "dev.backplane.cpu.x86.";

    private final Map<Integer, String> classes = new HashMap<>();

    Homes() {
        Decoder.fill(this);
    }

    @Override
    public void add(Kind kind, int map, int prefix, int opcode, boolean modrm, Imm imm, OpFactory factory) {
        super.add(kind, map, prefix, opcode, modrm, imm, factory);
        if (kind != Kind.INTEGER) {
            String caller = CALLERS.walk(frames -> frames.map(StackWalker.StackFrame::getClassName)
                .filter(n -> !n.endsWith(".Homes") && !n.endsWith(".Tables")).findFirst().orElse(""));
            classes.put(key(map, prefix, opcode), caller.replace(LIBRARY, ""));
        }
    }

    /** The class, without the name of the library. */
    String of(Insn i) {
        String column = classes.get(key(i.map, i.pp, i.opcode));
        return column != null ? column : classes.getOrDefault(key(i.map, ANY, i.opcode), "");
    }

    private static int key(int map, int prefix, int opcode) {
        return map << 12 | prefix + 1 << 8 | opcode;
    }
}
