package dev.backplane.host.print;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The host's PostScript interpreter, if it has one. It runs as a process of its own, with no access to files. */
final class Ghostscript {
    private static final long LIMIT_SECONDS = 120;
    private static final int LONGEST_MESSAGE = 4096;

    private final Optional<Path> program;

    private Ghostscript(Optional<Path> program) {
        this.program = program;
    }

    /** Looks for {@code gs} on the PATH. */
    static Ghostscript find() {
        String path = System.getenv("PATH");
        for (String folder : path == null ? new String[0] : path.split(File.pathSeparator)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, "gs");
            if (Files.isExecutable(candidate)) {
                return new Ghostscript(Optional.of(candidate));
            }
        }
        return new Ghostscript(Optional.empty());
    }

    boolean present() {
        return program.isPresent();
    }

    /**
     * Makes a PDF.
     *
     * @param room how many bytes it may have
     */
    void toPdf(byte[] postScript, Path pdf, long room) throws IOException, InterruptedException {
        Process gs = new ProcessBuilder(program.orElseThrow().toString(), "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE",
            "-sDEVICE=pdfwrite", "-sOutputFile=" + pdf, "-").redirectErrorStream(true).start();
        Thread feeder = Thread.ofVirtual().start(() -> {
            try (OutputStream in = gs.getOutputStream()) {
                in.write(postScript);
            } catch (IOException e) {
                gs.destroy();
            }
        });
        StringBuilder message = new StringBuilder();
        Thread reader = Thread.ofVirtual().start(() -> read(gs, message));
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!gs.waitFor(200, TimeUnit.MILLISECONDS)) {
                boolean large = Files.exists(pdf) && Files.size(pdf) > room;
                if (large || System.nanoTime() > deadline) {
                    throw new IOException("a PostScript job was given up: Ghostscript "
                        + (large ? "made more than there is room for" : "took longer than " + LIMIT_SECONDS + " s"));
                }
            }
            reader.join();
            feeder.join();
            if (gs.exitValue() != 0 && (!Files.exists(pdf) || Files.size(pdf) == 0)) {
                throw new IOException("Ghostscript refuses a job: " + message.toString().strip());
            }
        } finally {
            gs.destroyForcibly();
        }
    }

    private static void read(Process gs, StringBuilder message) {
        byte[] buffer = new byte[1024];
        try {
            for (int n = gs.getInputStream().read(buffer); n > 0; n = gs.getInputStream().read(buffer)) {
                if (message.length() < LONGEST_MESSAGE) {
                    message.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
                }
            }
        } catch (IOException e) {
            message.append(e.getMessage());
        }
    }
}
