package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.api.machine.BootSpec;
import dev.backplane.api.machine.CardSpec;
import dev.backplane.api.machine.MachineEvent;
import dev.backplane.api.machine.MachineListener;
import dev.backplane.api.machine.MachineSpec;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.plugin.Plugins;
import dev.backplane.shell.source.TerminalMeter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jline.reader.Candidate;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;

/** The commands in a real framework, over bundles that are made here and a machine core that only tells events. */
class PluginCommandsTest extends FrameworkTest {

    private static final String FAKE = FakeMachines.BUNDLE.bundle();
    private static final String OFFER = "osgi.service;objectClass:List<String>=\"dev.backplane.api.device.DeviceType\"";

    /** A machine with one card of the bundle; when version 2 starts, that is told of the card. */
    private void cardThatIs(String name, MachineEvent.Kind kindOfSecond) throws Exception {
        machines.create(new MachineSpec("m", 1, 64 << 20, null, null,
                BootSpec.NONE, List.of()))
                .add(new CardSpec("c", "x", null, Map.of()));
        SynchronousBundleListener events = event -> {
            if (event.getBundle().getSymbolicName().equals(name)) {
                boolean second = event.getBundle().getVersion().getMajor() == 2;
                if (event.getType() == BundleEvent.STARTED) {
                    tell(second ? new MachineEvent("m", "c", kindOfSecond,
                            kindOfSecond == MachineEvent.Kind.CARD_REPLACED ? "parked for 3 ms"
                                    : "version 9 of its state")
                            : new MachineEvent("m", "c", MachineEvent.Kind.CARD_REPLACED, "parked for 5 ms"));
                }
            }
        };
        felix.getBundleContext().addBundleListener(events);
    }

    private void tell(MachineEvent event) {
        BundleContext context = felix.getBundleContext();
        try {
            for (ServiceReference<MachineListener> one
                    : context.getServiceReferences(MachineListener.class, null)) {
                context.getService(one).event(event);
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aBundleIsInstalledListedAndUninstalled() throws Exception {
        jar("a.jar", "dev.backplane.probe", "1.0.0", "Provide-Capability", OFFER);
        assertEquals("dev.backplane.probe 1.0.0 installed: nothing now", run("plugin:install", "a.jar"));
        assertEquals(Bundle.ACTIVE, bundle("dev.backplane.probe").getState());
        assertTrue(run("plugin:list").contains("dev.backplane.probe  1.0.0    active"), run("plugin:list"));
        assertTrue(refused("plugin:install", "a.jar").contains("plugin:update"));
        assertEquals(List.of("dev.backplane.probe"), commands.plugins());
        List<Candidate> completions = new ArrayList<>();
        new VmCompleter(commands, new ShellSession(session, commands)).complete(
                List.of("plugin:update", "pr"), completions);
        assertTrue(completions.stream().anyMatch(candidate -> candidate.value().equals("probe")));
        assertEquals("dev.backplane.probe uninstalled", run("plugin:uninstall", "probe"));
        assertFalse(isInstalled("dev.backplane.probe"));
    }

    @Test
    void whatIsNoBundleOrDoesNotResolveIsRefusedAndLeavesNothing() throws Exception {
        jar("plain.jar", null, "");
        jar("lost.jar", "lost", "1.0.0", "Import-Package", "com.example.missing;version=\"[2,3)\"");
        jar("able.jar", "able", "1.0.0", "Require-Capability", "com.example.thing;filter:=\"(a=b)\"");
        Files.writeString(folder.resolve("text.jar"), "no jar");
        assertTrue(refused("plugin:install", "plain.jar").endsWith("its manifest has no Bundle-SymbolicName"));
        assertTrue(refused("plugin:install", "text.jar").endsWith("it is no jar with a manifest"));
        assertEquals("there is no file none.jar", refused("plugin:install", "none.jar"));
        assertEquals("lost: no bundle exports the package com.example.missing that it needs (version 2.0.0 or later)"
                + "; nothing was installed", refused("plugin:install", "lost.jar"));
        assertEquals("able: nothing offers the capability com.example.thing (a=b) that it needs"
                + "; nothing was installed", refused("plugin:install", "able.jar"));
        assertFalse(isInstalled("lost") || isInstalled("able"));
    }

    @Test
    void ofAFolderAllJarsAreInstalledOrNone() throws Exception {
        jar("1.jar", "one", "1.0.0", "Import-Package", "two.api", "Provide-Capability", OFFER);
        jar("2.jar", "two", "1.0.0", "Export-Package", "two.api");
        jar("3.jar", "three", "1.0.0", "Import-Package", "com.example.missing");
        assertTrue(refused("plugin:install", ".").startsWith("three: "));
        assertFalse(isInstalled("one") || isInstalled("two"));
        Files.delete(folder.resolve("3.jar"));
        run("plugin:install", ".");
        assertEquals(List.of("one", "two"), commands.plugins());
        assertEquals("two is needed by one; uninstall those first", refused("plugin:uninstall", "two"));
    }

    @Test
    void anUpdateSaysHowLongEachCardWasParked() throws Exception {
        jar("a.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        cardThatIs(FAKE, MachineEvent.Kind.CARD_REPLACED);
        jar("b.jar", FAKE, "2.0.0", "Provide-Capability", OFFER);
        assertTrue(run("plugin:update", "b.jar").startsWith(FAKE + ": 1.0.0 replaced by 2.0.0\n  m:c parked for 3 ms"));
        assertEquals(Bundle.ACTIVE, bundle(FAKE).getState());
        jar("b.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        assertTrue(run("plugin:update", FAKE).startsWith(FAKE + ": 2.0.0 replaced by 1.0.0\n  m:c parked for 5 ms"));
        assertTrue(run("plugin:update", FAKE).startsWith(FAKE + ": 1.0.0 replaced by 1.0.0\n  m:c parked for 5 ms"));
        assertEquals(1, count(FAKE));
    }

    private long count(String name) {
        return Arrays.stream(felix.getBundleContext().getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName())).count();
    }

    @Test
    void aLibraryThatIsUpdatedTakesTheBundlesThatUseItAlong() throws Exception {
        jar("lib.jar", "lib", "1.0.0", "Export-Package", "some");
        jar("user.jar", "user", "1.0.0", "Import-Package", "some", "Provide-Capability", OFFER);
        run("plugin:install", ".");
        jar("lib.jar", "lib", "2.0.0", "Export-Package", "some");
        Bundle before = bundle("user");
        assertEquals("lib: 1.0.0 replaced by 2.0.0", run("plugin:update", "lib"));
        assertEquals(Bundle.UNINSTALLED, before.getState());
        assertEquals(1, count("lib") * count("user"));
        assertEquals(Bundle.ACTIVE, bundle("user").getState());
        assertEquals(bundle("lib"), bundle("user").adapt(BundleWiring.class).getRequiredWires(null).getFirst()
                .getProvider().getBundle());
        assertEquals("2.0.0", bundle("lib").getVersion().toString());
        assertTrue(felix.adapt(FrameworkWiring.class).getRemovalPendingBundles().isEmpty());
    }

    @Test
    void theWatchedFolderInstallsUpdatesAndUninstalls() throws Exception {
        Path watched = Files.createDirectory(folder.resolve("watched"));
        List<String> notes = new CopyOnWriteArrayList<>();
        Runnable end = new Plugins(felix.getBundleContext(), commands.machines()).watch(watched, notes::add);
        try {
            drop(watched, "f.jar", FAKE, "1.0.0");
            await(() -> isInstalled(FAKE) && bundle(FAKE).getState() == Bundle.ACTIVE);
            cardThatIs(FAKE, MachineEvent.Kind.CARD_REPLACED);
            drop(watched, "f.jar", FAKE, "2.0.0");
            await(() -> count(FAKE) == 1 && bundle(FAKE).getVersion().getMajor() == 2);
            drop(watched, "f.jar", FAKE, "3.0.0", "Bundle-Activator", "no.Such");
            drop(watched, "late.jar", "late", "1.0.0", "Import-Package", "some");
            await(() -> notes.size() == 2);
            assertTrue(notes.getFirst().startsWith("plugins: f.jar: " + FAKE + " was not replaced: "), notes::toString);
            assertEquals("plugins: late waits: no bundle exports the package some that it needs", notes.get(1));
            assertTrue(run("plugin:list").contains("installed, missing the package some"),
                    run("plugin:list"));
            assertEquals("2.0.0", bundle(FAKE).getVersion().toString());
            jar("lib.jar", "lib", "1.0.0", "Export-Package", "some");
            run("plugin:install", "lib.jar");
            await(() -> bundle("late").getState() == Bundle.ACTIVE);
            Files.delete(watched.resolve("f.jar"));
            await(() -> !isInstalled(FAKE));
        } finally {
            end.run();
        }
    }

    private void drop(Path watched, String file, String name, String version, String... headers) throws Exception {
        jar("fresh", name, version, headers);
        Files.move(folder.resolve("fresh"), watched.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void await(BooleanSupplier condition) {
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < limit, "condition not met in time");
            Thread.onSpinWait();
        }
    }

    @Test
    void aBuildThatDoesNotStartIsRolledBackWithItsContent() throws Exception {
        jar("a.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        jar("a.jar", FAKE, "2.0.0", "Provide-Capability", OFFER, "Bundle-Activator", "no.Such");
        String text = refused("plugin:update", FAKE);
        assertTrue(text.startsWith(FAKE + " was not replaced: it does not start: "), text);
        assertTrue(text.endsWith("; 1.0.0 stays"), text);
        assertEquals(1, count(FAKE));
        assertEquals(Bundle.ACTIVE, bundle(FAKE).getState());
        try (var in = bundle(FAKE).getEntry("some/resource.txt").openStream()) {
            assertEquals("1.0.0", new String(in.readAllBytes()));
        }
    }

    @Test
    void aBuildThatACardRefusesIsRolledBack() throws Exception {
        jar("a.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        cardThatIs(FAKE, MachineEvent.Kind.CARD_REFUSED);
        jar("b.jar", FAKE, "2.0.0", "Provide-Capability", OFFER);
        assertEquals(FAKE + " was not replaced: m:c does not go on with it: version 9 of its state; 1.0.0 stays",
                refused("plugin:update", "b.jar"));
        assertEquals("1.0.0", bundle(FAKE).getVersion().toString());
    }

    @Test
    void uninstallNamesTheCardsInUseAndTakesThemOutIfForced() throws Exception {
        jar("a.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        cardThatIs(FAKE, MachineEvent.Kind.CARD_REPLACED);
        assertEquals(FAKE + " is used by m:c; --yes takes them out first, --force also those that"
                + " their guests do not let go", refused("plugin:uninstall", FAKE));
        assertTrue(isInstalled(FAKE));
        assertEquals("m:c removed\n" + FAKE + " uninstalled", run("plugin:uninstall", FAKE, "--yes"));
        assertFalse(isInstalled(FAKE));
        assertTrue(machines.all.get("m").view().cards().isEmpty());
    }

    @Test
    void onATerminalUninstallAsks() throws Exception {
        jar("a.jar", FAKE, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        cardThatIs(FAKE, MachineEvent.Kind.CARD_REPLACED);
        assertEquals(FAKE + " stays", answering("\r"));
        assertEquals(FAKE + " stays", answering("no\r"));
        assertTrue(isInstalled(FAKE));
        assertEquals("m:c removed\n" + FAKE + " uninstalled", answering("y\r"));
        assertFalse(isInstalled(FAKE));
    }

    private String answering(String typed) throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (Terminal terminal = new DumbTerminal(new ByteArrayInputStream(typed.getBytes()), shown)) {
            session.put(Invocation.TERMINAL, terminal);
            String text = run("plugin:uninstall", FAKE);
            assertTrue(shown.toString().contains("used by m:c. Take them out and uninstall it? [y/N] "), shown::toString);
            return text;
        }
    }

    @Test
    void aLongTransferIsShownAndWipedAway() throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (Terminal terminal = new DumbTerminal(new ByteArrayInputStream(new byte[0]), shown)) {
            TerminalMeter meter = new TerminalMeter(terminal);
            meter.at("a.jar", 1 << 20, 4 << 20);
            assertEquals("", shown.toString(), "what is quick is not shown");
            await(() -> {
                meter.at("a.jar", 1 << 20, 4 << 20);
                return shown.size() > 0;
            });
            assertTrue(shown.toString().endsWith("a.jar  [#####               ]  1.0M of 4.0M"), shown::toString);
            meter.end();
            assertTrue(shown.toString().endsWith("\r\u001b[K"), shown::toString);
        }
    }

    @Test
    void aBundleThatAProcessorRunsOnIsNotUninstalled() throws Exception {
        String cpu = FakeMachines.CPU.bundle();
        jar("a.jar", cpu, "1.0.0", "Provide-Capability", OFFER);
        run("plugin:install", "a.jar");
        cardThatIs(cpu, MachineEvent.Kind.CARD_REPLACED);
        assertEquals("the CPU of m runs on " + cpu + "; vm:cpu moves a machine to another backend",
                refused("plugin:uninstall", cpu, "--force"));
        assertTrue(isInstalled(cpu));
    }
}
