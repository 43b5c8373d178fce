package dev.backplane.device.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import dev.backplane.api.device.DeviceType;
import dev.backplane.testkit.DriverQueue;
import dev.backplane.testkit.DriverQueue.Part;
import dev.backplane.testkit.TestBench;
import dev.backplane.testkit.VirtioDriver;

/** A disk that was used and closed leaves nothing behind that keeps its classes: neither threads nor native handles. */
class UnloadTest {
    private static final long LIMIT_NANOS = 20_000_000_000L;

    @TempDir
    Path folder;

    /** Loads the devices' classes anew, as an updated bundle does. */
    private static final class Bundle extends URLClassLoader {
        Bundle(URL[] classes) {
            super(classes, UnloadTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.backplane.device.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }

    private WeakReference<ClassLoader> useOnce(Path image, String snapshot) throws Exception {
        URL[] path = Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
            .filter(entry -> !entry.contains("test-classes")).map(UnloadTest::url).toArray(URL[]::new);
        try (Bundle bundle = new Bundle(path)) {
            Class<?> type = bundle.loadClass(VirtioBlkType.class.getName());
            assertNotSame(VirtioBlkType.class, type);
            DeviceType disks = (DeviceType) type.getConstructor().newInstance();
            try (TestBench bench = TestBench.of(disks).option("image", image).option("snapshot", snapshot).plug()) {
                VirtioDriver driver = new VirtioDriver(bench);
                driver.negotiate(Disk.ALL);
                DriverQueue queue = driver.queue(0, 64);
                driver.ready();
                long buffer = bench.allocate(8192, 4096);
                for (int request : new int[] {BlkRequest.OUT, BlkRequest.IN, BlkRequest.FLUSH}) {
                    bench.ram().write32(buffer, request);
                    queue.add(Part.out(buffer, 16), request == BlkRequest.IN ? Part.in(buffer + 512, 4096)
                        : Part.out(buffer + 512, request == BlkRequest.OUT ? 4096 : 0), Part.in(buffer + 100, 1));
                    queue.complete();
                    assertEquals(BlkRequest.OK, bench.ram().read8(buffer + 100));
                }
            }
            return new WeakReference<>(bundle);
        }
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }

    @Test
    void theClassesOfAClosedDiskCanBeCollected() throws Exception {
        Path image = Files.write(folder.resolve("d.img"), new byte[1 << 20]);
        for (String snapshot : new String[] {"off", "on"}) {
            WeakReference<ClassLoader> bundle = useOnce(image, snapshot);
            long end = System.nanoTime() + LIMIT_NANOS;
            while (bundle.get() != null && System.nanoTime() < end) {
                System.gc();
                Thread.yield();
            }
            assertNull(bundle.get(), "something keeps the classes of the disk");
        }
    }
}
