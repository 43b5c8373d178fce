package dev.backplane.launcher;

import java.io.PrintStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entry point of the distribution: {@code [-c COMMANDS | run FILE [ARG...]]}, nothing for the interactive shell.
 *
 * <p>The exit status is 0 when all commands succeeded, 1 when one failed, 2 when the runtime could not start.
 */
public final class Main {

    private static final int CANNOT_START = 2;

    private Main() {
    }

    /**
     * Starts a runtime, runs the shell in it and ends the process.
     *
     * @param arguments handed to the shell bundle as they are
     */
    public static void main(String[] arguments) {
        PrintStream errors = System.err;
        int status;
        try {
            status = run(List.of(arguments));
        } catch (LaunchException e) {
            errors.println("backplane: " + e.getMessage());
            status = CANNOT_START;
        }
        System.exit(status);
    }

    private static int run(List<String> arguments) {
        Layout layout = Layout.fromSystemProperties();
        layout.createFolders();
        try (DataLock lock = DataLock.take(layout.data())) {
            return run(layout, arguments);
        }
    }

    private static int run(Layout layout, List<String> arguments) {
        Logs logs = Logs.open(layout);
        System.setOut(StrayOutput.to("stdout"));
        System.setErr(StrayOutput.to("stderr"));
        Logger log = LoggerFactory.getLogger(Main.class);
        try {
            FrameworkHost host = FrameworkHost.start(layout);
            Thread onSignal = new Thread(host::close, "stop on signal");
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
                return host.call(arguments);
            } finally {
                if (withdraw(onSignal)) {
                    host.close();
                }
            }
        } catch (LaunchException e) {
            log.error("The runtime cannot start", e);
            throw e;
        } catch (RuntimeException e) {
            log.error("The runtime failed", e);
            throw new LaunchException("internal error (" + e + "); " + "the log in " + logs.folder() + " says more", e);
        } finally {
            logs.close();
        }
    }

    private static boolean withdraw(Thread hook) {
        try {
            return Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
