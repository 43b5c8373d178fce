package dev.backplane.shell.debug;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;

import dev.backplane.api.cpu.CpuState;
import dev.backplane.api.cpu.CpuState.Segment;
import dev.backplane.api.cpu.SegmentState;

/**
 * The registers in the order of their numbers. The names that gdb knows are those of its features
 * {@code org.gnu.gdb.i386.core}, {@code sse}, {@code avx} and {@code segments} (GDB manual, G.5.6); control registers
 * and the like follow in a feature of our own. Always the 64-bit set, whatever mode the vCPU is in.
 */
final class RegisterFile {
    static final String CORE = "org.gnu.gdb.i386.core";
    static final String SSE = "org.gnu.gdb.i386.sse";
    static final String AVX = "org.gnu.gdb.i386.avx";
    static final String SEGMENTS = "org.gnu.gdb.i386.segments";
    static final String SYSTEM = "dev.backplane.system";

    private static final String[] GENERAL = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"};
    private static final int[] NUMBERS = {0, 3, 1, 2, 6, 7, 5, 4};
    private static final int IA32_EFER = 0xC0000080;
    private static final int IA32_KERNEL_GS_BASE = 0xC0000102;
    /** The flags that can be changed: all but VM, and those of VME, which no mode that they are for goes with. */
    private static final long FLAGS = 0x257FD5;
    /** Places in the XSAVE image (Intel SDM vol. 1, 13.4). */
    private static final int FCW = 0;
    private static final int FSW = 2;
    private static final int FTW = 4;
    private static final int FOP = 6;
    private static final int FIP = 8;
    private static final int FDP = 16;
    private static final int MXCSR = 24;
    private static final int MXCSR_MASK = 0xFFFF;
    private static final int ST0 = 32;
    private static final int XMM0 = 160;
    private static final int XSTATE_BV = 512;
    private static final int YMM0 = 576;
    private static final int WITH_YMM = 832;

    private final List<Register> all;

    RegisterFile() {
        List<Register> r = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            int n = i < 8 ? NUMBERS[i] : i;
            String type = i == 6 || i == 7 ? "data_ptr" : "int64";
            r.add(number(i < 8 ? GENERAL[i] : "r" + i, 64, type, CORE, s -> s.gpr(n), (b, v) -> b.gpr(n, v)));
        }
        r.add(number("rip", 64, "code_ptr", CORE, CpuState::rip, CpuState.Builder::rip));
        r.add(new Register("eflags", 32, "i386_eflags", null, CORE, (state, to, at) -> put(to, at, 4, state.rflags()),
            (state, from, at) -> state.with(b -> b.rflags(state.rflags() & ~FLAGS | get(from, at, 4) & FLAGS))));
        for (Segment s : new Segment[] {Segment.CS, Segment.SS, Segment.DS, Segment.ES, Segment.FS, Segment.GS}) {
            r.add(new Register(s.name().toLowerCase(Locale.ROOT), 32, "int32", null, CORE,
                (state, to, at) -> put(to, at, 4, state.segment(s).selector()), RegisterFile::same));
        }
        x87(r);
        for (int i = 0; i < 16; i++) {
            r.add(image("xmm" + i, 128, "vec128", null, SSE, XMM0 + 16 * i, 2));
        }
        r.add(new Register("mxcsr", 32, "i386_mxcsr", "vector", SSE,
            (s, to, at) -> System.arraycopy(s.xsave(), MXCSR, to, at, 4), (s, from, at) -> {
                byte[] x = s.xsave();
                // Reserved bits would fault where they are loaded.
                put(x, MXCSR, 4, get(from, at, 4) & MXCSR_MASK);
                return s.with(b -> b.xsave(x));
            }));
        for (int i = 0; i < 16; i++) {
            r.add(image("ymm" + i + "h", 128, "uint128", null, AVX, YMM0 + 16 * i, 4));
        }
        r.add(base("fs_base", Segment.FS, SEGMENTS));
        r.add(base("gs_base", Segment.GS, SEGMENTS));
        system(r);
        all = Collections.unmodifiableList(r);
    }

    private static void system(List<Register> r) {
        r.add(number("k_gs_base", 64, "int64", SYSTEM, s -> s.msr(IA32_KERNEL_GS_BASE),
            (b, v) -> b.msr(IA32_KERNEL_GS_BASE, v)));
        r.add(shown("cr0", "x64_cr0", CpuState::cr0));
        r.add(number("cr2", 64, "int64", SYSTEM, CpuState::cr2, CpuState.Builder::cr2));
        r.add(shown("cr3", "int64", CpuState::cr3));
        r.add(shown("cr4", "x64_cr4", CpuState::cr4));
        r.add(shown("efer", "x64_efer", s -> s.msr(IA32_EFER)));
        r.add(shown("idt_base", "int64", CpuState::idtBase));
        r.add(shown("gdt_base", "int64", CpuState::gdtBase));
        r.add(shown("tr_base", "int64", s -> s.segment(Segment.TR).base()));
        for (int i = 0; i < 4; i++) {
            int n = i;
            r.add(shown("dr" + i, "int64", s -> s.dr(n)));
        }
        r.add(shown("dr6", "int64", CpuState::dr6));
        r.add(shown("dr7", "int64", CpuState::dr7));
    }

    private static void x87(List<Register> r) {
        for (int i = 0; i < 8; i++) {
            r.add(image("st" + i, 80, "i387_ext", null, CORE, ST0 + 16 * i, 1));
        }
        r.add(word("fctrl", FCW, 0xFFFF));
        r.add(word("fstat", FSW, 0xFFFF));
        r.add(new Register("ftag", 32, "int", "float", CORE, (s, to, at) -> put(to, at, 4, fullTags(s.xsave())),
            (s, from, at) -> {
                byte[] x = s.xsave();
                x[FTW] = (byte) shortTags((int) get(from, at, 4));
                return s.with(b -> b.xsave(x));
            }));
        // The selectors of the last instruction and operand are not kept in 64-bit mode.
        r.add(word("fiseg", FIP + 4, 0));
        r.add(pointer("fioff", FIP));
        r.add(word("foseg", FDP + 4, 0));
        r.add(pointer("fooff", FDP));
        r.add(word("fop", FOP, 0x7FF));
    }

    List<Register> all() {
        return all;
    }

    /** All registers, one after the other. */
    byte[] read(CpuState s) {
        byte[] bytes = new byte[all.stream().mapToInt(Register::bytes).sum()];
        int at = 0;
        for (Register r : all) {
            r.get().into(s, bytes, at);
            at += r.bytes();
        }
        return bytes;
    }

    byte[] read(CpuState s, int number) {
        Register r = all.get(number);
        byte[] bytes = new byte[r.bytes()];
        r.get().into(s, bytes, 0);
        return bytes;
    }

    /** The state with all registers changed that the bytes reach to. */
    CpuState write(CpuState s, byte[] bytes) {
        CpuState changed = s;
        int at = 0;
        for (Register r : all) {
            if (at + r.bytes() > bytes.length) {
                break;
            }
            changed = r.set().to(changed, bytes, at);
            at += r.bytes();
        }
        return changed;
    }

    CpuState write(CpuState s, int number, byte[] bytes) {
        return all.get(number).set().to(s, bytes, 0);
    }

    // ---- kinds of registers

    private static CpuState same(CpuState s, byte[] from, int at) {
        return s;
    }

    private static Register number(String name, int bits, String type, String feature, ToLongFunction<CpuState> get,
            BiFunction<CpuState.Builder, Long, CpuState.Builder> set) {
        return new Register(name, bits, type, feature.equals(SYSTEM) ? "system" : null, feature,
            (s, to, at) -> put(to, at, bits / 8, get.applyAsLong(s)),
            (s, from, at) -> s.with(b -> set.apply(b, get(from, at, bits / 8))));
    }

    /** One that is only read: a wrong value would make a state that no processor can be in. */
    private static Register shown(String name, String type, ToLongFunction<CpuState> get) {
        return new Register(name, 64, type, "system", SYSTEM, (s, to, at) -> put(to, at, 8, get.applyAsLong(s)),
            RegisterFile::same);
    }

    private static Register base(String name, Segment segment, String feature) {
        return number(name, 64, "int64", feature, s -> s.segment(segment).base(), (b, v) -> {
            SegmentState was = b.build().segment(segment);
            return b.segment(segment, new SegmentState(was.selector(), v, was.limit(), was.accessRights()));
        });
    }

    /** One that lies in the XSAVE image as it is; beyond its end it is zero. */
    private static Register image(String name, int bits, String type, String group, String feature, int place,
            int component) {
        int bytes = bits / 8;
        return new Register(name, bits, type, group, feature, (s, to, at) -> {
            byte[] x = s.xsave();
            if (place + bytes <= x.length) {
                System.arraycopy(x, place, to, at, bytes);
            } else {
                Arrays.fill(to, at, at + bytes, (byte) 0);
            }
        }, (s, from, at) -> {
            byte[] x = s.xsave();
            if (place + bytes > x.length) {
                x = Arrays.copyOf(x, WITH_YMM);
            }
            System.arraycopy(from, at, x, place, bytes);
            x[XSTATE_BV] |= (byte) component;
            byte[] changed = x;
            return s.with(b -> b.xsave(changed));
        });
    }

    private static Register word(String name, int place, int mask) {
        return new Register(name, 32, "int", "float", CORE,
            (s, to, at) -> put(to, at, 4, get(s.xsave(), place, 2) & mask), (s, from, at) -> {
                byte[] x = s.xsave();
                put(x, place, 2, get(x, place, 2) & ~mask | get(from, at, 4) & mask);
                return s.with(b -> b.xsave(x));
            });
    }

    private static Register pointer(String name, int place) {
        return new Register(name, 32, "int", "float", CORE, (s, to, at) -> put(to, at, 4, get(s.xsave(), place, 4)),
            (s, from, at) -> {
                byte[] x = s.xsave();
                put(x, place, 4, get(from, at, 4));
                return s.with(b -> b.xsave(x));
            });
    }

    // ---- bytes

    private static void put(byte[] to, int at, int size, long v) {
        for (int i = 0; i < size; i++) {
            to[at + i] = (byte) (v >>> 8 * i);
        }
    }

    private static long get(byte[] from, int at, int size) {
        long v = 0;
        for (int i = size - 1; i >= 0; i--) {
            v = v << 8 | from[at + i] & 0xFF;
        }
        return v;
    }

    /**
     * The tag word of FSTENV from the one bit for each register that FXSAVE keeps (Intel SDM vol. 1, 8.1.7, 10.5.1.1).
     */
    static int fullTags(byte[] x) {
        int top = x[FSW + 1] >> 3 & 7;
        ByteBuffer image = ByteBuffer.wrap(x).order(ByteOrder.LITTLE_ENDIAN);
        int tags = 0;
        for (int n = 0; n < 8; n++) {
            int tag = 3;
            if ((x[FTW] >> n & 1) != 0) {
                int st = ST0 + 16 * (n - top & 7);
                int exponent = image.getShort(st + 8) & 0x7FFF;
                long significand = image.getLong(st);
                tag = exponent == 0 && significand == 0 ? 1
                    : exponent == 0 || exponent == 0x7FFF || significand >= 0 ? 2 : 0;
            }
            tags |= tag << 2 * n;
        }
        return tags;
    }

    private static int shortTags(int full) {
        int tags = 0;
        for (int n = 0; n < 8; n++) {
            tags |= (full >> 2 * n & 3) == 3 ? 0 : 1 << n;
        }
        return tags;
    }
}
