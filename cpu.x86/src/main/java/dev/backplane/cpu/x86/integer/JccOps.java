package dev.backplane.cpu.x86.integer;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;

/** Jcc, one class for each condition. */
final class JccOps {
    private JccOps() {
    }

    /** Makes the op of a condition code, 0 (O) to 15 (NLE). */
    static Op create(Insn i, int code) {
        return switch (code) {
            case 0 -> new Jo(i);
            case 1 -> new Jno(i);
            case 2 -> new Jb(i);
            case 3 -> new Jnb(i);
            case 4 -> new Jz(i);
            case 5 -> new Jnz(i);
            case 6 -> new Jbe(i);
            case 7 -> new Jnbe(i);
            case 8 -> new Js(i);
            case 9 -> new Jns(i);
            case 10 -> new Jp(i);
            case 11 -> new Jnp(i);
            case 12 -> new Jl(i);
            case 13 -> new Jnl(i);
            case 14 -> new Jle(i);
            default -> new Jnle(i);
        };
    }

    static final class Jo extends Branches.Conditional {
        Jo(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, Flags.of(c));
        }
    }

    static final class Jno extends Branches.Conditional {
        Jno(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(Flags.of(c)));
        }
    }

    static final class Jb extends Branches.Conditional {
        Jb(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, Flags.cf(c));
        }
    }

    static final class Jnb extends Branches.Conditional {
        Jnb(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(Flags.cf(c)));
        }
    }

    static final class Jz extends Branches.Conditional {
        Jz(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, c.flagResult == 0);
        }
    }

    static final class Jnz extends Branches.Conditional {
        Jnz(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(c.flagResult == 0));
        }
    }

    static final class Jbe extends Branches.Conditional {
        Jbe(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, c.flagResult == 0 || c.flagCarry < 0);
        }
    }

    static final class Jnbe extends Branches.Conditional {
        Jnbe(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(c.flagResult == 0 || c.flagCarry < 0));
        }
    }

    static final class Js extends Branches.Conditional {
        Js(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, Flags.sf(c));
        }
    }

    static final class Jns extends Branches.Conditional {
        Jns(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(Flags.sf(c)));
        }
    }

    static final class Jp extends Branches.Conditional {
        Jp(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, Flags.pf(c));
        }
    }

    static final class Jnp extends Branches.Conditional {
        Jnp(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(Flags.pf(c)));
        }
    }

    static final class Jl extends Branches.Conditional {
        Jl(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, Flags.less(c));
        }
    }

    static final class Jnl extends Branches.Conditional {
        Jnl(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(Flags.less(c)));
        }
    }

    static final class Jle extends Branches.Conditional {
        Jle(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, c.flagResult == 0 || Flags.less(c));
        }
    }

    static final class Jnle extends Branches.Conditional {
        Jnle(Insn i) {
            super(i);
        }

        @Override
        public void exec(Cpu c) {
            jump(c, !(c.flagResult == 0 || Flags.less(c)));
        }
    }
}
