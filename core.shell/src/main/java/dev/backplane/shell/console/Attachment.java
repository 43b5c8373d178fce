package dev.backplane.shell.console;

import dev.backplane.api.console.Console;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineState;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/** A terminal that is, for a while, the terminal of a guest. */
public final class Attachment {

    private static final int LOOK_AT_STATE_MILLIS = 200;
    private static final int SHOWN_ON_ATTACH = 4096;

    private final Machine machine;
    private final Console console;
    private final Terminal terminal;
    private final DetachKey detach;
    private final AtomicBoolean atLineStart = new AtomicBoolean(true);

    /** Prepares it; nothing happens yet. */
    public Attachment(Machine machine, Console console, Terminal terminal, DetachKey detach) {
        this.machine = machine;
        this.console = console;
        this.terminal = terminal;
        this.detach = detach;
    }

    /** How it ended. */
    public enum End {
        /** The user pressed the detach key. */
        DETACHED,
        /** The machine does not run any more. */
        STOPPED,
        /** The terminal is gone. */
        CLOSED
    }

    /** Connects terminal and guest until the user detaches or the machine stops. */
    public End run() throws InterruptedException {
        Attributes before = terminal.getAttributes();
        long position = console.position();
        showRecent(position);
        try (AutoCloseable output = console.attach(this::print)) {
            terminal.setAttributes(raw(before));
            return forwardKeys();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("The console cannot be attached: " + e.getMessage(), e);
        } finally {
            terminal.setAttributes(before);
            if (!atLineStart.get()) {
                terminal.writer().println();
            }
            terminal.flush();
        }
    }

    private End forwardKeys() throws IOException, InterruptedException {
        NonBlockingReader keys = terminal.reader();
        StringBuilder character = new StringBuilder();
        while (true) {
            int key = keys.read(LOOK_AT_STATE_MILLIS);
            if (key == NonBlockingReader.READ_EXPIRED) {
                MachineState state = machine.state();
                if (state != MachineState.RUNNING && state != MachineState.PAUSED) {
                    return End.STOPPED;
                }
            } else if (key < 0) {
                return End.CLOSED;
            } else if (key == detach.code()) {
                return End.DETACHED;
            } else {
                character.append((char) key);
                if (!Character.isHighSurrogate((char) key)) {
                    console.send(character.toString().getBytes(terminal.encoding()));
                    character.setLength(0);
                }
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }

    /** What the guest printed last, so that one who attaches sees the prompt waiting there. */
    private void showRecent(long position) {
        byte[] all = console.read(Math.max(console.oldest(), position - SHOWN_ON_ATTACH));
        int start = 0;
        if (all.length >= SHOWN_ON_ATTACH) {
            while (start < all.length && all[start++] != '\n') {
                continue;
            }
        }
        if (start < all.length) {
            String recent = ConsoleText.of(Arrays.copyOfRange(all, start, all.length)).text();
            print(recent.replace("\n", "\r\n").getBytes(terminal.encoding()));
        }
    }

    private void print(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        try {
            OutputStream out = terminal.output();
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        atLineStart.set(bytes[bytes.length - 1] == '\n');
    }

    private static Attributes raw(Attributes before) {
        Attributes raw = new Attributes(before);
        raw.setLocalFlags(EnumSet.of(Attributes.LocalFlag.ICANON, Attributes.LocalFlag.ECHO,
                Attributes.LocalFlag.IEXTEN, Attributes.LocalFlag.ISIG), false);
        raw.setInputFlags(EnumSet.of(Attributes.InputFlag.IXON, Attributes.InputFlag.ICRNL,
                Attributes.InputFlag.INLCR, Attributes.InputFlag.IGNCR), false);
        raw.setOutputFlag(Attributes.OutputFlag.OPOST, false);
        raw.setControlChar(Attributes.ControlChar.VMIN, 1);
        raw.setControlChar(Attributes.ControlChar.VTIME, 0);
        return raw;
    }
}
