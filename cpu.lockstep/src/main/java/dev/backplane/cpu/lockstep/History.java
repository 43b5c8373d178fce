package dev.backplane.cpu.lockstep;

import java.util.ArrayList;
import java.util.List;

import dev.backplane.cpu.interpreter.VcpuCore;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.CpuFault;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Peek;
import dev.backplane.cpu.x86.decode.Decoder;

/** The instructions that the follower has executed last, read again from memory. */
final class History {
    private final VcpuCore core;
    private final FollowerTier tier;
    private final Decoder decoder;
    /** The follower's memory. */
    final Peek peek;

    History(VcpuCore core, FollowerTier tier) {
        this.core = core;
        this.tier = tier;
        decoder = new Decoder(core.table());
        peek = new Peek(core.cpu(), core.cpu().mem.slow().physical());
    }

    /** Which of some flags were left undefined since a step, and not defined since. */
    int undefined(int flags, long since) {
        int open = flags;
        int found = 0;
        for (int back = 0; open != 0; back++) {
            FollowerTier.Ran ran = tier.ran(back);
            if (ran == null || ran.steps() < since) {
                break;
            }
            List<int[]> effects = effects(ran);
            for (int k = effects.size() - 1; k >= 0; k--) {
                int undefined = effects.get(k)[0] & open;
                found |= undefined;
                open &= ~(undefined | effects.get(k)[1]);
            }
        }
        return found;
    }

    private List<int[]> effects(FollowerTier.Ran ran) {
        List<int[]> effects = new ArrayList<>();
        int at = 0;
        for (int n = 0; n < ran.count(); n++) {
            Op op = decode(ran.rip(), at);
            if (op == null) {
                break;
            }
            Insn i = decoder.insn();
            i.regLow = i.modrm >> 3 & 7;
            effects.add(new int[] {UndefinedFlags.undefined(i), UndefinedFlags.defined(i)});
            at += op.length;
        }
        return effects;
    }

    private Op decode(long rip, int at) {
        Cpu c = core.cpu();
        long start = rip + c.segBase[Cpu.CS];
        try {
            return decoder.decode(p -> {
                int b = peek.byteAt(start + p);
                if (b < 0) {
                    throw c.gp(0);
                }
                return b;
            }, at, c.mode);
        } catch (CpuFault f) {
            return null;
        }
    }

    /** The last blocks, oldest first, an instruction in each line. */
    String text(int blocks) {
        StringBuilder out = new StringBuilder();
        for (int back = blocks - 1; back >= 0; back--) {
            FollowerTier.Ran ran = tier.ran(back);
            if (ran == null) {
                continue;
            }
            out.append("  block at %x, step %d, %d of %d instructions%n".formatted(ran.rip(), ran.steps(),
                ran.count(), ran.block().count));
            int at = 0;
            for (int n = 0; n < ran.block().count && at < ran.block().length; n++) {
                Op op = decode(ran.rip(), at);
                if (op == null) {
                    out.append("    what was there cannot be read any more\n");
                    break;
                }
                out.append("    %x  %-30s %s%n".formatted(ran.rip() + at, bytes(ran.rip() + at, op.length), name(op)));
                at += op.length;
            }
        }
        return out.toString();
    }

    private String bytes(long rip, int length) {
        StringBuilder out = new StringBuilder();
        for (int n = 0; n < length; n++) {
            out.append("%02x ".formatted(peek.byteAt(rip + core.cpu().segBase[Cpu.CS] + n) & 0xFF));
        }
        return out.toString().trim();
    }

    private static String name(Op op) {
        String name = op.getClass().getName();
        return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
    }
}
