package dev.backplane.cpu.x86.system;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Activity;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Flags;

/** Between a running CPU and the neutral {@link CpuState}. */
public final class StateImage {
    private StateImage() {
    }

    /** The whole state, at an instruction boundary. */
    public static CpuState save(Cpu c) {
        return CpuState.reset().with(b -> {
            for (int n = 0; n < 16; n++) {
                b.gpr(n, c.r[n]);
            }
            b.rip(c.rip).rflags(c.flags() & 0xFFFFFFFFL);
            for (Segment s : Segment.values()) {
                int n = s.ordinal();
                b.segment(s, new SegmentState(c.segments.selector[n], c.segments.base[n], c.segments.limit[n],
                    c.segments.rights[n]));
            }
            b.gdt(c.sys.gdtBase, c.sys.gdtLimit).idt(c.sys.idtBase, c.sys.idtLimit);
            b.cr0(c.cr0 & 0xFFFFFFFFL).cr2(c.cr2).cr3(c.cr3).cr4(c.cr4).xcr0(c.xcr0);
            for (int n = 0; n < 4; n++) {
                b.dr(n, c.sys.dr[n]);
            }
            b.dr6(c.sys.dr6).dr7(c.sys.dr7);
            Msrs.save(c).forEach(b::msr);
            b.xsave(xsave(c));
            b.activity(c.shutdown ? Activity.SHUTDOWN : c.waitForSipi ? Activity.WAIT_FOR_SIPI
                : c.halted ? Activity.HALTED : Activity.ACTIVE);
            b.interruptShadow(c.shadow).nmiBlocked(c.nmiBlocked);
            return b;
        });
    }

    /** Replaces the whole state; drops what was derived from the old one. */
    public static void load(Cpu c, CpuState s) {
        for (int n = 0; n < 16; n++) {
            c.r[n] = s.gpr(n);
        }
        c.rip = s.rip();
        c.setArithmeticFlags((int) s.rflags());
        c.eflags = (int) s.rflags() & ~Flags.ARITHMETIC | 2;
        for (Segment g : Segment.values()) {
            SegmentState v = s.segment(g);
            c.segments.set(g.ordinal(), v.selector(), v.base(), v.limit(), v.accessRights());
        }
        c.sys.gdtBase = s.gdtBase();
        c.sys.gdtLimit = s.gdtLimit();
        c.sys.idtBase = s.idtBase();
        c.sys.idtLimit = s.idtLimit();
        c.cr0 = s.cr0();
        c.cr2 = s.cr2();
        c.cr3 = s.cr3();
        c.cr4 = s.cr4();
        c.xcr0 = s.xcr0();
        for (int n = 0; n < 4; n++) {
            c.sys.dr[n] = s.dr(n);
        }
        c.sys.dr6 = s.dr6();
        c.sys.dr7 = s.dr7();
        Msrs.load(c, s.msrs());
        loadXsave(c, s.xsave());
        c.shutdown = s.activity() == Activity.SHUTDOWN;
        c.waitForSipi = s.activity() == Activity.WAIT_FOR_SIPI;
        c.halted = s.activity() == Activity.HALTED;
        c.shadow = s.interruptShadow();
        c.shadowSs = false;
        c.nmiBlocked = s.nmiBlocked();
        c.injectedVector = s.injectedVector();
        boolean real = (c.cr0 & Cpu.CR0_PE) == 0;
        // In real mode the privilege is 0 whatever the hidden parts say.
        c.segments.setCpl(real ? 0 : (c.eflags & Flags.VM) != 0 ? 3 : c.segments.dpl(Cpu.SS));
        if ((c.cr0 & Cpu.CR0_PG) != 0 && (c.cr4 & Cpu.CR4_PAE) != 0 && (c.efer & Cpu.EFER_LMA) == 0) {
            c.mem.slow().paging().loadPdptes(c.cr3);
        }
        c.mem.slow().watchesChanged();
        c.segments.updateMode();
        c.engine.mappingsChanged(c);
        c.eventsWaiting = true;
        c.attention = true;
    }

    private static byte[] xsave(Cpu c) {
        boolean avx = (ExtendedState.inUse(c.fpu) & 4) != 0;
        byte[] image = new byte[avx ? ExtendedState.YMM_AT + ExtendedState.YMM_SIZE : ExtendedState.YMM_AT];
        ByteBuffer b = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        ExtendedState.putX87(c.fpu, b, true);
        b.putInt(24, c.fpu.mxcsr());
        b.putInt(28, ExtendedState.MXCSR_MASK);
        ExtendedState.putXmm(c.fpu, b, 16);
        if (avx) {
            ExtendedState.putYmm(c.fpu, b, 16);
        }
        b.putLong(512, avx ? 7 : 3);
        return image;
    }

    private static void loadXsave(Cpu c, byte[] image) {
        ByteBuffer b = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        c.fpu.reset();
        long present = b.getLong(512);
        if ((present & 1) != 0) {
            ExtendedState.getX87(c.fpu, b, true);
        }
        if ((present & 2) != 0) {
            c.fpu.mxcsr(b.getInt(24) & ExtendedState.MXCSR_MASK);
            ExtendedState.getXmm(c.fpu, b, 16);
        }
        if ((present & 4) != 0 && image.length >= ExtendedState.YMM_AT + ExtendedState.YMM_SIZE) {
            ExtendedState.getYmm(c.fpu, b, 16);
        }
    }
}
