package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsIT {

    private static final String LIST = "while { true } { lb -s test.probe | cat; echo end; sleep 1 }";

    @TempDir
    private Path folder;

    @Test
    void aJarDroppedReplacedAndDeletedIsInstalledUpdatedAndUninstalled() throws Exception {
        Path home = folder.resolve("backplane");
        Builds.copy(Distribution.built(folder).home(), home);
        Path plugin = home.resolve("plugins/probe.jar");
        Process process = new Distribution(home, folder.resolve("data")).start("-c", LIST);
        try (BufferedReader out = process.inputReader()) {
            awaitListing(out, listing -> listing.contains("No matching bundles"));
            drop(plugin, "1.0.0");
            awaitListing(out, listing -> listing.contains("Active") && listing.contains("test.probe (1.0.0)"));
            drop(plugin, "2.0.0");
            awaitListing(out, listing -> listing.contains("Active") && listing.contains("test.probe (2.0.0)"));
            Files.delete(plugin);
            awaitListing(out, listing -> listing.contains("No matching bundles"));
        } finally {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "the runtime did not end when asked to");
        }
    }

    /** Reads listings until one is as wanted; a listing comes every second. */
    private static void awaitListing(BufferedReader out, Predicate<String> wanted) throws IOException {
        StringBuilder listing = new StringBuilder();
        String last = "";
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            String line = out.readLine();
            if (line == null) {
                throw new AssertionError("the runtime ended; its last listing was:\n" + last);
            }
            if (!line.equals("end")) {
                listing.append(line).append('\n');
                continue;
            }
            last = listing.toString();
            if (wanted.test(last)) {
                return;
            }
            listing.setLength(0);
        }
        throw new AssertionError("within a minute no listing was as wanted; the last was:\n" + last);
    }

    @Test
    void aJarThatCannotBeUsedIsShownWithWhatItLacks() throws Exception {
        Path home = folder.resolve("backplane");
        Builds.copy(Distribution.built(folder).home(), home);
        drop(home.resolve("plugins/lost.jar"), "1.0.0", "Import-Package", "test.missing;version=\"[2,3)\"");
        Distribution distribution = new Distribution(home, folder.resolve("data"));
        Distribution.Outcome outcome = distribution.run("-c", "plugin:list");
        assertEquals(0, outcome.status(), outcome::err);
        assertTrue(outcome.out().contains("installed, missing the package test.missing (version 2.0.0 or later)"),
                outcome::out);
        String log = distribution.log();
        assertTrue(log.contains("test.missing"), log);
    }

    @Test
    void bundlesComeFromServersMavenAndRepositoriesAndTheListOfThoseIsKept() throws Exception {
        Distribution distribution = Distribution.built(folder.resolve("data"));
        Path rng = distribution.home().resolve("plugins/dev.backplane.device.rng.jar");
        byte[] served = Files.readAllBytes(Builds.rebuilt(rng, "0.2.0", folder.resolve("served.jar")));
        Path maven = Files.createDirectories(folder.resolve("maven"));
        Builds.rebuilt(rng, "0.3.0", Files.createDirectories(maven.resolve("org/example/rng/1.0"))
                .resolve("rng-1.0.jar"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, served.length);
            exchange.getResponseBody().write(served);
            exchange.close();
        });
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/rng.jar";
        try {
            Path script = folder.resolve("places.gsh");
            Files.writeString(script, "plugin:update device.rng " + url + "\nplugin:uninstall device.rng\n"
                    + "vm:create w --memory 256M" + Guests.boot("vmlinuz-cloud", "initrd-test.img") + "\n"
                    + "vm:add w virtio-rng --wait-for-type\nvm:list\nplugin:search rng\n"
                    + "plugin:install device.rng\nvm:start w\nvm:wait w running 60s\n"
                    + "plugin:repo add mine " + maven.toUri() + "\n"
                    + "plugin:update device.rng org.example:rng:1.0\nvm:show w\nvm:stop w\n"
                    + "plugin:list --verbose\nplugin:uninstall device.rng\n");
            Distribution.Outcome outcome = distribution.run("run", script.toString());
            assertEquals(1, outcome.status(), outcome::out);
            assertTrue(outcome.err().contains("dev.backplane.device.rng is used by w:virtio-rng0; --yes takes them"
                    + " out first"), outcome::err);
            for (String wanted : List.of("0.1.0.SNAPSHOT replaced by 0.2.0\n", "device.rng uninstalled\n",
                    "dev.backplane.device.rng 0.1.0.SNAPSHOT installed: virtio-rng\n",
                    "dev.backplane.device.rng: 0.1.0.SNAPSHOT replaced by 0.3.0\n  w:virtio-rng0 parked for ",
                    "[dev.backplane.device.rng 0.3.0]", "mvn:org.example/rng/1.0\n")) {
                assertTrue(outcome.out().contains(wanted), () -> "no \"" + wanted + "\" in\n" + outcome.out());
            }
        } finally {
            server.stop(0);
        }
        Distribution.Outcome later = distribution.run("-c", "plugin:repo; vm:destroy w");
        assertTrue(later.out().contains("mine       Maven       " + maven.toUri()), later::out);
    }

    private static void drop(Path plugin, String version, String... headers) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "test.probe");
        attributes.putValue("Bundle-Version", version);
        for (int i = 0; i < headers.length; i += 2) {
            attributes.putValue(headers[i], headers[i + 1]);
        }
        Path fresh = plugin.resolveSibling("probe.new");
        try (OutputStream file = Files.newOutputStream(fresh);
                JarOutputStream jar = new JarOutputStream(file, manifest)) {
            jar.flush();
        }
        Files.move(fresh, plugin, StandardCopyOption.REPLACE_EXISTING);
    }
}
