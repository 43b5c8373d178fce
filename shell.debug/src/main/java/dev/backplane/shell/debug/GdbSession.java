package dev.backplane.shell.debug;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import dev.backplane.api.cpu.DebugEvent;
import dev.backplane.api.machine.DebugListener;
import dev.backplane.api.machine.Machine;
import dev.backplane.api.machine.MachineDebugger;
import dev.backplane.api.machine.MachineDebugger.Go;
import dev.backplane.api.machine.MachineException;

/**
 * One gdb at a machine: all-stop, vCPU n is thread n + 1. The peer is not trusted: what makes no sense is answered
 * with an error or with nothing, and no length that it says is believed beyond {@link PacketLink#MOST}.
 *
 * <p>Threading: one thread in {@link #serve}; stops are told by others.
 */
final class GdbSession implements DebugListener {
    private static final Logger LOG = LoggerFactory.getLogger(GdbSession.class);
    private static final String OK = "OK";
    private static final String REFUSED = "E01";
    private static final String NO_MEMORY = "E14";
    private static final String BAD = "E22";
    private static final int SIGINT = 2;
    private static final int SIGTRAP = 5;
    private static final int CONSOLE_CHUNK = PacketLink.MOST / 4;

    private final Machine machine;
    private final PacketLink link;
    private final Runnable hangUp;
    private final RegisterFile registers = new RegisterFile();
    private final String description = TargetDescription.of(registers);
    private final Breakpoints breakpoints = new Breakpoints();
    /** A stop is still to be told: the machine goes on. */
    private final AtomicBoolean waits = new AtomicBoolean();
    private volatile MachineDebugger debugger;
    private volatile int current;
    private volatile String lastStop;
    private boolean swbreak;
    private boolean hwbreak;
    private volatile boolean over;

    /** @param hangUp closes the link */
    GdbSession(Machine machine, PacketLink link, Runnable hangUp) {
        this.machine = machine;
        this.link = link;
        this.hangUp = hangUp;
        lastStop = stop(0, null, SIGTRAP);
    }

    /** Serves the peer until it goes, or lets go, or the machine is off; the machine goes on then. */
    void serve() throws IOException, MachineException {
        try (MachineDebugger held = machine.debug(this)) {
            debugger = held;
            Monitor monitor = new Monitor(machine, held);
            while (!over) {
                String packet = link.receive();
                String answer = answer(packet, monitor);
                if (answer != null) {
                    link.send(answer);
                }
                if (packet.equals("QStartNoAckMode")) {
                    link.withoutAcknowledgements();
                }
            }
        }
    }

    // ---- DebugListener

    @Override
    public void stopped(int vcpu, DebugEvent event) {
        lastStop = stop(vcpu, event, event == null ? SIGINT : SIGTRAP);
        current = vcpu;
        if (waits.compareAndSet(true, false)) {
            tell(lastStop, () -> { });
        }
    }

    @Override
    public void ended(String why) {
        over = true;
        tell(waits.compareAndSet(true, false) ? "W00" : "", hangUp);
    }

    /** Off the machine's turn: a peer that does not read must not hold it up. */
    private void tell(String packet, Runnable then) {
        Thread.ofVirtual().name(machine.name() + "/gdb-stop").start(() -> {
            try {
                if (!packet.isEmpty()) {
                    link.send(packet);
                }
                then.run();
            } catch (IOException e) {
                LOG.debug("{}: gdb went while it was told of a stop: {}", machine.name(), e.getMessage());
            }
        });
    }

    private String stop(int vcpu, DebugEvent event, int signal) {
        String reason = event == null || event.point() == null ? "" : breakpoints.reason(event.point());
        if (reason.startsWith("swbreak") && !swbreak || reason.startsWith("hwbreak") && !hwbreak) {
            reason = "";
        }
        return "T%02xthread:%x;%s".formatted(signal, vcpu + 1, reason);
    }

    // ---- packets

    /** The answer to a packet, "" for one that is not known, or null for none yet. */
    private String answer(String p, Monitor monitor) {
        try {
            return p.isEmpty() ? "" : switch (p.charAt(0)) {
                case 3 -> interrupt();
                case '?' -> lastStop;
                case 'g' -> Hex.of(registers.read(debugger.state(current)));
                case 'G' -> {
                    debugger.state(current, registers.write(debugger.state(current), Hex.bytes(p.substring(1))));
                    yield OK;
                }
                case 'p' -> Hex.of(registers.read(debugger.state(current), register(p.substring(1))));
                case 'P' -> writeRegister(p);
                case 'm' -> read(p.substring(1));
                case 'M' -> write(p, false);
                case 'X' -> write(p, true);
                case 'H' -> choose(p);
                case 'T' -> {
                    thread(p.substring(1));
                    yield OK;
                }
                case 'c', 'C' -> resumeAll(p, Go.RUN);
                case 's', 'S' -> resumeAll(p, Go.STEP);
                case 'Z', 'z' -> point(p);
                case 'D' -> {
                    over = true;
                    debugger.close();
                    yield OK;
                }
                case 'k' -> {
                    over = true;
                    machine.stop();
                    yield null;
                }
                case 'v' -> verbose(p);
                case 'q', 'Q' -> query(p, monitor);
                default -> "";
            };
        } catch (BadPacket e) {
            return BAD;
        } catch (MachineException e) {
            LOG.debug("{}: gdb's {} was refused: {}", machine.name(), p.charAt(0), e.getMessage());
            return REFUSED;
        }
    }

    private String interrupt() throws MachineException {
        if (waits.get()) {
            debugger.stop();
        }
        return null;
    }

    // ---- registers and memory

    private int register(String hex) throws BadPacket {
        return Hex.number(hex, registers.all().size() - 1);
    }

    private String writeRegister(String p) throws BadPacket, MachineException {
        String[] parts = p.substring(1).split("=", 2);
        if (parts.length < 2) {
            throw new BadPacket();
        }
        int number = register(parts[0]);
        byte[] value = Hex.bytes(parts[1]);
        if (value.length != registers.all().get(number).bytes()) {
            throw new BadPacket();
        }
        debugger.state(current, registers.write(debugger.state(current), number, value));
        return OK;
    }

    private String read(String range) throws BadPacket, MachineException {
        String[] parts = split(range, ',');
        byte[] bytes = new byte[Hex.number(parts[1], PacketLink.MOST / 2)];
        int read = debugger.read(current, Hex.number(parts[0]), bytes);
        return read == 0 && bytes.length > 0 ? NO_MEMORY : Hex.of(bytes, read);
    }

    private String write(String p, boolean binary) throws BadPacket, MachineException {
        String[] parts = split(p.substring(1), ':');
        String[] range = split(parts[0], ',');
        byte[] bytes = binary ? parts[1].getBytes(StandardCharsets.ISO_8859_1) : Hex.bytes(parts[1]);
        if (bytes.length != Hex.number(range[1], PacketLink.MOST)) {
            throw new BadPacket();
        }
        return debugger.write(current, Hex.number(range[0]), bytes) ? OK : NO_MEMORY;
    }

    private static String[] split(String text, char at) throws BadPacket {
        int i = text.indexOf(at);
        if (i < 0) {
            throw new BadPacket();
        }
        return new String[] {text.substring(0, i), text.substring(i + 1)};
    }

    private String point(String p) throws BadPacket, MachineException {
        // What follows a semicolon are conditions and commands, which gdb was not told of and does not send.
        String[] parts = p.substring(1).split("[,;]");
        if (parts.length < 3 || !debugger.stopped()) {
            throw new BadPacket();
        }
        int type = Hex.number(parts[0], 15);
        if (type > 4) {
            return "";
        }
        long address = Hex.number(parts[1]);
        long length = Hex.number(parts[2]);
        if (p.charAt(0) == 'Z') {
            breakpoints.insert(type, address, length);
        } else {
            breakpoints.remove(type, address, length);
        }
        return OK;
    }

    // ---- threads

    /** The vCPU of a thread's number. */
    private int thread(String hex) throws BadPacket {
        int n = Hex.number(hex, debugger.vcpus());
        if (n == 0) {
            throw new BadPacket();
        }
        return n - 1;
    }

    private String choose(String p) throws BadPacket {
        if (p.length() < 3) {
            throw new BadPacket();
        }
        String which = p.substring(2);
        if (!which.equals("-1") && !which.equals("0")) {
            int vcpu = thread(which);
            if (p.charAt(1) == 'g') {
                current = vcpu;
            }
        }
        return OK;
    }

    // ---- going on

    private String resumeAll(String p, Go how) throws BadPacket, MachineException {
        int from = p.charAt(0) == 'C' || p.charAt(0) == 'S' ? p.indexOf(';') : 0;
        if (from >= 0 && p.length() > from + 1) {
            long rip = Hex.number(p.substring(from + 1));
            debugger.state(current, debugger.state(current).with(b -> b.rip(rip)));
        }
        List<Go> go = new ArrayList<>(Collections.nCopies(debugger.vcpus(), Go.RUN));
        go.set(current, how);
        return resume(go);
    }

    private String resume(List<Go> go) throws MachineException {
        if (breakpoints.takeChanged()) {
            debugger.points(breakpoints.points());
        }
        waits.set(true);
        try {
            debugger.resume(go);
        } catch (MachineException e) {
            waits.set(false);
            throw e;
        }
        return null;
    }

    private String verbose(String p) throws BadPacket, MachineException {
        if (p.equals("vCont?")) {
            return "vCont;c;C;s;S;t";
        }
        if (p.startsWith("vCont;")) {
            return resume(actions(p.substring(6)));
        }
        if (p.startsWith("vKill")) {
            over = true;
            machine.stop();
            return OK;
        }
        return "";
    }

    /** For each vCPU the first action that names it, or all. */
    private List<Go> actions(String text) throws BadPacket {
        Go[] go = new Go[debugger.vcpus()];
        for (String action : text.split(";")) {
            String[] parts = action.split(":", 2);
            Go how = switch (parts[0].isEmpty() ? ' ' : parts[0].charAt(0)) {
                case 'c', 'C' -> Go.RUN;
                case 's', 'S' -> Go.STEP;
                case 't' -> Go.STAY;
                default -> throw new BadPacket();
            };
            boolean all = parts.length < 2 || parts[1].equals("-1");
            int only = all ? -1 : parts[1].equals("0") ? current : thread(parts[1]);
            for (int i = 0; i < go.length; i++) {
                if (go[i] == null && (all || i == only)) {
                    go[i] = how;
                }
            }
        }
        List<Go> list = new ArrayList<>();
        for (Go g : go) {
            list.add(g == null ? Go.STAY : g);
        }
        return list;
    }

    // ---- queries

    private String query(String p, Monitor monitor) throws BadPacket, MachineException {
        if (p.startsWith("qSupported")) {
            swbreak = p.contains("swbreak+");
            hwbreak = p.contains("hwbreak+");
            return "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+"
                .formatted(PacketLink.MOST);
        }
        if (p.startsWith("qXfer:features:read:target.xml:")) {
            return part(description, p.substring(p.lastIndexOf(':') + 1));
        }
        if (p.startsWith("qThreadExtraInfo,")) {
            int vcpu = thread(p.substring(17));
            String activity = debugger.state(vcpu).activity().name().toLowerCase(Locale.ROOT);
            return Hex.ofText("cpu" + vcpu + " " + activity);
        }
        if (p.startsWith("qRcmd,")) {
            return monitor(new String(Hex.bytes(p.substring(6)), StandardCharsets.UTF_8), monitor);
        }
        return switch (p) {
            case "QStartNoAckMode" -> OK;
            case "qC" -> "QC%x".formatted(current + 1);
            case "qAttached" -> "1";
            case "qfThreadInfo" -> threads();
            case "qsThreadInfo" -> "l";
            case "qSymbol::" -> OK;
            default -> "";
        };
    }

    private String threads() {
        List<String> ids = new ArrayList<>();
        for (int i = 1; i <= debugger.vcpus(); i++) {
            ids.add(Integer.toHexString(i));
        }
        return "m" + String.join(",", ids);
    }

    private static String part(String text, String range) throws BadPacket {
        String[] parts = split(range, ',');
        int from = Math.min(Hex.number(parts[0], Integer.MAX_VALUE), text.length());
        int to = (int) Math.min(text.length(), (long) from + Hex.number(parts[1], PacketLink.MOST));
        to = Math.min(to, from + PacketLink.MOST - 1);
        return (to == text.length() ? "l" : "m") + text.substring(from, to);
    }

    private String monitor(String line, Monitor monitor) {
        String text = monitor.run(line, current);
        try {
            for (int at = 0; at < text.length(); at += CONSOLE_CHUNK) {
                link.send("O" + Hex.ofText(text.substring(at, Math.min(text.length(), at + CONSOLE_CHUNK))));
            }
        } catch (IOException e) {
            LOG.debug("{}: gdb went: {}", machine.name(), e.getMessage());
        }
        return OK;
    }
}
