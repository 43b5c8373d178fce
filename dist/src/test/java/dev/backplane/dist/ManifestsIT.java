package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.felix.framework.util.manifestparser.ManifestParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;

/** Who may look at whom, read from the manifests of the distribution. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManifestsIT {

    private static final String OURS = "dev.backplane.";
    private static final String PACKAGE = "osgi.wiring.package";
    private static final Set<String> LIBRARIES = Set.of("device.virtio", "cpu.x86", "core.api");

    private final Map<String, Path> jars = new TreeMap<>();
    private final Map<String, ManifestParser> manifests = new TreeMap<>();

    @BeforeAll
    void readManifests() throws Exception {
        Path home = Distribution.built(Path.of("target")).home();
        for (String part : List.of("bundle", "plugins")) {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(home.resolve(part), OURS + "*.jar")) {
                for (Path jar : found) {
                    read(jar);
                }
            }
        }
        assertTrue(manifests.keySet().containsAll(Set.of("core.api", "core.machine", "core.shell", "cpu.x86",
                "cpu.interpreter", "device.virtio", "device.disk", "device.serial", "device.rng")),
                () -> manifests.keySet().toString());
    }

    private void read(Path jar) throws Exception {
        try (JarFile file = new JarFile(jar.toFile())) {
            Map<String, Object> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            file.getManifest().getMainAttributes().forEach((key, value) -> headers.put(key.toString(), value));
            ManifestParser manifest = new ManifestParser(null, null, null, headers);
            assertTrue(manifest.getSymbolicName().startsWith(OURS), jar::toString);
            String folder = manifest.getSymbolicName().substring(OURS.length());
            manifests.put(folder, manifest);
            jars.put(folder, jar);
        }
    }

    /** The packages that a bundle offers. */
    private Set<String> exports(String bundle) {
        Set<String> packages = new TreeSet<>();
        for (BundleCapability capability : manifests.get(bundle).getCapabilities()) {
            if (capability.getNamespace().equals(PACKAGE)) {
                packages.add(capability.getAttributes().get(PACKAGE).toString());
            }
        }
        return packages;
    }

    /** The bundles of ours that export what a bundle imports. */
    private Set<String> looksAt(String bundle) {
        Set<String> seen = new TreeSet<>();
        for (BundleRequirement requirement : manifests.get(bundle).getRequirements()) {
            String filter = requirement.getDirectives().getOrDefault("filter", "");
            for (String other : manifests.keySet()) {
                boolean imported = exports(other).stream().anyMatch(name -> filter.contains("=" + name + ")"));
                if (requirement.getNamespace().equals(PACKAGE) && imported && !other.equals(bundle)) {
                    seen.add(other);
                }
            }
            assertFalse(requirement.getNamespace().equals("osgi.wiring.bundle"), bundle + " requires a bundle");
        }
        return seen;
    }

    private List<String> plugIns() {
        return manifests.keySet().stream()
                .filter(name -> name.startsWith("device.") || name.startsWith("cpu."))
                .filter(name -> !LIBRARIES.contains(name)).toList();
    }

    private static void assertWithin(String who, Set<String> allowed, Set<String> seen) {
        Set<String> more = new TreeSet<>(seen);
        more.removeAll(allowed);
        assertEquals(Set.of(), more, who + " looks at what it must not");
    }

    @Test
    void theApiLooksAtNothingOfOurs() {
        assertEquals(Set.of(), looksAt("core.api"));
    }

    @Test
    void theMachineAndTheShellLookAtTheApiOnly() {
        assertEquals(Set.of("core.api"), looksAt("core.machine"));
        assertEquals(Set.of("core.api"), looksAt("core.shell"));
        assertEquals(Set.of(), exports("core.machine"));
        assertEquals(Set.of(), exports("core.shell"));
    }

    @Test
    void libraryBundlesLookAtTheApiOnly() {
        assertWithin("device.virtio", Set.of("core.api"), looksAt("device.virtio"));
        assertWithin("cpu.x86", Set.of("core.api"), looksAt("cpu.x86"));
    }

    @Test
    void devicesLookAtTheApiAndTheVirtioLibraryOnly() {
        for (String device : plugIns().stream().filter(name -> name.startsWith("device.")).toList()) {
            assertWithin(device, Set.of("core.api", "device.virtio"), looksAt(device));
        }
    }

    @Test
    void hostBackendsAndShellCommandsLookAtTheApiOnlyAndOfferNoPackage() {
        for (String bundle : manifests.keySet()) {
            if (bundle.startsWith("host.") || bundle.startsWith("shell.")) {
                assertWithin(bundle, Set.of("core.api"), looksAt(bundle));
                assertEquals(Set.of(), exports(bundle), bundle);
            }
        }
    }

    @Test
    void backendsLookAtTheApiAndTheInstructionLibraryOnly() {
        for (String backend : plugIns().stream().filter(name -> name.startsWith("cpu.")).toList()) {
            assertWithin(backend, Set.of("core.api", "cpu.x86"), looksAt(backend));
        }
    }

    @Test
    void plugInsExportNothingSoThatEachCanBeUpdatedAlone() {
        assertFalse(plugIns().isEmpty());
        for (String plugIn : plugIns()) {
            assertEquals(Set.of(), exports(plugIn), plugIn);
        }
    }

    @Test
    void everyExportedPackageHasAVersion() {
        for (String bundle : manifests.keySet()) {
            for (BundleCapability capability : manifests.get(bundle).getCapabilities()) {
                if (capability.getNamespace().equals(PACKAGE)) {
                    assertFalse(capability.getAttributes().get("version").toString().equals("0.0.0"),
                            capability::toString);
                }
            }
        }
    }

    @Test
    void everyBundleAsksForJava25() throws Exception {
        for (Map.Entry<String, Path> jar : jars.entrySet()) {
            try (JarFile file = new JarFile(jar.getValue().toFile())) {
                String required = file.getManifest().getMainAttributes().getValue("Require-Capability");
                assertTrue(required != null && required.contains("(osgi.ee=JavaSE)(version=25)"), jar.getKey());
            }
        }
    }

    @Test
    void noClassOfTheMachineNamesADeviceOrABackend() throws Exception {
        Set<String> names = new TreeSet<>();
        for (String plugIn : plugIns()) {
            names.addAll(Set.of(plugIn, OURS + plugIn));
        }
        names.addAll(typeNames());
        List<String> found = new ArrayList<>();
        try (JarFile jar = new JarFile(jars.get("core.machine").toFile())) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                if (entry.getName().startsWith("dev/backplane/") && entry.getName().endsWith(".class")) {
                    inspect(jar, entry, names, found);
                }
            }
        }
        assertEquals(List.of(), found);
    }

    /** The device types and CPU backends that the distribution offers, as the user names them. */
    private static Set<String> typeNames() throws Exception {
        Path data = Files.createTempDirectory(Path.of("target"), "types");
        Distribution.Outcome types = Distribution.built(data.toAbsolutePath()).run("-c", "vm:types");
        assertEquals(0, types.status(), types::err);
        Set<String> names = new TreeSet<>();
        types.out().lines().map(line -> line.split("\\s+")[0])
                .filter(name -> name.matches("[a-z][a-z0-9-]+")).forEach(names::add);
        assertTrue(names.size() >= 4, types::out);
        return names;
    }

    private static void inspect(JarFile jar, JarEntry entry, Set<String> names, List<String> found)
            throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            for (PoolEntry constant : ClassFile.of().parse(in.readAllBytes()).constantPool()) {
                if (constant instanceof StringEntry text && names.contains(text.stringValue())) {
                    found.add(entry.getName() + ": \"" + text.stringValue() + "\"");
                } else if (constant instanceof Utf8Entry name && (name.stringValue().contains("dev/backplane/device/")
                        || name.stringValue().contains("dev/backplane/cpu/"))) {
                    found.add(entry.getName() + ": " + name.stringValue());
                }
            }
        }
    }
}
