package dev.backplane.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's gdb at Debian's kernel, which has no debug package: vm:gdb, vm:symbols, and what else happens meanwhile. */
@Tag("slow")
class DebuggerIT {

    private static final long LIMIT_MINUTES = 8;
    private static final Pattern PORT = Pattern.compile("target remote 127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern WATCHED = Pattern.compile("Old value = (\\d+)\\s+New value = (\\d+)");

    @TempDir
    private Path folder;

    private String script(Path symbols, Path saved) {
        return "vm:create t --memory 256M --cpus 2" + Guests.boot("vmlinuz-cloud", "initrd-cloud.img")
                + " --append \"console=ttyS0 no_timer_check quiet\"\nvm:start t\nvm:expect t \"# $\" 300s\n"
                + "vm:symbols t " + symbols + "\n"
                + "vm:send t 'while true; do mkdir /tmp/x; rmdir /tmp/x; done\\n'\nvm:gdb t\n"
                + "vm:wait t paused 300s\nvm:show t | cat\nvm:cpu t interpreter\nvm:save t " + saved + "\n"
                + "vm:wait t stopped 400s\n";
    }

    @Test
    void gdbStopsTheKernelShowsWhoCalledAndFollowsItToAnotherBackend() throws Exception {
        Path symbols = folder.resolve("kernel.elf");
        Path saved = folder.resolve("t.state");
        Path file = folder.resolve("debugger.gsh");
        Files.writeString(file, script(symbols, saved));
        Process runtime = Distribution.built(folder.resolve("data")).start("run", file.toString());
        runtime.getOutputStream().close();
        StringBuilder out = new StringBuilder();
        try {
            BufferedReader lines = new BufferedReader(
                    new InputStreamReader(runtime.getInputStream(), StandardCharsets.UTF_8));
            String target = target(lines, out);
            String first = gdb("file " + symbols, target, "break __x64_sys_mkdir", "continue", "bt", "stepi", "finish",
                    "delete", "watch *(unsigned long *) &jiffies_64", "continue", "bt", "delete", "break do_mkdirat",
                    "continue",
                    "shell n=0; until [ -e " + saved + " ] || [ $n = 1200 ]; do sleep 0.2; n=$((n+1)); done",
                    "info threads", "continue", "bt", "print $efer", "monitor info cpus", "detach");
            assertCallers(first);
            assertWatched(first);
            assertEquals(3, count(first, "Breakpoint \\d, 0x[0-9a-f]+ in "), first);
            assertTrue(first.contains("[ SCE LME LMA NXE ]"), first);
            // The machine has gone on, without the breakpoints: its kernel gets to another one.
            String second = gdb("file " + symbols, target, "break do_rmdir", "continue", "bt", "kill");
            assertEquals(1, count(second, "Breakpoint 1, 0x[0-9a-f]+ in do_rmdir \\(\\)"), second);
            lines.lines().forEach(line -> out.append(line).append('\n'));
            assertTrue(runtime.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES), out::toString);
        } finally {
            runtime.destroy();
        }
        assertEquals(0, runtime.exitValue(), out::toString);
        assertTrue(out.toString().contains("t: its vCPUs run on interpreter"), out::toString);
        assertTrue(Pattern.compile("gdb +127.0.0.1:\\d+, connected from 127.0.0.1").matcher(out).find(), out::toString);
    }

    /** The line that the runtime says to type, when it says so. */
    private static String target(BufferedReader lines, StringBuilder out) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.append(line).append('\n');
            Matcher m = PORT.matcher(line);
            if (m.find()) {
                return m.group();
            }
        }
        throw new AssertionError("no port was opened:\n" + out);
    }

    private String gdb(String... commands) throws Exception {
        Path script = folder.resolve("commands.gdb");
        Files.write(script, List.of(commands));
        Path printed = folder.resolve("gdb.out");
        Process gdb = new ProcessBuilder("gdb", "-nx", "-batch", "-iex", "set pagination off", "-iex",
                "set confirm off",
                "-iex", "set remotetimeout 120", "-x", script.toString()).redirectErrorStream(true)
                .redirectOutput(printed.toFile()).start();
        if (!gdb.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
            gdb.destroyForcibly();
            throw new AssertionError("gdb did not end; it printed:\n" + Files.readString(printed));
        }
        return Files.readString(printed);
    }

    private static long count(String text, String pattern) {
        return Pattern.compile(pattern).matcher(text).results().count();
    }

    /** From the function, through the entry code, to the program that made the call. */
    private static void assertCallers(String text) {
        assertTrue(Pattern.compile("#0 .* in __x64_sys_mkdir \\(\\)\n#1 .* in do_syscall_64 \\(\\)\n"
                + "#2 +<signal handler called>\n#3 +0x0000").matcher(text).find(), text);
        assertTrue(Pattern.compile("#0 .* in do_mkdirat \\(\\)\n#1 .* in __x64_sys_mkdir \\(\\)\n"
                + "#2 .* in do_syscall_64").matcher(text).find(), text);
        // finish, from behind the first instruction.
        assertTrue(count(text, "\n0x[0-9a-f]+ in do_syscall_64 \\(\\)") >= 1, text);
    }

    private static void assertWatched(String text) {
        Matcher m = WATCHED.matcher(text);
        assertTrue(m.find(), text);
        assertTrue(Long.parseUnsignedLong(m.group(2)) > Long.parseUnsignedLong(m.group(1)), text);
        assertTrue(text.contains("in tick_do_update_jiffies64 ()"), text);
        assertFalse(text.contains("Cannot insert"), text);
    }
}
