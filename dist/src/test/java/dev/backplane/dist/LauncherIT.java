package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.backplane.dist.Distribution.Outcome;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherIT {

    @TempDir
    private Path folder;

    private Distribution distribution() {
        return Distribution.built(folder.resolve("data"));
    }

    @Test
    void standardOutputIsWhatTheCommandsPrintAndNothingElse() throws Exception {
        Outcome outcome = distribution().run("-c", "echo one; x = two; echo $x; vm:list");
        assertEquals(new Outcome(0, "one\ntwo\nno machines; vm:create makes one\n", ""), outcome);
    }

    @Test
    void theFirstFailureEndsTheRunWithOneLineOnStandardErrorAndStatusOne() throws Exception {
        Outcome outcome = distribution().run("-c", "echo one; vm:start nothing; echo two");
        assertEquals(new Outcome(1, "one\n",
                "vm:start: no machine is named \"nothing\"; there are none, vm:create makes one\n"), outcome);
    }

    @Test
    void aMisspeltOptionNamesTheNearestValidOne() throws Exception {
        Outcome outcome = distribution().run("-c", "vm:create t --memroy 512M");
        assertEquals(new Outcome(1, "", "vm:create: unknown option --memroy; did you mean --memory?\n"), outcome);
    }

    @Test
    void aScriptGetsItsArgumentsAndIsNamedWhenItFails() throws Exception {
        Path script = folder.resolve("hello.gsh");
        Files.writeString(script, "# a comment\necho hello $1\n\nvm:strat x\necho never\n");
        Outcome outcome = distribution().run("run", script.toString(), "world");
        assertEquals(new Outcome(1, "hello world\n",
                script + ":4: there is no command vm:strat; did you mean vm:start?\n"), outcome);
    }

    @Test
    void aCommandThatFailsInAPipeFailsTheRun() throws Exception {
        Path script = folder.resolve("pipe.gsh");
        Files.writeString(script, "echo one\neach [a b] { vm:start nothing | cat }\necho never\n");
        Outcome outcome = distribution().run("run", script.toString());
        assertEquals(new Outcome(1, "one\n", script + ":2: vm:start: no machine is named \"nothing\"; there are none,"
                + " vm:create makes one\n"), outcome);
    }

    @Test
    void aSecondRuntimeOnTheSameDataIsToldWhoHasIt() throws Exception {
        Process first = distribution().start("-c", "echo up; while { true } { sleep 1 }");
        try (BufferedReader out = first.inputReader()) {
            assertEquals("up", out.readLine());
            Outcome outcome = distribution().run("-c", "vm:list");
            assertEquals(new Outcome(2, "", "backplane: another runtime (process " + first.pid()
                    + ") uses the folder " + folder.resolve("data")
                    + "; end it, or name another folder with --data FOLDER or BACKPLANE_DATA\n"), outcome);
        } finally {
            first.destroyForcibly();
            assertTrue(first.waitFor(30, TimeUnit.SECONDS));
        }
        assertEquals(0, distribution().run("-c", "vm:list").status());
    }

    @Test
    void aScriptThatIsNotThereIsNamed() throws Exception {
        Path script = folder.resolve("none.gsh");
        assertEquals(new Outcome(1, "", "backplane: " + script + ": there is no such file\n"),
                distribution().run("run", script.toString()));
    }

    @Test
    void anUnknownArgumentGivesTheUsageAndStatusTwo() throws Exception {
        Outcome outcome = distribution().run("--bogus");
        assertEquals(2, outcome.status());
        assertTrue(outcome.err().contains("usage: backplane"), outcome::err);
    }

    @Test
    void allBundlesAreActiveAndNothingIsLoggedAsAnError() throws Exception {
        Outcome outcome = distribution().run("-c", "lb -s; vm:types");
        assertEquals(0, outcome.status(), outcome::err);
        assertFalse(outcome.out().contains("Installed"), outcome::out);
        long resolved = outcome.out().lines().filter(line -> line.contains("|Resolved")).count();
        assertEquals(1, resolved, outcome::out);
        assertFalse(distribution().log().contains("SEVERE"), distribution().log());
        for (String type : new String[] {"virtio-blk", "virtio-rng", "serial", "interpreter"}) {
            assertTrue(outcome.out().contains(type), outcome::out);
        }
    }

    @Test
    void withoutAJdkItSaysWhatToInstall() throws Exception {
        Path empty = Files.createDirectory(folder.resolve("bin"));
        for (String program : new String[] {"sh", "readlink", "dirname", "sed", "head", "cat", "mkdir"}) {
            Files.createSymbolicLink(empty.resolve(program), Path.of("/usr/bin", program).toRealPath());
        }
        Path copy = folder.resolve("backplane");
        copyWithoutUsualFolders(copy);
        Outcome outcome = new Distribution(copy, folder.resolve("data")).run(Duration.ofSeconds(20),
                Map.of("JAVA_HOME", "/nonexistent", "PATH", empty.toString(), "HOME", folder.toString()), "version");
        assertEquals(2, outcome.status(), outcome::out);
        assertTrue(outcome.err().contains("no JDK 25 or newer was found"), outcome::err);
        assertTrue(outcome.err().contains("install one"), outcome::err);
    }

    /** The scripts only, with the search of usual folders emptied, since this machine has a JDK there. */
    private void copyWithoutUsualFolders(Path copy) throws Exception {
        Path bin = Files.createDirectories(copy.resolve("bin"));
        Path original = distribution().home().resolve("bin");
        Files.copy(original.resolve("backplane"), bin.resolve("backplane"));
        String search = Files.readString(original.resolve("find-jdk.sh"));
        assertTrue(search.contains("/usr/lib/jvm/*"));
        Files.writeString(bin.resolve("find-jdk.sh"), search.replace("/usr/lib/jvm/*", "/nonexistent/*")
                .replaceAll("/opt/[a-z*]*[/a-z*]*", "/nonexistent/*").replace("/usr/local/*jdk*", "/nonexistent/*"));
        assertTrue(bin.resolve("backplane").toFile().setExecutable(true));
    }
}
