package dev.backplane.shell;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.backplane.api.shell.CommandException;
import dev.backplane.shell.command.ArgumentParser;
import dev.backplane.shell.command.Invocation;
import dev.backplane.shell.view.Answer;
import dev.backplane.shell.vm.VmCommands;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.apache.felix.bundlerepository.RepositoryAdmin;
import org.apache.felix.bundlerepository.impl.RepositoryAdminImpl;
import org.apache.felix.framework.Felix;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The commands of the shell in a real framework, over bundles that are made here; for tests to extend. */
abstract class FrameworkTest {

    @TempDir
    Path folder;

    final FakeMachines machines = new FakeMachines();
    private final ThreadIOImpl threadIo = new ThreadIOImpl();
    private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
    CommandSession session;
    Felix felix;
    VmCommands commands;

    @BeforeEach
    void startFramework() throws Exception {
        Map<String, String> properties = new HashMap<>(Map.of("org.osgi.framework.storage",
                folder.resolve("cache").toString(), "felix.log.level", "0", "backplane.maven.central", "false",
                "backplane.maven.local", folder.resolve("m2").toString(),
                "backplane.repositories", folder.resolve("data/repositories").toString()));
        felix = new Felix(properties);
        felix.start();
        BundleContext context = felix.getBundleContext();
        context.registerService(RepositoryAdmin.class,
                new RepositoryAdminImpl(context, new org.apache.felix.utils.log.Logger(context)), null);
        session = processor.createSession(new ByteArrayInputStream(new byte[0]),
                new PrintStream(new ByteArrayOutputStream()), new PrintStream(new ByteArrayOutputStream()));
        session.currentDir(folder);
        commands = new VmCommands(() -> machines, List.of(), felix.getBundleContext());
    }

    @AfterEach
    void stopFramework() throws Exception {
        session.close();
        processor.stop();
        felix.stop();
        felix.waitForStop(10_000);
    }

    String run(String command, String... words) throws Exception {
        var found = commands.command(command).orElseThrow();
        Object result = found.run(new Invocation(ArgumentParser.parse(found.signature(), List.of(words)), session));
        return result instanceof Answer answer ? answer.text() : result.toString();
    }

    String refused(String command, String... words) {
        return assertThrows(CommandException.class, () -> run(command, words)).getMessage();
    }

    void jar(String file, String name, String version, String... headers) throws Exception {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        if (name != null) {
            attributes.putValue("Bundle-ManifestVersion", "2");
            attributes.putValue("Bundle-SymbolicName", name);
            attributes.putValue("Bundle-Version", version);
        }
        for (int i = 0; i < headers.length; i += 2) {
            attributes.putValue(headers[i], headers[i + 1]);
        }
        try (OutputStream out = Files.newOutputStream(folder.resolve(file));
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            jar.putNextEntry(new ZipEntry("some/resource.txt"));
            jar.write(version.getBytes());
            jar.closeEntry();
        }
    }

    Bundle bundle(String name) {
        return Arrays.stream(felix.getBundleContext().getBundles())
                .filter(bundle -> name.equals(bundle.getSymbolicName())).findFirst().orElseThrow();
    }

    boolean isInstalled(String name) {
        return Arrays.stream(felix.getBundleContext().getBundles())
                .anyMatch(bundle -> name.equals(bundle.getSymbolicName()));
    }
}
