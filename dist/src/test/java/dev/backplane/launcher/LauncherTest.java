package dev.backplane.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {

    @TempDir
    private Path folder;

    private void jar(String file, String name, String exports) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (name != null) {
            attributes.putValue("Bundle-SymbolicName", name);
        }
        attributes.putValue("Export-Package", exports);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(folder.resolve(file)), manifest)) {
            jar.flush();
        }
    }

    @Test
    void theFrameworkExportsWhatTheBundlesOnItsClassPathExport() throws Exception {
        jar("b.jar", "org.jline", "org.jline.reader;version=\"3\"");
        jar("a.jar", "slf4j.api", "org.slf4j;version=\"2\"");
        jar("felix.jar", "org.apache.felix.framework", "org.osgi.framework");
        jar("plain.jar", null, "not.a.bundle");
        assertEquals("org.slf4j;version=\"2\",org.jline.reader;version=\"3\"", LibraryExports.of(folder));
    }

    @Test
    void cachesOfProcessesThatAreGoneAreRemovedAndOthersStay() throws Exception {
        Path own = Files.createDirectories(folder.resolve("felix-" + ProcessHandle.current().pid()));
        Path stale = Files.createDirectories(folder.resolve("felix-999999999/bundle1"));
        Path other = Files.createDirectories(folder.resolve("felix-notes"));
        Files.writeString(stale.resolve("file"), "x");
        FrameworkCaches.deleteStale(folder);
        assertTrue(Files.isDirectory(own));
        assertTrue(Files.isDirectory(other));
        assertFalse(Files.exists(folder.resolve("felix-999999999")));
    }

    @Test
    void whatPlugInsPrintIsLoggedLineByLine() {
        List<String> logged = new ArrayList<>();
        Logger logger = Logger.getLogger("stray");
        logger.setUseParentHandlers(false);
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(entry.getMessage());
            }

            @Override
            public void flush() {
            }

            @Override
            public void close() {
            }
        };
        logger.addHandler(handler);
        PrintStream stream = StrayOutput.to("stray");
        stream.print("half ");
        stream.print("a line\r\n\nand {} more");
        assertEquals(List.of("half a line"), logged);
        stream.close();
        assertEquals(List.of("half a line", "and {} more"), logged);
        logger.removeHandler(handler);
    }

    @Test
    void aLevelThatIsNoneIsNamedTogetherWithThoseThatAre() throws Exception {
        Files.createDirectories(folder.resolve("conf"));
        Files.createDirectories(folder.resolve("log"));
        Files.writeString(folder.resolve("conf/logging.properties"), "some.name.level=LOUD\n");
        LaunchException refused = assertThrows(LaunchException.class, () -> Logs.open(new Layout(folder, folder)));
        assertTrue(refused.getMessage().contains("some.name.level = LOUD"), refused::getMessage);
        assertTrue(refused.getMessage().contains("WARNING"), refused::getMessage);
    }

    @Test
    void aDataFolderThatCannotBeMadeIsNamedTogetherWithTheRemedy() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");
        LaunchException refused = assertThrows(LaunchException.class,
                () -> new Layout(folder, file.resolve("data")).createFolders());
        assertTrue(refused.getMessage().contains("--data FOLDER"), refused::getMessage);
    }
}
