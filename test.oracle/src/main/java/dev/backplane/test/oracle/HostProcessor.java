package dev.backplane.test.oracle;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The processor this JVM runs on: code and data mapped at the addresses of {@link Layout}, entered by a downcall. One at
 * a time in a process, since the addresses are fixed.
 */
final class HostProcessor implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE_FIXED_NOREPLACE_ANONYMOUS = 0x100022;

    final MemorySegment memory;
    final MemorySegment code;
    final StateBlock state;
    private final MethodHandle enter;

    private HostProcessor(MemorySegment memory, MemorySegment code, MethodHandle enter) {
        this.memory = memory;
        this.code = code;
        this.enter = enter;
        state = new StateBlock(memory, Layout.STATE - Layout.DATA);
    }

    /** Whether this host can be an oracle: Linux on x86-64. */
    static boolean available() {
        return System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
    }

    /** The model that this host can be an oracle for: with AVX2, FMA and BMI if it has them. */
    static String model() throws IOException {
        String flags = " " + Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(l -> l.startsWith("flags")).findFirst().orElse("") + " ";
        boolean all = Stream.of("avx2", "fma", "f16c", "bmi1", "bmi2", "abm", "movbe")
            .allMatch(f -> flags.contains(" " + f + " "));
        return all ? Oracle.AVX_MODEL : Oracle.SSE_MODEL;
    }

    static HostProcessor open() {
        Linker linker = Linker.nativeLinker();
        MethodHandle mmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("mmap"),
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
        MemorySegment memory = map(mmap, Layout.DATA, Layout.MEMORY_SIZE, PROT_READ | PROT_WRITE);
        MemorySegment code = map(mmap, Layout.CODE, Layout.CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
        MethodHandle enter = linker.downcallHandle(MemorySegment.ofAddress(Layout.CODE),
            FunctionDescriptor.ofVoid());
        return new HostProcessor(memory, code, enter);
    }

    private static MemorySegment map(MethodHandle mmap, long address, long size, int protection) {
        try {
            long result = (long) mmap.invokeExact(address, size, protection, MAP_PRIVATE_FIXED_NOREPLACE_ANONYMOUS, -1,
                0L);
            if (result != address) {
                throw new IllegalStateException("mmap of %d bytes at 0x%x gave 0x%x".formatted(size, address, result));
            }
            return MemorySegment.ofAddress(address).reinterpret(size, Arena.global(), null);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs what is in the code mapping from its entry to its exit. */
    void run() {
        try {
            enter.invokeExact();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives the addresses back; it does not run again. */
    @Override
    public void close() {
        unmap(code);
        unmap(memory);
    }

    private static void unmap(MemorySegment s) {
        Linker linker = Linker.nativeLinker();
        MethodHandle munmap = linker.downcallHandle(linker.defaultLookup().findOrThrow("munmap"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        try {
            if ((int) munmap.invokeExact(s.address(), s.byteSize()) != 0) {
                throw new IllegalStateException("munmap at 0x%x failed".formatted(s.address()));
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
