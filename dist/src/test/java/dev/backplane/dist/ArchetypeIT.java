package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the archetype of the SDK makes is a device that builds, is tested, and can be plugged in. */
@Tag("slow")
class ArchetypeIT {

    @TempDir
    private Path folder;

    @Test
    void aNewProjectIsADeviceThatWorks() throws Exception {
        OutsideMaven maven = new OutsideMaven(folder);
        maven.run(folder, "org.apache.maven.plugins:maven-archetype-plugin:3.3.1:generate", "-DinteractiveMode=false",
                "-DarchetypeCatalog=internal", "-DarchetypeGroupId=dev.backplane", "-DarchetypeArtifactId=sdk.archetype",
                "-DarchetypeVersion=" + OutsideMaven.VERSION, "-DgroupId=org.me", "-DartifactId=blinker",
                "-Dpackage=org.me.blinker", "-DdeviceName=Blinker");
        Path project = folder.resolve("blinker");
        assertTrue(maven.run(project, "package").contains("Tests run: 2, Failures: 0, Errors: 0, Skipped: 0"));
        Path script = Files.writeString(folder.resolve("new.gsh"), "vm:create t --bare\nplugin:install "
                + project.resolve("target/blinker-0.1.0.jar") + " | cat\nvm:add t blinker | cat\nvm:show t | cat\n");
        Outcome outcome = Distribution.built(folder.resolve("data")).run("run", script.toString());
        assertEquals(0, outcome.status(), outcome.err() + outcome.out());
        assertTrue(outcome.out().contains("org.me.blinker 0.1.0 installed: blinker"), outcome.out());
        assertTrue(outcome.out().contains("blinker0  blinker"), outcome.out());
    }
}
