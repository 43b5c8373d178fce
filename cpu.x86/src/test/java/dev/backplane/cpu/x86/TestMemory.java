package dev.backplane.cpu.x86;

import java.lang.reflect.Proxy;

import dev.backplane.api.cpu.VcpuBus;

/** Flat physical memory from address 0 for tests, and CPUs over it. */
public final class TestMemory implements PhysicalMemory {
    private static final int PAGE = 4096;

    public final long host;
    private final long size;

    public TestMemory(long size) {
        this.size = size;
        host = Raw.allocate(size + PAGE) + PAGE - 1 & -PAGE;
        Raw.fill(host, size, 0);
    }

    /** A CPU over memory of its own, in the state of zeroed registers. */
    public static Cpu cpu(long size) {
        return cpu(new TestMemory(size));
    }

    /** A bus with nothing on it. */
    public static VcpuBus emptyBus() {
        return (VcpuBus) Proxy.newProxyInstance(VcpuBus.class.getClassLoader(), new Class<?>[] {VcpuBus.class},
            (p, method, args) -> switch (method.getReturnType().getName()) {
                case "boolean" -> false;
                case "int" -> -1;
                case "long" -> -1L;
                default -> null;
            });
    }

    /** A CPU whose bus has nothing on it. */
    public static Cpu cpu(TestMemory m) {
        Cpu c = new Cpu(0, 1, CpuModel.V2, emptyBus(), 1_000_000_000L, 1_000_000_000L, m);
        c.segments.updateMode();
        return c;
    }

    public void put64(long physical, long v) {
        Raw.put64(host + physical, v);
    }

    public long get64(long physical) {
        return Raw.get64(host + physical);
    }

    @Override
    public long hostPage(long physical) {
        return physical >= 0 && physical < size ? host + (physical & -PAGE) : 0;
    }

    @Override
    public boolean writable(long physical) {
        return true;
    }

    @Override
    public boolean claimDirectWrites(long physical) {
        return true;
    }

    @Override
    public void beforeWrite(long physical, int length) {
    }

    @Override
    public void afterWrite(long physical, int length) {
    }
}
