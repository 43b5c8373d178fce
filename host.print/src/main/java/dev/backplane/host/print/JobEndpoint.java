package dev.backplane.host.print;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.apache.pdfbox.Loader;
import org.apache.pdfbox.io.IOUtils;
import org.apache.pdfbox.pdmodel.PDDocument;

import dev.backplane.api.device.Counter;
import dev.backplane.api.host.Handover;
import dev.backplane.api.host.HostContext;
import dev.backplane.api.page.Page;
import dev.backplane.api.page.PageEndpoint;
import dev.backplane.api.state.StateException;
import dev.backplane.api.state.StateReader;
import dev.backplane.api.state.StateWriter;

/**
 * Collects a printer's jobs in a folder: pages go to a spool file, a complete job to its output. What the files of the
 * printer may take together is bounded; at the bound the printer shows a fault, and goes on when there is room again.
 * Threading: methods of {@link PageEndpoint} under the device's lock, work on the worker's thread.
 */
final class JobEndpoint implements PageEndpoint {
    private static final int MOST_NUMBERS = 100_000;
    private static final int MOST_TASKS = 4096;

    private final Path folder;
    private final long limit;
    private final String prefix;
    private final Output output;
    private final Ghostscript ghostscript;
    private final Counter jobs;
    private final Worker worker;
    /** The job's name, which its files begin with; of the worker. */
    private volatile String name = "";
    private volatile Spool spool;
    private volatile long rawLength;
    private volatile Task.Document document;

    JobEndpoint(HostContext context, Path folder, long limit, Output output, Ghostscript ghostscript) {
        this.folder = folder;
        this.limit = limit;
        this.output = output;
        this.ghostscript = ghostscript;
        prefix = safe(context.machine()) + "-" + safe(context.card()) + "-";
        jobs = context.counter("jobs");
        worker = new Worker(context.machine() + "/" + context.card() + "/print", this::run);
    }

    private static String safe(String text) {
        return text.replaceAll("[^A-Za-z0-9_.-]", "_");
    }

    @Override
    public void begin(int number, String title) {
        worker.add(new Task.Begin(prefix + "%04d".formatted(number)));
    }

    @Override
    public boolean wantsRaw() {
        return output.raw();
    }

    @Override
    public void raw(byte[] data, int offset, int length) {
        worker.add(new Task.Raw(Arrays.copyOfRange(data, offset, offset + length)));
    }

    @Override
    public boolean document(String mediaType, byte[] data) {
        if (output.raw()) {
            return true;
        }
        if (!mediaType.equals("application/postscript") || !ghostscript.present()) {
            return false;
        }
        worker.add(new Task.Document(mediaType, data));
        return true;
    }

    @Override
    public void page(Page page) {
        if (!output.raw()) {
            worker.add(new Task.Print(page));
        }
    }

    @Override
    public void end() {
        worker.add(new Task.End());
        jobs.increment();
    }

    @Override
    public void cancel() {
        worker.add(new Task.Cancel());
    }

    @Override
    public int pending() {
        return worker.pending();
    }

    @Override
    public String problem() {
        return worker.problem();
    }

    @Override
    public void retry() {
        worker.retry();
    }

    private void run(Task task) throws IOException, InterruptedException {
        switch (task) {
            case Task.Begin b -> {
                makeFolder();
                name = free(b.name());
                spool = new Spool(folder.resolve("." + name + ".spool"), 0, 0);
                rawLength = 0;
                document = null;
            }
            case Task.Raw r -> {
                if (room() < r.data().length) {
                    throw full();
                }
                rawFile(r.data());
            }
            case Task.Print p -> {
                if (!spool.add(p.page(), room())) {
                    throw full();
                }
            }
            case Task.Document d -> document = d;
            case Task.End e -> finish();
            case Task.Cancel c -> {
                spool.delete();
                Files.deleteIfExists(folder.resolve(name + output.suffix()));
                name = "";
            }
        }
    }

    private void makeFolder() throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException | NotDirectoryException e) {
            throw new IOException(folder + " is not a folder; pages.folder must name one", e);
        }
    }

    /** The name, or with a number behind it if there are files of that name from an earlier time. */
    private String free(String wanted) throws IOException {
        for (int i = 1; i < MOST_NUMBERS; i++) {
            String candidate = i == 1 ? wanted : wanted + "-" + i;
            boolean used = Files.exists(folder.resolve(candidate + output.suffix()))
                || Files.exists(folder.resolve(candidate + "-1" + output.suffix()))
                || Files.exists(folder.resolve("." + candidate + ".spool"));
            if (!used) {
                return candidate;
            }
        }
        throw new IOException(folder + " has " + MOST_NUMBERS + " files that begin with " + wanted
            + "; move some elsewhere");
    }

    /** How many bytes this printer's files may still take. */
    private long room() throws IOException {
        long used = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder,
                f -> f.getFileName().toString().startsWith(prefix)
                    || f.getFileName().toString().startsWith("." + prefix))) {
            for (Path file : files) {
                used += Files.size(file);
            }
        }
        return limit - used;
    }

    private IOException full() {
        return new IOException("the printer's files in " + folder + " have reached pages.limit=" + limit
            + " bytes; remove some, then printer:panel NAME clear");
    }

    private void rawFile(byte[] data) throws IOException {
        Path file = folder.resolve(name + output.suffix());
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer all = ByteBuffer.wrap(data);
            long at = rawLength;
            while (all.hasRemaining()) {
                at += channel.write(all, at);
            }
            channel.truncate(at);
            rawLength = at;
        }
    }

    private void finish() throws IOException, InterruptedException {
        if (document != null) {
            Path pdf = folder.resolve("." + name + ".spool");
            ghostscript.toPdf(document.data(), pdf, Math.max(0, room()));
            try (PDDocument made = Loader.loadPDF(pdf.toFile())) {
                output.deliver(made, folder, name);
            }
            Files.deleteIfExists(pdf);
        } else if (spool != null && spool.pages() > 0) {
            try (PDDocument made = new PDDocument(IOUtils.createTempFileOnlyStreamCache())) {
                PdfPages pages = new PdfPages(made);
                spool.read(page -> {
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    pages.add(page);
                });
                output.deliver(made, folder, name);
            }
            spool.delete();
        }
        name = "";
        spool = null;
        document = null;
    }

    @Override
    public CompletableFuture<Void> quiesce() {
        return worker.hold();
    }

    @Override
    public void resume() {
        worker.resume();
    }

    @Override
    public void save(StateWriter out) {
        out.putString("name", name).putLong("spool-length", spool == null ? 0 : spool.length())
            .putInt("spool-pages", spool == null ? -1 : spool.pages()).putLong("raw-length", rawLength);
        List<Task> tasks = worker.tasks();
        out.putInt("tasks", tasks.size());
        for (int i = 0; i < tasks.size(); i++) {
            out.putBytes("task-" + i, encoded(tasks.get(i)));
        }
        if (document != null) {
            out.putBytes("document", encoded(document));
        }
    }

    private static byte[] encoded(Task task) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            switch (task) {
                case Task.Begin b -> {
                    out.writeByte('B');
                    out.writeUTF(b.name());
                }
                case Task.Raw r -> {
                    out.writeByte('R');
                    out.write(r.data());
                }
                case Task.Print p -> {
                    out.writeByte('P');
                    PageCodec.write(out, p.page());
                }
                case Task.Document d -> {
                    out.writeByte('D');
                    out.writeUTF(d.mediaType());
                    out.write(d.data());
                }
                case Task.End e -> out.writeByte('E');
                case Task.Cancel c -> out.writeByte('C');
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Task decoded(byte[] bytes, String field) throws StateException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case 'B' -> new Task.Begin(safe(in.readUTF()));
                case 'R' -> new Task.Raw(in.readAllBytes());
                case 'P' -> new Task.Print(PageCodec.read(in));
                case 'D' -> new Task.Document(in.readUTF(), in.readAllBytes());
                case 'E' -> new Task.End();
                case 'C' -> new Task.Cancel();
                default -> throw new StateException(field + " is of kind " + kind + "; that is no task");
            };
        } catch (IOException e) {
            throw new StateException(field + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void restore(StateReader in, Handover from) throws StateException {
        name = safe(in.getString("name"));
        int pages = in.getInt("spool-pages", -1, Integer.MAX_VALUE);
        long length = in.getLong("spool-length");
        Path file = folder.resolve("." + name + ".spool");
        if (pages > 0 && !longEnough(file, length)) {
            throw new StateException("spool-length is " + length + ", but " + file + " has not so many bytes");
        }
        spool = pages < 0 || length < 0 ? null : new Spool(file, length, pages);
        rawLength = Math.max(0, in.getLong("raw-length"));
        if (in.has("document") && decoded(in.getBytes("document"), "document") instanceof Task.Document d) {
            document = d;
        }
        int count = in.getInt("tasks", 0, MOST_TASKS);
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(decoded(in.getBytes("task-" + i), "task-" + i));
        }
        tasks.forEach(worker::add);
    }

    private static boolean longEnough(Path file, long length) {
        try {
            return Files.size(file) >= length;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        worker.close();
    }
}
