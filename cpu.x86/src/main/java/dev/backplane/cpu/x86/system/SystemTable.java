package dev.backplane.cpu.x86.system;

import static dev.backplane.cpu.x86.Insn.MAP_0F;
import static dev.backplane.cpu.x86.Insn.MAP_0F38;
import static dev.backplane.cpu.x86.Insn.MAP_1;

import dev.backplane.cpu.x86.Cpu;
import dev.backplane.cpu.x86.Insn;
import dev.backplane.cpu.x86.Op;
import dev.backplane.cpu.x86.OpFactory;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.OpTable.Imm;
import dev.backplane.cpu.x86.OpTable.Kind;
import dev.backplane.cpu.x86.integer.IntegerTable;

/** The opcodes of the system instructions. */
public final class SystemTable {
    private final OpTable t;

    private SystemTable(OpTable t) {
        this.t = t;
    }

    /** Adds them to the table. */
    public static void addTo(OpTable t) {
        SystemTable x = new SystemTable(t);
        x.segments();
        x.transfers();
        x.ports();
        x.twoByte();
        x.groups();
    }

    private void one(int opcode, boolean modrm, Imm imm, OpFactory f) {
        t.add(Kind.INTEGER, MAP_1, OpTable.ANY, opcode, modrm, imm, f);
    }

    private void two(int opcode, boolean modrm, OpFactory f) {
        t.add(Kind.INTEGER, MAP_0F, OpTable.ANY, opcode, modrm, Imm.NONE, f);
    }

    private static OpFactory legacy(OpFactory f) {
        return i -> i.mode64 ? null : f.create(i);
    }

    private void segments() {
        one(0x8C, true, Imm.NONE, i -> i.regLow < 6 ? new SegmentOps.Store(i) : null);
        one(0x8E, true, Imm.NONE, i -> SegmentOps.loadable(i.regLow) ? new SegmentOps.Load(i) : null);
        for (int s : new int[] {Cpu.ES, Cpu.CS, Cpu.SS, Cpu.DS}) {
            one(s << 3 | 6, false, Imm.NONE, legacy(i -> new SegmentOps.Push(i, s)));
            if (s != Cpu.CS) {
                one(s << 3 | 7, false, Imm.NONE, legacy(i -> new SegmentOps.Pop(i, s)));
            }
        }
        two(0xA0, false, i -> new SegmentOps.Push(i, Cpu.FS));
        two(0xA1, false, i -> new SegmentOps.Pop(i, Cpu.FS));
        two(0xA8, false, i -> new SegmentOps.Push(i, Cpu.GS));
        two(0xA9, false, i -> new SegmentOps.Pop(i, Cpu.GS));
        one(0xC4, true, Imm.NONE, legacy(i -> loadFar(i, Cpu.ES)));
        one(0xC5, true, Imm.NONE, legacy(i -> loadFar(i, Cpu.DS)));
        two(0xB2, true, i -> loadFar(i, Cpu.SS));
        two(0xB4, true, i -> loadFar(i, Cpu.FS));
        two(0xB5, true, i -> loadFar(i, Cpu.GS));
        // ARPL outside 64-bit mode, MOVSXD in it.
        t.add(Kind.INTEGER, MAP_1, OpTable.ANY, 0x63, true, Imm.NONE,
            i -> i.mode64 ? IntegerTable.movsxd(i) : new SegmentOps.Arpl(i));
        two(0x02, true, i -> new SegmentOps.Inspect(i, false));
        two(0x03, true, i -> new SegmentOps.Inspect(i, true));
    }

    private static Op loadFar(Insn i, int s) {
        return i.mem ? new SegmentOps.LoadFar(i, s) : null;
    }

    private void transfers() {
        one(0x9A, false, Imm.FAR, legacy(i -> new FarTransfers.Direct(i, true)));
        one(0xEA, false, Imm.FAR, legacy(i -> new FarTransfers.Direct(i, false)));
        one(0xCA, false, Imm.UW, Returns.FarRet::new);
        one(0xCB, false, Imm.NONE, Returns.FarRet::new);
        one(0xCF, false, Imm.NONE, Returns.Iret::new);
        one(0xCC, false, Imm.NONE, FlowOps.Int::new);
        one(0xCD, false, Imm.UB, FlowOps.Int::new);
        one(0xCE, false, Imm.NONE, legacy(FlowOps.Int::new));
        one(0xF1, false, Imm.NONE, FlowOps.Int::new);
        one(0xF4, false, Imm.NONE, FlowOps.Hlt::new);
        one(0xFA, false, Imm.NONE, FlowOps.Cli::new);
        one(0xFB, false, Imm.NONE, FlowOps.Sti::new);
        one(0xFF, true, Imm.NONE, i -> i.regLow == 3 || i.regLow == 5 ? FarTransfers.indirect(i)
            : IntegerTable.group5(i));
    }

    private void ports() {
        for (int n = 0; n < 2; n++) {
            boolean wide = n == 1;
            one(0xE4 + n, false, Imm.UB, i -> new PortIo.Access(i, wide ? i.opSize : 1, false, false));
            one(0xE6 + n, false, Imm.UB, i -> new PortIo.Access(i, wide ? i.opSize : 1, true, false));
            one(0xEC + n, false, Imm.NONE, i -> new PortIo.Access(i, wide ? i.opSize : 1, false, true));
            one(0xEE + n, false, Imm.NONE, i -> new PortIo.Access(i, wide ? i.opSize : 1, true, true));
            one(0x6C + n, false, Imm.NONE, i -> new PortIo.Ins(i, wide ? i.opSize : 1));
            one(0x6E + n, false, Imm.NONE, i -> new PortIo.Outs(i, wide ? i.opSize : 1));
        }
    }

    private void twoByte() {
        two(0x05, false, FastCalls.Syscall::new);
        two(0x07, false, FastCalls.Sysret::new);
        two(0x34, false, FastCalls.Sysenter::new);
        two(0x35, false, FastCalls.Sysexit::new);
        two(0x06, false, ControlRegisters.Clts::new);
        two(0x08, false, ControlRegisters.Cache::new);
        two(0x09, false, ControlRegisters.Cache::new);
        two(0x20, true, i -> ControlRegisters.exists(i) ? new ControlRegisters.ReadCr(i) : null);
        two(0x22, true, i -> ControlRegisters.exists(i) ? new ControlRegisters.WriteCr(i) : null);
        two(0x21, true, i -> new ControlRegisters.MoveDr(i, false));
        two(0x23, true, i -> new ControlRegisters.MoveDr(i, true));
        two(0x30, false, Msrs.Wrmsr::new);
        two(0x31, false, i -> new Identification.Rdtsc(i, false));
        two(0x32, false, Msrs.Rdmsr::new);
        two(0x33, false, Identification.Rdpmc::new);
        two(0xA2, false, Identification.Cpuid::new);
        t.add(Kind.INTEGER, MAP_0F38, OpTable.P66, 0x82, true, Imm.NONE,
            i -> i.mem ? new ControlRegisters.Invpcid(i) : null);
    }

    private void groups() {
        two(0x00, true, SystemTable::group6);
        two(0x01, true, SystemTable::group7);
        t.add(Kind.INTEGER, MAP_0F, OpTable.NP, 0xC7, true, Imm.NONE, SystemTable::group9);
        t.add(Kind.INTEGER, MAP_0F, OpTable.P66, 0xC7, true, Imm.NONE, SystemTable::group9);
        t.add(Kind.INTEGER, MAP_0F, OpTable.PF3, 0xC7, true, Imm.NONE, SystemTable::group9);
        t.add(Kind.INTEGER, MAP_0F, OpTable.PF2, 0xC7, true, Imm.NONE, SystemTable::group9);
        t.add(Kind.INTEGER, MAP_0F, OpTable.NP, 0xAE, true, Imm.NONE, SystemTable::group15);
        t.add(Kind.AVX, Insn.MAP_VEX_0F, OpTable.NP, 0xAE, true, Imm.NONE,
            i -> i.mem && !i.vexL && !i.vvvvUsed && (i.regLow & 6) == 2 ? new ExtendedState.Mxcsr(i, i.regLow == 2)
                : null);
        t.add(Kind.INTEGER, MAP_0F, OpTable.PF3, 0xAE, true, Imm.NONE,
            i -> !i.mem && i.regLow < 4 ? new FlowOps.Base(i) : null);
    }

    private static Op group6(Insn i) {
        return switch (i.regLow) {
            case 0 -> new SegmentOps.StoreSystem(i, Cpu.LDTR);
            case 1 -> new SegmentOps.StoreSystem(i, Cpu.TR);
            case 2 -> new SegmentOps.LoadSystem(i, Cpu.LDTR);
            case 3 -> new SegmentOps.LoadSystem(i, Cpu.TR);
            case 4 -> new SegmentOps.Verify(i, false);
            case 5 -> new SegmentOps.Verify(i, true);
            default -> null;
        };
    }

    private static Op group7(Insn i) {
        if (!i.mem) {
            switch (i.modrm) {
                case 0xCA:
                    return new FlowOps.Ac(i, false);
                case 0xCB:
                    return new FlowOps.Ac(i, true);
                case 0xD0:
                    return new ControlRegisters.Xgetbv(i);
                case 0xD1:
                    return new ControlRegisters.Xsetbv(i);
                case 0xF8:
                    return i.mode64 ? new FastCalls.Swapgs(i) : null;
                case 0xF9:
                    return new Identification.Rdtsc(i, true);
                default:
                    break;
            }
        }
        return switch (i.regLow) {
            case 0 -> i.mem ? new SegmentOps.StoreTable(i, false) : null;
            case 1 -> i.mem ? new SegmentOps.StoreTable(i, true) : null;
            case 2 -> i.mem ? new SegmentOps.LoadTable(i, false) : null;
            case 3 -> i.mem ? new SegmentOps.LoadTable(i, true) : null;
            case 4 -> new ControlRegisters.Smsw(i);
            case 6 -> new ControlRegisters.Lmsw(i);
            case 7 -> i.mem ? new ControlRegisters.Invlpg(i) : null;
            default -> null;
        };
    }

    private static Op group9(Insn i) {
        if (i.mem) {
            return i.regLow == 1 ? IntegerTable.wideExchange(i)
                : i.regLow == 4 && i.pp == OpTable.NP ? new ExtendedState.Xsave(i, ExtendedState.COMPACT) : null;
        }
        return i.regLow >= 6 && i.rep == 0 ? new Identification.Random(i) : null;
    }

    private static Op group15(Insn i) {
        if (!i.mem) {
            return i.regLow >= 5 ? IntegerTable.fence(i) : null;
        }
        return switch (i.regLow) {
            case 0 -> new ExtendedState.Fx(i, false);
            case 1 -> new ExtendedState.Fx(i, true);
            case 2 -> new ExtendedState.Mxcsr(i, true);
            case 3 -> new ExtendedState.Mxcsr(i, false);
            case 4 -> new ExtendedState.Xsave(i, ExtendedState.PLAIN);
            case 5 -> new ExtendedState.Xrstor(i);
            case 6 -> new ExtendedState.Xsave(i, ExtendedState.OPTIMIZED);
            case 7 -> new ExtendedState.FlushLine(i);
            default -> null;
        };
    }
}
