package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Maven for projects that are not part of this build. They see what an author sees: the published artifacts of the SDK
 * (from this build, in a repository made for them) and the public libraries (those that this build has fetched), each
 * in a local repository of its own. Needs no network.
 */
final class OutsideMaven {

    static final String VERSION = "0.1.0-SNAPSHOT";

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String SETTINGS = """
            <settings>
              <localRepository>%s</localRepository>
              <mirrors>
                <mirror><id>fetched</id><mirrorOf>central</mirrorOf><url>%s</url></mirror>
              </mirrors>
              <profiles>
                <profile>
                  <id>published</id>
                  <repositories>
                    <repository><id>published</id><url>%s</url><snapshots><enabled>true</enabled></snapshots></repository>
                  </repositories>
                </profile>
              </profiles>
              <activeProfiles><activeProfile>published</activeProfile></activeProfiles>
            </settings>
            """;

    private final Path folder;
    private final Path settings;

    /** Publishes into a folder. */
    OutsideMaven(Path folder) throws IOException {
        this.folder = folder;
        Path published = folder.resolve("published");
        publish(published, "backplane", ROOT, false);
        publish(published, "core.api", ROOT.resolve("core.api"), true);
        publish(published, "sdk.testkit", ROOT.resolve("sdk/testkit"), true);
        publish(published, "sdk.archetype", ROOT.resolve("sdk/archetype"), true);
        Path fetched = Path.of(System.getProperty("localRepository",
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString()));
        settings = Files.writeString(folder.resolve("settings.xml"),
                SETTINGS.formatted(folder.resolve("local"), fetched.toUri(), published.toUri()));
    }

    private static void publish(Path repository, String artifact, Path module, boolean jar) throws IOException {
        Path to = Files.createDirectories(repository.resolve("dev/backplane").resolve(artifact).resolve(VERSION));
        String name = artifact + "-" + VERSION;
        Files.copy(module.resolve("pom.xml"), to.resolve(name + ".pom"));
        if (jar) {
            Files.copy(module.resolve("target").resolve(name + ".jar"), to.resolve(name + ".jar"));
        }
    }

    /** A copy of a folder of the project, without what was built in it. */
    Path copyOf(String source, String name) throws IOException {
        Path from = ROOT.resolve(source);
        Path to = folder.resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(each -> !from.relativize(each).startsWith("target")).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
        return to;
    }

    /** Runs Maven in a folder; fails with what it printed if it fails. */
    String run(Path project, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "--no-transfer-progress", "-s", settings.toString(),
                "-gs", settings.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(folder, "maven", ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile())
                .redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().remove("MAVEN_OPTS");
        Process process = builder.start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        assertTrue(ended && process.exitValue() == 0, printed);
        return printed;
    }
}
