package dev.backplane.machine.state;

import java.util.Locale;
import java.util.Map;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Activity;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/** The state of one vCPU as fields. */
public final class CpuStateCodec {
    private static final int MAX_XSAVE = 16384;

    private CpuStateCodec() {
    }

    /** Writes a state. */
    public static void save(CpuState s, StateWriter out) {
        long[] gpr = new long[16];
        for (int i = 0; i < gpr.length; i++) {
            gpr[i] = s.gpr(i);
        }
        out.putLongs("gpr", gpr).putLong("rip", s.rip()).putLong("rflags", s.rflags());
        for (Segment name : Segment.values()) {
            SegmentState v = s.segment(name);
            out.section(name.name().toLowerCase(Locale.ROOT)).putInt("selector", v.selector())
                .putLong("base", v.base()).putInt("limit", v.limit()).putInt("rights", v.accessRights());
        }
        out.putLong("gdt-base", s.gdtBase()).putInt("gdt-limit", s.gdtLimit())
            .putLong("idt-base", s.idtBase()).putInt("idt-limit", s.idtLimit())
            .putLong("cr0", s.cr0()).putLong("cr2", s.cr2()).putLong("cr3", s.cr3()).putLong("cr4", s.cr4())
            .putLong("xcr0", s.xcr0()).putLongs("dr", new long[] {s.dr(0), s.dr(1), s.dr(2), s.dr(3)})
            .putLong("dr6", s.dr6()).putLong("dr7", s.dr7()).putBytes("xsave", s.xsave())
            .putInt("activity", s.activity().ordinal()).putBoolean("interrupt-shadow", s.interruptShadow())
            .putBoolean("nmi-blocked", s.nmiBlocked()).putInt("injected-vector", s.injectedVector());
        long[] msrs = new long[s.msrs().size() * 2];
        int i = 0;
        for (Map.Entry<Integer, Long> e : s.msrs().entrySet()) {
            msrs[i++] = e.getKey() & 0xFFFFFFFFL;
            msrs[i++] = e.getValue();
        }
        out.putLongs("msrs", msrs);
    }

    /** Reads a state. */
    public static CpuState restore(StateReader in) throws StateException {
        CpuState.Builder b = CpuState.reset().toBuilder();
        long[] gpr = in.getLongs("gpr");
        long[] dr = in.getLongs("dr");
        long[] msrs = in.getLongs("msrs");
        byte[] xsave = in.getBytes("xsave");
        if (gpr.length != 16 || dr.length != 4 || msrs.length % 2 != 0 || xsave.length < 576
            || xsave.length > MAX_XSAVE) {
            throw new StateException("a vCPU's state has arrays of wrong length");
        }
        for (int i = 0; i < gpr.length; i++) {
            b.gpr(i, gpr[i]);
        }
        for (int i = 0; i < dr.length; i++) {
            b.dr(i, dr[i]);
        }
        for (int i = 0; i < msrs.length; i += 2) {
            b.msr((int) msrs[i], msrs[i + 1]);
        }
        for (Segment name : Segment.values()) {
            StateReader v = in.section(name.name().toLowerCase(Locale.ROOT));
            b.segment(name, new SegmentState(v.getInt("selector", 0, 0xFFFF), v.getLong("base"), v.getInt("limit"),
                v.getInt("rights")));
        }
        return b.rip(in.getLong("rip")).rflags(in.getLong("rflags"))
            .gdt(in.getLong("gdt-base"), in.getInt("gdt-limit", 0, 0xFFFF))
            .idt(in.getLong("idt-base"), in.getInt("idt-limit", 0, 0xFFFF))
            .cr0(in.getLong("cr0")).cr2(in.getLong("cr2")).cr3(in.getLong("cr3")).cr4(in.getLong("cr4"))
            .xcr0(in.getLong("xcr0")).dr6(in.getLong("dr6")).dr7(in.getLong("dr7")).xsave(xsave)
            .activity(Activity.values()[in.getInt("activity", 0, Activity.values().length - 1)])
            .interruptShadow(in.getBoolean("interrupt-shadow")).nmiBlocked(in.getBoolean("nmi-blocked"))
            .injectedVector(in.getInt("injected-vector", -1, 255)).build();
    }
}
