package dev.backplane.cpu.translator;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

import dev.backplane.cpu.x86.encode.Assembler;

/** Whether this host can run translated code. */
final class HostFeatures {
    /** CPUID.1:ECX: SSE3, PCLMULQDQ, SSSE3, FMA, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, OSXSAVE, AVX, F16C. */
    private static final int LEAF_1_ECX = 1 | 1 << 1 | 1 << 9 | 1 << 12 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23
        | 1 << 25 | 1 << 27 | 1 << 28 | 1 << 29;
    /** CPUID.7:EBX: BMI1, AVX2, BMI2. */
    private static final int LEAF_7_EBX = 1 << 3 | 1 << 5 | 1 << 8;
    /** CPUID.80000001:ECX: LZCNT. */
    private static final int EXTENDED_ECX = 1 << 5;

    /** CPUID.7:EBX: AVX512F, AVX512VL. */
    private static final int LEAF_7_AVX512 = 1 << 16 | 1 << 31;
    /** XCR0: SSE, AVX, and the three components of AVX-512. */
    private static final long XCR0_AVX512 = 0xE6;
    /** push rbx; mov eax, edi; xor ecx, ecx; cpuid; mov eax, ecx; shl rbx, 32; or rax, rbx; pop rbx; ret. */
    private static final int[] CPUID = {0x53, 0x89, 0xF8, 0x31, 0xC9, 0x0F, 0xA2, 0x89, 0xC8, 0x48, 0xC1, 0xE3, 0x20,
        0x48, 0x09, 0xD8, 0x5B, 0xC3};
    /** xor ecx, ecx; xgetbv; shl rdx, 32; or rax, rdx; ret. */
    private static final int[] XGETBV = {0x31, 0xC9, 0x0F, 0x01, 0xD0, 0x48, 0xC1, 0xE2, 0x20, 0x48, 0x09, 0xD0, 0xC3};

    /** The system property that has instructions counted in memory on any host. */
    static final String NO_COUNTER = "backplane.translator.nocounter";

    private HostFeatures() {
    }

    /** Whether there is a register XMM16 to count in. */
    static boolean counter() {
        if (Boolean.getBoolean(NO_COUNTER)) {
            return false;
        }
        try (CodeMemory memory = new LinuxCodeMemory(4096, 4096)) {
            return ((int) (call(memory, CPUID, 7) >>> 32) & LEAF_7_AVX512) == LEAF_7_AVX512
                && (call(memory, XGETBV, 0) & XCR0_AVX512) == XCR0_AVX512;
        } catch (Throwable t) {
            return false;
        }
    }

    private static long call(CodeMemory memory, int[] code, int argument) throws Throwable {
        Assembler a = new Assembler();
        a.start(memory.writable());
        for (int b : code) {
            a.byte8(b);
        }
        return (long) Linker.nativeLinker().downcallHandle(MemorySegment.ofAddress(memory.executable()),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)).invokeExact(argument);
    }

    /** Why it cannot, for people; null if it can. */
    static String missing() {
        String arch = System.getProperty("os.arch", "");
        if (!arch.equals("amd64") && !arch.equals("x86_64")) {
            return "the host is no x86-64 processor (" + arch + ")";
        }
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            return "it knows how to get executable memory on Linux only";
        }
        try (CodeMemory memory = new LinuxCodeMemory(4096, 4096)) {
            long one = call(memory, CPUID, 1);
            long seven = call(memory, CPUID, 7);
            long extended = call(memory, CPUID, 0x80000001);
            if (((int) one & LEAF_1_ECX) != LEAF_1_ECX || ((int) (seven >>> 32) & LEAF_7_EBX) != LEAF_7_EBX
                || ((int) extended & EXTENDED_ECX) == 0) {
                return "the host's processor is older than x86-64-v3 (AVX2, BMI2, FMA) or has no AES-NI";
            }
            return null;
        } catch (CodeMemory.Refused e) {
            return e.getMessage();
        } catch (Throwable t) {
            return "machine code cannot be entered (" + t.getMessage() + ")";
        }
    }
}
