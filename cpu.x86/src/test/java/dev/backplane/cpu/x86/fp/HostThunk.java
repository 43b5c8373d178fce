package dev.backplane.cpu.x86.fp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * Runs one instruction of the host processor over many records, so that tests can compare with it. Needs an x86-64 host
 * with Linux; see {@link #available()}.
 *
 * <p>A record has 128 bytes. SSE: xmm0 at 0, xmm1 at 16, MXCSR at 32, rax at 40, rdx at 48, rcx at 56, mm0 at 64, mm1
 * at 72, RFLAGS out at 80. x87: st0 at 0, st1 at 16, control word at 32, 0x37F at 34, results at 48 and 64, status
 * word out at 80, memory operand of the instruction from 88 on.
 */
public final class HostThunk {
    /** Bytes of a record. */
    public static final int RECORD = 128;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final HexFormat HEX = HexFormat.of();

    private static final String SSE_HEAD = "53500fae1c24";
    private static final String SSE_LOAD = "0fae57200f10070f104f10488b4728488b5730488b4f380f6f47400f6f4f48";
    private static final String SSE_SAVE = "9c8f47500f11074889472848894f380f7f47400fae5f20";
    private static final String SSE_TAIL = "0fae14240f77585bc3";
    private static final String X87_LOAD = "dbe3d96f22db6f10db2fd96f20";
    private static final String X87_SAVE = "dd7f50dbe2d96f22db7f30db7f40";
    private static final String X87_TAIL = "dbe3c3";

    private static final String CPU_INFO = cpuInfo();

    private final MethodHandle handle;

    private HostThunk(byte[] code) {
        try {
            MethodHandle mmap = LINKER.downcallHandle(LINKER.defaultLookup().find("mmap").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
            MethodHandle mprotect = LINKER.downcallHandle(LINKER.defaultLookup().find("mprotect").orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT));
            long at = (long) mmap.invokeExact(0L, 4096L, 3, 0x22, -1, 0L);
            if (at == -1) {
                throw new IllegalStateException("mmap failed");
            }
            MemorySegment page = MemorySegment.ofAddress(at).reinterpret(4096);
            MemorySegment.copy(code, 0, page, ValueLayout.JAVA_BYTE, 0, code.length);
            if ((int) mprotect.invokeExact(at, 4096L, 5) != 0) {
                throw new IllegalStateException("mprotect failed");
            }
            handle = LINKER.downcallHandle(page,
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        } catch (RuntimeException | Error ex) {
            throw ex;
        } catch (Throwable ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** Whether this host can run thunks: Linux on an x86-64 processor with everything that the tests execute. */
    public static boolean available() {
        return "amd64".equals(System.getProperty("os.arch")) && "Linux".equals(System.getProperty("os.name"))
            && CPU_INFO.contains(" sse4_2") && CPU_INFO.contains(" aes") && CPU_INFO.contains(" pclmulqdq");
    }

    /**
     * Whether the host is of the vendor whose choices the x87 unit follows where the manuals leave one: condition codes
     * after invalid operations, side effects of unmasked exceptions, the flags of exact logarithms.
     */
    public static boolean sameChoices() {
        return CPU_INFO.contains("AuthenticAMD");
    }

    private static String cpuInfo() {
        try {
            return Files.readString(Path.of("/proc/cpuinfo"));
        } catch (IOException e) {
            return "";
        }
    }

    /** A thunk for an SSE, MMX or integer instruction given in hexadecimal. */
    public static HostThunk sse(String instruction) {
        return new HostThunk(loop(SSE_HEAD, SSE_LOAD + instruction.replace(" ", "") + SSE_SAVE, SSE_TAIL));
    }

    /** A thunk for x87 instructions given in hexadecimal. */
    public static HostThunk x87(String instruction) {
        return new HostThunk(loop("", X87_LOAD + instruction.replace(" ", "") + X87_SAVE, X87_TAIL));
    }

    /** Runs over the first {@code count} records. */
    public void run(MemorySegment records, long count) {
        try {
            handle.invokeExact(records, count);
        } catch (Throwable ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** Room for records. */
    public static MemorySegment records(int count) {
        return Arena.ofAuto().allocate((long) RECORD * count, 64);
    }

    private static byte[] loop(String head, String body, String tail) {
        byte[] b = HEX.parseHex(body + "4881c78000000048ffce");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HEX.parseHex(head));
        out.writeBytes(b);
        out.writeBytes(HEX.parseHex("0f85"));
        int rel = -(b.length + 6);
        out.writeBytes(new byte[] {(byte) rel, (byte) (rel >> 8), (byte) (rel >> 16), (byte) (rel >> 24)});
        out.writeBytes(HEX.parseHex(tail));
        return out.toByteArray();
    }
}
