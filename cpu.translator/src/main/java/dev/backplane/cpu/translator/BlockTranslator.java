package dev.backplane.cpu.translator;

import static dev.backplane.cpu.translator.CodeWriter.A;
import static dev.backplane.cpu.translator.CodeWriter.C;
import static dev.backplane.cpu.translator.CodeWriter.D;
import static dev.backplane.cpu.translator.CodeWriter.SP;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.x86.CpuModel;
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
    /** Distance of the two constants of a guard. */
    static final int SECOND_GUARD = 29;
    private static final int USER = 2;
    private static final int CLI = 0xFA;

    private final CodeWriter w;
    private final Assembler a;
    private final IntegerCode integers;
    private final SimdCode simd;
    private final StringCode strings;
    private final X87Code x87;
    private final SystemCode system;
    private final OpTable table;
    private final Class<?> undefined;
    private final long toExecutable;
    private final Groups groups;
    private final Decoder[] decoders = new Decoder[Env.MAX_COUNT];
    private final Insn[] insns = new Insn[Env.MAX_COUNT];
    private final List<Slow> slows = new ArrayList<>();
    private Translation t;
    /** Pending events are looked for at the end of the block. */
    private boolean check;

    /** The instructions of a group once more: the end of the jump that leads there, and where the group goes on. */
    private record Slow(int from, int end, long miss, long join, long start, boolean xmm, boolean x87, long mark,
            int table) {
    }

    /**
     * Makes a translator.
     *
     * @param toExecutable what must be added to an address of writable code to get the executable one
     */
    BlockTranslator(CodeWriter w, OpTable table, CpuModel model, long toExecutable) {
        this.w = w;
        this.table = table;
        this.toExecutable = toExecutable;
        a = w.a;
        integers = new IntegerCode(w, model.v3);
        simd = new SimdCode(w);
        strings = new StringCode(w);
        x87 = new X87Code(w);
        system = new SystemCode(w, model.v2);
        groups = new Groups(simd.forms, table);
        undefined = IntegerTable.undefined(new Insn()).getClass();
    }

    /**
     * Translates.
     *
     * @param page host address of the page that holds the block
     * @param second likewise of the page that its last byte is in
     * @param at   where the code goes, in writable memory
     * @param traced whether a tracer is told of each run
     * @return where the next one may go
     */
    long translate(Translation translation, long page, long second, long at, boolean traced) {
        t = translation;
        Block b = t.block;
        int count = b.count;
        t.ops = new Op[count];
        t.touches = new byte[count];
        t.xmm = new boolean[count];
        t.x87 = new boolean[count];
        t.x87Last = new int[count];
        t.entries = new long[count];
        t.inline = new int[count + 1];
        t.tables = new byte[count];
        a.start(at);
        w.begin(t);
        prelude(b);
        t.writable = at;
        t.external = at + toExecutable;
        t.internal = a.here() + toExecutable;
        if (traced) {
            w.leave(new Site(Site.Kind.TRACE, t, 0, 0, 0));
        }
        t.body = a.here() + toExecutable;
        w.count(count);
        if (b.secondPage >= 0) {
            guard();
        }
        decode(page, second);
        check = false;
        slows.clear();
        for (int n = 0; n < count;) {
            if (groups.find(insns, t.ops, n, count)) {
                n = group(n);
            } else {
                instruction(n++);
            }
        }
        Op last = t.ops[count - 1];
        if (!last.endsBlock()) {
            w.x87Note();
            int pos = last.pos + last.length;
            if (check) {
                w.leaveUnlessZero(Env.EVENTS, new Site(Site.Kind.EVENTS, t, count, pos, 0));
            }
            go(pos, pos, Site.Kind.LOOKUP);
        }
        t.inline[count] = (int) (a.here() - at);
        for (Slow slow : slows) {
            slow(slow);
        }
        w.end();
        t.codeLength = (int) (a.here() - at);
        t = null;
        return a.here();
    }

    /** The way in from other pages, with RIP in A. */
    private void prelude(Block b) {
        a.lea64(C, w.m.of(A, -b.offset));
        a.store64(w.env(Env.PAGE_BASE), C);
    }

    private void decode(long page, long second) {
        int pos = 0;
        for (int n = 0; n < t.ops.length; n++) {
            if (decoders[n] == null) {
                decoders[n] = new Decoder(table);
                insns[n] = decoders[n].insn();
            }
            Op op = decoders[n].decode(p -> byteAt(page, second, t.block.offset + p), pos, t.mode);
            fields(insns[n]);
            t.ops[n] = op;
            t.touches[n] = (byte) SimdCode.touches(insns[n], table);
            pos += op.length;
        }
    }

    /** Writes the code of an instruction. */
    private void instruction(int n) {
        Op op = t.ops[n];
        Insn i = insns[n];
        int count = t.ops.length;
        int next = op.pos + op.length;
        t.entries[n] = a.here() + toExecutable;
        if (t.inline[n] == 0) {
            t.inline[n] = (int) (a.here() - t.writable);
        }
        t.xmm[n] = w.instruction(n);
        t.x87[n] = w.x87Ready();
        t.tables[n] = (byte) w.table();
        if (op.shadows() && t.table != USER && n + 2 == count) {
            if (t.ops[n + 1].endsBlock()) {
                // Nothing is pending, so that there is nothing to be held back until behind the branch.
                a.load32(C, w.env(Env.EVENTS));
                a.jrcxz(5);
                w.leaveForOp();
            } else {
                // Interrupts are looked for behind the instruction after this one, which is the block's last.
                check = true;
            }
            a.store32(w.env(Env.IF), 1);
            return;
        }
        if (i.map == Insn.MAP_1 && i.opcode == CLI && t.table != USER && !op.endsBlock()) {
            a.store32(w.env(Env.IF), 0);
            return;
        }
        if (op.endsBlock()) {
            w.x87Note();
            if (faults(op) || !branch(i, next) && !system.branch(i, next)) {
                w.leaveForOpHere();
            }
        } else if (faults(op) || !body(i)) {
            if ((t.touches[n] & SimdCode.X87) != 0) {
                w.x87ByOp();
            }
            w.leaveForOpHere();
        }
    }

    /**
     * Writes the code of the group that has just been found, of which nothing is left for an exit; where it cannot be
     * taken, {@link #slow} has code with a check for each access, which is also where instructions are entered.
     */
    private int group(int from) {
        int end = groups.end;
        boolean xmm = w.xmmReady();
        boolean x87 = w.x87Ready();
        long mark = w.x87Mark();
        long start = a.here();
        t.inline[from] = (int) (start - t.writable);
        long miss = w.group(groups);
        for (int n = from; n < end; n++) {
            instruction(n);
        }
        w.groupEnd();
        slows.add(new Slow(from, end, miss, a.here(), start, xmm, x87, mark, w.table()));
        return end;
    }

    private void slow(Slow s) {
        Assembler.patch(s.miss, a.here());
        w.ready(s.xmm, s.x87);
        w.look(s.table);
        w.x87Reset(s.mark);
        for (int n = s.from; n < s.end; n++) {
            fields(insns[n]);
            instruction(n);
        }
        t.entries[s.from] = s.start + toExecutable;
        if (!t.ops[s.end - 1].endsBlock()) {
            a.jmp(s.join);
        }
    }

    private static int byteAt(long page, long second, int offset) {
        return Raw.get8(offset < 4096 ? page + offset : second + offset - 4096) & 0xFF;
    }

    /** Goes on only if the mappings and the page's address are those for which Java has looked at both pages. */
    private void guard() {
        a.load64(D, w.env(t.table == USER ? Env.MAPPINGS : Env.GLOBAL_MAPPINGS));
        a.byte8(0x48);
        a.byte8(0xB8 | C);
        t.guard = a.here();
        // No count of mappings makes this 0.
        a.imm64(1);
        compare();
        a.load64(D, w.env(Env.PAGE_BASE));
        a.byte8(0x48);
        a.byte8(0xB8 | C);
        if (a.here() - t.guard != SECOND_GUARD) {
            throw new IllegalStateException("a guard of " + (a.here() - t.guard) + " bytes");
        }
        a.imm64(1);
        compare();
    }

    private void compare() {
        a.lea64(C, w.m.of(C, D, 0, 0));
        a.jrcxz(5);
        w.leaveThrough(new Site(Site.Kind.GUARD, t, 0, 0, 0));
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
            return integers.emit(i) || system.emit(i);
        }
        if ((i.mode & Mode.FP_TRAP) != 0) {
            return false;
        }
        return switch (e.kind()) {
            case X87 -> x87.emit(i);
            case MMX -> x87.emitMmx(i);
            case AVX -> (i.mode & Mode.AVX_TRAP) == 0 && simd.emit(i);
            default -> simd.emit(i);
        };
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
                integers.stackCheck();
                a.load64(A, w.stackOperand(0));
                a.lea64(SP, w.m.of(SP, release));
                w.jump(Site.Kind.LOOKUP_RETURN, release);
            }
            case 0xFF -> {
                return indirect(i, next);
            }
            case 0xA4, 0xA5, 0xAA, 0xAB -> {
                if (!strings.emit(i)) {
                    return false;
                }
                go(next, next, Site.Kind.LOOKUP);
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
