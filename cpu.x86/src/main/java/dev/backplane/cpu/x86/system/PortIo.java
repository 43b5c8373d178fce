package dev.backplane.cpu.x86.system;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.DebugRegisters;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.Registers;
import dev.backplane.cpu.x86.integer.Strings;

/** IN, OUT, INS and OUTS. */
final class PortIo {
    private PortIo() {
    }

    private static int read(Cpu c, int port, int size) {
        c.engine.enterBus(c);
        try {
            return c.bus.portRead(port, size);
        } finally {
            c.engine.leaveBus(c);
            watch(c, port, size);
        }
    }

    private static void write(Cpu c, int port, int size, int v) {
        c.engine.enterBus(c);
        try {
            c.bus.portWrite(port, size, size == 4 ? v : v & (1 << 8 * size) - 1);
        } finally {
            c.engine.leaveBus(c);
            watch(c, port, size);
        }
    }

    private static void watch(Cpu c, int port, int size) {
        if ((c.cr4 & Cpu.CR4_DE) != 0 && DebugRegisters.active(c.sys.dr7)) {
            c.mem.slow().watchHits |= DebugRegisters.portHits(c.sys, port, size);
        }
    }

    static final class Access extends Op {
        private final int size;
        private final boolean out;
        /** The port, or -1 for DX. */
        private final int port;

        Access(Insn i, int size, boolean out, boolean dx) {
            super(i);
            this.size = size == 8 ? 4 : size;
            this.out = out;
            port = dx ? -1 : (int) i.imm;
        }

        @Override
        public boolean endsBlock() {
            // A device may ask for attention: look at once.
            return true;
        }

        @Override
        public boolean fallsThrough() {
            return true;
        }

        @Override
        public void exec(Cpu c) {
            int p = port < 0 ? (int) c.r[Cpu.RDX] & 0xFFFF : port;
            Tss.checkPort(c, p, size);
            if (out) {
                write(c, p, size, (int) c.r[Cpu.RAX]);
            } else {
                Registers.set(c, Cpu.RAX, size, false, read(c, p, size));
            }
        }
    }

    static final class Ins extends Strings {
        Ins(Insn i, int size) {
            super(i, size == 8 ? 4 : size);
        }

        @Override
        protected void once(Cpu c) {
            int p = (int) c.r[Cpu.RDX] & 0xFFFF;
            Tss.checkPort(c, p, size);
            long la = linear(c, Cpu.ES, index(c, Cpu.RDI), true);
            c.mem.probeWrite(la, size);
            c.mem.store(la, size, read(c, p, size));
            advance(c, Cpu.RDI, step(c));
        }
    }

    static final class Outs extends Strings {
        Outs(Insn i, int size) {
            super(i, size == 8 ? 4 : size);
        }

        @Override
        protected void once(Cpu c) {
            int p = (int) c.r[Cpu.RDX] & 0xFFFF;
            Tss.checkPort(c, p, size);
            long v = c.mem.load(linear(c, source, index(c, Cpu.RSI), false), size);
            write(c, p, size, (int) v);
            advance(c, Cpu.RSI, step(c));
        }
    }
}
