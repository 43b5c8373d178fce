package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.SP;

import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Mode;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.Raw;
import dev.backplane.cpu.x86.decode.Decoder;
import dev.backplane.cpu.x86.encode.Assembler;
import dev.backplane.cpu.x86.integer.IntegerTable;
import dev.backplane.cpu.x86.system.FpTrap;

/** Makes machine code of a block. */
final class BlockTranslator {
    /** More than any block's code needs. */
    static final int MOST_BYTES = 32 << 10;

    private final CodeWriter w;
    private final Assembler a;
    private final IntegerCode integers;
    private final SimdCode simd;
    private final OpTable table;
    private final Decoder decoder;
    private final Class<?> undefined;
    private final long toExecutable;
    private Translation t;

    /**
     * Makes a translator.
     *
     * @param toExecutable what must be added to an address of writable code to get the executable one
     */
    BlockTranslator(CodeWriter w, OpTable table, boolean counts, long toExecutable) {
        this.w = w;
        this.table = table;
        this.toExecutable = toExecutable;
        a = w.a;
        integers = new IntegerCode(w, counts);
        simd = new SimdCode(w);
        decoder = new Decoder(table);
        undefined = IntegerTable.undefined(new Insn()).getClass();
    }

    /**
     * Translates.
     *
     * @param page host address of the page that holds the block
     * @param at   where the code goes, in writable memory
     * @return where the next one may go
     */
    long translate(Translation translation, long page, long at) {
        t = translation;
        Block b = t.block;
        int count = b.count;
        int mode = t.mode;
        t.ops = new Op[count];
        t.simd = new boolean[count];
        t.xmm = new boolean[count];
        t.entries = new long[count];
        a.start(at);
        w.begin(t);
        t.writable = at;
        t.external = at + toExecutable;
        a.lea64(C, w.m.of(A, -b.offset));
        a.store64(w.env(Env.PAGE_BASE), C);
        t.internal = a.here() + toExecutable;
        a.rm(0, Assembler.MAP_0F, 0xD4, false, 0, w.env(Env.NUMBERS + 8 * count));
        int pos = 0;
        for (int n = 0; n < count; n++) {
            Op op = decoder.decode(p -> Raw.get8(page + b.offset + p) & 0xFF, pos, mode);
            Insn i = decoder.insn();
            fields(i);
            t.ops[n] = op;
            t.simd[n] = SimdCode.touches(i, table);
            t.entries[n] = a.here() + toExecutable;
            t.xmm[n] = w.instruction(n);
            pos += op.length;
            if (op.endsBlock()) {
                if (faults(op) || !branch(i, pos)) {
                    w.leaveForOpHere();
                }
            } else {
                if (faults(op) || !body(i)) {
                    w.leaveForOpHere();
                }
                if (n == count - 1) {
                    go(pos, pos, Site.Kind.LOOKUP);
                }
            }
        }
        w.end();
        t.codeLength = (int) (a.here() - at);
        t = null;
        return a.here() + 15 & -16;
    }

    /** Whether the op is none of the instruction that the bytes name. */
    private boolean faults(Op op) {
        return op.getClass() == undefined || op instanceof FpTrap.TooLong;
    }

    /** The fields of ModRM as they are encoded: what makes ops may have exchanged them. */
    private static void fields(Insn i) {
        i.regLow = i.modrm >> 3 & 7;
        i.rmLow = i.modrm & 7;
        i.reg = i.regLow | (i.rex & 4) << 1;
        i.rm = i.rmLow | (i.rex & 1) << 3;
    }

    private boolean body(Insn i) {
        OpTable.Entry e = table.get(i.map, i.pp, i.opcode);
        if (e.kind() == OpTable.Kind.INTEGER) {
            return integers.emit(i);
        }
        return e.kind() == OpTable.Kind.SSE && (i.mode & Mode.FP_TRAP) == 0 && simd.emit(i)
            || e.kind() == OpTable.Kind.AVX && (i.mode & (Mode.FP_TRAP | Mode.AVX_TRAP)) == 0 && simd.emit(i);
    }

    // Branches.

    private boolean branch(Insn i, int next) {
        if (i.mem && !w.addressable(i)) {
            return false;
        }
        int op = i.opcode;
        if (i.map == Insn.MAP_0F) {
            if ((op & 0xF0) == 0x80) {
                conditional(op & 15, (int) i.imm + next, next);
                return true;
            }
            return false;
        }
        if (i.map != Insn.MAP_1) {
            return false;
        }
        switch (op) {
            case 0xE8 -> {
                integers.pushCheck();
                w.rip(C, next);
                integers.pushed(C);
                go((int) i.imm + next, next, Site.Kind.LOOKUP_CALL);
            }
            case 0xE9, 0xEB -> go((int) i.imm + next, next, Site.Kind.LOOKUP);
            case 0xC2, 0xC3 -> {
                int release = 8 + (op == 0xC2 ? (int) i.imm : 0);
                w.check(SP, 8, false);
                a.load64(A, w.operand(SP));
                a.lea64(SP, w.m.of(SP, release));
                w.jump(Site.Kind.LOOKUP_RETURN, release);
            }
            case 0xFF -> {
                return indirect(i, next);
            }
            default -> {
                if ((op & 0xF0) != 0x70) {
                    return false;
                }
                conditional(op & 15, (int) i.imm + next, next);
            }
        }
        return true;
    }

    private boolean indirect(Insn i, int next) {
        if (i.regLow != 2 && i.regLow != 4) {
            return false;
        }
        int from = A;
        if (i.mem) {
            int la = w.linear(i);
            w.check(la, 8, false);
            a.load64(A, w.operand(la));
        } else {
            from = w.source(i.rm, A);
        }
        if (i.regLow == 4) {
            a.mov64(A, from);
            w.jump(Site.Kind.LOOKUP, 0);
            return true;
        }
        a.store64(w.env(Env.TARGET), from);
        integers.pushCheck();
        w.rip(C, next);
        integers.pushed(C);
        a.load64(A, w.env(Env.TARGET));
        w.jump(Site.Kind.LOOKUP_CALL, 0);
        return true;
    }

    private boolean inPage(int target) {
        int offset = t.block.offset + target;
        return offset >= 0 && offset < 4096;
    }

    private void conditional(int condition, int target, int next) {
        if (inPage(target) && target >= next) {
            w.branch(condition, target);
            go(next, next, Site.Kind.LOOKUP);
            return;
        }
        a.jcc(condition, a.here());
        long taken = a.here();
        go(next, next, Site.Kind.LOOKUP);
        Assembler.patch(taken, a.here());
        go(target, next, Site.Kind.LOOKUP);
    }

    /** Goes to what lies {@code target} bytes from the block's start. */
    private void go(int target, int next, Site.Kind kind) {
        if (!inPage(target)) {
            w.rip(A, target);
            w.jump(kind, 0);
        } else if (target >= next) {
            w.branch(-1, target);
        } else {
            long poll = w.poll();
            w.branch(-1, target);
            w.pollExit(poll, new Site(Site.Kind.POLL, t, 0, target, 0));
        }
    }
}
