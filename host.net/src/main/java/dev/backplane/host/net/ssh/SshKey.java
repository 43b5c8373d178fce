package dev.backplane.host.net.ssh;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

import dev.backplane.api.shell.CommandException;

/** The runtime's own key for its guests, made by the host's ssh-keygen in the data folder when it is first needed. */
@Component(service = SshKey.class)
public final class SshKey {
    private static final String TYPE = "ssh-ed25519 ";
    private static final int SECONDS = 30;

    private Path folder;

    /** Finds the data folder. */
    @Activate
    void activate(BundleContext context) {
        String data = context.getProperty("backplane.data");
        folder = (data == null ? Path.of(System.getProperty("user.home"), ".backplane") : Path.of(data)).resolve("ssh");
    }

    /** The file of the private key. */
    synchronized Path file() throws CommandException, InterruptedException {
        Path file = folder.resolve("id_ed25519");
        if (Files.exists(file)) {
            return file;
        }
        try {
            Files.createDirectories(folder);
            Process process = new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "backplane", "-f",
                file.toString()).redirectErrorStream(true).redirectInput(new File("/dev/null")).start();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new CommandException("ssh-keygen made no key in " + folder);
            }
            return file;
        } catch (IOException e) {
            throw new CommandException("no key can be made in " + folder + ": " + e.getMessage()
                + "; is ssh-keygen installed (openssh-client)?", e);
        }
    }

    /** The public key, without its type. */
    String text() throws CommandException, InterruptedException {
        Path file = file();
        try {
            String line = Files.readString(file.resolveSibling("id_ed25519.pub"), StandardCharsets.US_ASCII).strip();
            if (!line.startsWith(TYPE)) {
                throw new CommandException(file + ".pub is not a key of type ed25519");
            }
            return line.substring(TYPE.length()).split(" ")[0];
        } catch (IOException e) {
            throw new CommandException(file + ".pub cannot be read: " + e.getMessage(), e);
        }
    }
}
