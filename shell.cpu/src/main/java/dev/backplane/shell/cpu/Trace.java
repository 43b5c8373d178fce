package dev.backplane.shell.cpu;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import dev.backplane.api.cpu.VcpuTracer;
import dev.backplane.api.machine.MachineException;
import dev.backplane.api.machine.Processor;

/**
 * What vCPUs do, written to a file by a thread of its own. A bounded number of events waits for that thread; what is
 * more is lost and counted. It ends by itself after a number of events.
 */
final class Trace implements VcpuTracer, AutoCloseable {
    /** What can be traced. */
    enum Kind {
        EXCEPTIONS, INTERRUPTS, BLOCKS, IO;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int MOST_WAITING = 1 << 16;
    private static final String[] EXCEPTIONS = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9",
        "#TS", "#NP", "#SS", "#GP", "#PF", "15", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP"};

    private final String machine;
    private final Path file;
    private final Set<Kind> kinds;
    private final long most;
    private final Symbols symbols;
    private final List<Processor> processors;
    private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>(MOST_WAITING);
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final long begin = System.nanoTime();
    private final Thread writer;
    private volatile boolean ended;
    private volatile long written;
    private volatile String problem = "";

    private enum What { EXCEPTION, SOFTWARE, INTERRUPT, INTERPRETED, TRANSLATED, PORT_READ, PORT_WRITE, READ, WRITE }

    /** What a number means depends on what happened; {@code detail} is an error code, a length, a size. */
    private record Event(long nanos, What what, int vcpu, int number, int detail, long address, int cpl, long value) {
    }

    Trace(String machine, List<Processor> processors, Path file, Set<Kind> kinds, long most, Symbols symbols)
            throws IOException, MachineException {
        this.machine = machine;
        this.processors = processors;
        this.file = file;
        this.kinds = EnumSet.copyOf(kinds);
        this.most = most;
        this.symbols = symbols;
        BufferedWriter out = Files.newBufferedWriter(file);
        try {
            for (Processor p : processors) {
                p.trace(this);
            }
        } catch (MachineException e) {
            processors.forEach(p -> p.endTrace(this));
            out.close();
            throw e;
        }
        writer = Thread.ofVirtual().name(machine + "/trace").start(() -> write(out));
    }

    // ---- what it hears; the vCPUs' threads

    @Override
    public boolean wantsBlocks() {
        return kinds.contains(Kind.BLOCKS);
    }

    private void take(Kind kind, What what, int vcpu, int number, int detail, long address, int cpl, long value) {
        if (ended || !kinds.contains(kind)) {
            return;
        }
        long n = taken.incrementAndGet();
        if (n > most) {
            ended = true;
        } else if (!queue.offer(new Event(System.nanoTime(), what, vcpu, number, detail, address, cpl, value))) {
            lost.incrementAndGet();
        }
    }

    @Override
    public void block(int vcpu, long address, int length, boolean translated) {
        take(Kind.BLOCKS, translated ? What.TRANSLATED : What.INTERPRETED, vcpu, 0, length, address, 0, 0);
    }

    @Override
    public void exception(int vcpu, int vector, int error, long address, int cpl, long cr2, boolean software) {
        take(Kind.EXCEPTIONS, software ? What.SOFTWARE : What.EXCEPTION, vcpu, vector, error, address, cpl, cr2);
    }

    @Override
    public void interrupt(int vcpu, int vector, long address, int cpl) {
        take(Kind.INTERRUPTS, What.INTERRUPT, vcpu, vector, 0, address, cpl, 0);
    }

    @Override
    public void access(int vcpu, boolean port, boolean write, long address, int size, long value) {
        take(Kind.IO, port ? write ? What.PORT_WRITE : What.PORT_READ : write ? What.WRITE : What.READ, vcpu, 0, size,
            address, 0, value);
    }

    // ---- the writer

    private void write(BufferedWriter out) {
        try (out) {
            for (;;) {
                Event e = queue.poll(50, TimeUnit.MILLISECONDS);
                if (e != null) {
                    out.write(line(e));
                    out.newLine();
                    written++;
                } else if (ended) {
                    break;
                } else {
                    out.flush();
                }
            }
            if (lost.get() > 0) {
                out.write("# " + lost.get() + " events were lost: they came faster than they could be written");
                out.newLine();
            }
        } catch (IOException e) {
            problem = "it cannot be written: " + e.getMessage();
        } catch (InterruptedException e) {
            problem = "it was interrupted";
            Thread.currentThread().interrupt();
        } finally {
            ended = true;
            processors.forEach(p -> p.endTrace(this));
        }
    }

    private String line(Event e) {
        String what = switch (e.what) {
            case EXCEPTION, SOFTWARE -> (e.what == What.SOFTWARE ? "int " : "exception ") + vector(e.number)
                + (e.detail == NO_ERROR_CODE ? "" : " error 0x" + Integer.toHexString(e.detail)) + place(e.address)
                + " cpl " + e.cpl + (e.number == 14 && e.what == What.EXCEPTION ? " cr2 0x" + Long.toHexString(e.value)
                : "");
            case INTERRUPT -> "interrupt " + e.number + place(e.address) + " cpl " + e.cpl;
            case INTERPRETED, TRANSLATED -> "block" + place(e.address) + " length " + e.detail + " "
                + e.what.name().toLowerCase(Locale.ROOT);
            case PORT_READ, PORT_WRITE -> (e.what == What.PORT_READ ? "in" : "out") + " port 0x"
                + Long.toHexString(e.address) + value(e);
            case READ, WRITE -> (e.what == What.READ ? "read" : "write") + " 0x" + Long.toHexString(e.address)
                + value(e);
        };
        return String.format(Locale.ROOT, "%12.6f cpu%d %s", (e.nanos - begin) / 1e9, e.vcpu, what);
    }

    private static String value(Event e) {
        return " size " + e.detail + " value 0x" + Long.toHexString(e.value);
    }

    private static String vector(int n) {
        return n < EXCEPTIONS.length ? n + " (" + EXCEPTIONS[n] + ")" : Integer.toString(n);
    }

    private String place(long address) {
        String name = symbols.place(address);
        return " at 0x" + Long.toHexString(address) + (name == null ? "" : " (" + name + ")");
    }

    // ---- for the command

    String machine() {
        return machine;
    }

    Path file() {
        return file;
    }

    Set<Kind> kinds() {
        return kinds;
    }

    boolean running() {
        return !ended;
    }

    long written() {
        return written;
    }

    long lost() {
        return lost.get();
    }

    String problem() {
        return problem;
    }

    /** Ends it; the file is complete then. */
    @Override
    public void close() {
        ended = true;
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
