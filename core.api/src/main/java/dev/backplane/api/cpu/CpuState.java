package dev.backplane.api.cpu;

import java.util.Arrays;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * The complete architectural state of one vCPU at an instruction boundary, independent of any backend. A value: it
 * shares nothing with a running vCPU. Obtained and changed through {@link Builder}.
 */
public final class CpuState {

    /** Activity states (Intel SDM vol. 3, 25.4.2). */
    public enum Activity { ACTIVE, HALTED, SHUTDOWN, WAIT_FOR_SIPI }

    /** Segment register numbers in instruction-encoding order, then the system registers. */
    public enum Segment { ES, CS, SS, DS, FS, GS, LDTR, TR }

    private final Builder b;

    private CpuState(Builder b) {
        this.b = b;
    }

    /** The state after power-up or reset (Intel SDM vol. 3, table 10-1); CR0, CS:IP and the rest as listed there. */
    public static CpuState reset() {
        Builder b = new Builder();
        for (Segment s : Segment.values()) {
            int rights = switch (s) {
                case CS -> 0x9B;
                case LDTR -> 0x82;
                case TR -> 0x8B;
                default -> 0x93;
            };
            b.segments[s.ordinal()] = s == Segment.CS
                ? new SegmentState(0xF000, 0xFFFF0000L, 0xFFFF, rights)
                : new SegmentState(0, 0, 0xFFFF, rights);
        }
        b.rip = 0xFFF0;
        b.rflags = 2;
        b.cr0 = 0x60000010L;
        b.dr6 = 0xFFFF0FF0L;
        b.dr7 = 0x400;
        b.xcr0 = 1;
        b.gdtLimit = 0xFFFF;
        b.idtLimit = 0xFFFF;
        // FCW and MXCSR of a reset processor, in the legacy region of the XSAVE image (SDM vol. 1, 13.4.1).
        b.xsave = new byte[576];
        b.xsave[0] = 0x40;
        b.xsave[24] = (byte) 0x80;
        b.xsave[25] = 0x1F;
        b.xsave[512] = 3;
        return b.build();
    }

    /** A builder that starts from this state. */
    public Builder toBuilder() {
        return new Builder(b);
    }

    /** This state with some changes. */
    public CpuState with(UnaryOperator<Builder> change) {
        return change.apply(toBuilder()).build();
    }

    /** A general-purpose register by its number in instruction encodings: 0 RAX, 1 RCX, ... 15 R15. */
    public long gpr(int number) {
        return b.gpr[number];
    }

    public long rip() {
        return b.rip;
    }

    public long rflags() {
        return b.rflags;
    }

    public SegmentState segment(Segment s) {
        return b.segments[s.ordinal()];
    }

    public long gdtBase() {
        return b.gdtBase;
    }

    /** Limit of the GDT in bytes minus one, 0 to 0xFFFF. */
    public int gdtLimit() {
        return b.gdtLimit;
    }

    public long idtBase() {
        return b.idtBase;
    }

    /** Limit of the IDT in bytes minus one, 0 to 0xFFFF. */
    public int idtLimit() {
        return b.idtLimit;
    }

    public long cr0() {
        return b.cr0;
    }

    public long cr2() {
        return b.cr2;
    }

    public long cr3() {
        return b.cr3;
    }

    public long cr4() {
        return b.cr4;
    }

    public long xcr0() {
        return b.xcr0;
    }

    /** DR0 to DR3: the breakpoint addresses. */
    public long dr(int number) {
        return b.dr[number];
    }

    public long dr6() {
        return b.dr6;
    }

    public long dr7() {
        return b.dr7;
    }

    /** The MSRs that the backend keeps (IA32_EFER, IA32_STAR, ...), by index; those of the core are not here. */
    public SortedMap<Integer, Long> msrs() {
        return new TreeMap<>(b.msrs);
    }

    /** One MSR of the backend, 0 if it is not in the state. */
    public long msr(int index) {
        return b.msrs.getOrDefault(index, 0L);
    }

    /**
     * x87, SSE and AVX state as an XSAVE image in standard (not compacted) format (Intel SDM vol. 1, 13.4): 512 bytes
     * of legacy region, 64 bytes of header, then extended components at their standard offsets.
     */
    public byte[] xsave() {
        return b.xsave.clone();
    }

    public Activity activity() {
        return b.activity;
    }

    /** Interrupts are inhibited for one instruction after STI, MOV SS or POP SS. */
    public boolean interruptShadow() {
        return b.interruptShadow;
    }

    /** An NMI is being handled: further ones are blocked until IRET. */
    public boolean nmiBlocked() {
        return b.nmiBlocked;
    }

    /**
     * A vector that was acknowledged but not yet delivered, 0 to 255, or -1. Backends that deliver at once never
     * leave one here, but accept it.
     */
    public int injectedVector() {
        return b.injectedVector;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof CpuState s && b.same(s.b);
    }

    @Override
    public int hashCode() {
        return Objects.hash(b.rip, b.rflags, Arrays.hashCode(b.gpr));
    }

    /** Makes states; not thread-safe. Arrays given to it are copied. */
    public static final class Builder {
        private final long[] gpr = new long[16];
        private long rip;
        private long rflags = 2;
        private final SegmentState[] segments = new SegmentState[Segment.values().length];
        private long gdtBase;
        private int gdtLimit;
        private long idtBase;
        private int idtLimit;
        private long cr0;
        private long cr2;
        private long cr3;
        private long cr4;
        private long xcr0 = 1;
        private final long[] dr = new long[4];
        private long dr6;
        private long dr7;
        private final SortedMap<Integer, Long> msrs = new TreeMap<>();
        private byte[] xsave = new byte[576];
        private Activity activity = Activity.ACTIVE;
        private boolean interruptShadow;
        private boolean nmiBlocked;
        private int injectedVector = -1;

        private Builder() {
        }

        private Builder(Builder o) {
            System.arraycopy(o.gpr, 0, gpr, 0, gpr.length);
            rip = o.rip;
            rflags = o.rflags;
            System.arraycopy(o.segments, 0, segments, 0, segments.length);
            gdtBase = o.gdtBase;
            gdtLimit = o.gdtLimit;
            idtBase = o.idtBase;
            idtLimit = o.idtLimit;
            cr0 = o.cr0;
            cr2 = o.cr2;
            cr3 = o.cr3;
            cr4 = o.cr4;
            xcr0 = o.xcr0;
            System.arraycopy(o.dr, 0, dr, 0, dr.length);
            dr6 = o.dr6;
            dr7 = o.dr7;
            msrs.putAll(o.msrs);
            xsave = o.xsave.clone();
            activity = o.activity;
            interruptShadow = o.interruptShadow;
            nmiBlocked = o.nmiBlocked;
            injectedVector = o.injectedVector;
        }

        public Builder gpr(int number, long value) {
            gpr[number] = value;
            return this;
        }

        public Builder rip(long value) {
            rip = value;
            return this;
        }

        public Builder rflags(long value) {
            rflags = value;
            return this;
        }

        public Builder segment(Segment s, SegmentState value) {
            segments[s.ordinal()] = Objects.requireNonNull(value);
            return this;
        }

        public Builder gdt(long base, int limit) {
            gdtBase = base;
            gdtLimit = limit;
            return this;
        }

        public Builder idt(long base, int limit) {
            idtBase = base;
            idtLimit = limit;
            return this;
        }

        public Builder cr0(long value) {
            cr0 = value;
            return this;
        }

        public Builder cr2(long value) {
            cr2 = value;
            return this;
        }

        public Builder cr3(long value) {
            cr3 = value;
            return this;
        }

        public Builder cr4(long value) {
            cr4 = value;
            return this;
        }

        public Builder xcr0(long value) {
            xcr0 = value;
            return this;
        }

        public Builder dr(int number, long value) {
            dr[number] = value;
            return this;
        }

        public Builder dr6(long value) {
            dr6 = value;
            return this;
        }

        public Builder dr7(long value) {
            dr7 = value;
            return this;
        }

        public Builder msr(int index, long value) {
            msrs.put(index, value);
            return this;
        }

        public Builder xsave(byte[] image) {
            if (image.length < 576) {
                throw new IllegalArgumentException("an XSAVE image has at least 576 bytes, not " + image.length);
            }
            xsave = image.clone();
            return this;
        }

        public Builder activity(Activity value) {
            activity = Objects.requireNonNull(value);
            return this;
        }

        public Builder interruptShadow(boolean value) {
            interruptShadow = value;
            return this;
        }

        public Builder nmiBlocked(boolean value) {
            nmiBlocked = value;
            return this;
        }

        public Builder injectedVector(int value) {
            injectedVector = value;
            return this;
        }

        /** The state; the builder can go on being used and shares nothing with it. */
        public CpuState build() {
            for (Segment s : Segment.values()) {
                if (segments[s.ordinal()] == null) {
                    throw new IllegalStateException("segment " + s + " is not set");
                }
            }
            return new CpuState(new Builder(this));
        }

        private boolean same(Builder o) {
            return Arrays.equals(gpr, o.gpr) && rip == o.rip && rflags == o.rflags
                && Arrays.equals(segments, o.segments) && gdtBase == o.gdtBase && gdtLimit == o.gdtLimit
                && idtBase == o.idtBase && idtLimit == o.idtLimit && cr0 == o.cr0 && cr2 == o.cr2 && cr3 == o.cr3
                && cr4 == o.cr4 && xcr0 == o.xcr0 && Arrays.equals(dr, o.dr) && dr6 == o.dr6 && dr7 == o.dr7
                && msrs.equals(o.msrs) && Arrays.equals(xsave, o.xsave) && activity == o.activity
                && interruptShadow == o.interruptShadow && nmiBlocked == o.nmiBlocked
                && injectedVector == o.injectedVector;
        }
    }
}
