package dev.backplane.host.net.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

import dev.backplane.api.machine.Machine;
import dev.backplane.api.net.NetworkConnection;
import dev.backplane.api.shell.Call;
import dev.backplane.api.shell.CommandException;
import dev.backplane.api.shell.Option;
import dev.backplane.api.shell.Output;
import dev.backplane.api.shell.Parameter;
import dev.backplane.api.shell.ShellCommand;
import dev.backplane.api.shell.Signature;
import dev.backplane.api.shell.ValueKind;

/** {@code vm:ssh}. */
@Component(service = ShellCommand.class)
public final class SshCommand implements ShellCommand {
    /** As {@code host.net}'s networks say what they forward. */
    private static final Pattern FORWARD = Pattern.compile("forward tcp (\\S+):(\\d+) to .* port 22");
    private static final int MOST = 4 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int GREETING_MILLIS = 5000;

    @Reference
    SshKey key;

    @Override
    public Signature signature() {
        return new Signature("ssh", "Log in to a machine, or run a command there, through its ssh server",
            List.of(Parameter.required("NAME", ValueKind.MACHINE, "the machine"),
                Parameter.many("COMMAND", ValueKind.TEXT, "run this instead of a shell")),
            List.of(Option.of("user", "USER", ValueKind.TEXT, "who to be there (root)")),
            List.of("Needs a card with a port of the host that leads to the guest's port 22, and a guest that knows",
                "the key of vm:ssh-key. The host's ssh client does the rest; a command's output is what it printed."),
            List.of("vm:add demo virtio-net net=user net.forward=tcp:0:22", "vm:ssh demo", "vm:ssh demo uname -a"));
    }

    @Override
    public Output run(Call call) throws CommandException, InterruptedException {
        Machine machine = call.machine(call.value("NAME"));
        List<String> command = call.all("COMMAND");
        List<String> words = new ArrayList<>(List.of("ssh", "-i", key.file().toString(), "-o", "IdentitiesOnly=yes",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=30", "-o", "BatchMode=yes"));
        words.addAll(address(machine, call.value("NAME")));
        words.add(call.optional("user").orElse("root") + "@guest");
        words.addAll(command);
        try {
            return command.isEmpty() ? session(words) : output(words);
        } catch (IOException e) {
            throw new CommandException("ssh does not start: " + e.getMessage() + "; is openssh-client installed?", e);
        }
    }

    private static List<String> address(Machine machine, String name) throws CommandException, InterruptedException {
        for (NetworkConnection connection : machine.networks()) {
            for (String line : connection.details()) {
                Matcher forward = FORWARD.matcher(line);
                if (forward.find()) {
                    String host = forward.group(1).equals("0.0.0.0") ? "127.0.0.1" : forward.group(1);
                    awaitServer(host, Integer.parseInt(forward.group(2)), name);
                    return List.of("-o", "HostName=" + host, "-p", forward.group(2));
                }
            }
        }
        throw new CommandException(name + (machine.networks().isEmpty() ? " is off or has no network card"
            : " has no port of the host that leads to its port 22") + "; vm:add " + name
            + " virtio-net net=user net.forward=tcp:0:22 gives it one");
    }

    /** Waits until the guest's server greets: it may still be on its way up. */
    private static void awaitServer(String host, int port, String name) throws CommandException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!greets(host, port)) {
            if (System.nanoTime() > end) {
                throw new CommandException(name + ": no ssh server answered within " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(200);
        }
    }

    private static boolean greets(String host, int port) {
        try (Socket socket = new Socket(host, port)) {
            socket.setSoTimeout(GREETING_MILLIS);
            return new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII).equals("SSH-");
        } catch (IOException e) {
            return false;
        }
    }

    /** The client has the terminal until the user logs out. */
    private static Output session(List<String> words) throws IOException, InterruptedException, CommandException {
        Process process = new ProcessBuilder(words).inheritIO().start();
        try {
            int status = process.waitFor();
            if (status == 255) {
                throw new CommandException("no session; does the guest know the key (vm:ssh-key), and is it up?");
            }
            return null;
        } finally {
            process.destroy();
        }
    }

    private static Output output(List<String> words) throws IOException, InterruptedException, CommandException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true)
            .redirectInput(new java.io.File("/dev/null")).start();
        try (InputStream in = process.getInputStream()) {
            byte[] bytes = in.readNBytes(MOST);
            in.skip(Long.MAX_VALUE);
            int status = process.waitFor();
            String text = new String(bytes, StandardCharsets.UTF_8).stripTrailing();
            if (status != 0) {
                throw new CommandException("exit status " + status + (text.isEmpty() ? "" : ": " + lastLine(text)));
            }
            return Output.text(text);
        } finally {
            process.destroy();
        }
    }

    private static String lastLine(String text) {
        return text.substring(text.lastIndexOf('\n') + 1);
    }
}
